import { expect } from "chai";
import type { Instant } from "../../../../src/stack/base/time.ts";
import type { NetworkInterface } from "../../../../src/stack/contract/network-interface.ts";
import { seconds, Xoshiro128 } from "../../../../src/stack/index.ts";
import { LinkParameters } from "../../../../src/stack/ip/v6/link-parameters.ts";

describe("ReachableTime (RFC 4861 §6.3.2, §6.3.4)", () => {
  const on = { link: { capabilities: { mtu: 1500 } } } as NetworkInterface;
  const at = (time: number): Instant => seconds(time) as number as Instant;
  let link: LinkParameters;

  beforeEach(() => {
    link = new LinkParameters(on, new Xoshiro128(1));
  });

  it("is between half and one and a half of its base, and stays so for two hours", () => {
    const chosen = link.reachableTime(at(1));
    expect(chosen).to.be.within(seconds(15), seconds(45));
    expect(link.reachableTime(at(7200))).to.equal(chosen);
    const next = link.reachableTime(at(7202));
    expect(next).to.not.equal(chosen);
    expect(next).to.be.within(seconds(15), seconds(45));
  });

  it("is chosen anew when a router says another base, and only then", () => {
    link.reachableTime(at(1));
    link.adoptReachableTime(seconds(2));
    const chosen = link.reachableTime(at(1));
    expect(chosen).to.be.within(seconds(1), seconds(3));
    link.adoptReachableTime(seconds(2));
    expect(link.reachableTime(at(1))).to.equal(chosen);
  });
});
