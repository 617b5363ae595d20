/** What can be asked about a run that is over, of its log: why, why not, and where the time went. */
import type { EventLog } from "tapstack/events";
import { WAITS, whereTimeWent, why, whyNot } from "tapstack/explain";
import type { ConnectionEnds } from "tapstack/stack";
import { endText, type RunRecord } from "../record/run-record.ts";

/** A run, and its log. */
export interface Kept {
  readonly record: RunRecord;
  readonly log: EventLog;
}

/** What the octets of a stream waited for, in the order in which they were read: columns for a stacked plot. */
export interface Waits {
  /** When they were read, microseconds. */
  readonly times: readonly number[];
  /** What there is to wait for. */
  readonly names: readonly string[];
  /** For each name, microseconds at each of the times. */
  readonly parts: readonly (readonly number[])[];
}

/** A point of such a plot stands for so many octets at least, so that there are no more than a screen can show. */
const POINTS = 1_000;

/**
 * Why event `index` of the record is, in a few lines: what was done, why, what decided, and what would have been
 * otherwise; "" if the log no longer has it. The chain of what led to it, the page shows by itself.
 */
export function whyText({ log, record }: Kept, index: number): string {
  // Behind the record the log may have how the lab was put away.
  const event = index < record.events.length ? log.event(record.first + index) : undefined;
  if (event === undefined) return "";
  const { what, meaning, numbers, otherwise } = why(log, event);
  const decided = numbers === "" ? "" : `What decided: ${numbers}.`;
  const where = what.startsWith(`${event.host} `) ? "" : `, at ${event.host}`;
  const begin = `${(event.time / 1e6).toFixed(6)} s${where}: ${what}.`;
  const instead = otherwise === "" ? "" : `Otherwise ${otherwise}`;
  return [begin, meaning, decided, instead].filter((line) => line !== "").join("\n");
}

/** Why `host` sent nothing more on that connection just after event `index`; "" if that cannot be said. */
export function whyNotText(kept: Kept, connection: number, host: number, index: number): string {
  const ends = endsOf(kept, connection, host);
  const name = kept.record.hosts[host];
  if (ends === undefined || name === undefined) return "";
  return whyNot(kept.log, { host: name, connection: ends, at: kept.record.first + index }).text;
}

/** Where the time of what one side sent went; undefined if the log does not reach back to the beginning. */
export function waitsOf(kept: Kept, connection: number, side: 0 | 1): Waits | undefined {
  const host = kept.record.connections[connection]?.hosts[side] ?? -1;
  const ends = endsOf(kept, connection, host);
  const name = kept.record.hosts[host];
  if (ends === undefined || name === undefined || kept.log.first > 1) return undefined;
  const delays = whereTimeWent(kept.log, name, ends);
  const every = Math.max(1, Math.ceil(delays.length / POINTS));
  const shown = delays.filter((_, at) => at % every === 0);
  const names = WAITS.filter((wait) => shown.some(({ parts }) => parts[wait] > 0));
  return {
    times: shown.map(({ read }) => read),
    names,
    parts: names.map((wait) => shown.map(({ parts }) => parts[wait])),
  };
}

/** The ends of a connection as that host sees them. */
function endsOf({ log, record }: Kept, connection: number, host: number): ConnectionEnds | undefined {
  const event = record.events.find(
    (one) => one.connection === connection && one.host === host && one.numbers >= 0,
  );
  const logged = event === undefined ? undefined : log.event(record.first + event.index);
  const ends = logged !== undefined && "connection" in logged ? logged.connection : undefined;
  if (ends === undefined) return undefined;
  const known: readonly string[] = record.connections[connection]?.ends ?? [];
  return known.some((end) => end === endText(ends.localAddress, ends.localPort)) ? ends : undefined;
}
