import { expect } from "chai";
import { pipe } from "../../../../src/drivers/memory/index.ts";
import { ImpairedLink, VirtualTime } from "../../../../src/drivers/simulation/index.ts";
import { RingPool } from "../../../../src/stack/base/byte-ring.ts";
import type { SeqNum } from "../../../../src/stack/base/seq.ts";
import type { Route } from "../../../../src/stack/contract/network.ts";
import {
  type Duration,
  IPV4_ANY,
  ipv4,
  milliseconds,
  Stack,
  seconds,
  Xoshiro128,
} from "../../../../src/stack/index.ts";
import { insideOf } from "../../../../src/stack/stack.ts";
import { DEFAULT_CONFIG, DEFAULT_OPTIONS } from "../../../../src/stack/tcp/connection/config.ts";
import { retire } from "../../../../src/stack/tcp/connection/lifecycle.ts";
import { Rest, type RestHost } from "../../../../src/stack/tcp/connection/rest.ts";
import { mayRest, RestingRows } from "../../../../src/stack/tcp/connection/resting.ts";
import { Tcb, type TcbHost, type TcbUser } from "../../../../src/stack/tcp/connection/tcb.ts";
import type { Tcp } from "../../../../src/stack/tcp/tcp.ts";

const host = {
  config: DEFAULT_CONFIG,
  rings: new RingPool(),
  deadlines: { none: {} },
} as unknown as TcbHost;
/** What else a `Rest` asks of its host, and a connection that ends of what it was lent. */
const deaf = { context: {}, replace: () => {}, noteFlush: () => {}, giveBack: () => {} };
const route = {
  source: ipv4(0x0a00_0001),
  destination: ipv4(0x0a00_0002),
  defaultMss: 536,
} as unknown as Route;
const user = { adopt: () => {} } as unknown as TcbUser;

function connection(): Tcb {
  const tcb = new Tcb(host, route, 7, 40_000, 0x7fff_fff0 as SeqNum, DEFAULT_OPTIONS);
  tcb.state = "established";
  tcb.user = user;
  return tcb;
}

/** The records of a connection that have plain fields. */
function records(tcb: Tcb): readonly [string, Record<string, unknown>][] {
  return [
    ["tcb", tcb],
    ["snd", tcb.snd],
    ["rcv", tcb.rcv],
  ].map(([name, record]) => [name as string, record as unknown as Record<string, unknown>]);
}

/** Sets each number to one of its own, and each flag: those that must be as in a new one, for `mayRest`, are put back. */
function fill(tcb: Tcb): void {
  let next = 1_000_000;
  for (const [, record] of records(tcb)) {
    for (const [field, old] of Object.entries(record)) {
      const changed = typeof old === "number" ? next++ : typeof old === "boolean" ? !old : undefined;
      if (changed === undefined || ["flowHash", "localPort", "remotePort", "isQuiet"].includes(field))
        continue;
      record[field] = changed;
      if (record === (tcb.snd as unknown) && (field === "una" || field === "nxt")) tcb.snd.nxt = tcb.snd.una;
      if (!mayRest(tcb)) record[field] = old;
    }
  }
  tcb.snd.nxt = tcb.snd.una;
  for (const rtt of [31_000, 47_001, 12_345]) tcb.rtt.sample(rtt as Duration, 3);
}

function seen(tcb: Tcb): unknown {
  const { smoothed, variation, timeout, least, measured } = tcb.rtt;
  const plain = records(tcb).map(([name, record]) => [
    name,
    Object.fromEntries(
      Object.entries(record).filter(([, value]) => ["number", "boolean", "string"].includes(typeof value)),
    ),
  ]);
  return { plain, rtt: { smoothed, variation, timeout, least, measured } };
}

