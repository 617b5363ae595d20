/** Events in a capture: in blocks of our own at its end, the hosts' names first, then records as `tapstack/events` has them. */

import { recordHost, recordLength } from "../../../events/decode.ts";
import {
  decodeEvent,
  EventList,
  type EventLog,
  type EventRing,
  type LoggedEvent,
} from "../../../events/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../../stack/base/utf8.ts";
import type { ReadCapture } from "../captured-records.ts";
import { ownBlock } from "./pcapng-writer.ts";

/** Kinds of blocks of our own. A number is never used for something else: they are in files. */
const HOSTS = 1;
const RECORDS = 2;

/** The blocks that hold what is in `ring`. */
export function* eventBlocks(ring: EventRing): Iterable<Uint8Array<ArrayBuffer>> {
  yield ownBlock(HOSTS, encodeUtf8(JSON.stringify(ring.hosts)));
  for (const piece of ring.pieces()) yield ownBlock(RECORDS, piece);
}

/**
 * The events that are in a capture; undefined where it has none, as any that others have written.
 *
 * @throws RangeError for events of another version, and SyntaxError for damaged ones
 */
export function capturedEvents(capture: ReadCapture): EventLog | undefined {
  const own = capture.records.filter((record) => record.kind === "own");
  const names = own.find(({ type }) => type === HOSTS);
  if (names === undefined) return undefined;
  const hosts = JSON.parse(decodeUtf8(names.data)) as readonly string[];
  const events: LoggedEvent[] = [];
  for (const { type, data, offset } of own) {
    if (type !== RECORDS) continue;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at + 8 <= data.length; ) {
      const length = recordLength(view, at);
      if (length < 8 || at + length > data.length) {
        throw new SyntaxError(
          `the events in the block at ${offset} are damaged: a record of ${length} octets`,
        );
      }
      events.push(decodeEvent(data, at, hosts[recordHost(view, at)] ?? ""));
      at += length;
    }
  }
  return new EventList(events);
}
