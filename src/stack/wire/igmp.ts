/** The IGMP message of version 2 (RFC 2236 §2), which is also how hosts of version 1 and 2 read any other. */
import { Drop } from "../base/drop.ts";
import { formatIpv4 } from "../base/ip-address.ts";

//  0      7 8     15 16             31
// +--------+--------+-----------------+
// |  type  |max resp|    checksum     |
// +--------+--------+-----------------+
// |           group address           |
// +-----------------------------------+

const TYPE = 0;
const MAX_RESPONSE = 1;
const CHECKSUM = 2;
const GROUP = 4;

/** Octets of a message. A query of version 3 is longer; the rest counts for the checksum only (§2.5). */
export const IGMP_BYTES = 8;
/** IANA protocol number. */
export const IPPROTO_IGMP = 2;

/** Type: membership query. */
export const IGMP_QUERY = 0x11;
/** Type: report of version 1. */
export const IGMP_V1_REPORT = 0x12;
/** Type: report of version 2. */
export const IGMP_V2_REPORT = 0x16;
/** Type: leave group. */
export const IGMP_LEAVE = 0x17;

/** An IGMP message in host form. */
export class IgmpMessage {
  type = 0;
  /** Of a query: within how many tenths of a second to answer; 0 from a router of version 1. */
  maxResponse = 0;
  /** As on the wire; over the whole message. */
  checksum = 0;
  /** As a signed 32-bit integer; 0 in a general query. */
  group = 0;
}

/** Reads the message at `at` into `message`, reading nothing at or past `end`. The checksum is the caller's. */
export function readIgmp(view: DataView, at: number, end: number, message: IgmpMessage): Drop {
  if (end - at < IGMP_BYTES) return Drop.truncated;
  message.type = view.getUint8(at + TYPE);
  message.maxResponse = view.getUint8(at + MAX_RESPONSE);
  message.checksum = view.getUint16(at + CHECKSUM);
  message.group = view.getInt32(at + GROUP);
  return Drop.none;
}

/** Writes `message` at `at`; the room must be there. Its checksum field is written as it is. */
export function writeIgmp(view: DataView, at: number, message: IgmpMessage): void {
  view.setUint8(at + TYPE, message.type);
  view.setUint8(at + MAX_RESPONSE, message.maxResponse);
  view.setUint16(at + CHECKSUM, message.checksum);
  view.setInt32(at + GROUP, message.group);
}

/** As tcpdump would say it. */
export function formatIgmp(message: IgmpMessage): string {
  const group = formatIpv4(message.group);
  switch (message.type) {
    case IGMP_QUERY:
      return `igmp query v2${message.group === 0 ? "" : ` [gaddr ${group}]`}`;
    case IGMP_V1_REPORT:
      return `igmp v1 report ${group}`;
    case IGMP_V2_REPORT:
      return `igmp v2 report ${group}`;
    case IGMP_LEAVE:
      return `igmp leave ${group}`;
    default:
      return `igmp type 0x${message.type.toString(16)}`;
  }
}
