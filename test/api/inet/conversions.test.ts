import { expect } from "chai";
import fc from "fast-check";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  htonl,
  htons,
  inetAton,
  inetLnaof,
  inetMakeaddr,
  inetNetof,
  inetNtoa,
  inetNtop,
  inetPton,
  ntohl,
  ntohs,
} from "../../../src/api/index.ts";
import { throws } from "../support.ts";

describe("conversions of addresses", () => {
  it("have Guile's values for the loopback address", () => {
    expect(inetPton(AF_INET, "127.0.0.1")).to.equal(2_130_706_433);
    expect(inetNtop(AF_INET, 2_130_706_433)).to.equal("127.0.0.1");
    expect(inetNetof(2_130_706_433)).to.equal(127);
    expect(inetLnaof(2_130_706_433)).to.equal(1);
    expect(inetMakeaddr(127, 1)).to.equal(2_130_706_433);
    expect(inetMakeaddr(0xc00002, 1)).to.equal(inetAton("192.0.2.1"));
    expect(inetPton(AF_INET6, "::1")).to.equal(1n);
    expect(inetNtop(AF_INET6, 2n ** 128n - 1n)).to.equal("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  });

  it("take one to four numbers of any base, as inet_aton does", () => {
    for (const [text, address] of [
      ["127.1", 0x7f00_0001],
      ["0x7f.0.0.01", 0x7f00_0001],
      ["10.1.258", 0x0a01_0102],
      ["4294967295", 0xffff_ffff],
      ["0177.1", 0x7f00_0001],
    ] as const) {
      expect(inetAton(text), text).to.equal(address);
    }
    for (const text of [
      "",
      "256.1",
      "1.2.3.256",
      "1.2.3.4.5",
      "a",
      "1..2",
      "4294967296",
      "08",
      "1.16777216",
    ]) {
      throws(() => inetAton(text), "EINVAL");
    }
  });

  it("refuse what is no address, or no family", () => {
    for (const text of ["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4 ", "x"]) {
      throws(() => inetPton(AF_INET, text), "EINVAL");
    }
    for (const text of [
      "",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "12345::",
      "::1.2.3",
    ]) {
      throws(() => inetPton(AF_INET6, text), "EINVAL");
    }
    throws(() => inetPton(AF_UNIX, "1.2.3.4"), "EAFNOSUPPORT");
    throws(() => inetNtop(AF_UNIX, 1), "EAFNOSUPPORT");
    throws(() => inetNtop(AF_INET, 2 ** 40), "EINVAL");
    throws(() => inetNtop(AF_INET6, -1n), "EINVAL");
    throws(() => inetNtoa(-1), "EINVAL");
  });

  it("give back every address, in both families", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (address) => {
        expect(inetPton(AF_INET, inetNtop(AF_INET, address))).to.equal(address);
        expect(inetAton(inetNtoa(address))).to.equal(address);
        expect(
          inetMakeaddr(inetNetof(address), inetLnaof(address)) === address || address >>> 28 === 0,
        ).to.equal(true);
        expect(ntohl(htonl(address))).to.equal(address);
      }),
    );
    const group = fc.oneof(fc.constant(0n), fc.bigInt(0n, 0xffffn));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const address = groups.reduce((sum, each) => (sum << 16n) | each, 0n);
        expect(inetPton(AF_INET6, inetNtop(AF_INET6, address))).to.equal(address);
      }),
    );
  });

  it("write IPv6 addresses as RFC 5952 wants", () => {
    for (const text of ["::", "::1", "2001:db8::1", "1:0:0:2::3", "fe80::1:0:0:1", "1:2:3:4:5:6:0:8"]) {
      expect(inetNtop(AF_INET6, inetPton(AF_INET6, text))).to.equal(text);
    }
    expect(inetNtop(AF_INET6, inetPton(AF_INET6, "::ffff:192.0.2.1"))).to.equal("::ffff:192.0.2.1");
  });

  it("swap octets as on a little-endian machine", () => {
    expect(htons(0x1234)).to.equal(0x3412);
    expect(ntohs(0x3412)).to.equal(0x1234);
    expect(htonl(0x0102_0304)).to.equal(0x0403_0201);
    throws(() => htons(65_536), "EINVAL");
    throws(() => htonl(-1), "EINVAL");
  });
});
