import { expect } from "chai";
import fc from "fast-check";
import { Drop } from "../../../src/stack/base/drop.ts";
import { writeIcmpStart } from "../../../src/stack/wire/icmp.ts";
import {
  formatIcmp,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_PARAMETER_PROBLEM,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMP_TIMESTAMP_REPLY,
  ICMP_TIMESTAMP_REQUEST,
  ICMP_UNREACHABLE,
  IcmpHeader,
  isIcmpError,
  readIcmp,
} from "../../../src/stack/wire/icmpv4.ts";
import { formatUdp, readUdp, UdpHeader, writeUdp } from "../../../src/stack/wire/udp.ts";
import { exactView, hex } from "../../support/octets.ts";

const DATAGRAM = "e263 0009 000d c4f8 6865 6c6c 6f";

describe("UDP header codec (RFC 768)", () => {
  it("reads, formats and writes a captured datagram", () => {
    const header = new UdpHeader();
    expect(readUdp(exactView(DATAGRAM), 0, 13, header)).to.equal(Drop.none);
    expect(header).to.deep.equal({ sourcePort: 57955, destinationPort: 9, length: 13, checksum: 0xc4f8 });
    expect(formatUdp(header)).to.equal("UDP, length 5");
    const bytes = new Uint8Array(8);
    writeUdp(new DataView(bytes.buffer), 0, header);
    expect(hex(bytes)).to.equal(DATAGRAM.slice(0, 19));
  });

  it("takes octets behind the datagram, but none that are missing", () => {
    const header = new UdpHeader();
    expect(readUdp(exactView(`${DATAGRAM} 000000`), 0, 16, header)).to.equal(Drop.none);
    expect(header.length).to.equal(13);
    expect(readUdp(exactView(DATAGRAM), 0, 12, header)).to.equal(Drop.badLength);
    expect(readUdp(exactView("0001 0002 0007 0000"), 0, 8, header)).to.equal(Drop.badLength);
    expect(readUdp(exactView(DATAGRAM), 0, 7, header)).to.equal(Drop.truncated);
  });

  it("never throws, and writes what it has read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(20), (noise, length) => {
        if (noise.length >= 6) noise.set([0, length], 4);
        const header = new UdpHeader();
        if (readUdp(exactView(noise), 0, noise.length, header) !== Drop.none) return;
        expect(header.length).to.be.within(8, noise.length);
        const bytes = new Uint8Array(8);
        writeUdp(new DataView(bytes.buffer), 0, header);
        expect(hex(bytes)).to.equal(hex(noise, 0, 8));
      }),
    );
  });
});

function icmp(type: number, code: number, rest: number): IcmpHeader {
  return Object.assign(new IcmpHeader(), { type, code, rest });
}

describe("ICMP header codec (RFC 792)", () => {
  it("reads and writes a captured echo request", () => {
    const header = new IcmpHeader();
    expect(readIcmp(exactView("0800 3d6c 2f89 0001"), 0, 8, header)).to.equal(Drop.none);
    expect(header).to.deep.include({ type: ICMP_ECHO_REQUEST, code: 0, checksum: 0x3d6c });
    expect([header.identifier, header.sequence]).to.deep.equal([12169, 1]);
    const bytes = new Uint8Array(8);
    writeIcmpStart(new DataView(bytes.buffer), 0, header.type, header.code, header.rest);
    expect(hex(bytes)).to.equal("0800 0000 2f89 0001"); // the checksum comes last
    expect(readIcmp(exactView("0800 3d6c 2f89 00"), 0, 7, header)).to.equal(Drop.truncated);
  });

  it("formats as tcpdump does", () => {
    const lines: readonly (readonly [IcmpHeader, string])[] = [
      [icmp(ICMP_ECHO_REQUEST, 0, 0x2f89_0001), "echo request, id 12169, seq 1"],
      [icmp(ICMP_ECHO_REPLY, 0, 0xffff_ffff | 0), "echo reply, id 65535, seq 65535"],
      [icmp(ICMP_UNREACHABLE, 3, 0), "port unreachable"],
      [icmp(ICMP_UNREACHABLE, 4, 1400), "need to frag (mtu 1400)"],
      [icmp(ICMP_UNREACHABLE, 13, 0), "unreachable, code 13"],
      [icmp(ICMP_SOURCE_QUENCH, 0, 0), "source quench"],
      [icmp(ICMP_REDIRECT, 1, 0), "redirect, code 1"],
      [icmp(ICMP_TIME_EXCEEDED, 0, 0), "time exceeded in-transit"],
      [icmp(ICMP_TIME_EXCEEDED, 1, 0), "ip reassembly time exceeded"],
      [icmp(ICMP_PARAMETER_PROBLEM, 0, 0x1500_0000), "parameter problem - octet 21"],
      [icmp(ICMP_PARAMETER_PROBLEM, 1, 0), "parameter problem, code 1"],
      [icmp(ICMP_TIMESTAMP_REQUEST, 0, 0x0001_0002), "time stamp query id 1, seq 2"],
      [icmp(ICMP_TIMESTAMP_REPLY, 0, 0x0001_0002), "time stamp reply id 1, seq 2"],
      [icmp(42, 7, 0), "type 42, code 7"],
    ];
    for (const [header, text] of lines) expect(formatIcmp(header, 64)).to.equal(`ICMP ${text}, length 64`);
  });

  it("knows which types report errors (RFC 1122 §3.2.2)", () => {
    const errors = Array.from({ length: 256 }, (_, type) => type).filter(isIcmpError);
    expect(errors).to.deep.equal([3, 4, 5, 11, 12]);
  });

  it("never throws, and writes what it has read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (noise) => {
        const header = new IcmpHeader();
        const drop = readIcmp(exactView(noise), 0, noise.length, header);
        expect(drop).to.equal(noise.length < 8 ? Drop.truncated : Drop.none);
        if (drop !== Drop.none) return;
        const bytes = new Uint8Array(8);
        writeIcmpStart(new DataView(bytes.buffer), 0, header.type, header.code, header.rest);
        expect(hex(bytes)).to.equal(hex(Uint8Array.from(noise).fill(0, 2, 4), 0, 8));
        expect(formatIcmp(header, noise.length)).to.match(/^ICMP .*, length \d+$/);
      }),
    );
  });
});
