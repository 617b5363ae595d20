/** Whether TCP gets over what a line does to it without waiting for a timeout. */
import { expect } from "chai";
import { milliseconds, seconds, type Tcp, type TcpSettings, Xoshiro128 } from "../../src/stack/index.ts";
import { at, type Manner, Talker, twoHosts } from "../support/net.ts";

interface Outcome {
  /** Octets per second of virtual time. */
  readonly rate: number;
  readonly timeouts: number;
  readonly undos: number;
}

/** Sends so many octets from Alice to Bob, in one connection. */
function transfer(seed: number, impairments: string, octets: number, settings: TcpSettings = {}): Outcome {
  const { lab, alice, bob } = twoHosts(seed, { impairments }, { alice: settings, bob: settings });
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
  const { counters } = alice.stack.tcp as Tcp;
  lab.close();
  return {
    rate: (octets * 1e6) / took,
    timeouts: counters.timeouts,
    undos: counters.undos,
  };
}

describe("recovery without timeouts", function () {
  this.timeout(20_000);
  const MEGABIT = 1e6 / 8;
  for (const [line, least, most] of [
    // With a loss rate p, MSS / (RTT √p) is what TCP reaches (Mathis et al. 1997): 2.6 Mbyte/s, or 20 Mbit/s.
    ["loss=2%,delay=2ms,reorder=10%", 20, 1],
    ["loss=2%,delay=2ms", 20, 1],
    // Without loss reordering should cost little, be it far wider than a round-trip time's quarter or not.
    ["delay=2ms,reorder=10%", 300, 0],
    // (The queue in front of the bounded rate drops half a window when slow start ends, and then the repairs.)
    ["delay=10ms,reorder=20%:8ms,rate=50mbit", 12, 4],
    ["delay=10ms,jitter=5ms,loss=1%", 5, 1],
  ] as const) {
    it(`carries at least ${least} Mbit/s over ${line}`, () => {
      let rate = 0;
      let timeouts = 0;
      for (let seed = 1; seed <= 4; seed++) {
        const outcome = transfer(seed, line, 4_000_000);
        rate += outcome.rate / 4;
        timeouts += outcome.timeouts;
      }
      expect(rate / MEGABIT).to.be.above(least);
      expect(timeouts).to.be.at.most(most);
    });
  }

  it("undoes what reordering has made it believe", () => {
    const { undos } = transfer(1, "delay=10ms,reorder=20%:8ms,rate=50mbit", 1_000_000);
    expect(undos).to.be.above(0);
  });
});
