import { expect } from "chai";
import { NO_FAULTS, parseImpairments } from "../../../src/drivers/simulation/index.ts";

describe("parseImpairments", () => {
  it("reads every item, for both directions", () => {
    const line =
      "loss=2%,burst=1%:25%:80%:0.1%,delay=5ms,jitter=200us,reorder=25%:4ms,duplicate=0.01,corrupt=0.5%:3,rate=10mbit,queue=64kb:red:noecn,bucket=15kb,mtu=1280";
    const wanted = {
      loss: 0.02,
      burstBegin: 0.01,
      burstEnd: 0.25,
      burstLoss: 0.8,
      burstGoodLoss: 0.001,
      delay: 5_000,
      jitter: 200,
      reorder: 0.25,
      reorderBy: 4_000,
      duplicate: 0.01,
      corrupt: 0.005,
      corruptBits: 3,
      rate: 10_000_000,
      queue: 64_000,
      discipline: "red",
      ecn: false,
      bucket: 15_000,
      mtu: 1_280,
    };
    expect(parseImpairments(line)).to.deep.equal({ in: wanted, out: wanted });
  });

  it("takes an empty line for a link without faults", () => {
    expect(parseImpairments(" ")).to.deep.equal({ in: NO_FAULTS, out: NO_FAULTS });
  });

  it("applies in: and out: to one direction, and lets later items override earlier ones", () => {
    const { in: inward, out } = parseImpairments("loss=1%, in:loss=50%, out:delay=1s, delay=0");
    expect(inward).to.deep.equal({ ...NO_FAULTS, loss: 0.5 });
    expect(out).to.deep.equal({ ...NO_FAULTS, loss: 0.01 });
  });

  it("gives what is left out its default", () => {
    const { in: faults } = parseImpairments("burst=1%:25%,reorder=10%,corrupt=1%");
    expect([faults.burstLoss, faults.burstGoodLoss, faults.reorderBy, faults.corruptBits]).to.deep.equal([
      1, 0, 1_000, 1,
    ]);
  });

  for (const [line, message] of [
    ["loss", /"loss": write NAME=VALUE.*names are loss, burst, delay/],
    ["lost=2%", /"lost=2%": write NAME=VALUE/],
    ["toString=2%", /write NAME=VALUE/],
    ["loss=2%,", /"": write NAME=VALUE/],
    ["up:loss=2%", /"up:loss=2%": write NAME=VALUE/],
    ["loss=2", /"loss=2": a probability is a percentage, or a fraction from 0 to 1/],
    ["loss=-1%", /a probability/],
    ["loss=101%", /a probability/],
    ["loss=2%:3%", /"3%" is too much/],
    ["burst=2%", /a probability/],
    ["delay=5", /"delay=5": a time is a number with us, ms, s behind it, such as 5ms/],
    ["delay=5min", /a time/],
    ["rate=10", /a rate is a number with bit, kbit, mbit, gbit/],
    ["queue=big", /a size is a number with b, kb, mb/],
    ["corrupt=1%:0", /an integer from 1/],
  ] as const) {
    it(`refuses ${line} and says why`, () => {
      expect(() => parseImpairments(line)).to.throw(SyntaxError, message);
    });
  }
});
