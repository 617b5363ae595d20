/** Frames of IPv6 for tests, built by their own code: a stack's mistake must not hide in a helper that shares it. */
import { type Bytes, bytes, checksum, describeRecords, ethernet, macOctets, PEER, word16 } from "./frames.ts";

export const PEER_IP6 = "fd77::1";
export const OUR_IP6 = "fd77::2";
export const PEER_LINK_LOCAL = "fe80::1";
export const ALL_NODES = "ff02::1";
export const ANY6 = "::";

/** The 16 octets of an address, of which `::` may be a part. */
export function ip6(text: string): readonly number[] {
  const [head = "", tail] = text.split("::");
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const first = groups(head);
  const last = groups(tail ?? "");
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return all.flatMap((group) => [group >> 8, group & 255]);
}

export function text6(octets: Bytes): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0));
  const text = groups.map((group) => group.toString(16)).join(":");
  return text.replace(/(^|:)0(:0)+(:|$)/, "::");
}

/** ff02::1:ffxx:xxxx */
export function solicitedNode(text: string): string {
  const octets = ip6(text);
  return text6(bytes(ip6("ff02::1:ff00:0").slice(0, 13), octets.slice(13)));
}

export interface Ip6Fields {
  readonly from?: string;
  readonly to?: string;
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly version?: number;
  readonly length?: number;
  readonly mac?: string;
  /** The sender's station address. */
  readonly fromMac?: string;
}

export function datagram6(nextHeader: number, payload: Bytes, fields: Ip6Fields = {}): Bytes {
  const first = ((fields.version ?? 6) << 28) | ((fields.trafficClass ?? 0) << 20);
  return bytes(
    word16(first >>> 16),
    0,
    0,
    word16(fields.length ?? payload.length),
    nextHeader,
    fields.hopLimit ?? 64,
    ip6(fields.from ?? PEER_IP6),
    ip6(fields.to ?? OUR_IP6),
    payload,
  );
}

/** `message`, its checksum at `at` filled in, with the pseudo-header of RFC 8200 §8.1. */
export function sealed(protocol: number, at: number, message: Bytes, fields: Ip6Fields = {}): Bytes {
  const pseudo = bytes(
    ip6(fields.from ?? PEER_IP6),
    ip6(fields.to ?? OUR_IP6),
    [0, 0],
    word16(message.length),
    [0, 0, 0, protocol],
  );
  const whole = message.slice();
  whole[at] = 0;
  whole[at + 1] = 0;
  const sum = checksum(bytes(pseudo, whole));
  const field = protocol === 17 && sum === 0 ? 0xffff : sum;
  whole[at] = field >>> 8;
  whole[at + 1] = field & 255;
  return whole;
}

export function icmp6(
  type: number,
  code: number,
  rest: Bytes | readonly number[],
  data: Bytes = bytes(),
  fields: Ip6Fields = {},
): Bytes {
  return sealed(58, 2, bytes(type, code, 0, 0, rest, data), fields);
}

export function udp6(
  sourcePort: number,
  destinationPort: number,
  data: Bytes,
  fields: Ip6Fields = {},
): Bytes {
  const message = bytes(word16(sourcePort), word16(destinationPort), word16(8 + data.length), 0, 0, data);
  return sealed(17, 6, message, fields);
}

