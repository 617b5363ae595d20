import { expect } from "chai";
import { SipHash } from "../../../src/stack/base/siphash.ts";

/** The authors' vectors: key 00 01 … 0f, message 00 01 … of as many octets as the index; first octet first. */
const VECTORS: ReadonlyMap<number, string> = new Map([
  [0, "310e0edd47db6f72"],
  [1, "fd67dc93c539f874"],
  [2, "5a4fa9d909806c0d"],
  [3, "2d7efbd796666785"],
  [4, "b7877127e09427cf"],
  [5, "8da699cd64557618"],
  [6, "cee3fe586e46c9cb"],
  [7, "37d1018bf50002ab"],
  [8, "6224939a79f5f593"],
  [15, "e545be4961ca29a1"],
]);

function hexOf(low: number, high: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setInt32(0, low, true);
  view.setInt32(4, high, true);
  return Array.from(new Uint8Array(view.buffer), (octet) => octet.toString(16).padStart(2, "0")).join("");
}

describe("SipHash-2-4", () => {
  const message = new DataView(Uint8Array.from({ length: 64 }, (_, i) => i).buffer);

  for (const [octets, expected] of VECTORS) {
    it(`gives the authors' vector for ${octets} octets`, () => {
      const hash = new SipHash([0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c]);
      hash.hash(message, 63); // what was hashed before must not matter
      hash.hash(message, octets);
      expect(hexOf(hash.low, hash.high)).to.equal(expected);
    });
  }

  it("depends on every bit of the key", () => {
    const seen = new Set<string>();
    for (let bit = -1; bit < 128; bit++) {
      const key: [number, number, number, number] = [0, 0, 0, 0];
      if (bit >= 0) key[bit >> 5] = 1 << (bit & 31);
      const hash = new SipHash(key);
      hash.hash(message, 40);
      seen.add(hexOf(hash.low, hash.high));
    }
    expect(seen.size).to.equal(129);
  });
});
