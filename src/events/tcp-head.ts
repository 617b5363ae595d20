/** The TCP header in the first octets of a frame: for explanations, which have no more of it. */
import { type ConnectionEnds, IpAddress, ipv4 } from "../stack/index.ts";

/** Flags, as in the header. */
export const TCP_FLAGS = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

/** What a segment says. */
export interface TcpHead {
  /** Of its sender: local is where it comes from. */
  readonly connection: ConnectionEnds;
  /** Signed, as all numbers of sequence space in events. */
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  /** As in the header: not scaled. */
  readonly window: number;
  /** Octets of text. */
  readonly text: number;
  /** TSval, TSecr; undefined without timestamps. */
  readonly timestamps: readonly [value: number, echo: number] | undefined;
  /** Edges of what is SACKed, in pairs. */
  readonly sack: readonly number[];
}

const ETHERTYPE_VLAN = 0x8100;
const IPPROTO_TCP = 6;

/** Where an IP datagram's payload is, and between whom. */
interface Datagram {
  readonly at: number;
  readonly end: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/**
 * Reads it from the first octets of a frame, or of a bare datagram; undefined where there is none, or not all of it.
 *
 * @param medium - what the octets begin with
 */
export function readTcpHead(head: Uint8Array, medium: "ethernet" | "ip" = "ethernet"): TcpHead | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const start = medium === "ip" ? 0 : datagramAt(view);
  const datagram = start < 0 || start >= head.length ? undefined : readDatagram(view, start);
  if (datagram === undefined || datagram.at + 20 > head.length) return undefined;
  const { at, end } = datagram;
  const header = (view.getUint8(at + 12) >>> 4) * 4;
  if (header < 20 || at + header > head.length) return undefined;
  return {
    connection: {
      localAddress: datagram.source,
      localPort: view.getUint16(at),
      remoteAddress: datagram.destination,
      remotePort: view.getUint16(at + 2),
    },
    seq: view.getInt32(at + 4),
    ack: view.getInt32(at + 8),
    flags: view.getUint8(at + 13),
    window: view.getUint16(at + 14),
    text: end - at - header,
    ...readOptions(view, at + 20, at + header),
  };
}

function datagramAt(view: DataView): number {
  if (view.byteLength < 18) return -1;
  return view.getUint16(12) === ETHERTYPE_VLAN ? 18 : 14;
}

function readDatagram(view: DataView, at: number): Datagram | undefined {
  const version = view.getUint8(at) >>> 4;
  if (version === 4 && at + 20 <= view.byteLength) {
    if (view.getUint8(at + 9) !== IPPROTO_TCP || (view.getUint16(at + 6) & 0x1fff) !== 0) return undefined;
    return {
      at: at + (view.getUint8(at) & 15) * 4,
      end: at + view.getUint16(at + 2),
      source: ipv4(view.getInt32(at + 12)),
      destination: ipv4(view.getInt32(at + 16)),
    };
  }
  if (version !== 6 || at + 40 > view.byteLength || view.getUint8(at + 6) !== IPPROTO_TCP) return undefined;
  const end = at + 40 + view.getUint16(at + 4);
  return { at: at + 40, end, source: addressAt(view, at + 8), destination: addressAt(view, at + 24) };
}

function addressAt(view: DataView, at: number): IpAddress {
  return new IpAddress(
    view.getInt32(at),
    view.getInt32(at + 4),
    view.getInt32(at + 8),
    view.getInt32(at + 12),
  );
}

function readOptions(view: DataView, start: number, end: number): Pick<TcpHead, "timestamps" | "sack"> {
  let timestamps: TcpHead["timestamps"];
  const sack: number[] = [];
  for (let at = start; at < end; ) {
    const kind = view.getUint8(at);
    if (kind === 0) break;
    const length = kind === 1 || at + 1 >= end ? 1 : Math.max(2, view.getUint8(at + 1));
    if (at + length > end) break;
    if (kind === 8 && length === 10) timestamps = [view.getUint32(at + 2), view.getUint32(at + 6)];
    else if (kind === 5) sack.push(...numbersIn(view, at + 2, at + length));
    at += length;
  }
  return { timestamps, sack };
}

function numbersIn(view: DataView, start: number, end: number): number[] {
  const numbers: number[] = [];
  for (let at = start; at + 4 <= end; at += 4) numbers.push(view.getInt32(at));
  return numbers;
}

/** Flags in tcpdump's letters: "S." is SYN and ACK. */
export function formatFlags(flags: number): string {
  const { syn, fin, rst, psh, ack } = TCP_FLAGS;
  const letters = [
    [syn, "S"],
    [fin, "F"],
    [rst, "R"],
    [psh, "P"],
    [ack, "."],
  ] as const;
  return letters.map(([bit, letter]) => ((flags & bit) !== 0 ? letter : "")).join("");
}
