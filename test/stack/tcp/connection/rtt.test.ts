import { expect } from "chai";
import fc from "fast-check";
import { microseconds, milliseconds, seconds } from "../../../../src/stack/base/time.ts";
import { RttEstimator } from "../../../../src/stack/tcp/connection/rtt.ts";

describe("retransmission timeout (RFC 6298)", () => {
  it("is 1 s before any measurement (§2.1)", () => {
    const rtt = new RttEstimator();
    expect(rtt.timeout).to.equal(seconds(1));
    expect([rtt.smoothed, rtt.variation, rtt.measured]).to.deep.equal([0, 0, false]);
  });

  it("is three times the first measurement (§2.2)", () => {
    const rtt = new RttEstimator();
    rtt.sample(milliseconds(400));
    expect(rtt.smoothed).to.equal(milliseconds(400));
    expect(rtt.variation).to.equal(milliseconds(200));
    expect(rtt.timeout).to.equal(milliseconds(1200));
  });

  it("follows further measurements by 1/8 and 1/4 (§2.3)", () => {
    const rtt = new RttEstimator();
    rtt.sample(milliseconds(400));
    rtt.sample(milliseconds(800));
    // RTTVAR = 3/4 · 200 + 1/4 · |400 - 800| = 250; SRTT = 7/8 · 400 + 1/8 · 800 = 450
    expect(rtt.variation).to.equal(milliseconds(250));
    expect(rtt.smoothed).to.equal(milliseconds(450));
    expect(rtt.timeout).to.equal(milliseconds(1450));
  });

  it("leaves at least 200 ms above a steady path's round-trip time", () => {
    const rtt = new RttEstimator();
    for (let i = 0; i < 200; i++) rtt.sample(milliseconds(190));
    expect(rtt.timeout).to.equal(milliseconds(390));
    const local = new RttEstimator();
    for (let i = 0; i < 200; i++) local.sample(microseconds(50));
    expect(local.timeout).to.equal(milliseconds(200) + 50);
  });

  it("takes its bounds from whoever makes it", () => {
    const rtt = new RttEstimator(seconds(1), seconds(2));
    rtt.sample(milliseconds(1));
    expect(rtt.timeout).to.equal(seconds(1.001));
    rtt.sample(seconds(10));
    expect(rtt.timeout).to.equal(seconds(2));
    expect(new RttEstimator(milliseconds(1), milliseconds(500)).timeout).to.equal(milliseconds(500));
  });

  it("doubles with each expiry and stays at its maximum (§5.5)", () => {
    const rtt = new RttEstimator();
    const seen: number[] = [];
    for (let i = 0; i < 9; i++) {
      rtt.backOff();
      seen.push(rtt.timeout);
    }
    expect(seen).to.deep.equal([2, 4, 8, 16, 32, 64, 120, 120, 120].map(seconds));
  });

  it("stays backed off when retransmitted data is acknowledged, until there is a measurement (§5, Karn)", () => {
    const rtt = new RttEstimator();
    rtt.sample(milliseconds(400));
    rtt.backOff();
    rtt.progress();
    expect(rtt.timeout).to.equal(milliseconds(2400));
    rtt.sample(milliseconds(400));
    expect(rtt.timeout).to.equal(milliseconds(1000)); // 400 + 4 · 150
  });

  it("is 3 s for data after a SYN was retransmitted (§5.7), and 1 s if it was not", () => {
    const rtt = new RttEstimator();
    rtt.progress();
    expect(rtt.timeout).to.equal(seconds(1));
    rtt.backOff();
    rtt.backOff();
    rtt.progress();
    expect(rtt.timeout).to.equal(seconds(3));
  });

  it("remembers as many round trips when several measurements are made in each (RFC 7323 §4.2)", () => {
    const once = new RttEstimator();
    const often = new RttEstimator();
    once.sample(milliseconds(100));
    often.sample(milliseconds(100));
    once.sample(milliseconds(200));
    for (let i = 0; i < 10; i++) often.sample(milliseconds(200), 10);
    expect(often.smoothed).to.be.closeTo(once.smoothed, milliseconds(1));
  });

  it("never leaves its bounds, whatever is measured", () => {
    const event = fc.oneof(fc.constant(-1), fc.constant(-2), fc.nat(100_000_000));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const rtt = new RttEstimator();
        for (const value of events) {
          if (value === -1) rtt.backOff();
          else if (value === -2) rtt.progress();
          else rtt.sample(microseconds(value));
          expect(rtt.timeout).to.be.within(milliseconds(200), seconds(120));
          expect(Number.isInteger(rtt.timeout)).to.equal(true);
          expect(rtt.timeout).to.be.at.least(Math.min(rtt.smoothed, seconds(120)));
        }
      }),
    );
  });
});
