/**
 * What the deadlines of a connection mean: retransmission (RFC 6298), persist (RFC 9293 §3.8.6.1), delayed
 * ACK, keep-alive (§3.8.4), the user timeout (RFC 5482), and the end of an orphan's FIN-WAIT-2. An expiry
 * sends nothing: it notes what is due.
 */

import { Send } from "../../base/send.ts";
import { type Duration, type Instant, later, NEVER, since } from "../../base/time.ts";
import { Due, setDue } from "../connection/due.ts";
import { heldDeadlines, lendDeadlines, schedule } from "../connection/lending.ts";
import { terminate } from "../connection/lifecycle.ts";
import { noteAck, noteOutput } from "../connection/notes.ts";
import type { Tcb } from "../connection/tcb.ts";
import { abortWithReset } from "../end/close.ts";
import { holesDue, timedOut } from "../recovery/loss.ts";
import { tailDue } from "../recovery/tail.ts";
import { suspectSize } from "../send/black-hole.ts";

/** Does whatever is due of a connection's timers. */
export function timersDue(tcb: Tcb, now: Instant): void {
  const { trace } = tcb.host;
  if (tcb.deadlines.giveUpAt <= now) {
    userTimeoutDue(tcb);
    return;
  }
  if (tcb.deadlines.ackAt <= now) {
    trace?.fired(tcb, "delayed-ack");
    heldDeadlines(tcb).ackAt = NEVER;
    tcb.host.counters.delayedAcks++;
    noteAck(tcb, Send.ackDelayed);
  }
  if (tcb.deadlines.reorderAt <= now) {
    trace?.fired(tcb, "reordering");
    holesDue(tcb);
  }
  const { recovery } = tcb;
  if (tcb.deadlines.rtoAt <= now && recovery?.tlpArmed === true) {
    trace?.fired(tcb, "tail-probe");
    tailDue(tcb, recovery, now);
    // Where no probe may be sent any more, the timer runs on to the timeout, which may be due as well.
    if (tcb.deadlines.rtoAt <= now) trace?.armed(tcb, "retransmission", tcb.deadlines.rtoAt);
  }
  if (tcb.deadlines.rtoAt <= now) retransmissionDue(tcb, now);
  if (tcb.deadlines.persistAt <= now) persistDue(tcb, now);
  if (tcb.deadlines.idleAt <= now) idleDue(tcb, now);
  if (tcb.state !== "closed") schedule(tcb);
}

/** RFC 6298 §5.4 to §5.6, with the give-up rules R1, R2 of RFC 9293 §3.8.3. */
function retransmissionDue(tcb: Tcb, now: Instant): void {
  tcb.host.trace?.fired(tcb, "retransmission");
  const { config, counters } = tcb.host;
  heldDeadlines(tcb).rtoAt = NEVER;
  counters.timeouts++;
  const opening = isOpening(tcb);
  const most = opening ? tcb.options.synCount : config.dataRetries;
  if (tcb.retries >= most) {
    giveUp(tcb, opening);
    return;
  }
  if (!opening && tcb.snd.wnd === 0) {
    // The window was closed while data was on its way: from now on it is a matter of probing (MUST-34).
    lendDeadlines(tcb).persistAt = now;
    tcb.host.trace?.armed(tcb, "persist", now);
    return;
  }
  if (opening) setDue(tcb, Due.una, tcb.state === "syn-sent" ? Send.synAgain : Send.synAckAgain);
  else {
    suspectSize(tcb);
    timedOut(tcb);
  }
  tcb.retries++;
  if (tcb.retries === config.suspectRetries) tcb.route.suspect(); // MUST-20, R1
  tcb.rtt.backOff();
  lendDeadlines(tcb).rtoAt = later(now, tcb.rtt.timeout);
  noteOutput(tcb);
}

function giveUp(tcb: Tcb, opening: boolean): void {
  const { counters } = tcb.host;
  counters.abortOnTimeout++;
  if (opening) {
    counters.attemptFails++;
    terminate(tcb, tcb.softFailure ?? "timed-out");
  } else abortWithReset(tcb, tcb.softFailure ?? "timed-out", Send.resetTimeout);
}

function isOpening(tcb: Tcb): boolean {
  return tcb.state === "syn-sent" || tcb.state === "syn-received";
}

