import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/base/time.ts";
import { Cubic } from "../../../../src/stack/tcp/congestion/cubic.ts";
import { NewReno } from "../../../../src/stack/tcp/congestion/newreno.ts";
import { describeCongestionContract, MSS, TestSender } from "../../../contracts/congestion.contract.ts";

describeCongestionContract("cubic", (mss) => new Cubic(mss));

/** RFC 9438 figure 1, in segments. */
function wCubic(t: number, wMax: number, start: number): number {
  return 0.4 * (t - Math.cbrt((wMax - start) / 0.4)) ** 3 + wMax;
}

describe("CUBIC (RFC 9438)", () => {
  let sender: TestSender;
  let cubic: Cubic;

  beforeEach(() => {
    sender = new TestSender();
    cubic = new Cubic(MSS);
  });

  /** Doubles the window until it is at least `segments`. */
  function growTo(segments: number): void {
    while (cubic.window < segments * MSS) sender.round(cubic);
  }

  it("doubles its window each round trip in slow start (§4.10)", () => {
    sender.round(cubic);
    expect(cubic.window).to.equal(20 * MSS);
  });

  it("keeps 0.7 of its window on loss (§4.6)", () => {
    growTo(640);
    cubic.lossDetected(sender);
    expect([cubic.window, cubic.threshold]).to.deep.equal([448 * MSS, 448 * MSS]);
    cubic.recovered(sender);
    expect(cubic.window).to.equal(448 * MSS);
  });

  it("follows the curve: concave up to W_max at K, convex beyond (§4.2 to §4.5)", () => {
    growTo(640);
    cubic.lossDetected(sender);
    cubic.recovered(sender);
    const k = Math.cbrt((640 * 0.3) / 0.4); // 7.83 s
    const seen: number[] = [];
    for (let round = 1; round <= 120; round++) {
      sender.round(cubic);
      seen.push(cubic.window / MSS);
    }
    // The first ACK starts the clock, one round trip after the loss; the target is one RTT ahead.
    for (const [round, t] of [
      [20, 2],
      [40, 4],
      [79, 7.9],
      [100, 10],
      [120, 12],
    ] as const) {
      expect(seen[round - 1], `after ${round} round trips`).to.be.closeTo(wCubic(t, 640, 448), 3);
    }
    const growth = (round: number): number => (seen[round] as number) - (seen[round - 1] as number);
    const plateau = Math.round(k * 10);
    expect(growth(10)).to.be.greaterThan(growth(40));
    expect(growth(plateau), "nearly none at W_max").to.be.lessThan(0.2);
    expect(growth(115)).to.be.greaterThan(growth(95));
  });

  it("depends on time, not on round trips: ten times the RTT, about the same window", () => {
    const windowAfter = (rtt: number): number => {
      sender = new TestSender();
      sender.smoothedRtt = milliseconds(rtt);
      cubic = new Cubic(MSS);
      growTo(640);
      cubic.lossDetected(sender);
      cubic.recovered(sender);
      for (let t = 0; t < 12_000; t += rtt) sender.round(cubic);
      return cubic.window / MSS;
    };
    expect(windowAfter(200)).to.be.closeTo(windowAfter(100), 20);
  });

  it("grows as NewReno would where that is more: short round trips, small windows (§4.3)", () => {
    sender.smoothedRtt = milliseconds(1);
    cubic.lossDetected(sender);
    cubic.recovered(sender);
    const reno = new NewReno(MSS);
    reno.lossDetected(sender);
    expect([cubic.window, reno.window]).to.deep.equal([7 * MSS, 5 * MSS]);
    for (let round = 0; round < 100; round++) sender.round(cubic);
    // ALPHA = 0.53 segments per round until W_est is at the 10 of before the loss, then one.
    expect(cubic.window / MSS).to.be.closeTo(10 + 100 - 3 / ((3 * 0.3) / 1.7), 6);
  });

  it("gives way when it loses again before it is back at W_max: fast convergence (§4.7)", () => {
    growTo(640);
    cubic.lossDetected(sender); // W_max 640, window 448
    cubic.recovered(sender);
    cubic.lossDetected(sender); // 448 < 640: W_max 448 · 0.85 = 380.8, window 313.6
    cubic.recovered(sender);
    expect(cubic.window).to.equal(313_600);
    const k = Math.cbrt((380.8 - 313.6) / 0.4);
    for (let t = 0; t < k; t += 0.1) sender.round(cubic);
    expect(cubic.window / MSS).to.be.closeTo(380.8, 2);
  });

  it("starts over from one segment after a timeout, its curve from where slow start ends (§4.8)", () => {
    growTo(640);
    cubic.timedOut(sender);
    expect([cubic.window, cubic.threshold]).to.deep.equal([MSS, 448 * MSS]);
    while (cubic.window < 448 * MSS) sender.round(cubic);
    const start = cubic.window / MSS;
    const from = sender.now;
    for (let round = 0; round < 30; round++) sender.round(cubic);
    const t = (sender.now - from) / 1e6;
    expect(cubic.window / MSS, "K = 0: convex at once").to.be.closeTo(start + 0.4 * t ** 3, 12);
  });

  it("moves at most half a window towards its target in a round trip (§4.4)", () => {
    growTo(40);
    cubic.lossDetected(sender);
    cubic.recovered(sender);
    sender.round(cubic);
    const before = cubic.window;
    sender.wait(seconds(100)); // the curve is far up by now
    cubic.acknowledged(before, sender);
    expect(cubic.window).to.equal(Math.floor(before * 1.5));
  });

  it("stops the clock while the application is what limits it (§5.8)", () => {
    growTo(640);
    cubic.lossDetected(sender);
    cubic.recovered(sender);
    sender.round(cubic);
    const before = cubic.window;
    sender.cwndLimited = false;
    cubic.acknowledged(MSS, sender);
    sender.wait(seconds(60));
    sender.cwndLimited = true;
    cubic.acknowledged(2 * MSS, sender);
    expect(cubic.window - before).to.be.lessThan(MSS);
  });

  it("returns to the initial window after idleness, and may soon be back", () => {
    growTo(640);
    cubic.idle(sender);
    expect([cubic.window, cubic.threshold]).to.deep.equal([10 * MSS, Number.POSITIVE_INFINITY]);
    growTo(640);
    cubic.lossDetected(sender);
    cubic.idle(sender);
    expect([cubic.window, cubic.threshold]).to.deep.equal([10 * MSS, 448 * MSS]);
  });

  it("undoes a loss that was none: window, threshold and curve (§4.9)", () => {
    growTo(640);
    cubic.lossDetected(sender);
    cubic.undo();
    expect([cubic.window, cubic.threshold]).to.deep.equal([640 * MSS, Number.POSITIVE_INFINITY]);
    cubic.undo();
    expect(cubic.window).to.equal(640 * MSS);
  });
});
