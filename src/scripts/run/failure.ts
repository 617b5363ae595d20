/** How a script fails: where, what was expected, what was seen instead, why that was sent, and what went before. */
import type { Place } from "../language/place.ts";

/** What a failure tells. */
export interface FailureDetails {
  /** Of the script, as it was called. */
  readonly script: string;
  readonly place: Place;
  /** The event, as it is written. */
  readonly event: string;
  /** What differs. */
  readonly problem: string;
  readonly expected: string | undefined;
  readonly seen: string | undefined;
  /** Why that was sent, as the stack says. */
  readonly reason: string | undefined;
  /** Microseconds by which events were late in sum, where time is real: what follows from times may then be no fault. */
  readonly lateness: number;
  /** What has passed before, a line each. */
  readonly trace: readonly string[];
}

/** A script that was run, and did not come true. */
export class ScriptFailure extends Error {
  /** Of the class. */
  override readonly name: string = "ScriptFailure";
  /** Its parts, for programs. */
  readonly details: FailureDetails;

  constructor(details: FailureDetails) {
    super(describe(details));
    this.details = details;
  }
}

function describe(details: FailureDetails): string {
  const lines = [
    `${details.script}:${details.place.line}: ${details.problem}`,
    `  event     ${details.event}`,
  ];
  if (details.expected !== undefined) lines.push(`  expected  ${details.expected}`);
  if (details.seen !== undefined) lines.push(`  seen      ${details.seen}`);
  if (details.reason !== undefined) lines.push(`  why       ${details.reason}`);
  if (details.lateness > 0)
    lines.push(`  late      ${details.lateness / 1000} ms in all: the machine is busy`);
  if (details.trace.length > 0) lines.push("  before that:", ...details.trace.map((line) => `    ${line}`));
  return lines.join("\n");
}
