/** Which segments are answered with a reset (RFC 9293 §3.10.7.1 to §3.10.7.4). */
import { Drop } from "../../base/drop.ts";

/**
 * Whether a drop for that reason is answered by a reset: the segment has an ACK that cannot be, or is for a connection that
 * is not there, or no more, where text has come that nobody reads. None of these reasons is one for dropping a reset
 * (RFC 9293 §3.10.7.1).
 */
export function callsForReset(reason: Drop): boolean {
  return (
    reason === Drop.closedPort ||
    reason === Drop.ackInListen ||
    reason === Drop.badCookie ||
    reason === Drop.badAckInSynSent ||
    reason === Drop.badAckInSynReceived ||
    reason === Drop.nobodyReads
  );
}
