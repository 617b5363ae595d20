import { expect } from "chai";
import fc from "fast-check";
import {
  AF_INET,
  createSockets,
  INADDR_ANY,
  inetSockaddr,
  SOCK_STREAM,
  type Sockets,
} from "../../src/api/index.ts";
import { pipe } from "../../src/drivers/memory/index.ts";
import { type FrameRecorder, ObservedLink, TextTrace } from "../../src/drivers/observe/index.ts";
import { ImpairedLink, parseImpairments, VirtualTime } from "../../src/drivers/simulation/index.ts";
import {
  framesOf,
  type Run,
  readRun,
  recordStack,
  replay,
  type Step,
  toTest,
  writeRun,
} from "../../src/record/index.ts";
import { fromBase64, fromJson, toBase64, toJson } from "../../src/record/json-values.ts";
import { serviceHost, startMainJob } from "../../src/services/index.ts";
import {
  type Duration,
  type Instant,
  ipv4,
  MacAddress,
  type Packet,
  PacketFilter,
  parseIp,
  type Random,
  Stack,
  timer,
  Xoshiro128,
} from "../../src/stack/index.ts";

const HERE = ipv4(0x0a00_0001);
const PEER = ipv4(0x0a00_0002);

/** All octets that are sent, in order. */
class Frames implements FrameRecorder<string> {
  readonly sent: string[] = [];

  describe(direction: "in" | "out", frame: Packet): string {
    return direction === "out"
      ? Buffer.from(frame.bytes.subarray(frame.start, frame.end)).toString("hex")
      : "";
  }

  record(description: string): void {
    if (description !== "") this.sent.push(description);
  }
}

/** A recorded stack that serves a client's connections over a line; what it has sent, and its run. */
class Session {
  readonly frames: Frames = new Frames();
  readonly lines: string[] = [];
  readonly time: VirtualTime = new VirtualTime({
    drain: () => new Promise((resolve) => setImmediate(resolve)),
  });
  readonly stack: Stack;
  readonly peer: Stack;
  readonly random: Random;

  constructor(seed: number, line: string, offloads = false) {
    const { time } = this;
    this.random = new Xoshiro128(seed).fork("test");
    this.stack = recordStack({
      seed,
      clock: time,
      wakeAt: () => {},
      write: (text: string) => this.lines.push(text),
    });
    this.peer = new Stack({ clock: time, random: this.random.fork("peer"), wakeAt: () => {} });
    time.join("recorded", this.stack);
    time.join("peer", this.peer);
    const [left, right] = pipe(time, { offloads });
    const spoilt =
      line === "" ? left : new ImpairedLink(left, time, this.random.fork("line"), parseImpairments(line));
    const prefixLength = 24;
    this.stack.addInterface("eth0", new ObservedLink(spoilt, this.frames), [{ address: HERE, prefixLength }]);
    this.peer.addInterface("eth0", right, [{ address: PEER, prefixLength }]);
    const failure = startMainJob(serviceHost(this.stack), { status: () => ({}) as never, date: () => "now" });
    expect(failure).to.equal(undefined);
  }

  run(): Run {
    return readRun(`${this.lines.join("\n")}\n`);
  }

  /** `count` connections to the echo service, one after the other and at once. */
  async echo(count: number, octets: number): Promise<void> {
    const sockets = createSockets(this.peer);
    const one = async (index: number): Promise<void> => {
      await new Promise<void>((resolve) => this.after(index * 3_000, resolve));
      await exchange(sockets, 7, octets, index);
    };
    await this.time.run(Promise.all(Array.from({ length: count }, (_, index) => one(index))));
    await this.time.runFor(5_000_000 as Duration);
  }

  after(span: number, action: () => void): void {
    timer(this.time.timers, () => action()).set((this.time.now() + span) as Instant);
  }

  close(): void {
    this.stack.close();
    this.peer.close();
  }
}

/** Sends octets that are the connection's own, and expects them back. */
async function exchange(sockets: Sockets, port: number, octets: number, index: number): Promise<void> {
  const socket = sockets.socket(AF_INET, SOCK_STREAM);
  await sockets.connect(socket, inetSockaddr(HERE.word3, port));
  const text = new Uint8Array(octets).map((_, at) => at * 7 + index);
  const back: Uint8Array[] = [];
  const reading = (async () => {
    const buffer = new Uint8Array(8192);
    for (let got = 0; got < octets; ) {
      const count = await sockets.recvInto(socket, buffer);
      if (count === 0) throw new Error(`the connection ended after ${got} octets`);
      back.push(buffer.slice(0, count));
      got += count;
    }
  })();
  for (let at = 0; at < octets; ) at += await sockets.send(socket, text.subarray(at));
  await reading;
  expect(Buffer.compare(Buffer.concat(back), text)).to.equal(0);
  await sockets.close(socket);
}

