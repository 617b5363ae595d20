import { expect } from "chai";
import { VirtualTime, VirtualTimeError } from "../../../src/drivers/simulation/index.ts";
import { type Duration, type Instant, NEVER, seconds, timer } from "../../../src/stack/index.ts";

/** A promise of the instant `wait` from now. */
function sleep(time: VirtualTime, wait: Duration): Promise<Instant> {
  return new Promise((resolve) => timer(time.timers, resolve).set((time.now() + wait) as Instant));
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not fail");
}

describe("virtual time", () => {
  it("jumps from deadline to deadline, and is at each at exactly its time", async () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    const work = async (): Promise<string> => {
      for (const wait of [3600, 1, 0]) seen.push(await sleep(time, seconds(wait)));
      return "done";
    };
    expect(await time.run(work())).to.equal("done");
    expect(seen).to.deep.equal([3_600_000_000, 3_601_000_000, 3_601_000_000]);
  });

  it("moves only when every promise waits, however deep the calls are nested", async () => {
    const time = new VirtualTime();
    const nested = async (depth: number): Promise<number> => (depth === 0 ? time.now() : nested(depth - 1));
    const other = sleep(time, seconds(1));
    expect(await time.run(nested(15))).to.equal(0);
    expect(await time.run(other)).to.equal(1_000_000);
  });

  it("rejects as the promise does", async () => {
    const time = new VirtualTime();
    const work = sleep(time, seconds(1)).then(() => Promise.reject(new Error("no")));
    expect((await failure(time.run(work))).message).to.equal("no");
  });

  it("reports a deadlock at once, with everybody's deadlines", async () => {
    const time = new VirtualTime();
    time.join("alice", { nextDeadline: () => NEVER, advance: () => undefined });
    const error = await failure(time.run(new Promise(() => undefined)));
    expect(error).to.be.instanceOf(VirtualTimeError);
    expect(error.message).to.match(/deadlock.*at 0 s.*alice: none; links: 0 timers, none/);
  });

  it("takes no promise for a deadlock that only needs many microtasks", async () => {
    const time = new VirtualTime();
    const slow = async (): Promise<string> => {
      for (let i = 0; i < 5000; i++) await undefined;
      return "done";
    };
    expect(await time.run(slow())).to.equal("done");
  });

  it("uses the drain that it is given", async () => {
    const time = new VirtualTime({ drain: () => new Promise(setImmediate) });
    const slow = async (): Promise<number> => {
      for (let i = 0; i < 5000; i++) await undefined;
      return time.now();
    };
    const [, at] = await time.run(Promise.all([sleep(time, seconds(1)), slow()]));
    expect(at).to.equal(0);
  });

  it("ends what runs on forever at its limit, and says whose timers are armed", async () => {
    const time = new VirtualTime({ limit: seconds(10) });
    const tick = timer(time.timers, (now) => tick.set((now + 3_000_000) as Instant));
    tick.set(0 as Instant);
    const error = await failure(time.run(new Promise(() => undefined)));
    expect(error.message).to.match(/more than 9 s.*links: 1 timers, at 12 s/);
  });

  it("takes what happens between spans in which nothing does for no circle", async () => {
    const time = new VirtualTime({ standstill: 10 });
    const nothing = { run: (): void => undefined };
    for (let i = 0; i < 30; i++) {
      time.defer(nothing);
      time.elapse(seconds(1));
      time.defer(nothing);
      await time.runFor(seconds(1));
    }
    expect(time.now()).to.equal(seconds(60));
  });

  it("finds out a circle in which time stands still", () => {
    const time = new VirtualTime();
    const task = { run: () => time.defer(task) };
    time.defer(task);
    expect(() => time.elapseUntil(() => false)).to.throw(VirtualTimeError, /time stands still at 0 s/);
  });

  it("runs what was deferred in its order, before time moves, and never inside defer", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    timer(time.timers, () => seen.push("timer")).set(1 as Instant);
    const again = { run: () => seen.push("c") };
    const first = (): void => {
      seen.push("a");
      time.defer(again);
    };
    time.defer({ run: first });
    time.defer({ run: () => seen.push("b") });
    expect(seen).to.deep.equal([]);
    while (time.step());
    expect(seen).to.deep.equal(["a", "b", "c", "timer"]);
  });

  it("serves members by deadline, and of equal ones in the order in which they joined", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    const member = (name: string, deadlines: number[]): void =>
      time.join(name, {
        nextDeadline: () => (deadlines[0] ?? NEVER) as Instant,
        advance: (now) => seen.push(`${name}@${now}${deadlines.shift() === now ? "" : " late"}`),
      });
    member("x", [5, 20]);
    member("y", [5, 10]);
    time.elapse(15 as Duration);
    expect(seen).to.deep.equal(["x@5", "y@5", "y@10"]);
    expect(time.now()).to.equal(15);
  });

  it("lets a span pass with awaiting applications served on the way", async () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    const ticking = async (): Promise<void> => {
      for (;;) seen.push(await sleep(time, seconds(2)));
    };
    void ticking();
    await time.runFor(seconds(7));
    expect(seen).to.deep.equal([2_000_000, 4_000_000, 6_000_000]);
    expect(time.now()).to.equal(7_000_000);
    await time.runUntil(() => seen.length === 5);
    expect(time.now()).to.equal(10_000_000);
  });

  it("forgets a member that leaves", () => {
    const time = new VirtualTime();
    const member = { nextDeadline: () => 5 as Instant, advance: () => expect.fail("it has left") };
    time.join("x", member);
    time.leave(member);
    expect(time.step()).to.equal(false);
  });
});
