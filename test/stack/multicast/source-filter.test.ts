/** The filter of one membership: the calls of RFC 3678 §4.1.2, with the errors of Linux's ip_mc_source. */
import { expect } from "chai";
import { type IpAddress, ipv4, parseIpv6 } from "../../../src/stack/base/ip-address.ts";
import { SourceFilter } from "../../../src/stack/multicast/source-filter.ts";

const ALICE = ipv4(0x0a00_0001);
const BOB = ipv4(0x0a00_0002);
const SIX = parseIpv6("fd77::1") as IpAddress;

describe("a source filter", () => {
  it("that includes hears those of its list alone, and with the last of them nobody", () => {
    const filter = new SourceFilter("include");
    expect([filter.hearsNobody, filter.allows(ALICE)]).to.deep.equal([true, false]);
    expect(filter.change("join", ALICE)).to.equal(undefined);
    expect(filter.change("join", SIX)).to.equal(undefined);
    expect([filter.allows(ALICE), filter.allows(SIX), filter.allows(BOB)]).to.deep.equal([true, true, false]);
    expect(filter.change("join", ALICE)).to.equal("address-not-available");
    expect(filter.change("leave", BOB)).to.equal("address-not-available");
    expect(filter.change("leave", ALICE)).to.equal(undefined);
    expect([filter.allows(ALICE), filter.hearsNobody]).to.deep.equal([false, false]);
    expect(filter.change("leave", SIX)).to.equal(undefined);
    expect(filter.hearsNobody).to.equal(true);
  });

  it("that excludes hears all but those of its list", () => {
    const filter = new SourceFilter("exclude");
    expect(filter.allows(ALICE)).to.equal(true);
    expect(filter.change("block", ALICE)).to.equal(undefined);
    expect([filter.allows(ALICE), filter.allows(BOB), filter.hearsNobody]).to.deep.equal([
      false,
      true,
      false,
    ]);
    expect(filter.change("unblock", BOB)).to.equal("address-not-available");
    expect(filter.change("unblock", ALICE)).to.equal(undefined);
    expect(filter.allows(ALICE)).to.equal(true);
  });

  it("changes its mode only while it is empty", () => {
    const filter = new SourceFilter("exclude");
    expect(filter.change("block", ALICE)).to.equal(undefined);
    expect(filter.change("join", BOB)).to.equal("invalid");
    expect(filter.change("unblock", ALICE)).to.equal(undefined);
    expect(filter.change("join", BOB)).to.equal(undefined);
    expect([filter.allows(ALICE), filter.allows(BOB)]).to.deep.equal([false, true]);
  });

  it("takes ten sources, as Linux does", () => {
    const filter = new SourceFilter("include");
    for (let i = 1; i <= 10; i++) expect(filter.change("join", ipv4(i))).to.equal(undefined);
    expect(filter.change("join", ipv4(11))).to.equal("no-buffers");
    expect(filter.allows(ipv4(11))).to.equal(false);
  });
});
