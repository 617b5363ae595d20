import { expect } from "chai";
import fc from "fast-check";
import { Drop } from "../../../src/stack/base/drop.ts";
import { Ipv4Header, readIpv4, writePlainIpv4 } from "../../../src/stack/wire/ipv4.ts";
import { Ipv4Options, readIpv4Options } from "../../../src/stack/wire/ipv4-options.ts";
import { exactView, hex } from "../../support/octets.ts";

/** A captured UDP datagram: `hello` to the discard port. */
const CAPTURED = "4500 0021 e7a8 4000 4011 3e87 0a4d 0001 0a4d 0002 e263 0009 000d c4f8 6865 6c6c 6f";

function read(view: DataView, end: number = view.byteLength): { header: Ipv4Header; drop: Drop } {
  const header = new Ipv4Header();
  return { header, drop: readIpv4(view, 0, end, header) };
}

/** The header as it would be sent, without options. */
function written(header: Ipv4Header): Uint8Array {
  const { trafficClass, totalLength, identification, timeToLive, protocol, source, destination } = header;
  const flags = (header.dontFragment ? 0x4000 : 0) | (header.moreFragments ? 0x2000 : 0);
  const fragment = flags | (header.fragmentOffset / 8);
  const bytes = new Uint8Array(20);
  writePlainIpv4(
    new DataView(bytes.buffer),
    0,
    trafficClass,
    totalLength,
    identification,
    fragment,
    timeToLive,
    protocol,
    source,
    destination,
    words(source) + words(destination),
  );
  return bytes;
}

function words(address: number): number {
  return (address >>> 16) + (address & 0xffff);
}

/** One's-complement sum of 16-bit words. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

function changed(at: number, value: number): Drop {
  const view = exactView(CAPTURED);
  view.setUint8(at, value);
  return read(view).drop;
}

describe("IPv4 header codec (RFC 791 §3.1)", () => {
  it("reads a captured header, and writes it back octet for octet", () => {
    const { header, drop } = read(exactView(CAPTURED));
    expect(drop).to.equal(Drop.none);
    expect(header).to.deep.equal({
      headerBytes: 20,
      trafficClass: 0,
      totalLength: 33,
      identification: 0xe7a8,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      timeToLive: 64,
      protocol: 17,
      checksum: 0x3e87,
      source: 0x0a4d_0001,
      destination: 0x0a4d_0002,
    });
    expect(hex(written(header))).to.equal(CAPTURED.slice(0, 49));
  });

  it("counts a fragment's offset in octets", () => {
    const view = exactView(CAPTURED);
    view.setUint16(6, 0x2000 | 185);
    const { header } = read(view);
    expect(header).to.deep.include({ moreFragments: true, dontFragment: false, fragmentOffset: 1480 });
    expect(header.isFragment).to.equal(true);
    expect(hex(written(header), 6, 8)).to.equal("20b9");
  });

  it("refuses another version, impossible header lengths and total lengths", () => {
    expect(changed(0, 0x65)).to.equal(Drop.badVersion);
    expect(changed(0, 0x44), "4 words").to.equal(Drop.badHeaderLength);
    expect(changed(0, 0x4f), "a header longer than the datagram").to.equal(Drop.badLength);
    expect(changed(3, 19), "a datagram shorter than its header").to.equal(Drop.badLength);
    expect(changed(3, 34), "more than is there").to.equal(Drop.badLength);
    expect(changed(3, 32), "less than is there: padding").to.equal(Drop.none);
    expect(read(exactView(CAPTURED), 19).drop).to.equal(Drop.truncated);
  });
});

function options(text: string): { ok: boolean; options: Ipv4Options; view: DataView } {
  const view = exactView("00".repeat(20) + text);
  const found = new Ipv4Options();
  return { ok: readIpv4Options(view, 0, view.byteLength, found), options: found, view };
}

describe("IPv4 options (RFC 791 §3.1, RFC 1122 §3.2.1.8)", () => {
  it("are found where they are", () => {
    const found = options("01 9404 0000 070b 04 00000000 00000000 4408 05 00 00000000 8307 04 0a000001 00");
    expect(found.ok).to.equal(true);
    expect(found.options).to.deep.equal({
      routerAlert: 21,
      recordRoute: 25,
      timestamp: 36,
      sourceRoute: 44,
      problem: 0,
    });
  });

  it("that are unknown are skipped, and what follows the end of the list is not looked at", () => {
    expect(options("8606 aabb ccdd 01 01").ok).to.equal(true);
    expect(options("00 ff 00 00").ok).to.equal(true);
    expect(options("").ok).to.equal(true);
  });

  it("that are malformed are pointed at", () => {
    const problems: readonly (readonly [octets: string, at: number, why: string])[] = [
      ["8600 0000", 21, "length 0"],
      ["8601 0000", 21, "length 1"],
      ["8605 0000", 21, "length past the header"],
      ["0101 0107", 23, "no room for a length"],
      ["0706 04 000000 0000", 21, "half an address"],
      ["0707 03 00000000 00", 22, "a pointer into the option's head"],
      ["0707 05 00000000 00", 22, "a pointer into an address"],
      ["4404 0400", 22, "a timestamp's pointer below 5"],
      ["4403 0500", 21, "a timestamp option of 3 octets"],
      ["9403 0000", 21, "a router alert of 3 octets"],
      ["8303 04 8903 04 0000", 23, "a second source route"],
    ];
    for (const [text, at, why] of problems) {
      const found = options(text);
      expect(found.ok, why).to.equal(false);
      expect(found.options.problem, why).to.equal(at);
    }
  });

  it("never throw and never look outside the header, whatever the octets", () => {
    const kinds = fc.constantFrom(0, 1, 7, 68, 131, 137, 148, 3, 4, 8, 40, 255);
    fc.assert(
      fc.property(fc.array(fc.oneof(kinds, fc.nat(12)), { maxLength: 40 }), (noise) => {
        const bytes = new Uint8Array(20 + noise.length);
        bytes.set(noise, 20);
        const view = exactView(bytes);
        const found = new Ipv4Options();
        const ok = readIpv4Options(view, 0, bytes.length, found);
        if (!ok) expect(found.problem).to.be.within(20, bytes.length - 1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("IPv4 header codec, whatever the octets", () => {
  it("never throws, and writes what it has read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (noise, sane) => {
        if (sane && noise.length >= 20) noise.set([0x45, 0, 0, noise.length]);
        const { header, drop } = read(exactView(noise));
        if (drop !== Drop.none) return;
        const bytes = written(header);
        expect(sumOf(bytes)).to.equal(0xffff);
        bytes[0] = noise[0] as number; // it writes none with options,
        bytes[6] = (bytes[6] as number) | ((noise[6] as number) & 0x80); // nor with the reserved flag,
        bytes.set(noise.subarray(10, 12), 10); // and a checksum that is right
        expect(hex(bytes)).to.equal(hex(noise, 0, 20));
      }),
      { numRuns: 2000 },
    );
  });
});
