/**
 * Tail loss probes (RFC 8985 §7): when the last segments of a flight are lost, nothing comes after them that
 * could be SACKed, and only the timeout would tell. So after two round trips without a word one more segment
 * goes out, and its SACK lets recovery begin.
 */
import { Send } from "../../base/send.ts";
import { seqBefore } from "../../base/seq.ts";
import { type Duration, type Instant, later, milliseconds, NEVER } from "../../base/time.ts";
import { controller } from "../connection/congestion-window.ts";
import { Due, setDue } from "../connection/due.ts";
import { heldDeadlines, lendDeadlines, lendRecovery } from "../connection/lending.ts";
import { noteOutput } from "../connection/notes.ts";
import { Phase, type Recovery } from "../connection/recovery-record.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import { senderView } from "./scoreboard.ts";

/** TLP.max_ack_delay: so long an ACK may be delayed (RFC 8985 §7.2; Linux's TCP_RTO_MIN). */
const MAX_ACK_DELAY: Duration = milliseconds(200);

/** Starts the retransmission timer (RFC 6298 §5.1), and the probe's before it if there may be one. */
function startTimer(tcb: Tcb): void {
  const deadlines = lendDeadlines(tcb);
  const recovery = lendRecovery(tcb);
  deadlines.timeoutAt = later(tcb.now, tcb.rtt.timeout);
  deadlines.rtoAt = deadlines.timeoutAt;
  recovery.tlpArmed = mayProbe(tcb, recovery);
  if (recovery.tlpArmed) startProbe(tcb);
}

/**
 * TLP_calc_PTO() (§7.2): two round trips after what was sent last, and not later than the timeout. Less than two full-sized
 * segments may meet a delayed ACK, and wait for that too.
 */
function startProbe(tcb: Tcb): void {
  const deadlines = lendDeadlines(tcb);
  const delay = tcb.snd.outstanding >= 2 * tcb.snd.mss ? 0 : MAX_ACK_DELAY;
  const wait = Math.max(2 * tcb.rtt.smoothed + delay, tcb.host.config.leastProbeWait) as Duration;
  deadlines.rtoAt = Math.min(later(tcb.now, wait), deadlines.timeoutAt) as Instant;
}

/** §7.2: new text was sent while the probe's timer ran, which starts anew. */
export function restartProbe(tcb: Tcb, recovery: Recovery): void {
  if (recovery.tlpArmed && tcb.deadlines.rtoAt !== NEVER) startProbe(tcb);
}

/** RFC 6298 §5.1. While the window is closed the persist timer runs instead. */
export function armRetransmission(tcb: Tcb): void {
  if (tcb.snd.outstanding === 0) {
    heldDeadlines(tcb).rtoAt = NEVER;
    heldDeadlines(tcb).stalledSince = NEVER;
    return;
  }
  if (tcb.deadlines.stalledSince === NEVER) lendDeadlines(tcb).stalledSince = tcb.now;
  if (tcb.deadlines.persistAt !== NEVER) heldDeadlines(tcb).rtoAt = NEVER;
  else if (tcb.deadlines.rtoAt === NEVER) startTimer(tcb);
}

/** §7.2: once per tail, not while a loss is known of. */
function mayProbe(tcb: Tcb, recovery: Recovery): boolean {
  const { snd } = tcb;
  return (
    tcb.host.config.tailLossProbe &&
    tcb.sackOk &&
    !recovery.tlpActive &&
    recovery.phase === Phase.none &&
    recovery.scoreboard === undefined &&
    snd.wnd > 0 &&
    tcb.rtt.measured
  );
}

/** The probe's time has come; if a loss is known of meanwhile, the timer runs on to the timeout. */
export function tailDue(tcb: Tcb, recovery: Recovery, now: Instant): void {
  const deadlines = lendDeadlines(tcb);
  recovery.tlpArmed = false;
  if (!mayProbe(tcb, recovery)) {
    deadlines.rtoAt = deadlines.timeoutAt;
    return;
  }
  setDue(tcb, Due.tlp, Send.tailProbe);
  tcb.host.counters.tailProbes++;
  deadlines.rtoAt = later(now, tcb.rtt.timeout);
  noteOutput(tcb);
}

/**
 * §7.4: an ACK after the probe. When the probe has repeated a segment, and neither D-SACK nor a duplicate ACK
 * shows that this came twice, then the probe has made good for a loss, which congestion control must hear of.
 */
export function tailAcknowledged(
  tcb: Tcb,
  recovery: Recovery,
  segment: Segment,
  octets: number,
  cameTwice: boolean,
): void {
  const { ack } = segment.header;
  const { tlpEndSeq } = recovery;
  if (seqBefore(ack, tlpEndSeq)) return;
  if (!recovery.tlpIsRetrans || cameTwice) recovery.tlpActive = false;
  else if (ack === tlpEndSeq) recovery.tlpActive = octets > 0 || segment.length > 0;
  else {
    recovery.tlpActive = false;
    controller(tcb).lossDetected(senderView(tcb));
    controller(tcb).recovered(senderView(tcb));
  }
}
