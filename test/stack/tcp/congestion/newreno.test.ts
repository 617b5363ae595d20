import { expect } from "chai";
import { NewReno } from "../../../../src/stack/tcp/congestion/newreno.ts";
import { describeCongestionContract, MSS, TestSender } from "../../../contracts/congestion.contract.ts";

describeCongestionContract("newreno", (mss) => new NewReno(mss));

describe("NewReno (RFC 5681)", () => {
  let sender: TestSender;
  let reno: NewReno;

  beforeEach(() => {
    sender = new TestSender();
    reno = new NewReno(MSS);
  });

  /** Loses a segment when the window is what it is now, and recovers. */
  function loseAndRecover(): void {
    reno.lossDetected(sender);
    reno.recovered(sender);
  }

  it("begins with the initial window of RFC 6928", () => {
    expect(new NewReno(1460).window).to.equal(14_600);
    expect(new NewReno(536).window).to.equal(5_360);
    expect(new NewReno(8960).window).to.equal(17_920);
    expect(new NewReno(2000).window).to.equal(14_600);
  });

  it("doubles its window each round trip in slow start", () => {
    sender.round(reno);
    expect(reno.window).to.equal(20 * MSS);
    sender.round(reno);
    expect(reno.window).to.equal(40 * MSS);
  });

  it("grows as fast when one ACK covers a super-segment as when each two segments have one", () => {
    reno.acknowledged(10 * MSS, sender);
    expect(reno.window).to.equal(20 * MSS);
  });

  it("halves its window on loss, and never goes below two segments", () => {
    sender.round(reno);
    reno.lossDetected(sender);
    expect([reno.window, reno.threshold]).to.deep.equal([10 * MSS, 10 * MSS]);
    for (let i = 0; i < 10; i++) reno.lossDetected(sender);
    expect([reno.window, reno.threshold]).to.deep.equal([2 * MSS, 2 * MSS]);
  });

  it("grows by one segment each round trip in congestion avoidance (RFC 3465 §2.1)", () => {
    sender.round(reno);
    loseAndRecover();
    for (let round = 1; round <= 5; round++) {
      sender.round(reno);
      expect(reno.window).to.equal((10 + round) * MSS);
    }
  });

  it("grows by several segments when one ACK covers several windows", () => {
    loseAndRecover(); // 5 segments
    reno.acknowledged((5 + 6 + 7) * MSS, sender);
    expect(reno.window).to.equal(8 * MSS);
  });

  it("crosses the threshold at it, the rest of the ACK counting for congestion avoidance", () => {
    sender.round(reno); // 20
    reno.timedOut(sender); // threshold 10, window 1
    for (const octets of [1, 2, 4]) reno.acknowledged(octets * MSS, sender);
    expect(reno.window).to.equal(8 * MSS);
    reno.acknowledged(8 * MSS, sender); // 2 to reach 10, 6 towards the next
    expect(reno.window).to.equal(10 * MSS);
    reno.acknowledged(4 * MSS, sender);
    expect(reno.window).to.equal(11 * MSS);
  });

  it("starts over from one segment after a timeout, and does not count what had arrived before it", () => {
    sender.round(reno);
    reno.timedOut(sender);
    expect([reno.window, reno.threshold]).to.deep.equal([MSS, 10 * MSS]);
    reno.acknowledged(19 * MSS, sender); // one segment was sent since; 18 had arrived long ago
    expect(reno.window).to.equal(2 * MSS);
  });

  it("does not grow while the application is what limits it", () => {
    sender.cwndLimited = false;
    reno.acknowledged(10 * MSS, sender);
    expect(reno.window).to.equal(10 * MSS);
  });

  it("returns to the initial window after idleness, and may soon be back (RFC 5681 §4.1)", () => {
    for (let i = 0; i < 3; i++) sender.round(reno); // 80
    loseAndRecover(); // 40
    for (let i = 0; i < 20; i++) sender.round(reno); // 60
    reno.idle(sender);
    expect([reno.window, reno.threshold]).to.deep.equal([10 * MSS, 45 * MSS]);
    const small = new NewReno(MSS);
    small.timedOut(sender);
    small.idle(sender);
    expect(small.window, "a window smaller than the initial one stays").to.equal(MSS);
  });

  it("undoes a loss that was none, once", () => {
    sender.round(reno);
    reno.timedOut(sender);
    reno.undo();
    expect([reno.window, reno.threshold]).to.deep.equal([20 * MSS, Number.POSITIVE_INFINITY]);
    reno.lossDetected(sender);
    reno.idle(sender);
    reno.undo();
    expect(reno.window, "too late: the path has been idle").to.equal(10 * MSS);
  });
});
