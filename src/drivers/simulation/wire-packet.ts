/** A frame as rules and assertions want it: who sends it to whom, and what it says. */
import { formatFrame, IpAddress, ipv4, type Packet } from "../../stack/index.ts";

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
const IPV4 = 20;
const IPV6 = 40;
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

/** Reads `frame`, which is lent; `payload` and `text` are valid as long as that. Later fragments of a datagram have no ports. */
export function readWirePacket(frame: Packet, medium: Medium, directory: Directory): WirePacket {
  const { view, start, end } = frame;
  const ethernet = medium === "ethernet" && end - start >= ETHERNET;
  const stations = {
    from: ethernet ? directory.byStation(view.getUint16(start + 6), view.getUint32(start + 8)) : undefined,
    to: ethernet ? directory.byStation(view.getUint16(start), view.getUint32(start + 2)) : undefined,
  };
  const base = {
    ...stations,
    source: undefined,
    destination: undefined,
    sourcePort: 0,
    destinationPort: 0,
    flags: "",
    sequence: 0,
    acknowledgment: 0,
    length: 0,
    ecn: 0,
    size: end - start,
    payload: () => NOTHING,
    text: () => formatFrame(view, start, end, medium),
  };
  const etherType = ethernet ? view.getUint16(start + 12) : 0x0800;
  if (etherType === 0x0806) return { ...base, protocol: "arp" };
  const at = ethernet ? start + ETHERNET : start;
  if (end - at >= IPV6 && view.getUint8(at) >>> 4 === 6)
    return { ...base, ...readIpv6(view, at, end, directory, base) };
  if (etherType !== 0x0800 || end - at < IPV4) return { ...base, protocol: "other" };
  const source = ipv4(view.getInt32(at + 12));
  const destination = ipv4(view.getInt32(at + 16));
  const known = {
    ...base,
    source,
    destination,
    from: directory.byAddress(source) ?? base.from,
    to: directory.byAddress(destination) ?? base.to,
    ecn: view.getUint8(at + 1) & 3,
    protocol: PROTOCOLS.get(view.getUint8(at + 9)) ?? "other",
  } as const;
  const isFirst = (view.getUint16(at + 6) & 0x1fff) === 0;
  if (!isFirst) return known;
  const header = at + (view.getUint8(at) & 15) * 4;
  return {
    ...known,
    ...transportOf(view, header, Math.min(at + view.getUint16(at + 2), end), known.protocol),
  };
}

/** Of IPv6; what stands behind extension headers is "other". */
function readIpv6(
  view: DataView,
  at: number,
  end: number,
  directory: Directory,
  stations: Pick<WirePacket, "from" | "to">,
): Partial<WirePacket> & Pick<WirePacket, "protocol"> {
  const address = (from: number): IpAddress =>
    new IpAddress(
      view.getInt32(from),
      view.getInt32(from + 4),
      view.getInt32(from + 8),
      view.getInt32(from + 12),
    );
  const source = address(at + 8);
  const destination = address(at + 24);
  const protocol = PROTOCOLS.get(view.getUint8(at + 6)) ?? "other";
  return {
    source,
    destination,
    from: directory.byAddress(source) ?? stations.from,
    to: directory.byAddress(destination) ?? stations.to,
    ecn: (view.getUint16(at) >>> 4) & 3,
    protocol,
    ...transportOf(view, at + IPV6, Math.min(at + IPV6 + view.getUint16(at + 4), end), protocol),
  };
}

/** Ports, flags and lengths of the transport header at `header`, whose data end at `last`; nothing of what is cut off. */
function transportOf(
  view: DataView,
  header: number,
  last: number,
  protocol: WirePacket["protocol"],
): Partial<WirePacket> {
  if (protocol === "udp" && last - header >= 8) {
    return { ...ports(view, header), ...data(view, header + 8, last) };
  }
  if (protocol !== "tcp" || last - header < 20) return {};
  const bits = view.getUint8(header + 13);
  return {
    ...ports(view, header),
    flags: FLAGS.map(([bit, letter]) => ((bits & bit) === 0 ? "" : letter)).join(""),
    sequence: view.getUint32(header + 4),
    acknowledgment: view.getUint32(header + 8),
    ...data(view, header + (view.getUint8(header + 12) >> 4) * 4, last),
  };
}

const NOTHING = new Uint8Array(0);

function data(view: DataView, from: number, to: number): Pick<WirePacket, "length" | "payload"> {
  const length = Math.max(0, to - from);
  return { length, payload: () => new Uint8Array(view.buffer, view.byteOffset + from, length).slice() };
}

function ports(view: DataView, at: number): Pick<WirePacket, "sourcePort" | "destinationPort"> {
  return { sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
}
