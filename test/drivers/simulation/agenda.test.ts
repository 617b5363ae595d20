import { expect } from "chai";
import {
  type AnnouncingMember,
  VirtualTime,
  VirtualTimeError,
} from "../../../src/drivers/simulation/index.ts";
import { type Duration, type Instant, NEVER, seconds, timer, Xoshiro128 } from "../../../src/stack/index.ts";

/** Announces as a stack does: only what is earlier than what it has said last, and has not come. */
class Announcing implements AnnouncingMember {
  asked = 0;
  deadlines: number[];
  readonly seen: string[];
  readonly name: string;
  readonly #wakeAt: (deadline: Instant) => void;
  #announced: number = NEVER;

  constructor(time: VirtualTime, name: string, deadlines: number[], seen: string[]) {
    this.deadlines = deadlines;
    this.seen = seen;
    this.name = name;
    const seat = time.seat(name);
    this.#wakeAt = seat.wakeAt;
    time.take(seat, this);
  }

  nextDeadline(): Instant {
    this.asked++;
    return this.#earliest();
  }

  advance(now: Instant): void {
    this.seen.push(`${this.name}@${now}${this.#earliest() === now ? "" : " late"}`);
    this.deadlines = this.deadlines.filter((deadline) => deadline > now);
    this.#announced = NEVER;
    this.changed();
  }

  announce(): void {
    this.#announced = NEVER;
    this.changed();
  }

  changed(): void {
    const next = this.#earliest();
    if (next >= this.#announced) return;
    this.#announced = next;
    this.#wakeAt(next);
  }

  #earliest(): Instant {
    return Math.min(NEVER, ...this.deadlines) as Instant;
  }
}

describe("a seat in virtual time", () => {
  it("is served at exactly its deadlines, and of equal ones in the order of the seats", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    new Announcing(time, "x", [5, 20, 40], seen);
    new Announcing(time, "y", [5, 10, 40], seen);
    let next: Instant = 5 as Instant;
    time.join("z", {
      nextDeadline: () => next,
      advance: () => {
        seen.push("z");
        next = NEVER;
      },
    });
    new Announcing(time, "w", [5], seen);
    time.elapse(30 as Duration);
    expect(seen).to.deep.equal(["x@5", "y@5", "z", "w@5", "y@10", "x@20"]);
  });

  it("never has time move to a deadline that was announced and then put off, or given up", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    const member = new Announcing(time, "x", [5], seen);
    member.deadlines = [20];
    member.changed();
    expect(time.nextDeadline()).to.equal(20);
    member.deadlines = [10];
    member.changed();
    expect(time.nextDeadline()).to.equal(10);
    member.deadlines = [];
    expect(time.step()).to.equal(false);
    expect(time.now()).to.equal(0);
    member.deadlines = [7];
    member.changed();
    while (time.step());
    expect(seen).to.deep.equal(["x@7"]);
  });

  it("costs nothing while it is idle", () => {
    const time = new VirtualTime();
    const idle = Array.from({ length: 100 }, (_, i) => new Announcing(time, `idle ${i}`, [1e9], []));
    const before = idle.reduce((sum, { asked }) => sum + asked, 0);
    const busy = new Announcing(
      time,
      "busy",
      Array.from({ length: 1000 }, (_, i) => i + 1),
      [],
    );
    time.elapse(1000 as Duration);
    expect(busy.seen).to.have.length(1000);
    expect(
      idle.reduce((sum, { asked }) => sum + asked, 0) - before,
      "times that they were asked",
    ).to.be.below(3_000);
  });

  it("is left for good", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    const member = new Announcing(time, "x", [5], seen);
    time.leave(member);
    member.deadlines = [3];
    member.changed();
    expect(time.step()).to.equal(false);
    expect(seen).to.deep.equal([]);
  });

  it("is served as if everybody were asked before each step, whatever changes when", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const runs = [true, false].map((announces) => {
        const random = new Xoshiro128(seed);
        const time = new VirtualTime();
        const seen: string[] = [];
        const members = Array.from({ length: 8 }, (_, i) => {
          const deadlines = Array.from({ length: 20 }, () => random.bits() & 255);
          if (announces) return new Announcing(time, `${i}`, deadlines, seen);
          const quiet = new VirtualTime();
          const member = new Announcing(quiet, `${i}`, deadlines, seen);
          time.join(`${i}`, {
            nextDeadline: () => member.nextDeadline(),
            advance: (now) => member.advance(now),
          });
          return member;
        });
        // Now and then somebody else changes what they wait for.
        const meddle = timer(time.timers, (now) => {
          const member = members[random.bits() & 7];
          if (member === undefined) return;
          member.deadlines = member.deadlines.map((deadline) =>
            deadline > now ? Math.max(now + 1, deadline + (random.bits() & 31) - 16) : deadline,
          );
          member.changed();
          if (now < 250) meddle.set((now + 3) as Instant);
        });
        meddle.set(1 as Instant);
        while (time.step());
        return seen;
      });
      expect(runs[0], `seed ${seed}`).to.deep.equal(runs[1]);
      expect(runs[0], `seed ${seed}`).to.not.be.empty;
    }
  });
});

describe("promises in virtual time", () => {
  it("are let settle before time moves on, also if nobody saw that they were", async () => {
    const time = new VirtualTime();
    let at = -1;
    // An expiry that is not an application's, as far as anybody can tell.
    let next: Instant = 1_000 as Instant;
    time.join("ticker", {
      nextDeadline: () => next,
      advance: (now) => {
        next = (now < 1_000_000 ? now + 1_000 : NEVER) as Instant;
        if (now === 10_000) resolveIt?.();
      },
    });
    let resolveIt: (() => void) | undefined;
    await time.run(
      new Promise<void>((resolve) => {
        resolveIt = resolve;
      }).then(() => {
        at = time.now();
      }),
    );
    expect(at).to.be.within(10_000, 100_000);
  });

  it("that nobody can settle make a deadlock, with what applications say of themselves", async () => {
    const time = new VirtualTime();
    time.enlist({ waits: () => ["a message on port 7"] });
    const member = { nextDeadline: () => NEVER, advance: () => undefined, turns: time };
    time.join("alice", member);
    member.turns.enlist?.({ waits: () => ["recv! on TCP"] });
    let rested = 0;
    time.enlist({
      settle: () => Promise.resolve(),
      rest: (attempt) => {
        rested = Math.max(rested, attempt);
        return Promise.resolve(attempt < 3);
      },
      waits: () => [],
    });
    const error: Error = await time.run(new Promise(() => undefined)).then(
      () => expect.fail("it settles"),
      (reason) => reason as Error,
    );
    expect(error).to.be.instanceOf(VirtualTimeError);
    expect(error.message).to.include("a message on port 7").and.include("alice: recv! on TCP");
    expect(rested).to.equal(3);
  });

  it("tells of many members by their number", () => {
    const time = new VirtualTime({ limit: seconds(1) });
    for (let i = 0; i < 1_000; i++) time.seat(`never taken ${i}`);
    for (let i = 0; i < 100; i++) new Announcing(time, `host ${i}`, [], []);
    expect(time.describe()).to.include("host 0: none").and.include("and 80 more members");
  });
});