/** The station address of a group, or ours. */
export function macFor(to: string): string | undefined {
  const octets = ip6(to);
  if (octets[0] !== 0xff) return undefined;
  return [0x33, 0x33, ...octets.slice(12)].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

export function frame6(nextHeader: number, payload: Bytes, fields: Ip6Fields = {}): Bytes {
  const to = fields.mac ?? macFor(fields.to ?? OUR_IP6);
  return ethernet(datagram6(nextHeader, payload, fields), 0x86dd, to, fields.fromMac ?? PEER);
}

/** An ICMPv6 message as a frame. */
export function icmp6Frame(
  type: number,
  code: number,
  rest: Bytes | readonly number[],
  data: Bytes = bytes(),
  fields: Ip6Fields = {},
): Bytes {
  return frame6(58, icmp6(type, code, rest, data, fields), fields);
}

export function ping6(fields: Ip6Fields = {}, data: Bytes = bytes("ping")): Bytes {
  return icmp6Frame(128, 0, [0, 7, 0, 1], data, fields);
}

/** An option with a station address: 1 of the source, 2 of the target. */
export function linkOption(type: 1 | 2, mac: string = PEER): Bytes {
  return bytes(type, 1, macOctets(mac));
}

/** A neighbour solicitation for `target`; to its solicited-node group unless told. */
export function solicitation(
  target: string = OUR_IP6,
  options: Bytes = linkOption(1),
  fields: Ip6Fields = {},
): Bytes {
  const all = { hopLimit: 255, to: solicitedNode(target), ...fields };
  return icmp6Frame(135, 0, [0, 0, 0, 0], bytes(ip6(target), options), all);
}

/** A neighbour advertisement of the peer's; `flags`: 0x80 router, 0x40 solicited, 0x20 override. */
export function advertisement(
  target: string = PEER_IP6,
  flags = 0x60,
  options: Bytes = linkOption(2),
  fields: Ip6Fields = {},
): Bytes {
  const all = { hopLimit: 255, ...fields };
  return icmp6Frame(136, 0, [flags, 0, 0, 0], bytes(ip6(target), options), all);
}

/** An MLD message: of `type`, with `code` in its second word, about `group`; behind a router alert. */
export function mldFrame(
  type: number,
  code: number,
  group: string,
  fields: Ip6Fields = {},
  more: Bytes = bytes(),
): Bytes {
  const all = { from: PEER_LINK_LOCAL, to: group === ANY6 ? ALL_NODES : group, hopLimit: 1, ...fields };
  const message = icmp6(type, 0, [code >> 8, code & 255, 0, 0], bytes(ip6(group), more), all);
  return frame6(0, bytes(optionsHeader(58, bytes(5, 2, 0, 0, 1, 0)), message), all);
}

/** A router advertisement: lifetime in seconds, and options. */
export function routerAdvertisement(
  options: Bytes,
  fields: Ip6Fields & {
    readonly lifetime?: number;
    readonly currentHopLimit?: number;
    readonly flags?: number;
  } = {},
): Bytes {
  const all = { from: PEER_LINK_LOCAL, to: ALL_NODES, hopLimit: 255, ...fields };
  const { lifetime = 1800, currentHopLimit = 0, flags = 0 } = fields;
  const rest = [currentHopLimit, flags, lifetime >> 8, lifetime & 255];
  return icmp6Frame(134, 0, rest, bytes(new Uint8Array(8), options), all);
}

/** A prefix option; `flags`: 0x80 on the link, 0x40 for addresses. Lifetimes are seconds. */
export function prefixOption(
  prefix: string,
  flags = 0xc0,
  valid = 86_400,
  preferred = 14_400,
  length = 64,
): Bytes {
  const word = (value: number): readonly number[] => [
    ...word16(Math.floor(value / 65_536)),
    ...word16(value),
  ];
  return bytes(3, 4, length, flags, word(valid), word(preferred), [0, 0, 0, 0], ip6(prefix));
}

/** A redirect of the peer's. */
export function redirectFrame(target: string, destination: string, fields: Ip6Fields = {}): Bytes {
  const all = { from: PEER_LINK_LOCAL, hopLimit: 255, ...fields };
  return icmp6Frame(137, 0, [0, 0, 0, 0], bytes(ip6(target), ip6(destination)), all);
}

/** An extension header of `type` options (0 or 60 as next header before it): options are padded by the caller. */
export function optionsHeader(nextHeader: number, options: Bytes): Bytes {
  return bytes(nextHeader, (options.length + 2) / 8 - 1, options);
}

/** A fragment header and a piece behind it; `offset` in units of 8 octets. */
export function fragment6(
  nextHeader: number,
  offset: number,
  more: boolean,
  piece: Bytes,
  identification = 1,
): Bytes {
  return bytes(
    nextHeader,
    0,
    word16((offset << 3) | Number(more)),
    word16(identification >>> 16),
    word16(identification & 0xffff),
    piece,
  );
}

/** What a frame is, in one line; fails on wrong lengths and checksums. */
export function describeFrame6(frame: Bytes): string {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== 0x86dd) return `type ${view.getUint16(12).toString(16)}`;
  const length = view.getUint16(18);
  const from = text6(frame.subarray(22, 38));
  const to = text6(frame.subarray(38, 54));
  const payload = frame.subarray(54, 54 + length);
  const ends = `${from} > ${to} hlim ${view.getUint8(21)}`;
  if (payload.length !== length) return `${ends} TOO SHORT`;
  return `${ends} ${describePayload6(view.getUint8(20), payload, frame.subarray(22, 54))}`;
}

function describePayload6(protocol: number, payload: Bytes, addresses: Bytes): string {
  const pseudo = bytes(addresses, [0, 0], word16(payload.length), [0, 0, 0, protocol]);
  const right = checksum(bytes(pseudo, payload)) === 0;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (protocol === 58) {
    const target = payload[0] === 135 || payload[0] === 136 ? ` ${text6(payload.subarray(8, 24))}` : "";
    const flags = payload[0] === 136 ? ` flags ${view.getUint8(4).toString(16)}` : "";
    return right ? `icmp6 ${payload[0]}/${payload[1]}${target}${flags}` : "BAD ICMPV6 CHECKSUM";
  }
  if (protocol === 44) {
    const field = view.getUint16(2);
    return `fragment ${payload.length - 8}@${field & 0xfff8}${(field & 1) !== 0 ? "+" : ""}`;
  }
  if (protocol !== 17) return `protocol ${protocol} ${payload.length}`;
  if (!right) return "BAD UDP CHECKSUM";
  return `udp ${view.getUint16(0)} > ${view.getUint16(2)} "${String.fromCharCode(...payload.subarray(8, 40))}"`;
}

/** The records of a report of MLDv2, from its type on: `to_ex ff05::1 { }`, and fails on wrong lengths. */
export function describeRecords6(report: Bytes): string {
  return describeRecords(report, 16, text6);
}
