/** Which group records go into which report: as many as there is room for (RFC 3376 §4.2.16, RFC 3810 §5.2.15). */
import type { IpAddress } from "../base/ip-address.ts";
import { CHANGE_TO_EXCLUDE_MODE, type GroupRecord, MODE_IS_EXCLUDE } from "../wire/group-record.ts";

/** A record of either family. */
export type AnyRecord = GroupRecord<IpAddress>;

/**
 * The records of each report. What has too many sources is told in several records; not so where all others are meant:
 * there the rest is left out, so that too much is heard, and not too little.
 *
 * @param room - octets for records in one report
 * @param recordBytes - of a record without sources
 * @param addressBytes - of a source
 */
export function packRecords(
  records: readonly AnyRecord[],
  room: number,
  recordBytes: number,
  addressBytes: number,
): readonly (readonly AnyRecord[])[] {
  const reports: AnyRecord[][] = [];
  let left = 0;
  const most = Math.max(1, Math.floor((room - recordBytes) / addressBytes));
  for (const record of records) {
    for (const piece of pieces(record, most)) {
      const octets = recordBytes + piece.sources.length * addressBytes;
      if (octets > left || reports.length === 0) {
        reports.push([]);
        left = room;
      }
      reports.at(-1)?.push(piece);
      left -= octets;
    }
  }
  return reports;
}

function pieces(record: AnyRecord, most: number): readonly AnyRecord[] {
  const { type, sources } = record;
  if (sources.length <= most) return [record];
  if (type === MODE_IS_EXCLUDE || type === CHANGE_TO_EXCLUDE_MODE)
    return [{ ...record, sources: sources.slice(0, most) }];
  const made: AnyRecord[] = [];
  for (let at = 0; at < sources.length; at += most)
    made.push({ ...record, sources: sources.slice(at, at + most) });
  return made;
}
