/**
 * What is lent to a connection while it needs it (decision 42): deadlines while it waits for something, the recovery
 * record while something is outstanding. Whoever writes to them says so by these calls.
 */
import { type Duration, later, NEVER } from "../../base/time.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Recovery } from "./recovery-record.ts";
import type { Tcb } from "./tcb.ts";

/** Deadlines of the connection's own, to set one: lent, if it has none. `schedule` is to be called afterwards. */
export function lendDeadlines(tcb: Tcb): Deadlines {
  return tcb.host.deadlines.lend(tcb);
}

/** The deadlines that the connection has, of its own or not: to set one to NEVER, and to nothing else. */
export function heldDeadlines(tcb: Tcb): Deadlines {
  return tcb.deadlines as Deadlines;
}

/**
 * Puts the earliest of the deadlines into the queue. Call after any of them has changed. Where output is noted, which
 * will change them again, that is left to it: it ends with this.
 */
export function schedule(tcb: Tcb): void {
  const deadlines = heldDeadlines(tcb);
  const { stalledSince } = deadlines;
  const { userTimeout } = tcb.options;
  const giveUpAt =
    userTimeout > 0 && stalledSince !== NEVER ? later(stalledSince, userTimeout as Duration) : NEVER;
  if (deadlines.giveUpAt !== giveUpAt) deadlines.giveUpAt = giveUpAt;
  tcb.host.trace?.settled(tcb);
  if (tcb.dirty) return;
  if (deadlines.schedule()) return;
  tcb.host.deadlines.giveBack(tcb);
  tcb.host.noteQuiet(tcb);
}

/** The connection's recovery record: lent, if it has none. `settle` is to be called afterwards. */
export function lendRecovery(tcb: Tcb): Recovery {
  return tcb.recovery ?? tcb.host.recoveries.lend(tcb, tcb.snd.una);
}

/** Gives the recovery record back if nothing is outstanding and nothing in it matters any more. */
export function settle(tcb: Tcb): void {
  const { recovery, snd } = tcb;
  if (recovery !== undefined && snd.una === snd.nxt && recovery.isSpent) tcb.host.recoveries.giveBack(tcb);
}
