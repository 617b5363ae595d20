/** A whole frame in one line, as tcpdump would print it: for traces and for messages of failed tests. */
import { Drop, dropName } from "../base/drop.ts";
import { formatIpv4 } from "../base/ip-address.ts";
import { ArpPacket, formatArp, readArp } from "./arp.ts";
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  EthernetHeader,
  formatEthernet,
  readEthernet,
} from "./ethernet.ts";
import { formatIcmp, IcmpHeader, IPPROTO_ICMP, readIcmp } from "./icmpv4.ts";
import { formatIgmp, IgmpMessage, IPPROTO_IGMP, readIgmp } from "./igmp.ts";
import { Ipv4Header, readIpv4 } from "./ipv4.ts";
import { formatTcp, IPPROTO_TCP, readTcp, TcpHeader } from "./tcp.ts";
import { formatUdp, IPPROTO_UDP, readUdp, UdpHeader } from "./udp.ts";

const ethernet = new EthernetHeader();
const arp = new ArpPacket();
const ip = new Ipv4Header();
const icmp = new IcmpHeader();
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
  if (drop === Drop.truncated) return malformed("Ethernet", drop, end - at);
  const data = at + ETHERNET_HEADER_BYTES;
  if (ethernet.etherType === ETHERTYPE_IPV4) return formatDatagram(view, data, end);
  if (ethernet.etherType !== ETHERTYPE_ARP) return formatEthernet(ethernet, end - at);
  const bad = readArp(view, data, end, arp);
  return bad === Drop.none ? formatArp(arp) : malformed("ARP", bad, end - data);
}

function formatDatagram(view: DataView, at: number, end: number): string {
  const drop = readIpv4(view, at, end, ip);
  if (drop !== Drop.none) return malformed("IP", drop, end - at);
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
  switch (ip.protocol) {
    case IPPROTO_TCP: {
      const bad = readTcp(view, data, dataEnd, tcp);
      if (bad !== Drop.none) return malformed(`IP ${source} > ${destination}: TCP`, bad, octets);
      const ports = `${source}.${tcp.sourcePort} > ${destination}.${tcp.destinationPort}`;
      return `IP ${ports}: ${formatTcp(tcp, octets - tcp.headerBytes)}`;
    }
    case IPPROTO_UDP: {
      const bad = readUdp(view, data, dataEnd, udp);
      if (bad !== Drop.none) return malformed(`IP ${source} > ${destination}: UDP`, bad, octets);
      const ports = `${source}.${udp.sourcePort} > ${destination}.${udp.destinationPort}`;
      return `IP ${ports}: ${formatUdp(udp)}`;
    }
    case IPPROTO_ICMP: {
      const bad = readIcmp(view, data, dataEnd, icmp);
      if (bad !== Drop.none) return malformed(`IP ${source} > ${destination}: ICMP`, bad, octets);
      return `IP ${source} > ${destination}: ${formatIcmp(icmp, octets)}`;
    }
    case IPPROTO_IGMP: {
      const bad = readIgmp(view, data, dataEnd, igmp);
      if (bad !== Drop.none) return malformed(`IP ${source} > ${destination}: IGMP`, bad, octets);
      return `IP ${source} > ${destination}: ${formatIgmp(igmp)}`;
    }
    default:
      return `IP ${source} > ${destination}: ip-proto-${ip.protocol} ${octets}`;
  }
}

function malformed(what: string, drop: Drop, octets: number): string {
  return `${what} [${dropName(drop)}], length ${octets}`;
}
