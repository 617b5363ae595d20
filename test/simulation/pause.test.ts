/** A line that stands still for a while, and loses nothing, must cost hardly anything (RFC 3522, RFC 5682, RFC 4015). */
import { expect } from "chai";
import { type Duration, milliseconds, seconds, type TcpConfig } from "../../src/stack/index.ts";
import { at, twoHosts } from "../support/net.ts";

/** Of either way, milliseconds. */
const DELAY = 10;
const ROUND_TRIP: Duration = milliseconds(2 * DELAY);

interface Outcome {
  readonly inFlight: number;
  readonly cameTwice: number;
  readonly timeouts: number;
  readonly probes: number;
  /** The congestion window before and after, octets. */
  readonly windows: readonly [before: number, after: number];
  /** Octets that arrive in two round trips before, and in two that begin a round trip after the end of the pause. */
  readonly rates: readonly [before: number, after: number];
}

/** Bulk with about so many segments in flight, and a pause of so many milliseconds. */
function pause(duration: number, segments: number, config: Partial<TcpConfig>): Outcome {
  // No word to ARP after the third timeout: its questions would wait for 5 s as well, which is longer than it tries.
  const tcp = { config: { ...config, suspectRetries: 10 } };
  const line = "jitter=1us,rate=200mbit,queue=20mb";
  const { lab, alice, bob, cable } = twoHosts(
    3,
    { impairments: `delay=${DELAY}ms,${line}` },
    { alice: tcp, bob: tcp },
  );
  const listener = bob.stack.openTcp();
  const sender = alice.stack.openTcp();
  expect(sender.configure({ sendBuffer: segments * 1448 })).to.equal(undefined);
  expect(listener.configure({ receiveBuffer: 1 << 23 })).to.equal(undefined);
  listener.bind(at(bob, 80));
  listener.listen(1);
  sender.connect(at(bob, 80));
  lab.time.elapse(seconds(1));
  const receiver = listener.accept() ?? expect.fail("not connected");
  const text = new Uint8Array(1 << 17);
  const room = new Uint8Array(1 << 20);
  let got = 0;
  const write = (): void => {
    while ((sender.write(text) ?? 0) > 0);
  };
  const read = (): void => {
    for (let octets = receiver.read(room); octets !== undefined && octets > 0; octets = receiver.read(room))
      got += octets;
  };
  sender.onChange(write);
  receiver.onChange(read);
  write();
  lab.time.elapse(milliseconds(1500));
  const { outstanding, congestionWindow } = sender.info();
  // The first of a window must have come back, and the last of it have left: a round trip, with the queue there is.
  const roundTrip = Math.max(ROUND_TRIP, Math.ceil((outstanding * 8) / 200)) as Duration;
  const received = (): number => {
    const from = got;
    lab.time.elapse((2 * roundTrip) as Duration);
    return got - from;
  };
  const before = received();
  // What is sent within a round trip comes late by the pause, and all that follows behind it.
  cable.impaired?.change(`delay=${DELAY + duration}ms,${line}`);
  lab.time.elapse(ROUND_TRIP);
  cable.impaired?.change(`delay=${DELAY}ms,${line}`);
  lab.time.elapse(milliseconds(duration + DELAY)); // the first of them arrive, in a queue
  lab.time.elapse(roundTrip);
  const after = received();
  lab.time.elapse(milliseconds(200));
  const { timeouts = 0, tailProbes = 0 } = alice.stack.counters.tcp ?? {};
  const { duplicateSegs = 0 } = bob.stack.counters.tcp ?? {};
  const windows = [congestionWindow, sender.info().congestionWindow] as const;
  lab.close();
  return {
    inFlight: Math.round(outstanding / 1448),
    cameTwice: duplicateSegs,
    timeouts,
    probes: tailProbes,
    windows,
    rates: [before, after],
  };
}

describe("a line that pauses", () => {
  for (const [title, config, sizes] of [
    ["with timestamps", {}, [10, 100, 700, 2000]],
    // F-RTO needs new text to go instead of the old: of a buffer of 10 segments there is none, and all go again.
    ["with SACK alone", { timestamps: false }, [100, 700, 2000]],
    ["with timestamps, and without SACK", { sack: false }, [10, 100, 700, 2000]],
  ] as const) {
    for (const segments of sizes) {
      for (const time of [100, 250, 500, 1000, 5000]) {
        it(`${title}, for ${time} ms with ${segments} segments in flight, is no loss`, () => {
          const outcome = pause(time, segments, config);
          const { cameTwice, inFlight, probes, timeouts, windows, rates } = outcome;
          const shown = JSON.stringify(outcome);
          expect(inFlight, shown).to.be.above(segments / 3);
          // A probe, and the first segment again at each timeout, which are some 5 in 5 s; nothing else.
          expect(cameTwice, shown).to.be.at.most(probes + timeouts);
          expect(cameTwice, shown).to.be.at.most(Math.max(7, inFlight / 20));
          expect(windows[1], shown).to.be.at.least(windows[0]);
          expect(rates[1], shown).to.be.above(rates[0] * 0.75);
        });
      }
    }
  }

  // Nothing tells the copies apart but F-RTO (RFC 5682 §2), which needs new text; the buffer has none. So each goes again, but
  // once: what the second copies bring about is no loss (RFC 6582 §3.2 step 2), and there is one reduction (0.7 of CUBIC).
  for (const segments of [10, 100, 700, 2000]) {
    for (const time of [250, 500, 5000]) {
      it(`with neither, for ${time} ms with ${segments} segments in flight, is one loss`, () => {
        const outcome = pause(time, segments, { sack: false, timestamps: false });
        const { cameTwice, inFlight, timeouts, windows, rates } = outcome;
        const shown = JSON.stringify(outcome);
        expect(inFlight, shown).to.be.above(segments / 3);
        expect(cameTwice, shown).to.be.at.most(inFlight + timeouts);
        expect(windows[1], shown).to.be.at.least(windows[0] * 0.69);
        expect(rates[1], shown).to.be.above(rates[0] * 0.9);
      });
    }
  }
});
