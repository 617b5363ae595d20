/** Sending again what is lost, as the congestion window and the peer's allow (RFC 5681 §3.2, RFC 6675 §5, RFC 8985 §7.3). */
import { Send } from "../../base/send.ts";
import { type SeqNum, seqAdd, seqBefore, seqDistance, seqMax } from "../../base/seq.ts";
import { FIN, PSH } from "../../wire/tcp.ts";
import { clearDue, Due, isDue, whyDue } from "../connection/due.ts";
import { Frto, type Recovery } from "../connection/recovery-record.ts";
import type { Tcb } from "../connection/tcb.ts";
import { congestionRoom } from "../recovery/loss.ts";
import { countResent } from "../recovery/reordering.ts";
import { holeLength, nextLost } from "../recovery/scoreboard.ts";
import { emit, MAX_SUPER_SEGMENT } from "./emit.ts";

/** Sends again what is lost: the first hole at once (RFC 5681 §3.2), the rest as the congestion window allows. */
export function retransmit(tcb: Tcb, recovery: Recovery): void {
  const { snd } = tcb;
  if (isDue(tcb, Due.una)) {
    clearDue(tcb, Due.una);
    recovery.unaRxtNxt = snd.nxt;
    recovery.unaRxtHigh = recovery.highRxt;
    // Just one segment, and not more than the peer's window: it may have shrunk (SHLD-16).
    const limit = Math.max(1, Math.min(snd.mss, snd.wnd));
    resend(tcb, recovery, snd.una, limit, whyDue(tcb, Due.una));
  }
  if (recovery.frto === Frto.second) return; // new text goes in its place (RFC 5682 §3.1 step 2)
  for (;;) {
    const at = nextLost(recovery, snd.una);
    if (!seqBefore(at, recovery.lostEdge)) return;
    const window = snd.windowFrom(at);
    const room = Math.min(congestionRoom(tcb, recovery), window);
    if (room < Math.min(snd.mss, seqDistance(at, recovery.lostEdge))) {
      recovery.cwndLimited = room < window; // or slow start would not grow it while there is nothing new to send
      return;
    }
    recovery.holeRxtNxt = snd.nxt;
    const why = tcb.host.trace?.whyAgain(tcb, at) ?? Send.unknown;
    if (resend(tcb, recovery, at, wholeSegments(tcb, room), why) === 0) return;
  }
}

/** Sends up to `limit` octets from `at` on again, FIN included if it stands there. Sequence numbers covered. */
function resend(tcb: Tcb, recovery: Recovery, at: SeqNum, limit: number, why: Send): number {
  const { snd } = tcb;
  const edge = seqBefore(at, recovery.lostEdge) ? recovery.lostEdge : snd.nxt;
  const hole = holeLength(recovery, at, edge);
  if (hole <= 0) return 0;
  const textEnd = snd.end;
  const text = Math.min(hole, limit, superSegmentLimit(tcb), Math.max(0, seqDistance(at, textEnd)));
  const withFin = snd.finSent && seqAdd(at, text) === textEnd && hole > text;
  const covered = text + (withFin ? 1 : 0);
  if (covered === 0) return 0;
  recovery.timing = false; // Karn
  recovery.resentAt = tcb.now;
  const push = text > 0 && text === seqDistance(at, textEnd) ? PSH : 0;
  emit(tcb, at, text, withFin ? FIN | push : push, why);
  const segments = Math.max(1, Math.ceil(text / snd.mss));
  tcb.totalRetransmits += segments;
  tcb.host.counters.retransSegs += segments;
  const end = seqAdd(at, covered);
  recovery.highRxt = seqMax(recovery.highRxt, end);
  recovery.prr?.sent(text);
  if (recovery.undoable) countResent(recovery, text, end);
  return covered;
}

/** RFC 8985 §7.3: new text has been the probe, if there was any that might go; else the last segment goes again. */
export function probeTail(tcb: Tcb, recovery: Recovery, before: SeqNum): void {
  const { snd } = tcb;
  clearDue(tcb, Due.tlp);
  recovery.tlpIsRetrans = snd.nxt === before;
  if (recovery.tlpIsRetrans) {
    const { highRxt } = recovery;
    const last = seqAdd(snd.nxt, -snd.mss - (snd.finSent ? 1 : 0));
    whyDue(tcb, Due.tlp); // for its cause
    resend(tcb, recovery, seqMax(snd.una, last), snd.mss, Send.tailProbeAgain);
    recovery.highRxt = highRxt; // it says nothing of what is before it
  }
  recovery.tlpEndSeq = snd.nxt;
  recovery.tlpActive = true;
}

/** Urgent pointers count from each segment, and links cut up what has plain headers: what has not goes one by one. */
export function superSegmentLimit(tcb: Tcb): number {
  const { snd, route } = tcb;
  return snd.urgent || route.extraBytes > 0 ? snd.mss : MAX_SUPER_SEGMENT;
}

/** The largest multiple of the MSS within `room`, but at least `room` if that is less than one. */
export function wholeSegments(tcb: Tcb, room: number): number {
  const { snd } = tcb;
  return room < snd.mss ? room : room - (room % snd.mss);
}