/** RFC 5482: a SYN or data has been without acknowledgment for as long as the application tolerates. */
function userTimeoutDue(tcb: Tcb): void {
  tcb.host.trace?.fired(tcb, "user-timeout");
  tcb.host.counters.timeouts++;
  giveUp(tcb, isOpening(tcb));
}

/**
 * The window has been too small for too long: send what it takes, or one octet into a closed one. The
 * probes go on for as long as the peer answers them (MUST-37), at growing intervals (SHLD-30).
 */
function persistDue(tcb: Tcb, now: Instant): void {
  const { snd } = tcb;
  tcb.host.trace?.fired(tcb, "persist");
  const { config, counters } = tcb.host;
  // Only a peer that answers nothing at all is given up on (MUST-37). But it must not keep the memory of what
  // nobody waits for any more: for an orphan answered probes count as well (RFC 6429 §5).
  const probes = tcb.user === undefined ? Math.max(tcb.retries, tcb.persistBackoff) : tcb.retries;
  if (probes >= config.dataRetries) {
    giveUp(tcb, false);
    return;
  }
  const wait = Math.min(
    tcb.rtt.timeout * 2 ** Math.min(tcb.persistBackoff + 1, 16),
    config.maxRto,
  ) as Duration;
  tcb.persistBackoff++;
  if (snd.wnd === 0) {
    tcb.retries++;
    counters.windowProbes++;
    lendDeadlines(tcb).persistAt = later(now, wait);
    if (config.windowProbes === "old-number") setDue(tcb, Due.keepProbe, Send.windowProbe);
    else if (snd.outstanding > 0)
      setDue(tcb, Due.una, Send.windowProbeAgain); // the octet of the last probe, again
    else setDue(tcb, Due.force, Send.windowProbe);
  } else {
    heldDeadlines(tcb).persistAt = NEVER;
    setDue(tcb, Due.force, Send.forcedText);
  }
  noteOutput(tcb);
}

/** Sets the keep-alive deadline, if the application asked for it (MUST-24, MUST-25). */
export function startKeepAlive(tcb: Tcb): void {
  if (tcb.state === "fin-wait-2" && tcb.user === undefined) return;
  lendDeadlines(tcb).idleAt = tcb.options.keepAlive
    ? later(tcb.now, tcb.options.keepIdle as Duration)
    : NEVER;
}

/** Keep-alive: a segment without text just before the window, which any live peer answers (SHLD-12). */
function idleDue(tcb: Tcb, now: Instant): void {
  tcb.host.trace?.fired(tcb, "keep-alive");
  heldDeadlines(tcb).idleAt = NEVER;
  if (tcb.state === "fin-wait-2" && tcb.user === undefined) {
    terminate(tcb, undefined);
    return;
  }
  if (!tcb.options.keepAlive) return;
  const idle = since(Math.max(tcb.lastHeardAt, tcb.lastSentAt) as Instant, now);
  // MUST-26: only when nothing has come for the whole interval, and nothing is outstanding that asks by itself.
  if (tcb.keepProbes === 0 && idle < tcb.options.keepIdle) {
    lendDeadlines(tcb).idleAt = later(now, (tcb.options.keepIdle - idle) as Duration);
    return;
  }
  if (tcb.snd.outstanding > 0) {
    lendDeadlines(tcb).idleAt = later(now, tcb.options.keepIdle as Duration);
    return;
  }
  // MUST-29: one lost answer proves nothing.
  if (keepAliveFailed(tcb, now)) {
    giveUp(tcb, false);
    return;
  }
  tcb.keepProbes++;
  tcb.host.counters.keepAliveProbes++;
  setDue(tcb, Due.keepProbe, Send.keepAlive);
  lendDeadlines(tcb).idleAt = later(now, tcb.options.keepInterval as Duration);
  noteOutput(tcb);
}

/** tcp(7): a user timeout takes the place of the count of probes; it ends with the first one due after it, as in Linux. */
function keepAliveFailed(tcb: Tcb, now: Instant): boolean {
  const { keepCount, userTimeout } = tcb.options;
  if (userTimeout === 0) return tcb.keepProbes >= keepCount;
  return tcb.keepProbes > 0 && since(tcb.lastHeardAt, now) >= userTimeout;
}
