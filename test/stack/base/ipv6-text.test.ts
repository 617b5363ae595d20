import { expect } from "chai";
import fc from "fast-check";
import { IpAddress, parseIp, parseIpv6 } from "../../../src/stack/index.ts";

const words = (text: string): readonly number[] => {
  const address = parseIpv6(text) as IpAddress;
  return [address.word0, address.word1, address.word2, address.word3].map((word) => word >>> 0);
};

describe("IPv6 addresses as text", () => {
  for (const [text, canonical] of [
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["FD77::2", "fd77::2"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"], // RFC 5952 §4.2.3: the first of two equal runs
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"], // §4.2.2: one group is not shortened
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"], // §4.2.3: the longest run
    ["2001:0db8::0001", "2001:db8::1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ] as const) {
    it(`${text} is ${canonical}`, () => expect(`${parseIpv6(text)}`).to.equal(canonical));
  }

  for (const text of [
    "",
    ":",
    ":::",
    "1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1::",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3",
    "::1.2.3.256",
    "::1.2.3.4:5",
    "fe80::1%eth0",
    " ::1",
    "1:",
    ":1",
  ]) {
    it(`"${text}" is none`, () => expect(parseIpv6(text)).to.equal(undefined));
  }

  it("are read into four words", () => {
    expect(words("2001:db8:1:2:3:4:5:6")).to.deep.equal([0x2001_0db8, 0x0001_0002, 0x0003_0004, 0x0005_0006]);
    expect(words("::ffff:1.2.3.4")).to.deep.equal([0, 0, 0xffff, 0x0102_0304]);
    expect(`${parseIp("10.0.0.1")}`).to.equal("10.0.0.1");
  });

  it("come back from their own text, and are as short as URL has them", () => {
    const word = fc.oneof(fc.constant(0), fc.constantFrom(1, 0xffff, 0x1_0000), fc.integer());
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        const address = new IpAddress(a, b, c, d);
        expect(parseIp(address.toString())?.equals(address)).to.equal(true);
        // The URL standard serializes as RFC 5952 does, but for the mapped form.
        if (address.family === 6) {
          expect(new URL(`http://[${address}]/`).hostname).to.equal(`[${address}]`);
        }
      }),
    );
  });
});
