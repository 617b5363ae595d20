import { expect } from "chai";
import { fixedWindow } from "../../../../src/stack/tcp/congestion/fixed.ts";
import { CONGESTION } from "../../../../src/stack/tcp/congestion/registry.ts";
import { describeCongestionContract, MSS, TestSender } from "../../../contracts/congestion.contract.ts";

describeCongestionContract("fixed", fixedWindow(5 * MSS));

describe("fixed window", () => {
  it("stays as it is, whatever happens", () => {
    const control = fixedWindow(5 * MSS)(MSS);
    const sender = new TestSender();
    for (const event of ["lossDetected", "recovered", "timedOut", "idle"] as const) {
      control[event](sender);
      control.acknowledged(100 * MSS, sender);
      expect(control.window, event).to.equal(5 * MSS);
    }
  });

  it("has room for at least one segment", () => {
    expect(fixedWindow(100)(1460).window).to.equal(1460);
  });
});

describe("registry of congestion controllers", () => {
  it("has each under the name that it gives itself", () => {
    const names = [...CONGESTION].map(([name, make]) => [name, make(MSS).name]);
    expect(names).to.deep.equal([
      ["cubic", "cubic"],
      ["newreno", "newreno"],
      ["fixed", "fixed"],
    ]);
  });
});