describe("a connection at rest", () => {
  it("remembers each number and flag, whatever it is, and is woken with them all", () => {
    const rows = new RestingRows();
    const tcb = connection();
    fill(tcb);
    expect(mayRest(tcb)).to.equal(true);
    const changed = records(tcb).flatMap(([, record]) =>
      Object.values(record).filter((one) => Number(one) >= 1_000_000),
    );
    expect(changed.length).to.be.greaterThan(30);
    const resting = rows.put(tcb, user);
    const others = Array.from({ length: 1000 }, () => rows.put(connection(), user));
    const woken = rows.read(resting, host);
    woken.flowHash = tcb.flowHash;
    expect(seen(woken)).to.deep.equal(seen(tcb));
    expect(woken.route).to.equal(route);
    expect(woken.options).to.equal(tcb.options);
    for (const one of [resting, ...others]) rows.release(one);
    expect(rows.size).to.equal(0);
  });

  it("is one that has not measured a round trip, or backs off, as well", () => {
    const rows = new RestingRows();
    for (const backsOff of [false, true]) {
      const tcb = connection();
      if (backsOff) tcb.rtt.backOff();
      expect(seen(rows.read(rows.put(tcb, user), host))).to.deep.equal(seen(tcb));
    }
  });

  it("has places of its own, which others get when it has gone", () => {
    const rows = new RestingRows();
    const resting = Array.from({ length: 600 }, (_, index) => {
      const tcb = connection();
      tcb.bytesSent = index;
      return rows.put(tcb, user);
    });
    for (let i = 0; i < 600; i += 2) rows.release(resting[i] as (typeof resting)[0]);
    const more = Array.from({ length: 300 }, (_, index) => {
      const tcb = connection();
      tcb.bytesSent = 10_000 + index;
      return rows.put(tcb, user);
    });
    expect(Math.max(...more.map(({ row }) => row))).to.be.lessThan(768); // no new page of 256
    for (const [index, one] of more.entries())
      expect(rows.read(one, host).bytesSent).to.equal(10_000 + index);
    for (let i = 1; i < 600; i += 2)
      expect(rows.read(resting[i] as (typeof resting)[0], host).bytesSent).to.equal(i);
  });

  it("is not one that has anything to do", () => {
    const busy: readonly ((tcb: Tcb) => void)[] = [
      (tcb) => tcb.snd.ring.append(Uint8Array.of(1), 0, 1),
      (tcb) => tcb.rcv.ring.append(Uint8Array.of(1), 0, 1),
      (tcb) => {
        tcb.snd.nxt = (tcb.snd.una + 1) as SeqNum;
      },
      (tcb) => {
        tcb.user = undefined;
      },
      (tcb) => {
        tcb.state = "close-wait";
      },
      (tcb) => {
        tcb.deadlines = {} as Tcb["deadlines"];
      },
    ];
    for (const change of busy) {
      const tcb = connection();
      expect(mayRest(tcb)).to.equal(true);
      change(tcb);
      expect(mayRest(tcb), String(change)).to.equal(false);
    }
  });

  it("is the one that was quiet for longest, of those that have not ended", () => {
    const rest = new Rest({
      ...host,
      config: { ...DEFAULT_CONFIG, keptAwake: 2 },
      ...deaf,
    } as unknown as RestHost);
    const adopted: Tcb[] = [];
    const [first, second, third, fourth] = Array.from({ length: 4 }, () => {
      const tcb = connection();
      tcb.user = { adopt: () => adopted.push(tcb) } as unknown as TcbUser;
      return tcb;
    }) as [Tcb, Tcb, Tcb, Tcb];
    for (const tcb of [first, second, third, first, first]) rest.note(tcb);
    rest.forget(second);
    rest.forget(second);
    expect(rest.quiet).to.equal(2);
    rest.flush();
    expect(adopted).to.deep.equal([]);
    rest.note(fourth);
    rest.flush();
    expect(adopted).to.deep.equal([third]);
    expect(rest.quiet).to.equal(2);
    for (const tcb of [second, third]) rest.note(tcb);
    rest.flush();
    expect(adopted).to.deep.equal([third, first, fourth]);
    expect(rest.size).to.equal(3);
    rest.forget(third);
    expect(rest.quiet).to.equal(1);
  });

  it("is not kept in the list of those that may when it has ended", () => {
    const rest = new Rest({ ...host, ...deaf } as unknown as RestHost);
    const owner = { ...host, deadlines: deaf, recoveries: deaf, notQuiet: (tcb: Tcb) => rest.forget(tcb) };
    const tcb = new Tcb(owner as unknown as TcbHost, route, 7, 40_000, 1 as SeqNum, DEFAULT_OPTIONS);
    tcb.state = "established";
    rest.note(tcb);
    expect(rest.quiet).to.equal(1);
    retire(tcb);
    expect(rest.quiet).to.equal(0);
    tcb.state = "time-wait";
    rest.note(tcb);
    expect(rest.quiet).to.equal(0);
  });

  for (const loss of [0, 5]) {
    it(`lives as one that never rests, frame by frame, with ${loss} % loss`, () => {
      const [resting, awake] = [talk(0, loss), talk(1_000_000, loss)];
      expect(resting.rested).to.be.greaterThan(200);
      expect(awake.rested).to.equal(0);
      expect(awake.frames.length).to.be.greaterThan(700);
      expect(resting.frames).to.deep.equal(awake.frames);
      expect(resting.rows).to.deep.equal(awake.rows);
    });
  }
});

