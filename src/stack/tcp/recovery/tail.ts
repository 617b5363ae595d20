/**
 * Tail loss probes (RFC 8985 §7): when the last segments of a flight are lost, nothing comes after them that
 * could be SACKed, and only the timeout would tell. So after two round trips without a word one more segment
 * goes out, and its SACK lets recovery begin.
 */
import { seqBefore } from "../../base/seq.ts";
import { type Duration, type Instant, later, milliseconds } from "../../base/time.ts";
import { noteOutput } from "../connection/notes.ts";
import type { Segment } from "../connection/segment.ts";
import { Recovery, type Tcb } from "../connection/tcb.ts";
import { senderView } from "./loss.ts";

/** Not sooner than this, however short the path: hosts have other things to do. */
const LEAST_WAIT: Duration = milliseconds(10);

/** Starts the retransmission timer (RFC 6298 §5.1), or the probe's if one may come first. */
export function startTimer(tcb: Tcb): void {
  const { timeout, smoothed } = tcb.rtt;
  const wait = Math.max(2 * smoothed, LEAST_WAIT) as Duration;
  tcb.timeoutAt = later(tcb.now, timeout);
  tcb.tailArmed = wait < timeout && mayProbe(tcb);
  tcb.rtoAt = tcb.tailArmed ? later(tcb.now, wait) : tcb.timeoutAt;
}

/**
 * §7.2: once per tail, not while a loss is known of. Less than two full-sized segments may meet a delayed ACK,
 * and would have to wait for the longest of those as well, which is as long as the timeout.
 */
function mayProbe(tcb: Tcb): boolean {
  return (
    tcb.outstanding >= 2 * tcb.sndMss &&
    tcb.host.config.tailLossProbe &&
    tcb.sackOk &&
    !tcb.tailActive &&
    tcb.recovery === Recovery.none &&
    tcb.sacked === undefined &&
    tcb.sndWnd > 0 &&
    tcb.rtt.measured
  );
}

/** The probe's time has come; if a loss is known of meanwhile, the timer runs on to the timeout. */
export function tailDue(tcb: Tcb, now: Instant): void {
  tcb.tailArmed = false;
  if (!mayProbe(tcb)) {
    tcb.rtoAt = tcb.timeoutAt;
    return;
  }
  tcb.tailDue = true;
  tcb.host.counters.tailProbes++;
  tcb.rtoAt = later(now, tcb.rtt.timeout);
  noteOutput(tcb);
}

/**
 * §7.4: an ACK after the probe. When the probe has repeated a segment, and neither D-SACK nor a duplicate ACK
 * shows that this came twice, then the probe has made good for a loss, which congestion control must hear of.
 */
export function tailAcknowledged(tcb: Tcb, segment: Segment, octets: number, cameTwice: boolean): void {
  const { ack } = segment.header;
  if (seqBefore(ack, tcb.tailEnd)) return;
  if (!tcb.tailAgain || cameTwice) tcb.tailActive = false;
  else if (ack === tcb.tailEnd) tcb.tailActive = octets > 0 || segment.length > 0;
  else {
    tcb.tailActive = false;
    tcb.cc.lossDetected(senderView(tcb));
    tcb.cc.recovered(senderView(tcb));
  }
}
