/** IGMP messages: version 1 and 2 (RFC 2236 §2), and queries and reports of version 3 (RFC 3376 §4). */
import { Drop } from "../base/drop.ts";
import { formatIpv4 } from "../base/ip-address.ts";
import { codeValue, type GroupRecord } from "./group-record.ts";

//  0      7 8     15 16             31
// +--------+--------+-----------------+
// |  type  |max resp|    checksum     |
// +--------+--------+-----------------+
// |           group address           |
// +--------+--------+-----------------+  of queries of version 3 alone:
// |  S QRV |  QQIC  | number of srcs  |
// +--------+--------+-----------------+
// |              sources              |

const TYPE = 0;
const MAX_RESPONSE = 1;
const GROUP = 4;
const ROBUSTNESS = 8;
const QUERY_INTERVAL = 9;
const SOURCE_COUNT = 10;
const SOURCES = 12;

/** Where the checksum stands. */
export const IGMP_CHECKSUM_OFFSET = 2;
/** Octets of a message of version 1 or 2. */
export const IGMP_BYTES = 8;
/** Octets of a query of version 3 without sources. */
export const IGMP_V3_QUERY_BYTES = 12;
/** Octets of a report of version 3 without records, of a record without sources, and of a source. */
export const IGMP_V3_REPORT_BYTES = 8;
/** Octets of a record of a report, without sources. */
export const IGMP_RECORD_BYTES = 8;
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
/** Type: report of version 3. */
export const IGMP_V3_REPORT = 0x22;

/** Sources of one query that are heeded: as many as fit into a frame of Ethernet. */
const MAX_SOURCES = 366;

/** An IGMP message in host form. */
export class IgmpMessage {
  type = 0;
  /** Of a query: within how many tenths of a second to answer; 0 from a router of version 1. */
  maxResponse = 0;
  /** As on the wire; over the whole message. */
  checksum = 0;
  /** As a signed 32-bit integer; 0 in a general query; of a report of version 3 the number of its records. */
  group = 0;
  /** Of a query: 1, 2 or 3, by its length (RFC 3376 §7.1). */
  version = 2;
  /** Of a query of version 3: the Robustness Variable, and the seconds between its queries; 0: not said. */
  robustness = 0;
  queryInterval = 0;
  /** Of a query of version 3: whom it asks about, as signed 32-bit integers. */
  readonly sources: number[] = [];
}

/** Reads the message at `at` into `message`, reading nothing at or past `end`. The checksum is the caller's. */
export function readIgmp(view: DataView, at: number, end: number, message: IgmpMessage): Drop {
  const octets = end - at;
  if (octets < IGMP_BYTES) return Drop.truncated;
  message.type = view.getUint8(at + TYPE);
  message.maxResponse = view.getUint8(at + MAX_RESPONSE);
  message.checksum = view.getUint16(at + IGMP_CHECKSUM_OFFSET);
  message.group = view.getInt32(at + GROUP);
  message.sources.length = 0;
  message.robustness = 0;
  message.queryInterval = 0;
  message.version = message.maxResponse === 0 ? 1 : 2;
  return message.type === IGMP_QUERY && octets > IGMP_BYTES
    ? readQuery(view, at, octets, message)
    : Drop.none;
}

/** What only a query of version 3 has; others of more than 8 octets are not heeded (RFC 3376 §7.1). */
function readQuery(view: DataView, at: number, octets: number, message: IgmpMessage): Drop {
  if (octets < IGMP_V3_QUERY_BYTES) return Drop.truncated;
  message.version = 3;
  message.maxResponse = codeValue(message.maxResponse, 8);
  message.robustness = view.getUint8(at + ROBUSTNESS) & 7;
  message.queryInterval = codeValue(view.getUint8(at + QUERY_INTERVAL), 8);
  const count = view.getUint16(at + SOURCE_COUNT);
  if (IGMP_V3_QUERY_BYTES + 4 * count > octets) return Drop.badLength;
  for (let i = 0; i < Math.min(count, MAX_SOURCES); i++)
    message.sources.push(view.getInt32(at + SOURCES + 4 * i));
  return Drop.none;
}

/** Writes `message`, of version 1 or 2, at `at`; the room must be there. Its checksum field is written as it is. */
export function writeIgmp(view: DataView, at: number, message: IgmpMessage): void {
  view.setUint8(at + TYPE, message.type);
  view.setUint8(at + MAX_RESPONSE, message.maxResponse);
  view.setUint16(at + IGMP_CHECKSUM_OFFSET, message.checksum);
  view.setInt32(at + GROUP, message.group);
}

/** Octets of a report with these records. */
export function igmpReportBytes(records: readonly GroupRecord<unknown>[]): number {
  return records.reduce(
    (sum, { sources }) => sum + IGMP_RECORD_BYTES + 4 * sources.length,
    IGMP_V3_REPORT_BYTES,
  );
}

/** Writes a report of version 3 at `at`, with a checksum of 0. Addresses are signed 32-bit integers. */
export function writeIgmpReport(view: DataView, at: number, records: readonly GroupRecord<number>[]): void {
  view.setInt32(at, IGMP_V3_REPORT << 24);
  view.setInt32(at + 4, records.length);
  let to = at + IGMP_V3_REPORT_BYTES;
  for (const { type, group, sources } of records) {
    view.setInt32(to, (type << 24) | sources.length);
    view.setInt32(to + 4, group);
    to += IGMP_RECORD_BYTES;
    for (const source of sources) {
      view.setInt32(to, source);
      to += 4;
    }
  }
}

/** As tcpdump would say it. */
export function formatIgmp(message: IgmpMessage): string {
  const group = formatIpv4(message.group);
  switch (message.type) {
    case IGMP_QUERY: {
      const version = message.version === 3 ? 3 : 2;
      return `igmp query v${version}${message.group === 0 ? "" : ` [gaddr ${group}]`}`;
    }
    case IGMP_V1_REPORT:
      return `igmp v1 report ${group}`;
    case IGMP_V2_REPORT:
      return `igmp v2 report ${group}`;
    case IGMP_V3_REPORT:
      return `igmp v3 report, ${message.group & 0xffff} group record(s)`;
    case IGMP_LEAVE:
      return `igmp leave ${group}`;
    default:
      return `igmp type 0x${message.type.toString(16)}`;
  }
}
