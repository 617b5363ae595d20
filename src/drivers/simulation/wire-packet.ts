/** A frame as rules and assertions want it: who sends it to whom, and what it says. */
import {
  ETHERNET_SOURCE_OFFSET,
  FrameFields,
  formatFrame,
  type IpAddress,
  type Packet,
  readStation,
  readTcp,
  readUdp,
  TcpHeader,
  UdpHeader,
} from "../../stack/index.ts";

/** A frame, read. Made anew for each frame, and only where somebody asks. */
export interface WirePacket {
  /** The names of hosts; undefined where nobody is known by that address, and `to` for groups. */
  readonly from: string | undefined;
  /** Who receives it, by name. */
  readonly to: string | undefined;
  /** Who puts it on its cable: of what a router passes on, the router. Undefined where nobody knows. */
  readonly by?: string | undefined;
  /** What it carries. */
  readonly protocol: "tcp" | "udp" | "icmp" | "igmp" | "arp" | "other";
  /** Of IP; undefined of others. */
  readonly source: IpAddress | undefined;
  /** The destination's address. */
  readonly destination: IpAddress | undefined;
  /** 0 where there are none. */
  readonly sourcePort: number;
  /** The destination's port. */
  readonly destinationPort: number;
  /** Of TCP, in tcpdump's letters: `S`, `F`, `R`, `P`, `.` (ACK), `U`, `E` (ECE), `W` (CWR); else "". */
  readonly flags: string;
  /** Of TCP, absolute. */
  readonly sequence: number;
  /** The acknowledgment number. */
  readonly acknowledgment: number;
  /** Octets of the payload of TCP or UDP. */
  readonly length: number;
  /** The codepoint of ECN in the IP header (RFC 3168 §5): 0 to 3, of which 3 is CE. */
  readonly ecn: number;
  /** Octets of the whole frame. */
  readonly size: number;
  /** A copy of the payload of TCP or UDP. */
  payload(): Uint8Array;
  /** As tcpdump shows it. */
  text(): string;
}

/** Who has these addresses: the name of a host. */
export interface Directory {
  /**
   * The name of the host with that station address; undefined if there is none.
   *
   * @param high - the upper 16 bits of the address
   * @param low - the other 32
   */
  byStation(high: number, low: number): string | undefined;
  /** The name of the host with that IP address; undefined if there is none. */
  byAddress(address: IpAddress): string | undefined;
}

const ETHERNET = 14;
const ETHERTYPE_ARP = 0x0806;
const UDP_HEADER = 8;
const TCP_HEADER = 20;
const PROTOCOLS: ReadonlyMap<number, WirePacket["protocol"]> = new Map([
  [1, "icmp"],
  [2, "igmp"],
  [6, "tcp"],
  [17, "udp"],
  [58, "icmp"],
]);
const FLAGS = [
  [0x02, "S"],
  [0x01, "F"],
  [0x04, "R"],
  [0x08, "P"],
  [0x10, "."],
  [0x20, "U"],
  [0x40, "E"],
  [0x80, "W"],
] as const;

type Medium = "ethernet" | "ip";

const headers = new FrameFields();
const tcp = new TcpHeader();
const udp = new UdpHeader();
const NOTHING = new Uint8Array(0);

/** Reads `frame`, which is lent; `payload` and `text` are valid as long as that. Later fragments of a datagram have no ports. */
export function readWirePacket(frame: Packet, medium: Medium, directory: Directory): WirePacket {
  const { view, start, end } = frame;
  const found = headers.read(view, start, end, medium);
  const ethernet = medium === "ethernet" && end - start >= ETHERNET;
  const base: WirePacket = {
    from: ethernet ? nameOf(directory, readStation(view, start + ETHERNET_SOURCE_OFFSET)) : undefined,
    to: ethernet ? nameOf(directory, readStation(view, start)) : undefined,
    protocol: found.etherType === ETHERTYPE_ARP ? "arp" : "other",
    source: undefined,
    destination: undefined,
    sourcePort: 0,
    destinationPort: 0,
    flags: "",
    sequence: 0,
    acknowledgment: 0,
    length: 0,
    ecn: found.ecn,
    size: end - start,
    payload: () => NOTHING,
    text: () => formatFrame(view, start, end, medium),
  };
  if (found.version === 0) return base;
  const { source, destination } = found;
  const protocol = PROTOCOLS.get(found.protocol) ?? "other";
  return {
    ...base,
    protocol,
    source,
    destination,
    from: directory.byAddress(source) ?? base.from,
    to: directory.byAddress(destination) ?? base.to,
    ...(found.transport >= 0 && transportOf(view, found.transport, found.end, protocol)),
  };
}

function nameOf(directory: Directory, station: number): string | undefined {
  return directory.byStation(Math.floor(station / 0x1_0000_0000), station % 0x1_0000_0000);
}

/** Ports, flags and lengths of the transport header at `at`, whose data end at `end`; nothing of what is cut off. */
function transportOf(
  view: DataView,
  at: number,
  end: number,
  protocol: WirePacket["protocol"],
): Partial<WirePacket> {
  if (protocol === "udp" && end - at >= UDP_HEADER) {
    readUdp(view, at, end, udp);
    const { sourcePort, destinationPort } = udp;
    return { sourcePort, destinationPort, ...data(view, at + UDP_HEADER, end) };
  }
  if (protocol !== "tcp" || end - at < TCP_HEADER) return {};
  readTcp(view, at, end, tcp);
  const { sourcePort, destinationPort, flags, seq, ack, headerBytes } = tcp;
  return {
    sourcePort,
    destinationPort,
    flags: FLAGS.map(([bit, letter]) => ((flags & bit) === 0 ? "" : letter)).join(""),
    sequence: seq >>> 0,
    acknowledgment: ack >>> 0,
    ...data(view, at + headerBytes, end),
  };
}

function data(view: DataView, from: number, to: number): Pick<WirePacket, "length" | "payload"> {
  const length = Math.max(0, to - from);
  return { length, payload: () => new Uint8Array(view.buffer, view.byteOffset + from, length).slice() };
}
