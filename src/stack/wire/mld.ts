/** The messages of Multicast Listener Discovery: version 1 (RFC 2710 §3) and version 2 (RFC 3810 §5). */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { IPV6_ANY } from "../base/ip-address.ts";
import { codeValue, type GroupRecord } from "./group-record.ts";
import { writeIcmpStart } from "./icmp.ts";
import { MLD_V2_REPORT } from "./icmpv6.ts";
import { readAddress } from "./nd.ts";

/** Octets of a message of version 1. */
export const MLD_BYTES = 24;
/** Octets of a query of version 2 without sources. */
export const MLD_V2_QUERY_BYTES = 28;
/** Writes a message of version 1 at `at`: a report or a done. Its checksum is 0 until `fillChecksum`. */
export function writeMld(view: DataView, at: number, type: number, group: IpAddress): void {
  writeIcmpStart(view, at, type, 0, 0);
  group.write(view, at + 8);
}

/** Octets of a report of version 2 without records, and of a record without sources. */
export const MLD_V2_REPORT_BYTES = 8;
/** Octets of a record of a report, without sources. */
export const MLD_RECORD_BYTES = 20;

/** Sources of one query that are heeded: as many as fit into the least MTU and some more. */
const MAX_SOURCES = 128;

/** A query, report or done, in host form. */
export class MldMessage {
  /** The group; :: of a general query, and of a report of version 2, which has records. */
  group: IpAddress = IPV6_ANY;
  /** Milliseconds within which an answer is due. */
  maxResponse = 0;
  /** 1 or 2. */
  version = 1;
  /** Of a query of version 2: the Robustness Variable, and the seconds between its queries; 0: not said. */
  robustness = 0;
  queryInterval = 0;
  /** Of a query of version 2: whom it asks about. */
  readonly sources: IpAddress[] = [];
}

/** Reads the message in `[at, end)`, whose ICMPv6 type says whether it is a `query`. */
export function readMld(view: DataView, at: number, end: number, query: boolean, message: MldMessage): Drop {
  const octets = end - at;
  message.sources.length = 0;
  message.version = query && octets >= MLD_V2_QUERY_BYTES ? 2 : 1;
  // RFC 3810 §8.1: a query is of version 1 by its length of 24 octets, of version 2 by 28 at least.
  if (octets < MLD_BYTES || (query && octets > MLD_BYTES && octets < MLD_V2_QUERY_BYTES))
    return Drop.truncated;
  message.group = readAddress(view, at + 8);
  const code = view.getUint16(at + 4);
  message.maxResponse = message.version === 1 ? code : codeValue(code, 16);
  message.robustness = 0;
  message.queryInterval = 0;
  if (message.version === 1) return Drop.none;
  message.robustness = view.getUint8(at + 24) & 7;
  message.queryInterval = codeValue(view.getUint8(at + 25), 8);
  const count = view.getUint16(at + 26);
  if (MLD_V2_QUERY_BYTES + count * 16 > octets) return Drop.badLength;
  for (let i = 0; i < Math.min(count, MAX_SOURCES); i++) {
    message.sources.push(readAddress(view, at + MLD_V2_QUERY_BYTES + i * 16));
  }
  return Drop.none;
}

/** Octets of a report of version 2 with these records. */
export function mldReportBytes(records: readonly GroupRecord<IpAddress>[]): number {
  return records.reduce(
    (sum, { sources }) => sum + MLD_RECORD_BYTES + 16 * sources.length,
    MLD_V2_REPORT_BYTES,
  );
}

/** Writes a report of version 2 at `at`, its checksum 0 until `fillChecksum`. */
export function writeMldReport(view: DataView, at: number, records: readonly GroupRecord<IpAddress>[]): void {
  writeIcmpStart(view, at, MLD_V2_REPORT, 0, records.length);
  let to = at + MLD_V2_REPORT_BYTES;
  for (const { type, group, sources } of records) {
    view.setInt32(to, (type << 24) | sources.length);
    group.write(view, to + 4);
    to += MLD_RECORD_BYTES;
    for (const source of sources) {
      source.write(view, to);
      to += 16;
    }
  }
}
