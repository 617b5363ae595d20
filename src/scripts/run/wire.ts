/**
 * Datagrams of scripts to octets and back: IPv4 (RFC 791), TCP (RFC 9293 §3.1), UDP (RFC 768) and ICMP errors
 * (RFC 792). A judge does not borrow the codec of the one who is judged.
 */
import type { TcpOption } from "../language/syntax.ts";

/** Protocol numbers (IANA). */
export const TCP = 6;
/** The protocol number of UDP. */
export const UDP = 17;
/** The protocol number of ICMP. */
export const ICMP = 1;

/** An IPv4 datagram; addresses are 32-bit numbers. */
export interface Datagram {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly trafficClass: number;
  readonly hopLimit: number;
  readonly payload: Uint8Array;
}

/** A TCP segment with absolute numbers, unsigned. */
export interface Segment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  readonly options: readonly TcpOption[];
  readonly text: Uint8Array;
}

const NUMBERS: Readonly<Record<string, number>> = {
  eol: 0,
  nop: 1,
  mss: 2,
  wscale: 3,
  sackOK: 4,
  sack: 5,
  TS: 8,
};

/** An IPv4 datagram in octets. */
export function encodeDatagram(datagram: Datagram): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(20 + datagram.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint8(1, datagram.trafficClass);
  view.setUint16(2, bytes.length);
  view.setUint16(6, 0x4000); // don't fragment
  view.setUint8(8, datagram.hopLimit);
  view.setUint8(9, datagram.protocol);
  view.setUint32(12, datagram.source);
  view.setUint32(16, datagram.destination);
  view.setUint16(10, checksum(bytes.subarray(0, 20)));
  bytes.set(datagram.payload, 20);
  return bytes;
}

/** The datagram in `bytes`; undefined if it is not IPv4, or damaged. */
export function decodeDatagram(bytes: Uint8Array): Datagram | undefined {
  const view = viewOf(bytes);
  if (bytes.length < 20 || view.getUint8(0) >>> 4 !== 4) return undefined;
  const header = (view.getUint8(0) & 15) * 4;
  const length = view.getUint16(2);
  if (header < 20 || length < header || length > bytes.length) return undefined;
  if (checksum(bytes.subarray(0, header)) !== 0) return undefined;
  return {
    source: view.getUint32(12),
    destination: view.getUint32(16),
    protocol: view.getUint8(9),
    trafficClass: view.getUint8(1),
    hopLimit: view.getUint8(8),
    payload: bytes.subarray(header, length),
  };
}

/** A segment in octets, its checksum right. */
export function encodeSegment(segment: Segment, source: number, destination: number): Uint8Array {
  const options = encodeOptions(segment.options);
  const bytes = new Uint8Array(20 + options.length + segment.text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, segment.sourcePort);
  view.setUint16(2, segment.destinationPort);
  view.setUint32(4, segment.seq);
  view.setUint32(8, segment.ack);
  view.setUint8(12, (20 + options.length) << 2);
  view.setUint8(13, segment.flags);
  view.setUint16(14, segment.window);
  view.setUint16(18, segment.urgent);
  bytes.set(options, 20);
  bytes.set(segment.text, 20 + options.length);
  view.setUint16(16, transportChecksum(source, destination, TCP, bytes));
  return bytes;
}

/** What is wrong with a segment, or the segment. */
export function decodeSegment(datagram: Datagram): Segment | string {
  const { payload } = datagram;
  const view = viewOf(payload);
  if (payload.length < 20) return "shorter than a header of TCP";
  if (transportChecksum(datagram.source, datagram.destination, TCP, payload) !== 0)
    return "with a wrong checksum of TCP";
  const header = (view.getUint8(12) >>> 4) * 4;
  if (header < 20 || header > payload.length) return `with a data offset of ${header} octets`;
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    seq: view.getUint32(4),
    ack: view.getUint32(8),
    flags: view.getUint8(13),
    window: view.getUint16(14),
    urgent: view.getUint16(18),
    options: decodeOptions(payload.subarray(20, header)),
    text: payload.subarray(header),
  };
}

