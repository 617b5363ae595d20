/**
 * Eight servers and clients from npm, unchanged, each under loss, a partition and a crash: what its users lose, and
 * what they do not. A client asks each 200 ms for 25 s; see programs/tally.js.
 */
import { expect } from "chai";
import type { World } from "tapstack/simulate";

/** What a client says at its end. */
interface Tally {
  readonly asked: number;
  readonly good: number;
  readonly wrong: number;
  readonly failed: number;
  readonly lastGood: number;
  readonly open: number;
}

/** What a run comes to. */
export interface Account {
  /** Requests of both clients: answered, and failed with an error. */
  readonly good: number;
  readonly failed: number;
  /** Frames that loss, partition and crash took. */
  readonly lost: number;
  readonly partitioned: number;
  readonly intoTheCrash: number;
}

type Scenario = (world: World) => Promise<Account>;

const PROGRAMS = "examples/simulate/programs";

/** The moments of what goes wrong, in virtual seconds. */
const PARTITION = { from: 4, to: 7 } as const;
const CRASH = { from: 11, to: 13 } as const;

/** `server` serves two of `client`, one of which is cut off for a while; then the server crashes and comes back. */
function scenario(server: string, client: string): Scenario {
  return async (world) => {
    const one = world.host("server", { program: `${PROGRAMS}/${server}.js` });
    const clients = world.hosts("client", 2, { program: `${PROGRAMS}/${client}.js` });
    world.link(one, ...clients, { impairments: "delay=5ms,jitter=2ms,loss=2%" });
    world.inject(
      {
        at: `${PARTITION.from}s`,
        for: `${PARTITION.to - PARTITION.from}s`,
        do: "partition",
        these: ["client-1"],
      },
      { at: `${CRASH.from}s`, for: `${CRASH.to - CRASH.from}s`, do: "crash", host: "server" },
    );
    let intoTheCrash = 0;
    world.at(`${CRASH.from}s`, () => {
      intoTheCrash -= world.frames;
    });
    world.at(`${CRASH.to}s`, () => {
      intoTheCrash += world.frames;
    });
    await world.until(() => clients.every(({ running }) => !running), "3min");
    const tallies = clients.map(({ log }) =>
      JSON.parse(log.lines.find(({ text }) => text[0] === "{")?.text ?? "{}"),
    );
    for (const tally of tallies as Tally[]) {
      expect(tally.wrong, "answers to other requests").to.equal(0);
      expect(tally.open, "requests that were neither answered nor failed").to.equal(0);
      expect(tally.good + tally.failed, "requests").to.equal(tally.asked);
      expect(tally.failed, "requests that the crash took").to.be.greaterThan(0);
      // All has healed, though a single request may yet be lost.
      expect(tally.lastGood, "the last request that was answered").to.be.at.least(tally.asked - 2);
    }
    const sum = (what: "good" | "failed"): number =>
      (tallies as Tally[]).reduce((all, tally) => all + tally[what], 0);
    const account = {
      good: sum("good"),
      failed: sum("failed"),
      lost: world.lost,
      partitioned: world.dropped.partitioned,
      intoTheCrash,
    };
    expect(account.lost, "frames lost").to.be.greaterThan(0);
    expect(account.partitioned, "frames that met the partition").to.be.greaterThan(0);
    expect(account.intoTheCrash, "frames sent while the server was off").to.be.greaterThan(0);
    return account;
  };
}

export const express: Scenario = scenario("express-server", "http-client");
export const fastify: Scenario = scenario("fastify-server", "fetch-client");
export const socketio: Scenario = scenario("socketio-server", "socketio-client");
export const ws: Scenario = scenario("ws-server", "ws-client");
export const ioredis: Scenario = scenario("redis-server", "redis-client");
export const pg: Scenario = scenario("pg-server", "pg-client");
export const mqtt: Scenario = scenario("mqtt-server", "mqtt-client");
export const undici: Scenario = scenario("undici-server", "undici-client");
