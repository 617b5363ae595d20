/**
 * Explicit congestion notification (RFC 3168): a router marks a packet instead of dropping it, the receiver
 * echoes that in its ACKs until the sender says that it has slowed down.
 */

import { Send } from "../../base/send.ts";
import { seqBefore } from "../../base/seq.ts";
import { CWR, ECE } from "../../wire/tcp.ts";
import { controller } from "../connection/congestion-window.ts";
import { lendRecovery } from "../connection/lending.ts";
import { noteAck, noteOutput } from "../connection/notes.ts";
import { Phase } from "../connection/recovery-record.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import { senderView } from "../recovery/scoreboard.ts";

/** The two low bits of the type of service: this transport understands ECN; congestion experienced. */
const ECT0 = 0b10;
const CE = 0b11;

/** RFC 3168 §6.1.1: what a SYN with both flags asks, a SYN|ACK with ECE alone agrees to. */
export function ecnOfSyn(flags: number, isAnswer: boolean): boolean {
  return (flags & (ECE | CWR)) === (isAnswer ? ECE : ECE | CWR);
}

/** The receive side (§6.1.3): CE is echoed in every ACK until a segment with CWR has come. */
export function noteMarks(tcb: Tcb, segment: Segment): void {
  const { rcv } = tcb;
  if (segment.flags & CWR) rcv.ecnEcho = false;
  if (segment.textLength === 0 || ((segment.packet?.trafficClass ?? 0) & CE) !== CE) return;
  rcv.ecnEcho = true;
  noteAck(tcb, Send.ackMarked);
}

/** The send side (§6.1.2): an echo slows us down as a loss would, once per window of data. */
export function noteEcho(tcb: Tcb, segment: Segment): void {
  if ((segment.flags & ECE) === 0) return;
  const { snd } = tcb;
  const recovery = lendRecovery(tcb);
  // Until the peer has heard of one reduction, its echoes ask for no other.
  if (recovery.phase !== Phase.none || snd.cwrDue || seqBefore(snd.una, recovery.ecnRecover)) return;
  recovery.ecnRecover = snd.nxt;
  snd.cwrDue = true;
  tcb.host.counters.ecnReductions++;
  controller(tcb).lossDetected(senderView(tcb));
  noteOutput(tcb); // which gives back the record, if nothing is outstanding
}

/** The flags that ECN adds to a segment; CWR goes with the first new text after a reduction. */
export function ecnFlags(tcb: Tcb, isNew: boolean): number {
  const { snd } = tcb;
  let flags = tcb.rcv.ecnEcho ? ECE : 0;
  if (isNew && snd.cwrDue) {
    flags |= CWR;
    snd.cwrDue = false;
    lendRecovery(tcb).ecnRecover = snd.nxt; // what is echoed before this has arrived is of the same window
  }
  return flags;
}

/** New text may be marked (§6.1.2); retransmissions, ACKs and probes may not (§6.1.4 to §6.1.6). */
export function ecnClass(isNew: boolean): number {
  return isNew ? ECT0 : 0;
}
