/** Which segments are answered with a reset (RFC 9293 §3.10.7.1 to §3.10.7.4). */
import { Drop } from "../../base/drop.ts";

/**
 * Those that name an ACK that cannot be, or a connection that is not there: any more, where text has come that nobody reads.
 * None of them is a reset's (RFC 9293 §3.10.7.1).
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
