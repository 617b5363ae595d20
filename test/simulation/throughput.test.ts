/** How long a transfer takes in its own time, by buffer and by loss: whether TCP fills the line that it has. */
import { expect } from "chai";
import { milliseconds, seconds, Xoshiro128 } from "../../src/stack/index.ts";
import { at, type Manner, Talker, twoHosts } from "../support/net.ts";

const SEED = 7;
const OCTETS = 2_000_000;
const ROUND_TRIP = 0.02;
const RATE = 50_000_000 / 8;

/** Octets per second of virtual time, from the SYN to the last octet. */
function transfer(buffer: number, loss: string, congestion: string): number {
  const impairments = `delay=10ms,rate=50mbit,queue=150kb,${loss}`;
  const { lab, alice, bob, cable } = twoHosts(SEED, { impairments });
  const manner: Manner = {
    sends: 0,
    sendKey: 0,
    receives: OCTETS,
    receiveKey: 1,
    writeMost: 65_536,
    readMost: 65_536,
    pause: 0,
    pauseMost: milliseconds(1),
    finishesFirst: true,
  };
  const options = { sendBuffer: buffer, receiveBuffer: buffer, congestion };
  const listener = bob.stack.openTcp();
  listener.configure(options);
  expect(listener.bind(at(bob, 80))).to.equal(undefined);
  expect(listener.listen(1)).to.equal(undefined);
  const start = lab.time.now();
  const active = alice.stack.openTcp();
  active.configure(options);
  expect(active.connect(at(bob, 80))).to.equal(undefined);
  const random = new Xoshiro128(1);
  const sender = new Talker(active, lab.time, random, { ...manner, sends: OCTETS, sendKey: 1, receives: 0 });
  let receiver: Talker | undefined;
  listener.onChange(() => {
    const accepted = listener.accept();
    if (accepted === undefined) return;
    receiver = new Talker(accepted, lab.time, random, manner);
    receiver.talk();
  });
  lab.time.elapseUntil(
    () => receiver?.done === true || sender.trouble !== undefined || receiver?.trouble !== undefined,
  );
  expect([sender.trouble, receiver?.trouble]).to.deep.equal([undefined, undefined]);
  expect(receiver?.received).to.equal(OCTETS);
  expect(cable.impaired?.counters.out.passed).to.be.above(OCTETS / 1460);
  const rate = (OCTETS * 1e6) / (lab.time.now() - start);
  lab.time.elapse(seconds(1));
  lab.close();
  return rate;
}

describe("a transfer of 2 MB over 50 Mbit/s with a round trip of 20 ms", () => {
  for (const congestion of ["cubic", "newreno"]) {
    describe(`with ${congestion}`, () => {
      for (const [buffer, loss, least] of [
        // A window of W octets carries W per round trip, and no line carries more than its rate.
        [8_192, "loss=0", 0.9],
        [32_768, "loss=0", 0.8],
        // From here on the handshake and slow start are a quarter of the time that 2 MB take.
        [131_072, "loss=0", 0.7],
        // Slow start overshoots a queue this short, and more than a hundred drops are to be made good for at once.
        [1_048_576, "loss=0", 0.7],
        // With a loss rate p, TCP reaches some MSS / (RTT √p) (Mathis et al. 1997).
        [1_048_576, "out:loss=0.1%", 0.6],
        [1_048_576, "out:loss=1%", 0.6],
        [1_048_576, "out:loss=5%", 0.5],
        [32_768, "out:loss=1%", 0.5],
        [8_192, "loss=2%", 0.4],
        [1_048_576, "in:loss=20%", 0.7],
        // Overtaken by two segments at most: less than the three that would count as a loss.
        [131_072, "out:reorder=5%:500us", 0.7],
      ] as const) {
        it(`fills a fair part of it with buffers of ${buffer} octets and ${loss}`, () => {
          const probability = Number(/^out:loss=([\d.]+)%/.exec(loss)?.[1] ?? 0) / 100;
          const byLoss = probability === 0 ? RATE : 1460 / (ROUND_TRIP * Math.sqrt(probability));
          const possible = Math.min(RATE, buffer / ROUND_TRIP, byLoss);
          const reached = transfer(buffer, loss, congestion);
          expect(reached / possible, `${Math.round(reached)} octets/s with seed ${SEED}`).to.be.above(least);
          expect(reached).to.be.below(RATE);
        });
      }
    });
  }
});
