/** Frames for tests, built by their own code: a stack's mistake must not hide in a helper that shares it. */

export type Bytes = Uint8Array;

/** Octets of numbers, text and other octets, one after the other. */
export function bytes(...parts: readonly (number | string | Bytes | readonly number[])[]): Bytes {
  const all: number[] = [];
  for (const part of parts) {
    if (typeof part === "number") all.push(part);
    else if (typeof part === "string") for (const character of part) all.push(character.charCodeAt(0));
    else all.push(...part);
  }
  return Uint8Array.from(all);
}

export function word16(value: number): readonly number[] {
  return [(value >>> 8) & 255, value & 255];
}

export function ip(text: string): readonly number[] {
  return text.split(".").map(Number);
}

export function macOctets(text: string): readonly number[] {
  return text.split(":").map((octet) => Number.parseInt(octet, 16));
}

/** RFC 1071, by pairs of octets. */
export function checksum(data: Bytes): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum += ((data[i] ?? 0) << 8) | (data[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export const PEER = "02:77:00:00:00:01";
export const OURS = "02:00:0a:4d:00:02";
export const BROADCAST = "ff:ff:ff:ff:ff:ff";
export const PEER_IP = "10.77.0.1";
export const OUR_IP = "10.77.0.2";

export function ethernet(payload: Bytes, type = 0x0800, to: string = OURS, from: string = PEER): Bytes {
  return bytes(macOctets(to), macOctets(from), word16(type), payload);
}

export interface IpFields {
  readonly from?: string;
  readonly to?: string;
  readonly id?: number;
  /** Flags and offset, as the 16-bit field. */
  readonly fragment?: number;
  readonly ttl?: number;
  readonly tos?: number;
  readonly options?: Bytes;
  readonly checksum?: number;
  readonly version?: number;
  readonly ihl?: number;
  readonly totalLength?: number;
}

export function datagram(protocol: number, payload: Bytes, fields: IpFields = {}): Bytes {
  const options = fields.options ?? new Uint8Array(0);
  const header = bytes(
    ((fields.version ?? 4) << 4) | (fields.ihl ?? 5 + options.length / 4),
    fields.tos ?? 0,
    word16(fields.totalLength ?? 20 + options.length + payload.length),
    word16(fields.id ?? 0x1234),
    word16(fields.fragment ?? 0),
    fields.ttl ?? 64,
    protocol,
    0,
    0,
    ip(fields.from ?? PEER_IP),
    ip(fields.to ?? OUR_IP),
    options,
  );
  const sum = fields.checksum ?? checksum(header);
  header[10] = sum >>> 8;
  header[11] = sum & 255;
  return bytes(header, payload);
}

export function icmp(
  type: number,
  code: number,
  rest: Bytes | readonly number[],
  data: Bytes = bytes(),
): Bytes {
  const message = bytes(type, code, 0, 0, rest, data);
  const sum = checksum(message);
  message[2] = sum >>> 8;
  message[3] = sum & 255;
  return message;
}

export function udp(
  sourcePort: number,
  destinationPort: number,
  data: Bytes,
  fields: { from?: string; to?: string; checksum?: number; length?: number } = {},
): Bytes {
  const length = fields.length ?? 8 + data.length;
  const message = bytes(word16(sourcePort), word16(destinationPort), word16(length), 0, 0, data);
  const from = ip(fields.from ?? PEER_IP);
  const to = ip(fields.to ?? OUR_IP);
  const sum = checksum(bytes(from, to, 0, 17, word16(8 + data.length), message));
  const field = fields.checksum ?? (sum === 0 ? 0xffff : sum);
  message[6] = field >>> 8;
  message[7] = field & 255;
  return message;
}

export function arp(
  operation: number,
  sender: readonly [string, string],
  target: readonly [string, string],
): Bytes {
  const fixed = [0, 1, 8, 0, 6, 4, ...word16(operation)];
  return bytes(fixed, macOctets(sender[0]), ip(sender[1]), macOctets(target[0]), ip(target[1]));
}

export const NOBODY = "00:00:00:00:00:00";

/** A broadcast request from the peer for our address. */
export function arpRequest(from: string = PEER_IP, mac: string = PEER, target: string = OUR_IP): Bytes {
  return ethernet(arp(1, [mac, from], [NOBODY, target]), 0x0806, BROADCAST, mac);
}

/** A reply of the peer's to us. */
export function arpReply(from: string = PEER_IP, mac: string = PEER): Bytes {
  return ethernet(arp(2, [mac, from], [OURS, OUR_IP]), 0x0806, OURS, mac);
}

/** Echo request, as a frame from the peer. */
export function ping(fields: IpFields = {}, data: Bytes = bytes("ping")): Bytes {
  return ethernet(datagram(1, icmp(8, 0, [0, 7, 0, 1], data), fields));
}

/** The station address of a group (RFC 1112 §6.4). */
export function groupMac(group: string): string {
  const [, b = 0, c = 0, d = 0] = ip(group);
  return [1, 0, 0x5e, b & 127, c, d].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** An IGMP message as a frame from the peer: `type` as in RFC 2236 §2.1, `maxResponse` in tenths of a second. */
export function igmpFrame(
  type: number,
  maxResponse: number,
  group: string,
  fields: IpFields & { more?: Bytes; spoil?: number } = {},
): Bytes {
  const message = bytes(type, maxResponse, 0, 0, ip(group), fields.more ?? bytes());
  const sum = checksum(message) ^ (fields.spoil ?? 0);
  message[2] = sum >>> 8;
  message[3] = sum & 255;
  const to = fields.to ?? (group === "0.0.0.0" ? "224.0.0.1" : group);
  const whole = datagram(2, message, { ttl: 1, options: bytes(0x94, 4, 0, 0), ...fields, to });
  return ethernet(whole, 0x0800, groupMac(to));
}

/** What a frame is, in one line; fails on wrong lengths and checksums. */
export function describeFrame(frame: Bytes): string {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const to = [...frame.subarray(0, 6)].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
  const name = to === BROADCAST ? "all" : to === PEER ? "peer" : to;
  const type = view.getUint16(12);
  if (type === 0x0806) return `> ${name}: ${describeArp(view)}`;
  if (type !== 0x0800) return `> ${name}: type ${type.toString(16)}`;
  return `> ${name}: ${describeDatagram(frame.subarray(14))}`;
}

function describeArp(view: DataView): string {
  const at = (offset: number): string => [0, 1, 2, 3].map((i) => view.getUint8(14 + offset + i)).join(".");
  return view.getUint16(20) === 1 ? `who-has ${at(24)} tell ${at(14)}` : `${at(14)} is-at us, to ${at(24)}`;
}

export function describeDatagram(data: Bytes): string {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const headerLength = (view.getUint8(0) & 15) * 4;
  const total = view.getUint16(2);
  if (checksum(data.subarray(0, headerLength)) !== 0) return "BAD IP CHECKSUM";
  const addresses = `${[...data.subarray(12, 16)].join(".")} > ${[...data.subarray(16, 20)].join(".")}`;
  const field = view.getUint16(6);
  const payload = data.subarray(headerLength, total);
  if ((field & 0x3fff) !== 0) {
    const more = (field & 0x2000) !== 0 ? "+" : "";
    return `${addresses} fragment ${payload.length}@${(field & 0x1fff) * 8}${more}`;
  }
  return `${addresses} ${describePayload(view.getUint8(9), payload, data)}`;
}

/** By their numbers (RFC 3376 §4.2.12). */
const RECORD_NAMES: readonly string[] = ["?", "is_in", "is_ex", "to_in", "to_ex", "allow", "block"];

/**
 * The records of a report of IGMPv3 or MLDv2, from its type on: `to_ex 239.1.2.3 { 10.0.0.1 }`. Fails on wrong lengths.
 *
 * @param octets - of an address, which `text` writes
 */
export function describeRecords(report: Bytes, octets: number, text: (address: Bytes) => string): string {
  const view = new DataView(report.buffer, report.byteOffset, report.byteLength);
  const records: string[] = [];
  let at = 8;
  const next = (): string => {
    at += octets;
    return text(report.subarray(at - octets, at));
  };
  for (let left = view.getUint16(6); left > 0; left--) {
    const count = view.getUint16(at + 2);
    const name = RECORD_NAMES[view.getUint8(at)];
    at += 4;
    const group = next();
    records.push(
      `${name} ${group} { ${Array.from({ length: count }, next).join(" ")} }`.replace("{  }", "{ }"),
    );
  }
  return at === report.length ? records.join(", ") : "BAD REPORT LENGTH";
}

function describePayload(protocol: number, payload: Bytes, whole: Bytes): string {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (protocol === 1) {
    if (checksum(payload) !== 0) return "BAD ICMP CHECKSUM";
    return `icmp ${payload[0]}/${payload[1]} ${payload.length - 8}`;
  }
  if (protocol === 2) {
    if (checksum(payload) !== 0) return "BAD IGMP CHECKSUM";
    const type = view.getUint8(0).toString(16);
    return `igmp ${type} ${type === "22" ? describeRecords(payload, 4, (address) => address.join(".")) : [...payload.subarray(4, 8)].join(".")}`;
  }
  if (protocol !== 17) return `protocol ${protocol} ${payload.length}`;
  const pseudo = bytes(whole.subarray(12, 20), 0, 17, word16(payload.length));
  if (view.getUint16(6) !== 0 && checksum(bytes(pseudo, payload)) !== 0) return "BAD UDP CHECKSUM";
  const text = String.fromCharCode(...payload.subarray(8, 40));
  return `udp ${view.getUint16(0)} > ${view.getUint16(2)} "${text}"`;
}
