/** The IPv6 header (RFC 8200 §3). What may follow before the upper layer is in ipv6-extensions.ts. */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";

//  0      3 4          11 12                31
// +-------+-------------+--------------------+
// |version|traffic class|     flow label     |
// +-------+-----------+-+-------+------------+
// |  payload length   |next hdr | hop limit  |
// +-------------------+---------+------------+
// |        source address, four words        |
// +------------------------------------------+
// |      destination address, four words     |
// +------------------------------------------+

const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;

/** Octets of the header. */
export const IPV6_HEADER_BYTES = 40;
/** Where in the header the payload length is. */
export const IPV6_PAYLOAD_LENGTH_OFFSET: number = PAYLOAD_LENGTH;
/** Where in the header the number of the next header is. */
export const IPV6_NEXT_HEADER_OFFSET: number = NEXT_HEADER;
/** Where in the header the hop limit is. */
export const IPV6_HOP_LIMIT_OFFSET: number = HOP_LIMIT;
/** Where in the header the source address is. */
export const IPV6_SOURCE_OFFSET = 8;
/** Where in the header the destination address is. */
export const IPV6_DESTINATION_OFFSET = 24;

/** The payload length has 16 bits; jumbograms (RFC 2675) are not for these links. */
export const IPV6_MAX_PAYLOAD = 65_535;
/** Every link takes datagrams of this size (RFC 8200 §5). */
export const IPV6_MIN_MTU = 1280;

/** An IPv6 header in host form, without its addresses, which are read where they stand. */
export class Ipv6Header {
  /** DSCP and ECN, as IPv4's type of service. */
  trafficClass = 0;
  /** 20 bits (RFC 6437). */
  flowLabel = 0;
  /** Octets behind the header, extension headers included. */
  payloadLength = 0;
  /** Of what follows: an extension header, or the upper layer's protocol number. */
  nextHeader = 0;
  hopLimit = 0;
}

/** Reads the header at `at` into `header`, reading nothing at or past `end`. Addresses are the caller's. */
export function readIpv6(view: DataView, at: number, end: number, header: Ipv6Header): Drop {
  if (end - at < IPV6_HEADER_BYTES) return Drop.truncated;
  const first = view.getInt32(at);
  if (first >>> 28 !== 6) return Drop.badVersion;
  header.trafficClass = (first >>> 20) & 0xff;
  header.flowLabel = first & 0xf_ffff;
  header.payloadLength = view.getUint16(at + PAYLOAD_LENGTH);
  header.nextHeader = view.getUint8(at + NEXT_HEADER);
  header.hopLimit = view.getUint8(at + HOP_LIMIT);
  return header.payloadLength > end - at - IPV6_HEADER_BYTES ? Drop.badLength : Drop.none;
}

/** Writes `header` and the addresses at `at`; the room must be there. */
export function writeIpv6(
  view: DataView,
  at: number,
  header: Ipv6Header,
  source: IpAddress,
  destination: IpAddress,
): void {
  view.setInt32(at, 0x6000_0000 | (header.trafficClass << 20) | header.flowLabel);
  view.setInt32(
    at + PAYLOAD_LENGTH,
    (header.payloadLength << 16) | (header.nextHeader << 8) | header.hopLimit,
  );
  source.write(view, at + IPV6_SOURCE_OFFSET);
  destination.write(view, at + IPV6_DESTINATION_OFFSET);
}
