import { expect } from "chai";
import fc from "fast-check";
import { addSums, finishSum, pseudoHeaderSum, sumOctets, swapSum } from "../../../src/stack/base/checksum.ts";
import { IpAddress, ipv4 } from "../../../src/stack/base/ip-address.ts";
import { packetOf } from "../../support/octets.ts";

/** RFC 1071 §1, word for word: the model. */
function model(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] as number) << 8) + (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum % 0x1_0000) + Math.floor(sum / 0x1_0000);
  return sum;
}

function sumOf(text: string, at = 0): number {
  const packet = packetOf(text, at, 0xa5);
  return sumOctets(packet, packet.start, packet.end);
}

describe("Internet checksum (RFC 1071)", () => {
  it("sums the example of RFC 1071 §3 to ddf2", () => {
    expect(sumOf("0001 f203 f4f5 f6f7")).to.equal(0xddf2);
    expect(finishSum(0xddf2)).to.equal(0x220d);
  });

  it("sums a captured IPv4 header, its checksum included, to ffff", () => {
    expect(sumOf("4500 0054 34fa 4000 4001 f112 0a4d 0001 0a4d 0002")).to.equal(0xffff);
  });

  it("gives the captured checksum when the field is left out", () => {
    expect(finishSum(sumOf("4500 0054 34fa 4000 4001 0000 0a4d 0001 0a4d 0002"))).to.equal(0xf112);
  });

  it("is that of the model for every region at every alignment", () => {
    const region = fc.tuple(fc.uint8Array({ minLength: 0, maxLength: 300 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(region, fc.constantFrom(0, 0xff, 0x5a), ([bytes, at], filler) => {
        const packet = packetOf(bytes, at, filler);
        expect(sumOctets(packet, at, at + bytes.length)).to.equal(model(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("does not overflow on 64 KB of ones, at any alignment", () => {
    for (let at = 0; at < 4; at++) {
      const bytes = new Uint8Array(65_535).fill(0xff);
      const packet = packetOf(bytes, at);
      expect(sumOctets(packet, at, at + bytes.length), `at ${at}`).to.equal(model(bytes));
    }
  });

  it("does not overflow on a buffer far larger than a datagram", () => {
    const bytes = new Uint8Array(400_000).fill(0xff);
    expect(sumOctets(packetOf(bytes), 0, bytes.length)).to.equal(0xffff);
  });

  it("can be made of pieces, one that begins at an odd position swapped", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(80), (bytes, cut) => {
        const packet = packetOf(bytes);
        const at = cut % (bytes.length + 1);
        const tail = sumOctets(packet, at, bytes.length);
        const sum = addSums(sumOctets(packet, 0, at), at % 2 === 0 ? tail : swapSum(tail));
        expect(sum).to.equal(model(bytes));
      }),
    );
  });
});

describe("pseudo-header sum", () => {
  const source = ipv4(0x0a4d_0001);
  const destination = ipv4(0x0a4d_0002);

  it("completes a captured UDP datagram to ffff", () => {
    const datagram = sumOf("e263 0009 000d c4f8 6865 6c6c 6f");
    expect(addSums(datagram, pseudoHeaderSum(source, destination, 17, 13))).to.equal(0xffff);
  });

  it("of IPv4 is the sum of RFC 9293 §3.1, the mapped prefix adding nothing", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.nat(255), fc.nat(65_535), (a, b, protocol, length) => {
        const words = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, protocol, length];
        const bytes = new Uint8Array(words.flatMap((word) => [word >>> 8, word & 255]));
        const expected = model(bytes);
        const sum = pseudoHeaderSum(ipv4(a), ipv4(b), protocol, length);
        // Zero has two forms in one's complement, and 0 + ffff is the other one.
        expect(sum).to.equal(expected === 0 ? 0xffff : expected);
      }),
    );
  });

  it("of IPv6 takes all of both addresses and a length of 32 bits (RFC 8200 §8.1)", () => {
    const from = new IpAddress(0x2001_0db8, 0, 0, 1);
    const to = new IpAddress(0x2001_0db8, 0, 0x0002_0000, 3);
    // 2001 + 0db8 + 1, 2001 + 0db8 + 2 + 3, length 0001_0002, next header 6
    expect(pseudoHeaderSum(from, to, 6, 0x1_0002)).to.equal(0x5b72 + 6 + 3 + 6);
  });
});
