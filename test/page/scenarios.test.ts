/** Each scenario runs to its end, shows what it is about, and gives the same run for the same seed. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { RunRecord } from "../../src/page/record/run-record.ts";
import { loadScenario } from "../../src/page/run/load-scenario.ts";
import { runScenario } from "../../src/page/run/run-scenario.ts";
import { defaultsOf, type Scenario, type Values } from "../../src/page/scenario.ts";
import { SCENARIOS } from "../../src/page/scenarios/index.ts";
import { TITLES } from "../../src/page/scenarios/titles.ts";

/** What a scenario must show, as counts of reasons: at least so many. */
const SHOWS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  handshake: { syn: 1, synAck: 1, ackSynAck: 1, fin: 2 },
  loss: { linkLoss: 1, ackOutOfOrder: 3, fastRetransmit: 1 },
  "slow-start": { linkQueueFull: 1, fastRetransmit: 1, heldByCongestion: 1 },
  nagle: { heldByNagle: 20, ackDelayed: 10 },
  "silly-window": { heldByReceiveWindow: 1, ackWindowUpdate: 5 },
  "zero-window": { windowProbe: 1, windowProbeAgain: 1, ackClosedWindow: 1, linkLoss: 1 },
  bufferbloat: { datagram: 50, newText: 100 },
  ecn: { ackMarked: 1 },
  "simultaneous-close": { fin: 2, ackFin: 2 },
  reassembly: { datagram: 3 },
  arp: { arpRequest: 1, arpReply: 1, datagram: 2 },
  "syn-flood": { syn: 300, synAck: 64, synCookie: 200 },
  "black-hole": { linkLoss: 3, timeout: 3, tooBig: 3, errorTooBig: 3 },
};

async function run(scenario: Scenario, values: Partial<Values> = {}, seed = 1): Promise<RunRecord> {
  const chosen = { ...defaultsOf(scenario.controls), ...(values as Values) };
  return await runScenario(scenario, { values: chosen, seed, interventions: [] });
}

function reasonsOf({ events }: RunRecord): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of events) if (reason !== "") counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.get(name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}