/** A UDP datagram in octets; its text is zeros. */
export function encodeUdp(
  ports: readonly [number, number],
  length: number,
  source: number,
  destination: number,
): Uint8Array {
  const bytes = new Uint8Array(8 + length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ports[0]);
  view.setUint16(2, ports[1]);
  view.setUint16(4, bytes.length);
  view.setUint16(6, transportChecksum(source, destination, UDP, bytes) || 0xffff);
  return bytes;
}

/** An ICMP error that quotes `quoted`. */
export function encodeIcmp(type: number, code: number, mtu: number, quoted: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + quoted.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint8(1, code);
  view.setUint16(6, mtu);
  bytes.set(quoted, 8);
  view.setUint16(2, checksum(bytes));
  return bytes;
}

function encodeOptions(options: readonly TcpOption[]): Uint8Array {
  const octets = options.flatMap(encodeOption);
  while (octets.length % 4 !== 0) octets.push(NUMBERS["eol"] ?? 0);
  if (octets.length > 40) throw new RangeError("options of TCP are 40 octets at most");
  return Uint8Array.from(octets);
}

function encodeOption(option: TcpOption): readonly number[] {
  const number = NUMBERS[option.kind] ?? 0;
  switch (option.kind) {
    case "eol":
    case "nop":
      return [number];
    case "sackOK":
      return [number, 2];
    case "mss":
      return [number, 4, option.value >>> 8, option.value & 255];
    case "wscale":
      return [number, 3, option.value];
    case "TS":
      return [number, 10, ...word(option.val), ...word(option.ecr)];
    case "sack":
      return [number, 2 + 8 * option.blocks.length, ...option.blocks.flat().flatMap(word)];
    case "raw":
      return [option.number, 2 + option.data.length, ...option.data];
  }
}

function decodeOptions(bytes: Uint8Array): readonly TcpOption[] {
  const view = viewOf(bytes);
  const options: TcpOption[] = [];
  for (let at = 0; at < bytes.length; ) {
    const number = view.getUint8(at);
    if (number === 0 || number === 1) {
      options.push({ kind: number === 0 ? "eol" : "nop" });
      at++;
      continue;
    }
    const length = at + 1 < bytes.length ? view.getUint8(at + 1) : 0;
    if (length < 2 || at + length > bytes.length) return options;
    options.push(decodeOption(number, bytes.subarray(at + 2, at + length)));
    at += length;
  }
  return options;
}

function decodeOption(number: number, data: Uint8Array): TcpOption {
  const view = viewOf(data);
  if (number === NUMBERS["mss"] && data.length === 2) return { kind: "mss", value: view.getUint16(0) };
  if (number === NUMBERS["wscale"] && data.length === 1) return { kind: "wscale", value: view.getUint8(0) };
  if (number === NUMBERS["sackOK"] && data.length === 0) return { kind: "sackOK" };
  if (number === NUMBERS["TS"] && data.length === 8)
    return { kind: "TS", val: view.getUint32(0), ecr: view.getUint32(4) };
  if (number === NUMBERS["sack"] && data.length > 0 && data.length % 8 === 0) {
    const blocks = Array.from({ length: data.length / 8 }, (_, i): [number, number] => [
      view.getUint32(8 * i),
      view.getUint32(8 * i + 4),
    ]);
    return { kind: "sack", blocks };
  }
  return { kind: "raw", number, data: [...data] };
}

function word(value: number): readonly number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65_536);
  return ~sum & 0xffff;
}

function transportChecksum(source: number, destination: number, protocol: number, bytes: Uint8Array): number {
  const parts = [source >>> 16, source & 0xffff, destination >>> 16, destination & 0xffff];
  const pseudo = parts.reduce((sum, part) => sum + part, protocol + bytes.length);
  return checksum(bytes, pseudo);
}
