import { expect } from "chai";
import fc from "fast-check";
import { type Duration, milliseconds } from "../../../../src/stack/base/time.ts";
import type { CongestionControl } from "../../../../src/stack/tcp/congestion/congestion.ts";
import { Cubic } from "../../../../src/stack/tcp/congestion/cubic.ts";
import { NewReno } from "../../../../src/stack/tcp/congestion/newreno.ts";
import { MSS, TestSender } from "../../../contracts/congestion.contract.ts";

/** RFC 9406 §4.3. */
const N_RTT_SAMPLE = 8;
const CSS_ROUNDS = 5;

/** RttThresh of §4.2, milliseconds. */
function rttThresh(lastRoundMinRtt: number): number {
  return Math.max(4, Math.min(lastRoundMinRtt / 8, 16));
}

/** A sender that always fills its window. */
class Path {
  readonly #control: CongestionControl;
  readonly #sender: TestSender;
  /** Octets from SND.UNA to windowEnd: what was outstanding when the last round ended. */
  #left: number;

  constructor(control: CongestionControl, sender: TestSender) {
    this.#control = control;
    this.#sender = sender;
    this.#left = control.window;
  }

  /**
   * One round (§4.2): what was outstanding is acknowledged, and each ACK lets out what the window then has room for.
   *
   * @param rtts - milliseconds; what the ACKs measure, the last of them all that are left
   * @param acks - how many there are
   * @returns how much of what was acknowledged the window has grown by
   */
  round(rtts: number | readonly number[], acks: number): number {
    const list = typeof rtts === "number" ? [rtts] : rtts;
    const { window } = this.#control;
    const acknowledged = this.#left;
    let left = acknowledged;
    this.#sender.wait(milliseconds(list[0] ?? 0));
    for (let i = 0; i < acks; i++) {
      const octets = Math.ceil(left / (acks - i));
      left -= octets;
      this.#sender.currRtt = ((list[Math.min(i, list.length - 1)] ?? 0) * 1000) as Duration;
      this.#sender.inFlight = this.#control.window - octets;
      this.#control.acknowledged(octets, this.#sender);
    }
    this.#left = this.#sender.inFlight;
    return (this.#control.window - window) / acknowledged;
  }
}

for (const [name, make] of [
  ["newreno", (mss: number) => new NewReno(mss)],
  ["cubic", (mss: number) => new Cubic(mss)],
] as const) {
  describe(`HyStart++ (RFC 9406) in ${name}`, () => {
    let sender: TestSender;
    let control: CongestionControl;
    let path: Path;

    beforeEach(() => {
      sender = new TestSender();
      control = make(MSS);
      path = new Path(control, sender);
    });

    const round = (rtts: number | readonly number[], acks = 10): number => path.round(rtts, acks);

    it("grows by all that is acknowledged while the delay stays as it is", () => {
      for (let i = 0; i < 7; i++) expect(round(100)).to.equal(1);
    });

    for (const last of [1, 20, 40, 80, 120, 200, 1000]) {
      const enough = last + rttThresh(last);
      it(`goes on while the least delay of a round is less than ${enough} ms, after ${last} ms`, () => {
        expect(round(last)).to.equal(1);
        expect(round(enough - 0.001)).to.equal(1);
      });

      it(`grows by a quarter of what is acknowledged from then on, when it is ${enough} ms`, () => {
        expect(round(last)).to.equal(1);
        // The eighth ACK is the one to tell, after the window has grown by it.
        expect(round(enough)).to.be.closeTo(0.8 + 0.2 / 4, 0.01);
        expect(round(enough)).to.be.closeTo(1 / 4, 0.01);
      });
    }

    it("judges by the least delay of a round, which a late ACK does not change", () => {
      round(100);
      expect(round([100, 180])).to.equal(1);
      expect(round([180, 180, 180, 180, 180, 180, 180, 103])).to.equal(1);
    });

    it(`judges no round with fewer than ${N_RTT_SAMPLE} measurements`, () => {
      round(100);
      expect(round(200, N_RTT_SAMPLE - 1)).to.equal(1);
      expect(round(400, N_RTT_SAMPLE - 1)).to.equal(1);
    });

    it("has nothing to compare with where nothing is measured", () => {
      expect(round(0)).to.equal(1);
      expect(round(200)).to.equal(1);
      expect(round(200)).to.equal(1);
    });

    it(`ends slow start after ${CSS_ROUNDS} rounds of CSS, with the one in which it began`, () => {
      round(100);
      round(150);
      for (let i = 2; i < CSS_ROUNDS; i++) {
        expect(round(150)).to.be.closeTo(1 / 4, 0.01);
        expect(control.threshold).to.equal(Number.POSITIVE_INFINITY);
      }
      round(150);
      expect(control.threshold).to.equal(control.window);
      // Congestion avoidance: a segment in a round trip, more or less.
      const before = control.window;
      round(150);
      expect(control.window - before).to.be.within(0, 2 * MSS);
    });

    it("returns to slow start when the delay goes down again", () => {
      round(100);
      round(150);
      expect(round(150)).to.be.closeTo(1 / 4, 0.01);
      expect(round(149)).to.be.within(0.25, 0.5); // which shows at the eighth measurement
      expect(round(149)).to.equal(1);
      expect(control.threshold).to.equal(Number.POSITIVE_INFINITY);
    });

    it("does not return for fewer measurements than that", () => {
      round(100);
      round(150);
      expect(round(100, N_RTT_SAMPLE - 1)).to.be.closeTo(1 / 4, 0.01);
    });

    it("counts the rounds of CSS from its beginning, if it begins again", () => {
      round(100);
      for (let i = 0; i < CSS_ROUNDS - 1; i++) round(150);
      round(140);
      round(140);
      for (let i = 0; i < CSS_ROUNDS - 1; i++) {
        round(190);
        expect(control.threshold, `round ${i}`).to.equal(Number.POSITIVE_INFINITY);
      }
      round(190);
      expect(control.threshold).to.equal(control.window);
    });

    it("does not blame a window that is not used for the delay, nor lets it grow", () => {
      round(100);
      sender.cwndLimited = false;
      const before = control.window;
      for (let i = 0; i < 2 * CSS_ROUNDS; i++) round(100 + 20 * i);
      expect(control.window).to.equal(before);
      expect(control.threshold).to.equal(Number.POSITIVE_INFINITY);
      sender.cwndLimited = true;
      expect(round(290), "when it was 280 before").to.equal(1);
      expect(round(290 + 16)).to.be.below(1);
    });

    it("does not count rounds of CSS in which the window is not used", () => {
      round(100);
      round(150);
      sender.cwndLimited = false;
      for (let i = 0; i < 2 * CSS_ROUNDS; i++) round(150);
      expect(control.threshold).to.equal(Number.POSITIVE_INFINITY);
      sender.cwndLimited = true;
      expect(round(150), "CSS still").to.be.closeTo(1 / 4, 0.01);
    });

    it("is for the first slow start alone: later ones have a threshold to end at (§4.3)", () => {
      for (let i = 0; i < 4; i++) round(100);
      control.timedOut(sender);
      for (let rtt = 100; control.window < control.threshold; rtt += 50) {
        const before = control.window;
        sender.currRtt = milliseconds(rtt);
        for (let acks = 0; acks < N_RTT_SAMPLE; acks++) control.acknowledged(before / N_RTT_SAMPLE, sender);
        expect(control.window).to.be.at.least(Math.min(2 * before, control.threshold));
      }
    });

    it("leaves the end of slow start by loss as it was, in CSS too", () => {
      round(100);
      round(150);
      round(150);
      const before = control.window;
      control.lossDetected(sender);
      expect(control.window).to.be.below(before);
      expect(control.threshold).to.equal(control.window);
    });

    it("begins anew when the loss that ended slow start was none", () => {
      round(100);
      round(150);
      control.lossDetected(sender);
      control.undo?.();
      expect(control.threshold).to.equal(Number.POSITIVE_INFINITY);
      expect(round(150)).to.equal(1);
    });

    it("never lets the window grow by more than is acknowledged, nor shrink", () => {
      const acks = fc.array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.nat(400), fc.boolean()));
      fc.assert(
        fc.property(acks, (list) => {
          const any = make(MSS);
          for (const [octets, rtt, used] of list) {
            const before = any.window;
            sender.currRtt = milliseconds(rtt);
            sender.inFlight = Math.max(0, before - octets);
            sender.cwndLimited = used;
            any.acknowledged(octets, sender);
            expect(any.window).to.be.within(before, before + octets);
          }
        }),
      );
    });
  });
}

describe("CUBIC after HyStart++ (RFC 9438 §4.10)", () => {
  it("rests at the window where slow start has ended, as W_max, and then probes beyond it with K = 0", () => {
    const sender = new TestSender();
    const cubic = new Cubic(MSS);
    const path = new Path(cubic, sender);
    for (let i = 0; i < 6; i++) path.round(100, 20);
    for (let i = 0; i < CSS_ROUNDS; i++) path.round(150, 20);
    expect(cubic.threshold).to.equal(cubic.window);
    const start = cubic.window / MSS;
    const from = sender.now;
    for (let i = 0; i < 120; i++) {
      sender.round(cubic);
      const t = (sender.now - from) / 1e6;
      // Reno grows by a segment in a round trip from here (§4.3), and the curve overtakes it.
      expect(cubic.window / MSS).to.be.closeTo(start + Math.max(0.4 * t ** 3, 10 * t), 12);
    }
  });
});
