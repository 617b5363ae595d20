import { expect } from "chai";
import fc from "fast-check";
import { formatOctets, formatRate, parseQuantity } from "../../../src/services/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/stack/base/utf8.ts";

describe("iperf3 units", () => {
  it("print three digits, octets by 1024 and bits by 1000", () => {
    expect([0, 999, 2048, 958_660_608, 1_359_216_640].map(formatOctets)).to.deep.equal([
      "0.00 Bytes",
      " 999 Bytes",
      "2.00 KBytes",
      " 914 MBytes",
      "1.27 GBytes",
    ]);
    expect(formatRate(1_359_216_640, 1.000513)).to.equal("10.9 Gbits/sec");
    expect(formatRate(0, 0)).to.equal("0.00 bits/sec");
  });

  it("are read with K, M, G and T of either base", () => {
    expect(parseQuantity("128K", 1024)).to.equal(131_072);
    expect(parseQuantity("1.5M", 1000)).to.equal(1_500_000);
    expect(parseQuantity("7", 1000)).to.equal(7);
    for (const wrong of ["", "K", "-1", "1X", "1KM", "0x10"])
      expect(parseQuantity(wrong, 1000)).to.equal(undefined);
  });
});

describe("UTF-8 text", () => {
  it("encodes as Node does, and decodes what it encoded", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const octets = encodeUtf8(text);
        expect(Buffer.from(octets)).to.deep.equal(Buffer.from(text));
        expect(decodeUtf8(octets)).to.equal(text);
      }),
    );
  });

  it("decodes any octets without an error, and only replaces what is no UTF-8", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (octets) => {
        const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
        let expected: string | undefined;
        try {
          expected = strict.decode(octets);
        } catch {
          expected = undefined;
        }
        const decoded = decodeUtf8(octets);
        if (expected === undefined) expect(decoded).to.include("\ufffd");
        else expect(decoded).to.equal(expected);
      }),
      { numRuns: 1000 },
    );
  });
});
