/** Whether TCP gets over what a line does to it without waiting for a timeout. */
import { expect } from "chai";
import { milliseconds, seconds, type TcpSettings, Xoshiro128 } from "../../src/stack/index.ts";
import { at, type Manner, Talker, twoHosts } from "../support/net.ts";
import { thorough } from "../support/thorough.ts";

interface Outcome {
  /** Octets per second of virtual time. */
  readonly rate: number;
  readonly timeouts: number;
  readonly undos: number;
  /** Segments that were sent again, and frames that the line has lost or its queue had no room for. */
  readonly sentAgain: number;
  readonly dropped: number;
}

/** Sends so many octets from Alice to Bob, in one connection. */
function transfer(seed: number, impairments: string, octets: number, settings: TcpSettings = {}): Outcome {
  const { lab, alice, bob, cable } = twoHosts(seed, { impairments }, { alice: settings, bob: settings });
  const manner: Manner = {
    sends: 0,
    sendKey: 0,
    receives: octets,
    receiveKey: 1,
    writeMost: 65_536,
    readMost: 65_536,
    pause: 0,
    pauseMost: milliseconds(1),
    finishesFirst: true,
  };
  const listener = bob.stack.openTcp();
  expect(listener.bind(at(bob, 80))).to.equal(undefined);
  expect(listener.listen(1)).to.equal(undefined);
  const random = new Xoshiro128(seed);
  let receiver: Talker | undefined;
  listener.onChange(() => {
    const accepted = listener.accept();
    if (accepted === undefined) return;
    receiver = new Talker(accepted, lab.time, random, manner);
    receiver.talk();
  });
  const start = lab.time.now();
  const active = alice.stack.openTcp();
  expect(active.connect(at(bob, 80))).to.equal(undefined);
  const sender = new Talker(active, lab.time, random, { ...manner, sends: octets, sendKey: 1, receives: 0 });
  lab.time.elapseUntil(() => receiver?.done === true || sender.trouble !== undefined);
  expect(sender.trouble).to.equal(undefined);
  const took = lab.time.now() - start;
  lab.time.elapse(seconds(1));
  const { tcp: counters } = alice.stack.counters;
  if (counters === undefined) throw new Error("no TCP");
  const line = cable.impaired?.counters.out ?? expect.fail("no impairments");
  lab.close();
  return {
    rate: (octets * 1e6) / took,
    timeouts: counters.timeouts,
    undos: counters.undos,
    sentAgain: counters.retransSegs,
    dropped: line.lost + line.overflowed,
  };
}

const MEGABIT = 1e6 / 8;
/** Enough that a change of anything else, which changes what is lost, does not decide; of fewer the mean varies more. */
const SEEDS: number = thorough(4, 16);
const SHARE: number = thorough(0.8, 1);

describe("recovery without timeouts", () => {
  // The rate in Mbit/s at least, and timeouts in all transfers at most.
  for (const [line, least, most] of [
    // With a loss rate p, MSS / (RTT √p) is what TCP reaches (Mathis et al. 1997): 2.6 Mbyte/s, or 20 Mbit/s.
    ["loss=2%,delay=2ms,reorder=10%", 20, 4],
    ["loss=2%,delay=2ms", 20, 6],
    // Without loss reordering should cost little, be it far wider than a round-trip time's quarter or not.
    // The queue is large enough: else the window, which reordering does not hold down, overflows it.
    ["delay=2ms,reorder=10%", 400, 0],
    ["delay=10ms,reorder=20%:8ms,rate=50mbit,queue=4mb", 30, 0],
    ["delay=10ms,jitter=5ms,loss=1%", 5, 1],
  ] as const) {
    it(`carries at least ${least} Mbit/s over ${line}`, () => {
      let rate = 0;
      let timeouts = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const outcome = transfer(seed, line, 4_000_000);
        rate += outcome.rate / SEEDS;
        timeouts += outcome.timeouts;
      }
      expect(rate / MEGABIT, `seeds 1 to ${SEEDS}`).to.be.above(least * SHARE);
      expect(timeouts, `seeds 1 to ${SEEDS}`).to.be.at.most(most);
    });
  }

  it("undoes what reordering has made it believe", () => {
    const { undos } = transfer(1, "delay=10ms,reorder=20%:8ms,rate=50mbit", 1_000_000);
    expect(undos).to.be.above(0);
  });
});

describe("slow start into the queue of a line", () => {
  for (const congestion of ["cubic", "newreno"]) {
    for (const [line, least] of [
      ["delay=10ms,rate=50mbit,queue=150kb", 42],
      ["delay=10ms,rate=50mbit,queue=600kb", 42],
      ["delay=2ms,rate=500mbit,queue=300kb", 300],
      ["delay=25ms,rate=2mbit,queue=30kb", 1.7],
      ["delay=5ms,rate=100mbit,queue=100kb", 80],
    ] as const) {
      it(`with ${congestion} fills ${line}, and sends again just what was dropped, without a timeout`, () => {
        const options = { congestion, sendBuffer: 1 << 22, receiveBuffer: 1 << 22 };
        const { rate, timeouts, sentAgain, dropped } = transfer(1, line, 4_000_000, { options });
        expect(dropped, "a queue that overflows").to.be.above(0);
        expect(rate / MEGABIT).to.be.above(least);
        expect(timeouts).to.equal(0);
        expect(sentAgain - dropped).to.be.within(0, 2);
      });
    }

    it(`with ${congestion} drops far less than the queue, when the delay tells of it in time`, () => {
      const options = { congestion, sendBuffer: 1 << 22, receiveBuffer: 1 << 22 };
      const { dropped } = transfer(1, "delay=10ms,rate=50mbit,queue=600kb", 4_000_000, { options });
      expect(dropped * 1460).to.be.below(600_000 / 2);
    });
  }
});
