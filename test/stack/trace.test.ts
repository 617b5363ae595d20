/** What a tracer is told: why each thing is sent or held back, what it is due to, and the numbers that decided. */
import { expect } from "chai";
import {
  milliseconds,
  Send,
  type SendName,
  seconds,
  type TraceEvent,
  Xoshiro128,
} from "../../src/stack/index.ts";
import { SENDS, sendRow } from "../../src/stack/reasons.ts";
import { at, type Manner, Talker, twoHosts } from "../support/net.ts";
import { problemOf } from "../support/reasons/check-event.ts";
import { EventLog } from "../support/reasons/event-log.ts";
import { SEND_CASES } from "../support/reasons/send-cases.ts";

const NAMES = Object.keys(Send).filter((name) => name !== "unknown") as SendName[];

describe("the table of reasons to send", () => {
  it("has a row for each reason, and no other", () => {
    expect(Object.keys(SENDS).sort()).to.deep.equal([...NAMES].sort());
  });

  it("says what each means in a sentence, and who asks for it", () => {
    for (const name of NAMES) {
      const row = sendRow(Send[name]);
      expect(row?.meaning, name).to.match(/^[A-Z].{20,}[.?]$/);
      for (const source of Object.values(row?.where ?? {})) {
        expect(source, name).to.match(/^(RFC \d|POSIX |TCP_\w+ of Linux|packet\(7\)|virtio|by the )/);
      }
    }
  });

  it("has no two rows that mean the same", () => {
    expect(new Set(Object.values(SENDS).map((row) => row.meaning)).size).to.equal(NAMES.length);
  });

  it("has a case for each reason in each layer, and each case a row", () => {
    const rows = NAMES.flatMap((name) =>
      Object.keys(SENDS[name]?.where ?? {}).map((layer) => `${layer}: ${name}`),
    );
    const cases = new Set(SEND_CASES.map(({ layer, reason }) => `${layer}: ${reason}`));
    expect([...cases].sort()).to.deep.equal(rows.sort());
  });
});

describe("a tracer", () => {
  for (const { layer, reason, due, what, run } of SEND_CASES) {
    it(`hears that ${layer} has for ${what} the reason ${reason}, due to what was ${due}`, () => {
      const log = run();
      const own = log.events.filter(
        (event) => "reason" in event && event.reason === reason && event.layer === layer,
      );
      expect(own, "told").to.not.deep.equal([]);
      expect(own.map((event) => log.causeOf(event)?.kind)).to.include(due);
      for (const event of own) expect(event).to.include({ version: 2 });
      for (const event of log.events)
        expect(endOf(log, event), `the end of ${event.kind}`).to.match(/^(call|received)$/);
      expect(log.events.filter((event) => "reason" in event && event.reason === "unknown")).to.deep.equal([]);
    });
  }

  it("hears of one event after the other, numbered without a gap", () => {
    const [first] = SEND_CASES;
    const ids = first?.run().events.map(({ id }) => id) ?? [];
    expect(ids.length).to.be.greaterThan(3);
    expect(ids).to.deep.equal(ids.map((_, index) => index + 1));
  });
});

/** More by TRACE_SEEDS=first-last. */
const [FIRST_SEED = 1, LAST_SEED = 8] = (process.env["TRACE_SEEDS"] ?? "1-8").split("-").map(Number);
const SEEDS = Array.from({ length: LAST_SEED - FIRST_SEED + 1 }, (_, index) => FIRST_SEED + index);

describe("the reasons of a transfer over a line on which everything goes wrong", () => {
  for (const seed of SEEDS) {
    it(`follow from the numbers that come with them, and each chain has an end: seed ${seed}`, () => {
      const logs = transfer(seed);
      let segments = 0;
      for (const log of logs) {
        for (const event of log.events) {
          const problem = problemOf(event);
          if (problem !== undefined) expect.fail(`seed ${seed}, event ${event.id}: ${problem}`);
          expect(endOf(log, event)).to.match(/^(call|received)$/);
          if (event.kind === "segment") segments++;
        }
      }
      expect(segments).to.be.greaterThan(100);
    });
  }
});

/** 400 KB one way and 20 KB the other, by talkers that pause. What both stacks tell of it. */
function transfer(seed: number): readonly EventLog[] {
  const logs = [new EventLog(), new EventLog()];
  const { lab, alice, bob } = twoHosts(
    seed,
    { impairments: "loss=4%,delay=10ms,jitter=2ms,reorder=1%,duplicate=1%,rate=20mbit,queue=40kb" },
    { tracers: logs },
  );
  const random = new Xoshiro128(seed);
  const manner: Manner = {
    sends: 400_000,
    sendKey: 1,
    receives: 20_000,
    receiveKey: 2,
    writeMost: 20_000,
    readMost: 20_000,
    pause: 0.1,
    pauseMost: milliseconds(50),
    finishesFirst: true,
  };
  const listener = bob.stack.openTcp();
  listener.bind(at(bob, 7));
  listener.listen(1);
  const client = alice.stack.openTcp();
  client.configure({ receiveBuffer: 60_000, sendBuffer: 60_000 });
  const talkers = [new Talker(client, lab.time, random, manner)];
  const { sends, sendKey, receives, receiveKey } = manner;
  const mirrored = { ...manner, sends: receives, sendKey: receiveKey, receives: sends, receiveKey: sendKey };
  listener.onChange(() => {
    const accepted = listener.accept();
    if (accepted === undefined) return;
    const talker = new Talker(accepted, lab.time, random, mirrored);
    talkers.push(talker);
    talker.talk();
  });
  client.connect(at(bob, 7));
  lab.time.elapse(seconds(120));
  expect(talkers.map(String), `seed ${seed}`).to.have.length(2);
  for (const talker of talkers) expect(talker.done, `${talker}, ${talker.trouble}`).to.equal(true);
  return logs;
}

/** What began that which led to the event; what the link has with a frame of the peer's is received, too. */
function endOf(log: EventLog, event: TraceEvent): string | undefined {
  const end = log.chain(event).at(-1);
  return end !== undefined && "sentAs" in end && end.sentAs > 0 ? "received" : end?.kind;
}