/** What a replay sends. */
function replayed(run: Run): {
  readonly sent: readonly string[];
  readonly result: ReturnType<typeof replay>;
} {
  const frames = new Frames();
  const result = replay(run, { watch: (_, link) => new ObservedLink(link, frames) });
  return { sent: frames.sent, result };
}

const LINES = [
  ["", false],
  ["", true],
  ["loss=4%,delay=3ms,jitter=2ms,reorder=20%,duplicate=2%,corrupt=1%", false],
] as const;

describe("a recorded run", () => {
  for (const [line, offloads] of LINES) {
    it(`sends the same frames again, octet for octet (${line || (offloads ? "super-segments" : "a good line")})`, async () => {
      for (let seed = 1; seed <= 3; seed++) {
        const session = new Session(seed, line, offloads);
        await session.echo(12, 30_000);
        session.close();
        const { sent, result } = replayed(session.run());
        expect(result.divergence, `seed ${seed}`).to.deep.equal(undefined);
        expect(sent.length).to.be.greaterThan(60);
        expect(sent, `seed ${seed}`).to.deep.equal(session.frames.sent);
        expect(result.framesSent).to.equal(sent.length);
      }
    });
  }

  it("is of sockets with promises as well: they are above the endpoints", async () => {
    const session = new Session(5, "loss=5%,delay=2ms");
    const own = createSockets(session.stack);
    const listener = own.socket(AF_INET, SOCK_STREAM);
    own.bind(listener, AF_INET, INADDR_ANY, 4000);
    own.listen(listener, 5);
    const serving = (async () => {
      const [connection] = await own.accept(listener);
      const buffer = new Uint8Array(3000);
      for (
        let count = await own.recvInto(connection, buffer);
        count > 0;
        count = await own.recvInto(connection, buffer)
      ) {
        for (let at = 0; at < count; ) at += await own.send(connection, buffer.subarray(at, count));
      }
      await own.close(connection);
    })();
    await session.time.run(Promise.all([serving, exchange(createSockets(session.peer), 4000, 50_000, 1)]));
    await session.time.runFor(1_000_000 as Duration);
    session.close();
    const { sent, result } = replayed(session.run());
    expect(result.divergence).to.deep.equal(undefined);
    expect(sent).to.deep.equal(session.frames.sent);
  });

  it("explains itself when it is played: the events are those of the run", async () => {
    const session = new Session(2, "");
    await session.echo(1, 100);
    session.close();
    const lines: string[] = [];
    let now = (): Instant => 0 as Instant;
    const tracer = new TextTrace({ line: (text) => lines.push(text), clock: { now: () => now() } });
    const { divergence, time } = replay(session.run(), {
      tracer,
      clock: (clock) => {
        now = () => clock.now();
      },
    });
    expect(divergence).to.equal(undefined);
    expect(time).to.be.at.least(5_000_000);
    expect(lines.join("\n")).to.match(/TCP 10\.0\.0\.1:7 > 10\.0\.0\.2:\d+: sent 100 octets .*newText/);
  });

  it("that is changed anywhere differs, and says in which line", async () => {
    const session = new Session(3, "");
    await session.echo(2, 3_000);
    session.close();
    const run = session.run();
    const text = JSON.stringify;
    // The seed: initial sequence numbers are others.
    const other = replay({ ...run, head: { ...run.head, seed: 4 } });
    expect(other.divergence?.expected).to.match(/sum/);
    // A frame of the peer's that has not come.
    const lacking = run.steps.findIndex((step) => step.do === "frames" && step.within !== undefined);
    const without = replay({
      ...run,
      steps: run.steps.map((step, at) => (at === lacking ? emptied(step) : step)),
    });
    expect(without.divergence).to.include({ line: lacking + 2, seen: "nothing" });
    // A write that was of other octets.
    const written = text(run.steps).replace(/("call":"write","with":\[\{"\$octets":")..../, "$1AAAA");
    expect(written).to.not.equal(text(run.steps));
    expect(replay({ ...run, steps: JSON.parse(written) as Step[] }).divergence?.expected).to.match(
      /to have the sum/,
    );
    // A link that had taken less.
    const less = text(run.steps).replace(/"taken":1\b/, '"taken":0');
    expect(replay({ ...run, steps: JSON.parse(less) as Step[] }).divergence).to.not.equal(undefined);
  });

  it("can be played in part, and its file may end anywhere", async () => {
    const session = new Session(4, "");
    await session.echo(1, 2_000);
    session.close();
    const whole = writeRun(session.run());
    const run = readRun(whole);
    expect(writeRun(run)).to.equal(whole);
    expect(replay(run, { steps: 20 })).to.include({ steps: 20, divergence: undefined });
    for (const end of [whole.length - 1, whole.length - 2, whole.length >> 1, 1000]) {
      const cut = readRun(whole.slice(0, end));
      expect(cut.steps.length).to.be.at.most(run.steps.length);
      expect(replay(cut).divergence, `cut at ${end}`).to.equal(undefined);
    }
    expect(() => readRun("")).to.throw(SyntaxError, /version/);
    expect(() => readRun('{"tapstack":99}\n')).to.throw(SyntaxError, /version 1.*99/);
    expect(() => readRun(`${whole.slice(0, 60)}\n${whole}`)).to.throw(SyntaxError, /line 1|line 2/);
  });

  it("becomes a test of mocha's, which holds what was sent", async () => {
    const session = new Session(6, "");
    await session.echo(1, 10);
    session.close();
    const run = session.run();
    const module = toTest(run, { title: "echoes `ten` octets" });
    const { lines } = framesOf(run);
    expect(lines.length).to.be.greaterThan(5);
    for (const line of lines) expect(module).to.include(JSON.stringify(line));
    expect(module).to.include('from "tapstack/record"');
    expect(toTest(run, { title: "x", file: "./run.jsonl" })).to.include(
      'new URL("./run.jsonl", import.meta.url)',
    );
    const wrong = { ...run, head: { ...run.head, seed: 99 } };
    expect(() => toTest(wrong, { title: "x" })).to.throw(
      RangeError,
      /differs from its recording in line \d+/,
    );
  });

  it("holds no code: what is code is refused", () => {
    const base = { seed: 1, clock: { now: () => 0 as Instant }, wakeAt: () => {}, write: () => {} };
    const congestion = new Map([["mine", (() => ({})) as never]]);
    expect(() => recordStack({ ...base, tcp: { congestion } })).to.throw(TypeError, /congestion/);
    expect(() => recordStack(base).register({} as never)).to.throw(TypeError, /register/);
  });

  it("keeps the settings of TCP that it was made with", async () => {
    const lines: string[] = [];
    const tcp = { options: { noDelay: true }, config: { delayedAck: 50_000 as Duration } } as const;
    recordStack({
      seed: 1,
      clock: { now: () => 0 as Instant },
      wakeAt: () => {},
      write: (line: string) => lines.push(line),
      tcp,
    });
    expect(readRun(`${lines.join("\n")}\n`).head).to.deep.equal({ tapstack: 1, seed: 1, tcp });
    expect(replay(readRun(`${lines.join("\n")}\n`)).stack.openTcp().options.noDelay).to.equal(true);
  });
});

/** Without what came. */
function emptied(step: Step): Step {
  return step.do === "frames" ? { ...step, frames: [] } : step;
}

describe("values of a run", () => {
  it("are the same after they were JSON", () => {
    const program = [[6, 0, 0, 65_535]] as const;
    const values = [
      undefined,
      5,
      Number.POSITIVE_INFINITY,
      "text",
      true,
      [1, "two", undefined],
      parseIp("10.0.0.1"),
      parseIp("2001:db8::1"),
      new MacAddress(0x0200, 1),
      Uint8Array.of(1, 2, 3, 255),
      { address: ipv4(1), port: 7, more: { noDelay: true } },
    ];
    for (const value of values) {
      expect(fromJson(JSON.parse(JSON.stringify(toJson(value))) as never)).to.deep.equal(value);
    }
    const filter = fromJson(toJson(new PacketFilter(program)));
    expect(filter).to.be.an.instanceOf(PacketFilter);
    expect((filter as PacketFilter).program).to.deep.equal(program);
    expect(() => toJson(() => 1)).to.throw(TypeError, /a function/);
    expect(() => fromJson({ $new: 1 })).to.throw(SyntaxError, /\$new/);
  });

  it("are octets in base64 as others write it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(toBase64(bytes)).to.equal(Buffer.from(bytes).toString("base64"));
        expect(Buffer.compare(fromBase64(toBase64(bytes)), bytes)).to.equal(0);
      }),
    );
    expect(() => fromBase64("ab!d")).to.throw(SyntaxError);
    expect(() => fromBase64("abc")).to.throw(SyntaxError);
  });
});
