import { expect } from "chai";
import { EventLoop, HostClock, hostRandom } from "../../../src/drivers/node/index.ts";
import { type Instant, later, milliseconds, NEVER, timer } from "../../../src/stack/index.ts";

describe("the event loop", () => {
  let loop: EventLoop;

  beforeEach(() => {
    loop = new EventLoop();
  });
  afterEach(() => loop.close());

  /** Resolves with the instants of the first `count` advances, each of which announces `next(n)`. */
  function advances(count: number, next: (n: number) => Instant): Promise<Instant[]> {
    return new Promise((resolve) => {
      const seen: Instant[] = [];
      loop.drive({
        advance: (now) => {
          seen.push(now);
          if (seen.length === count) resolve(seen);
          else loop.wakeAt(next(seen.length));
        },
      });
    });
  }

  it("advances a stack at its deadline, never before it", async () => {
    const deadline = later(loop.now(), milliseconds(3));
    const done = advances(1, () => NEVER);
    loop.wakeAt(deadline);
    expect((await done)[0]).to.be.at.least(deadline);
  });

  it("advances at the earliest of the deadlines, and again at what is announced then", async () => {
    const start = loop.now();
    const first = later(start, milliseconds(2));
    const second = later(start, milliseconds(5));
    const done = advances(2, () => second);
    loop.wakeAt(later(start, milliseconds(3_600_000)));
    loop.wakeAt(first);
    loop.wakeAt(later(start, milliseconds(1_800_000)));
    const [a, b] = await done;
    expect(a).to.be.at.least(first);
    expect(b).to.be.at.least(second);
  });

  it("lets the devices be read before it fires a timer that is late", async () => {
    const late = new EventLoop({ now: () => 10_000 as Instant });
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      late.drive({ advance: () => resolve(void order.push("timer")) });
      late.wakeAt(1_000 as Instant);
      // A device: the loop finds that there is something, and it is read in an immediate.
      setImmediate(() => {
        order.push("found");
        setImmediate(() => order.push("read"));
      });
    });
    late.close();
    expect(order).to.deep.equal(["found", "read", "timer"]);
  });

  it("advances in the next turn what is due already", async () => {
    const done = advances(3, () => loop.now());
    loop.wakeAt(loop.now());
    expect(await done).to.have.length(3);
  });

  it("waits for a deadline further off than one timeout can be", () => {
    loop.drive({ advance: () => expect.fail("it is not due for a year") });
    loop.wakeAt(later(loop.now(), milliseconds(365 * 86_400_000)));
    return new Promise<void>((resolve) => setTimeout(resolve, 5));
  });

  it("fires the timers of links, and arms itself for the next of them", async () => {
    const fired: string[] = [];
    await new Promise<void>((resolve) => {
      const late = timer(loop.timers, () => {
        fired.push("late");
        resolve();
      });
      late.set(later(loop.now(), milliseconds(4)));
      const early = timer(loop.timers, () => fired.push("early"));
      early.set(later(loop.now(), milliseconds(1)));
      loop.wakeAt(early.deadline);
    });
    expect(fired).to.deep.equal(["early", "late"]);
  });

  it("runs what is deferred in order, and what that defers in a later turn", async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      loop.defer({
        run: () => {
          order.push("first");
          loop.defer({
            run: () => {
              order.push("third");
              resolve();
            },
          });
        },
      });
      loop.defer({ run: () => order.push("second") });
      order.push("nothing at once");
    });
    expect(order).to.deep.equal(["nothing at once", "first", "second", "third"]);
  });

  it("does nothing more once it is closed", async () => {
    const done: string[] = [];
    const act = (): void => {
      loop.wakeAt(later(loop.now(), milliseconds(1)));
      loop.defer({ run: () => done.push("deferred") });
    };
    loop.drive({ advance: () => done.push("advanced") });
    act();
    // While it is open both happen.
    while (new Set(done).size < 2) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    done.length = 0;
    act();
    loop.close();
    act();
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    expect(done).to.deep.equal([]);
  });
});

describe("the host's clock", () => {
  it("counts whole microseconds, and never goes back", () => {
    const clock = new HostClock();
    let before = clock.now();
    expect(before).to.be.at.least(0);
    for (let i = 0; i < 10_000; i++) {
      const now = clock.now();
      expect(Number.isInteger(now)).to.equal(true);
      expect(now).to.be.at.least(before);
      before = now;
    }
  });
});

describe("the host's chance", () => {
  it("repeats itself from its seed", () => {
    const first = hostRandom();
    const again = hostRandom(first.seed);
    expect(again.seed).to.equal(first.seed);
    for (let i = 0; i < 100; i++)
      expect(again.random.bits(), `seed ${first.seed}`).to.equal(first.random.bits());
  });

  it("has another seed each time", () => {
    const seeds = new Set(Array.from({ length: 8 }, () => hostRandom().seed));
    expect(seeds.size).to.be.above(1);
  });
});
