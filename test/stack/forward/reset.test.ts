/** The reset with which a filter refuses a segment, octet by octet: RFC 9293 §3.10.7.1. */
import { expect } from "chai";
import { Drop } from "../../../src/stack/index.ts";
import { bytes, checksum, datagram, ethernet, OURS, PEER_IP, word16 } from "../../support/frames.ts";
import { frame6, PEER_IP6, sealed, text6 } from "../../support/frames6.ts";
import { RouterRig } from "../../support/router-rig.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
const word32 = (value: number): readonly number[] => [...word16(value >>> 16), ...word16(value & 0xffff)];

interface Refused {
  readonly flags: number;
  readonly seq: number;
  readonly ack?: number;
  readonly text?: number;
  readonly spoilt?: boolean;
}

/** From port 4000 to port 80 of the peer on the other side. */
function segment({ flags, seq, ack = 0, text = 0 }: Refused): Uint8Array {
  return bytes(
    word16(4000),
    word16(80),
    word32(seq),
    word32(ack),
    0x50,
    flags,
    0xff,
    0xff,
    0,
    0,
    0,
    0,
    new Uint8Array(text),
  );
}
function over4(given: Refused): Uint8Array {
  const whole = segment(given);
  const pseudo = bytes([10, 77, 0, 1], [10, 78, 0, 1], 0, 6, word16(whole.length));
  const sum = checksum(bytes(pseudo, whole)) ^ (given.spoilt === true ? 1 : 0);
  whole.set(word16(sum), 16);
  return ethernet(datagram(6, whole, { to: "10.78.0.1" }));
}
function over6(given: Refused): Uint8Array {
  const fields = { to: "fd78::1", mac: OURS };
  const whole = sealed(6, 16, segment(given), fields);
  if (given.spoilt === true) whole[16] = (whole[16] ?? 0) ^ 1;
  return frame6(6, whole, fields);
}

/** What comes back, as "from > to flags seq ack"; checksums are checked. */
function answered(frame: Uint8Array): string | undefined {
  const rig = new RouterRig();
  rig.router.hooks.add("forward", (passage) => {
    passage.codec.sendReset(passage);
    return Drop.filtered;
  });
  rig.receive(frame);
  const [answer, ...more] = rig.taken();
  expect(more).to.deep.equal([]);
  expect(rig.second.sent).to.deep.equal([]);
  rig.close();
  if (answer === undefined) return undefined;
  const six = answer[12] === 0x86;
  const [from, to] = six
    ? [text6(answer.subarray(22, 38)), text6(answer.subarray(38, 54))]
    : [[...answer.subarray(26, 30)].join("."), [...answer.subarray(30, 34)].join(".")];
  const tcp = answer.subarray(six ? 54 : 34, six ? 74 : 54);
  const addresses = six ? answer.subarray(22, 54) : answer.subarray(26, 34);
  expect(checksum(bytes(addresses, 0, 6, 0, 20, tcp)), "its checksum").to.equal(0);
  const view = new DataView(tcp.buffer, tcp.byteOffset, tcp.byteLength);
  const ports = `${view.getUint16(0)} > ${view.getUint16(2)}`;
  return `${from} > ${to}: ${ports} ${view.getUint8(13)} ${view.getUint32(4)} ${view.getUint32(8)}`;
}

for (const [family, over, ends] of [
  ["IPv4", over4, `10.78.0.1 > ${PEER_IP}`],
  ["IPv6", over6, `fd78::1 > ${PEER_IP6}`],
] as const) {
  describe(`a reset by a filter, over ${family}`, () => {
    it("of a SYN acknowledges it, also around the wrap", () => {
      expect(answered(over({ flags: SYN, seq: 0xffff_ffff }))).to.equal(`${ends}: 80 > 4000 20 0 0`);
      expect(answered(over({ flags: SYN, seq: 7, text: 10 }))).to.equal(`${ends}: 80 > 4000 20 0 18`);
    });

    it("of text without an ACK acknowledges that, and a FIN", () => {
      expect(answered(over({ flags: FIN, seq: 0xffff_fffe, text: 5 }))).to.equal(`${ends}: 80 > 4000 20 0 4`);
    });

    it("of a segment with an ACK has the sequence number that this expects, and no ACK", () => {
      expect(answered(over({ flags: ACK, seq: 5, ack: 0xffff_fff0, text: 9 }))).to.equal(
        `${ends}: 80 > 4000 4 ${0xffff_fff0} 0`,
      );
      expect(answered(over({ flags: SYN | ACK, seq: 5, ack: 77 }))).to.equal(`${ends}: 80 > 4000 4 77 0`);
    });

    it("is none of a reset, nor of what is spoilt", () => {
      expect(answered(over({ flags: RST, seq: 5 }))).to.equal(undefined);
      expect(answered(over({ flags: RST | ACK, seq: 5, ack: 9 }))).to.equal(undefined);
      expect(answered(over({ flags: SYN, seq: 5, spoilt: true }))).to.equal(undefined);
    });
  });
}
