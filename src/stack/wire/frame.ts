/** A whole frame in one line, as tcpdump would print it: for traces and for messages of failed tests. */
import { Drop, type DropName, dropName } from "../base/drop.ts";
import { AddressCache, formatIpv4 } from "../base/ip-address.ts";
import { ArpPacket, formatArp, readArp } from "./arp.ts";
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  EthernetHeader,
  etherTypeOf,
  formatEthernet,
  readEthernet,
} from "./ethernet.ts";
import { formatIcmp, IcmpHeader, IPPROTO_ICMP, readIcmp } from "./icmpv4.ts";
import { formatIcmpv6, Icmpv6Header, IPPROTO_ICMPV6, readIcmpv6 } from "./icmpv6.ts";
import { formatIgmp, IgmpMessage, IPPROTO_IGMP, readIgmp } from "./igmp.ts";
import { Ipv4Header, readIpv4 } from "./ipv4.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_SOURCE_OFFSET,
  Ipv6Header,
  readIpv6,
} from "./ipv6.ts";
import { ExtensionHeaders, FRAGMENT_HEADER_BYTES, skipExtensions } from "./ipv6-extensions.ts";
import { formatTcp, IPPROTO_TCP, readTcp, TcpHeader } from "./tcp.ts";
import { formatUdp, IPPROTO_UDP, readUdp, UdpHeader } from "./udp.ts";

const ethernet = new EthernetHeader();
const arp = new ArpPacket();
const ip = new Ipv4Header();
const ip6 = new Ipv6Header();
const extensions = new ExtensionHeaders();
const addresses = new AddressCache();
const icmp = new IcmpHeader();
const icmp6 = new Icmpv6Header();
const igmp = new IgmpMessage();
const tcp = new TcpHeader();
const udp = new UdpHeader();

/**
 * The frame in `[at, end)` of `view`: of an Ethernet link, or bare IP. Sequence numbers are absolute. What
 * cannot be read is named by the reason for which this stack would drop it.
 */
export function formatFrame(view: DataView, at: number, end: number, medium: "ethernet" | "ip"): string {
  if (medium === "ip") return formatDatagram(view, at, end);
  const drop = readEthernet(view, at, end, ethernet);
  if (drop === Drop.truncated) return malformed("Ethernet", dropName(drop), end - at);
  const data = at + ETHERNET_HEADER_BYTES;
  if (ethernet.etherType === ETHERTYPE_IPV4) return formatDatagram4(view, data, end);
  if (ethernet.etherType === ETHERTYPE_IPV6) return formatDatagram6(view, data, end);
  if (ethernet.etherType !== ETHERTYPE_ARP) return formatEthernet(ethernet, end - at);
  const bad = readArp(view, data, end, arp);
  return bad === Drop.none ? formatArp(arp) : malformed("ARP", dropName(bad), end - data);
}

function formatDatagram(view: DataView, at: number, end: number): string {
  const isIpv6 = etherTypeOf(view, at, end) === ETHERTYPE_IPV6;
  return isIpv6 ? formatDatagram6(view, at, end) : formatDatagram4(view, at, end);
}

function formatDatagram4(view: DataView, at: number, end: number): string {
  const drop = readIpv4(view, at, end, ip);
  if (drop !== Drop.none) return malformed("IP", dropName(drop), end - at);
  const source = formatIpv4(ip.source);
  const destination = formatIpv4(ip.destination);
  const data = at + ip.headerBytes;
  const dataEnd = at + ip.totalLength;
  const octets = dataEnd - data;
  if (ip.isFragment) {
    const more = ip.moreFragments ? "+" : "";
    const piece = `${ip.identification}:${octets}@${ip.fragmentOffset}${more}`;
    return `IP ${source} > ${destination}: ip-proto-${ip.protocol} (frag ${piece})`;
  }
  return formatUpper(view, data, dataEnd, "IP", source, destination, ip.protocol);
}

/** The same of IPv6: what is behind the extension headers, by their lengths. */
function formatDatagram6(view: DataView, at: number, end: number): string {
  const drop = readIpv6(view, at, end, ip6);
  if (drop !== Drop.none) return malformed("IP6", dropName(drop), end - at);
  const source = addresses.read(view, at + IPV6_SOURCE_OFFSET).toString();
  const destination = addresses.read(view, at + IPV6_DESTINATION_OFFSET).toString();
  const dataEnd = at + IPV6_HEADER_BYTES + ip6.payloadLength;
  const ends = `IP6 ${source} > ${destination}`;
  const whole = skipExtensions(view, at + IPV6_HEADER_BYTES, dataEnd, ip6.nextHeader, extensions);
  if (!whole) return malformed(ends, "truncated", ip6.payloadLength);
  if (!extensions.stopped)
    return formatUpper(view, extensions.at, dataEnd, "IP6", source, destination, extensions.protocol);
  const piece = `${dataEnd - extensions.at - FRAGMENT_HEADER_BYTES}@${view.getUint16(extensions.at + 2) & 0xfff8}`;
  const more = (view.getUint8(extensions.at + 3) & 1) !== 0 ? "+" : "";
  return `${ends}: frag (${view.getUint32(extensions.at + 4)}:${piece}${more})`;
}

/** What the datagram from `source` to `destination` carries in `[data, dataEnd)`. */
function formatUpper(
  view: DataView,
  data: number,
  dataEnd: number,
  name: string,
  source: string,
  destination: string,
  protocol: number,
): string {
  const octets = dataEnd - data;
  const ends = `${name} ${source} > ${destination}`;
  switch (protocol) {
    case IPPROTO_TCP: {
      const bad = readTcp(view, data, dataEnd, tcp);
      if (bad !== Drop.none) return malformed(`${ends}: TCP`, dropName(bad), octets);
      const ports = `${source}.${tcp.sourcePort} > ${destination}.${tcp.destinationPort}`;
      return `${name} ${ports}: ${formatTcp(tcp, octets - tcp.headerBytes)}`;
    }
    case IPPROTO_UDP: {
      const bad = readUdp(view, data, dataEnd, udp);
      if (bad !== Drop.none) return malformed(`${ends}: UDP`, dropName(bad), octets);
      const ports = `${source}.${udp.sourcePort} > ${destination}.${udp.destinationPort}`;
      return `${name} ${ports}: ${formatUdp(udp)}`;
    }
    case IPPROTO_ICMP: {
      const bad = readIcmp(view, data, dataEnd, icmp);
      if (bad !== Drop.none) return malformed(`${ends}: ICMP`, dropName(bad), octets);
      return `${ends}: ${formatIcmp(icmp, octets)}`;
    }
    case IPPROTO_ICMPV6: {
      const bad = readIcmpv6(view, data, dataEnd, icmp6);
      if (bad !== Drop.none) return malformed(`${ends}: ICMP6`, dropName(bad), octets);
      return `${ends}: ${formatIcmpv6(icmp6, octets)}`;
    }
    case IPPROTO_IGMP: {
      const bad = readIgmp(view, data, dataEnd, igmp);
      if (bad !== Drop.none) return malformed(`${ends}: IGMP`, dropName(bad), octets);
      return `${ends}: ${formatIgmp(igmp)}`;
    }
    default:
      return `${ends}: ip-proto-${protocol} ${octets}`;
  }
}

function malformed(what: string, why: DropName, octets: number): string {
  return `${what} [${why}], length ${octets}`;
}
