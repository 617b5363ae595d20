import { expect } from "chai";
import fc from "fast-check";
import { sumOctets } from "../../../src/stack/base/checksum.ts";
import { Packet } from "../../../src/stack/base/packet.ts";
import { type SummingStore, summingStore } from "../../../src/stack/base/summing-store.ts";

/** Node has WebAssembly with vector instructions: without it these tests must not pass in silence. */
function store(octets: number): SummingStore {
  const made = summingStore(octets);
  if (made === undefined) throw new Error("no WebAssembly here");
  return made;
}

describe("a store that sums its octets", () => {
  it("sums what the loop in TypeScript sums, for every region at every alignment", () => {
    const { buffer, sum } = store(4096);
    const bytes = new Uint8Array(buffer, 0, 4096);
    const plain = new Packet(4096, buffer);
    const fast = new Packet(4096 - 64, buffer, 64, sum);
    const region = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(40), fc.constantFrom(0, 0xff, 0x5a));
    fc.assert(
      fc.property(region, ([octets, at, filler]) => {
        bytes.fill(filler);
        bytes.set(octets, 64 + at);
        const expected = sumOctets(plain, 64 + at, 64 + at + octets.length);
        expect(sumOctets(fast, at, at + octets.length)).to.equal(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("does not overflow on 64 KB of ones, at any alignment", () => {
    const { buffer, sum } = store(65_536 + 16);
    new Uint8Array(buffer).fill(0xff);
    for (let at = 0; at < 16; at++) {
      const total = sum(at, at + 65_535) >>> 0;
      expect(total, `at ${at}`).to.equal(32_767 * 0xffff + 0xff);
    }
  });

  it("has zeros at first, and at least so many as were asked for", () => {
    const { buffer, sum } = store(100_000);
    expect(buffer.byteLength).to.be.at.least(100_000);
    expect(sum(0, 60_000)).to.equal(0);
  });

  it("is given up where there is no memory for it", () => {
    expect(summingStore(2 ** 40)).to.equal(undefined);
  });
});
