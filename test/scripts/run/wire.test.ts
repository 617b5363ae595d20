import { expect } from "chai";
import {
  decodeDatagram,
  decodeSegment,
  encodeDatagram,
  encodeSegment,
  type Segment,
  TCP,
} from "../../../src/scripts/run/wire.ts";

const [HERE, THERE] = [0xc0a8_0001, 0xc000_0201];
const SEGMENT: Segment = {
  sourcePort: 40_000,
  destinationPort: 8080,
  seq: 0xffff_ffff,
  ack: 7,
  flags: 0x1b,
  window: 65_535,
  urgent: 3,
  options: [
    { kind: "mss", value: 1460 },
    { kind: "sackOK" },
    { kind: "TS", val: 0xffff_fffe, ecr: 1 },
    { kind: "nop" },
    { kind: "wscale", value: 14 },
  ],
  text: Uint8Array.of(1, 2, 3),
};

function datagram(segment: Segment): Uint8Array<ArrayBuffer> {
  const payload = encodeSegment(segment, THERE, HERE);
  return encodeDatagram({
    source: THERE,
    destination: HERE,
    protocol: TCP,
    trafficClass: 2,
    hopLimit: 64,
    payload,
  });
}

describe("the judge's own codec", () => {
  it("gives back what it was given", () => {
    const read = decodeDatagram(datagram(SEGMENT));
    if (read === undefined) return expect.fail("not a datagram");
    expect(read).to.include({
      source: THERE,
      destination: HERE,
      protocol: TCP,
      trafficClass: 2,
      hopLimit: 64,
    });
    const segment = decodeSegment(read);
    expect({ ...(segment as Segment), text: [...(segment as Segment).text] }).to.deep.equal({
      ...SEGMENT,
      text: [1, 2, 3],
    });
  });

  it("knows the octets of a header of IPv4 (RFC 791) with its checksum (RFC 1071)", () => {
    const bytes = encodeDatagram({
      source: THERE,
      destination: HERE,
      protocol: 17,
      trafficClass: 0,
      hopLimit: 64,
      payload: new Uint8Array(4),
    });
    // 0x4500 + 0x0018 + 0x4000 + 0x4011 + 0xc000 + 0x0201 + 0xc0a8 + 0x0001 = 0x247d3, folded 0x47d5, inverted 0xb82a.
    expect(Buffer.from(bytes).toString("hex")).to.equal("45000018000040004011b82ac0000201c0a8000100000000");
  });

  it("says what is wrong with a segment that is damaged", () => {
    const bytes = datagram(SEGMENT);
    bytes[bytes.length - 1] = 9;
    const read = decodeDatagram(bytes);
    expect(read === undefined ? "" : decodeSegment(read)).to.equal("with a wrong checksum of TCP");
    bytes[8] = 1;
    expect(decodeDatagram(bytes)).to.equal(undefined);
  });
});
