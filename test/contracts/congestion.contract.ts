/** What every congestion controller must do, run by the tests of each; a controller of one's own may run it too. */
import { expect } from "chai";
import fc from "fast-check";
import { type Duration, type Instant, milliseconds } from "../../src/stack/base/time.ts";
import type {
  CongestionControl,
  CongestionFactory,
  SenderView,
} from "../../src/stack/tcp/congestion/congestion.ts";

export const MSS: number = 1000;

/** A sender whose view a test can change. */
export class TestSender implements SenderView {
  now: Instant = 0 as Instant;
  mss: number = MSS;
  inFlight = 0;
  smoothedRtt: Duration = milliseconds(100);
  currRtt: Duration = milliseconds(100);
  cwndLimited = true;

  /** Lets `span` pass. */
  wait(span: Duration): void {
    this.now = (this.now + span) as Instant;
  }

  /** One round trip in which a full window is acknowledged, two segments per ACK. */
  round(control: CongestionControl): void {
    this.wait(this.smoothedRtt);
    this.currRtt = this.smoothedRtt;
    let left = control.window;
    for (; left > 0; left -= 2 * this.mss) {
      this.inFlight = Math.max(0, left - 2 * this.mss);
      control.acknowledged(Math.min(left, 2 * this.mss), this);
    }
  }
}

type Event = readonly [
  kind: "ack" | "idle ack" | "loss" | "recovered" | "timeout" | "idle" | "undo",
  amount: number,
];

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.tuple(
    fc.constantFrom("ack", "ack", "ack", "idle ack", "loss", "recovered", "timeout", "idle", "undo"),
    fc.integer({ min: 1, max: 200_000 }),
  ),
  { maxLength: 80 },
);

function happen(control: CongestionControl, sender: TestSender, [kind, amount]: Event): void {
  sender.wait(milliseconds(amount % 300));
  sender.inFlight = amount % (control.window + 1);
  sender.cwndLimited = kind !== "idle ack";
  sender.currRtt = milliseconds(amount % 97);
  if (kind === "ack" || kind === "idle ack") control.acknowledged(amount, sender);
  else if (kind === "loss") control.lossDetected(sender);
  else if (kind === "recovered") control.recovered(sender);
  else if (kind === "timeout") control.timedOut(sender);
  else if (kind === "idle") control.idle(sender);
  else control.undo?.();
}

/** @param name - that it must call itself by */
export function describeCongestionContract(name: string, make: CongestionFactory): void {
  describe(`congestion control contract: ${name}`, () => {
    it("tells its name, and no threshold to begin with", () => {
      const control = make(MSS);
      expect(control.name).to.equal(name);
      expect(control.threshold).to.equal(Number.POSITIVE_INFINITY);
    });

    it("allows at least one segment to begin with, however large", () => {
      for (const mss of [1, 88, 536, 1460, 8960, 65_495]) {
        expect(make(mss).window, `MSS ${mss}`).to.be.at.least(mss);
      }
    });

    it("keeps the window whole, finite and at least one segment, whatever happens", () => {
      fc.assert(
        fc.property(events, (list) => {
          const control = make(MSS);
          const sender = new TestSender();
          for (const event of list) {
            happen(control, sender, event);
            expect(Number.isSafeInteger(control.window), `window ${control.window}`).to.equal(true);
            expect(control.window).to.be.at.least(MSS);
            expect(control.threshold).to.be.at.least(2 * MSS);
          }
        }),
      );
    });

    it("does not open the window on loss, timeout or idleness, nor while it is not used up, nor closes it for an ACK", () => {
      fc.assert(
        fc.property(events, (list) => {
          const control = make(MSS);
          const sender = new TestSender();
          for (const event of list) {
            const before = control.window;
            happen(control, sender, event);
            if (event[0] === "loss" || event[0] === "timeout") {
              // RFC 5681 eq. 4 has a floor of two segments, which may be more than a window of one.
              expect(control.window).to.be.at.most(Math.max(before, 2 * MSS));
            }
            if (event[0] === "idle" || event[0] === "idle ack") expect(control.window).to.be.at.most(before);
            if (event[0] === "ack" || event[0] === "idle ack") expect(control.window).to.be.at.least(before);
          }
        }),
      );
    });

    it("does the same when the same happens", () => {
      fc.assert(
        fc.property(events, (list) => {
          const run = (): number[] => {
            const control = make(MSS);
            const sender = new TestSender();
            return list.map((event) => {
              happen(control, sender, event);
              return control.window;
            });
          };
          expect(run()).to.deep.equal(run());
        }),
        { numRuns: 20 },
      );
    });
  });
}
