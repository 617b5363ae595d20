/** The TCP header in the first octets of a frame: for explanations, which have no more of it. */
import {
  type ConnectionEnds,
  Drop,
  ETHERTYPE_VLAN,
  FrameFields,
  readTcp,
  TcpHeader,
  VLAN_TAG_BYTES,
} from "../stack/index.ts";

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

const IPPROTO_TCP = 6;

const headers = new FrameFields();
const tcp = new TcpHeader();

/**
 * Reads it from the first octets of a frame, or of a bare datagram; undefined where there is none, or not all of it.
 *
 * @param medium - what the octets begin with
 */
export function readTcpHead(head: Uint8Array, medium: "ethernet" | "ip" = "ethernet"): TcpHead | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isTagged = headers.read(view, 0, head.length, medium).etherType === ETHERTYPE_VLAN;
  if (isTagged) headers.read(view, VLAN_TAG_BYTES, head.length, medium);
  const { protocol, network, transport } = headers;
  // With offloads, Linux captures super-segments whose length does not fit in the field: 0.
  const total = headers.total || head.length - network;
  if (protocol !== IPPROTO_TCP || transport < 0) return undefined;
  if (readTcp(view, transport, head.length, tcp) !== Drop.none) return undefined;
  const sack: number[] = [];
  for (let i = 0; i < tcp.sackCount; i++) sack.push(tcp.sackLeft[i] as number, tcp.sackRight[i] as number);
  return {
    connection: {
      localAddress: headers.source,
      localPort: tcp.sourcePort,
      remoteAddress: headers.destination,
      remotePort: tcp.destinationPort,
    },
    seq: tcp.seq,
    ack: tcp.ack,
    flags: tcp.flags,
    window: tcp.window,
    text: total - (transport - network) - tcp.headerBytes,
    timestamps: tcp.hasTimestamps ? [tcp.tsVal >>> 0, tcp.tsEcr >>> 0] : undefined,
    sack,
  };
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