describe("scenarios of the page", () => {
  it("are all listed, by the names of their files, with their titles", () => {
    const files = readdirSync("src/page/scenarios").map((name) => name.replace(/\.ts$/, ""));
    expect([...SCENARIOS.keys(), "index", "titles"]).to.have.members(files);
    expect(TITLES).to.deep.equal([...SCENARIOS].map(([name, { title }]) => [name, title]));
    expect(Object.keys(SHOWS)).to.have.members([...SCENARIOS.keys()]);
  });

  for (const [name, scenario] of SCENARIOS) {
    it(`${name}: runs to its end, and shows what it is about`, async () => {
      const record = await run(scenario);
      expect(record.failure).to.equal("");
      expect(record.cutOff).to.equal(false);
      const counts = reasonsOf(record);
      for (const [reason, least] of Object.entries(SHOWS[name] ?? {})) {
        expect(counts[reason] ?? 0, reason).to.be.at.least(least);
      }
      expect(scenario.question.options[scenario.question.right], "an answer that is right").to.be.a("string");
    });

    it(`${name}: the same seed gives the same run`, async () => {
      expect(await run(scenario, {}, 7)).to.deep.equal(await run(scenario, {}, 7));
    });
  }

  it("take another line, other buffers and another congestion control", async () => {
    const changes = {
      loss: 4,
      rate: 3000,
      queue: 30,
      sendBuffer: 32,
      receiveBuffer: 32,
      congestion: "newreno",
    };
    for (const [name, scenario] of SCENARIOS) {
      const own = Object.entries(changes).filter(([control]) => control in scenario.controls);
      expect(
        own.map(([control]) => control),
        name,
      ).to.include.members(["loss", "rate"]);
      expect("delay" in scenario.controls, name).to.equal(true);
      const [before, after] = [await run(scenario), await run(scenario, Object.fromEntries(own))];
      expect(after.failure, name).to.equal("");
      expect(after.flights.length, name).to.be.greaterThan(0);
      expect(after, name).to.not.deep.equal(before);
    }
  });

  it("can be written by the reader, in TypeScript", async () => {
    for (const name of SCENARIOS.keys()) {
      const written = await loadScenario(readFileSync(`src/page/scenarios/${name}.ts`, "utf8"));
      expect(written.title).to.equal(scenarioOf(name).title);
    }
    const own = await loadScenario(readFileSync("src/page/scenarios/handshake.ts", "utf8"));
    expect(reasonsOf(await run(own))).to.deep.equal(reasonsOf(await run(scenarioOf("handshake"))));
  });

  it("say what is wrong with one that cannot be read", async () => {
    const failureOf = async (code: string): Promise<string> =>
      await loadScenario(code).then(
        () => "none",
        (error: Error) => error.message,
      );
    expect(await failureOf("export const scenario = {")).to.match(/unexpected token/i);
    expect(await failureOf('import { x } from "node:fs"; export const scenario = x;')).to.contain(
      "no node:fs",
    );
    expect(await failureOf("export const other = 1;")).to.contain("export const scenario");
    expect(await failureOf('export const scenario = { title: "t" };')).to.contain('no "about"');
  });

  describe("give the answers to their questions", () => {
    it("a SYN that is lost goes again after one second (RFC 6298 §2)", async () => {
      const { events } = await run(scenarioOf("handshake"), { lost: "the SYN" });
      const [first, second] = ["syn", "synAgain"].map(
        (reason) => events.find((one) => one.reason === reason)?.time,
      );
      expect((second ?? 0) - (first ?? 0)).to.equal(1_000_000);
    });

    it("without a window update, probes go on until the window opens", async () => {
      const lost = await run(scenarioOf("zero-window"), { lost: "lost" });
      const delivered = await run(scenarioOf("zero-window"), { lost: "delivered" });
      expect(lost.end).to.be.greaterThan(delivered.end);
    });

    it("Nagle off: the second piece does not wait", async () => {
      const off = await run(scenarioOf("nagle"), { nagle: "off" });
      expect(reasonsOf(off)["heldByNagle"] ?? 0).to.equal(0);
      expect(off.end).to.be.lessThan((await run(scenarioOf("nagle"))).end);
    });

    it("a larger queue makes everybody wait longer, and the upload no faster", async () => {
      const small = await run(scenarioOf("bufferbloat"), { queue: 50 });
      const large = await run(scenarioOf("bufferbloat"), { queue: 400 });
      const worst = ({ flights }: RunRecord): number =>
        flights.reduce(
          (most, one) =>
            one.protocol === "udp" && one.from === 0 ? Math.max(most, one.arrived - one.sent || 0) : most,
          0,
        );
      expect(worst(large)).to.be.greaterThan(worst(small) * 2);
      expect(large.end).to.be.greaterThan(small.end * 0.9);
    });

    it("an ACK with ECE makes cwnd smaller, and nothing goes again", async () => {
      const counts = reasonsOf(await run(scenarioOf("ecn")));
      expect(counts["fastRetransmit"] ?? 0).to.equal(0);
      expect(counts["timeout"] ?? 0).to.equal(0);
    });

    it("large packets vanish until somebody makes them smaller", async () => {
      const [swallowed, delivered, clamped] = [
        await run(scenarioOf("black-hole")),
        await run(scenarioOf("black-hole"), { errors: "delivered" }),
        await run(scenarioOf("black-hole"), { clamp: 1200 }),
      ];
      expect(reasonsOf(swallowed)["fin"] ?? 0).to.equal(0);
      expect(reasonsOf(delivered)).to.include({ fin: 1 }).and.include.keys("smallerMtu");
      expect(reasonsOf(clamped)).to.include({ fin: 1 }).and.not.include.keys("tooBig", "timeout");
    });

    it("both are in TIME-WAIT after they have closed at once", async () => {
      const { events } = await run(scenarioOf("simultaneous-close"));
      const states = (host: number): unknown[] =>
        events.filter((one) => one.kind === "state" && one.host === host).map(({ detail }) => detail["to"]);
      for (const host of [0, 1])
        expect(states(host)).to.include.members(["fin-wait-1", "closing", "time-wait"]);
    });

    it("with one fragment lost the application gets nothing of that datagram", async () => {
      const received = ({ flights }: RunRecord): number =>
        flights.filter(({ arrival }) => arrival >= 0).length;
      const whole = await run(scenarioOf("reassembly"));
      const broken = await run(scenarioOf("reassembly"), { lost: "the second frame" });
      expect(reasonsOf(broken)["reassemblyTimeout"]).to.equal(1);
      expect(reasonsOf(whole)["reassemblyTimeout"]).to.equal(undefined);
      expect(received(whole)).to.be.greaterThan(0);
    });
  });
});