/** Twelve clients talk to an echo service in turn, with pauses: what went over the wire, how many rested, added up. */
function talk(keptAwake: number, loss: number): { frames: string[]; rested: number; rows: unknown } {
  const time = new VirtualTime();
  const frames: string[] = [];
  const [alice, bob] = pipe(time, {}).map((end, index) => {
    const link = new ImpairedLink(end, time, new Xoshiro128(10 + index), `out:loss=${loss}%,out:delay=10ms`);
    const tcp = { config: { keptAwake } };
    const made = new Stack({ clock: time, random: new Xoshiro128(index + 1), wakeAt: () => {}, tcp });
    time.join(`stack ${index}`, made);
    const address = ipv4(0x0a00_0001 + index);
    const eth0 = made.addInterface("eth0", link, [{ address, prefixLength: 24 }]);
    eth0.tap({
      frame: (packet) => {
        frames.push(
          `${index} ${time.now()} ${Buffer.from(packet.bytes.subarray(packet.start, packet.end)).toString("hex")}`,
        );
      },
    });
    return made;
  }) as [Stack, Stack];
  const listener = bob.openTcp();
  listener.bind({ address: IPV4_ANY, port: 7 });
  listener.listen(16);
  const into = new Uint8Array(4096);
  listener.onChange(() => {
    for (let next = listener.accept(); next !== undefined; next = listener.accept()) {
      const server = next;
      server.onChange(() => {
        for (let n = server.read(into); n !== undefined; n = server.read(into)) {
          if (n === 0) return server.close();
          server.write(into, 0, n);
        }
      });
    }
  });
  const clients = Array.from({ length: 12 }, () => {
    const client = alice.openTcp();
    client.connect({ address: ipv4(0x0a00_0002), port: 7 });
    client.onChange(() => {
      while ((client.read(into) ?? 0) > 0);
    });
    return client;
  });
  const resting = (): number =>
    [alice, bob].reduce((sum, stack) => sum + (insideOf(stack).tcp as Tcp).sizes.resting, 0);
  let rested = 0;
  let rows: unknown;
  for (let round = 0; round < 60; round++) {
    time.elapse(milliseconds(round % 7 === 0 ? 5000 : 170));
    rested += resting();
    clients[(round * 5) % 12]?.write(into, 0, 1 + ((round * 997) % 4096));
    if (round === 40)
      rows = [alice, bob].map((stack) => stack.connections().map(({ local, remote, ...row }) => row));
  }
  for (const client of clients) client.close();
  time.elapse(seconds(100));
  expect([alice, bob].map((stack) => stack.connections().length)).to.deep.equal([0, 1]);
  return { frames, rested, rows };
}
