/** Messages of RIP, octet by octet: RFC 2453 §4, RFC 2080 §2.1. */
import { expect } from "chai";
import { RESPONSE, RIP_NG, RIP_V2 } from "../../../src/services/rip/messages.ts";
import { type IpAddress, parseIp } from "../../../src/stack/index.ts";
import { octets } from "../../support/octets.ts";

const ip = (text: string): IpAddress => parseIp(text) as IpAddress;
const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");
const entry = (destination: string, prefixLength: number, metric: number) => ({
  destination: ip(destination),
  prefixLength,
  metric,
  tag: 7,
  nextHop: undefined,
});

describe("a RIP message", () => {
  it("of version 2 has address, mask, next hop and metric of each route", () => {
    const written = RIP_V2.write(RESPONSE, [entry("10.1.0.0", 16, 3)]);
    expect(hex(written)).to.equal(
      "02020000 00020007 0a010000 ffff0000 00000000 00000003".replaceAll(" ", ""),
    );
    expect(RIP_V2.read(written)?.entries).to.deep.equal([entry("10.1.0.0", 16, 3)]);
    expect(hex(RIP_V2.request())).to.equal(
      "01020000 00000000 00000000 00000000 00000000 00000010".replaceAll(" ", ""),
    );
    expect(RIP_V2.read(RIP_V2.request())?.asksForAll).to.equal(true);
  });

  it("of RIPng has prefix, tag, length and metric, and next hops in entries of their own", () => {
    const written = RIP_NG.write(RESPONSE, [entry("2001:db8::", 32, 3)]);
    expect(hex(written)).to.equal(`02010000${"20010db8".padEnd(32, "0")}00072003`);
    expect(RIP_NG.read(written)?.entries).to.deep.equal([entry("2001:db8::", 32, 3)]);
    const hop = `fe80${"9".padStart(28, "0")}000000ff`;
    const named = octets(`02010000${hop}${"20010db8".padEnd(32, "0")}00072003`);
    expect(RIP_NG.read(named)?.entries[0]?.nextHop).to.deep.equal(ip("fe80::9"));
    expect(RIP_NG.read(RIP_NG.request())?.asksForAll).to.equal(true);
  });

  it("that cannot be is none, and a route that cannot be is left out", () => {
    const bad = ["", "0202", "02010000", "03020000".padEnd(48, "0"), "02020000ffff".padEnd(48, "0")];
    for (const text of bad) expect(RIP_V2.read(octets(text)), text).to.equal(undefined);
    const route = (address: string, mask: string, metric: string): number =>
      RIP_V2.read(octets(`0202000000020000${address}${mask}00000000${metric}`))?.entries.length ?? -1;
    expect(route("0a000000", "ff000000", "00000001")).to.equal(1);
    expect(route("00000000", "00000000", "00000001"), "the default route").to.equal(1);
    expect(route("0a000000", "ff00ff00", "00000001"), "a mask with holes").to.equal(0);
    expect(route("0a000001", "ff000000", "00000001"), "bits behind the mask").to.equal(0);
    expect(route("0a000000", "ff000000", "00000011"), "17 hops").to.equal(0);
    expect(route("0a000000", "ff000000", "00000000"), "none").to.equal(0);
    expect(route("7f000000", "ff000000", "00000001"), "loopback").to.equal(0);
    expect(route("e0000000", "f0000000", "00000001"), "groups").to.equal(0);
  });
});
