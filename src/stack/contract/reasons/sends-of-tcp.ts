/** Why TCP sends, sends again, or holds back. */
import type { ReasonTable } from "./row.ts";

/** By name. */
export const SENDS_OF_TCP: ReasonTable = {
  syn: {
    meaning: "The application connects.",
    where: { tcp: "RFC 9293 §3.10.1" },
  },
  synAgain: {
    meaning: "The SYN, or its answer, has not been acknowledged within the timeout.",
    where: { tcp: "RFC 6298 §5.4, §5.7" },
  },
  synAck: {
    meaning: "A SYN has come, and there is somebody who listens, or who has sent one too.",
    where: { tcp: "RFC 9293 §3.10.7.2 third, §3.10.7.3 fourth" },
  },
  synAckAgain: {
    meaning: "The SYN|ACK has not been acknowledged within the timeout.",
    where: { tcp: "RFC 6298 §5.4" },
  },
  synCookie: {
    meaning:
      "A SYN has come, and the listener remembers no more half-open connections: the peer keeps this one.",
    where: { tcp: "RFC 4987 §3.6" },
  },
  synAckRepeated: {
    meaning: "The peer's SYN has come again: the answer was lost.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },

  newText: {
    meaning: "New text, of which both windows, and the rules against small segments, let so much go.",
    where: { tcp: "RFC 9293 §3.8.6, §3.7.4; RFC 5681 §3.1" },
  },
  fin: {
    meaning: "The application has closed, and all of its text is sent.",
    where: { tcp: "RFC 9293 §3.10.4" },
  },
  forcedText: {
    meaning: "Text that is less than the rules against small segments want, and has waited long enough.",
    where: { tcp: "RFC 9293 §3.8.6.2.1 (4)" },
  },
  windowProbe: {
    meaning: "The peer's window is closed: a probe asks whether it has opened.",
    where: { tcp: "RFC 9293 §3.8.6.1 MUST-36" },
  },
  windowProbeAgain: {
    meaning: "The peer's window is still closed: the octet of the last probe goes again.",
    where: { tcp: "RFC 9293 §3.8.6.1 MUST-36, SHLD-30" },
  },
  tailProbe: {
    meaning: "No ACK for two round trips: new text probes whether the tail was lost.",
    where: { tcp: "RFC 8985 §7.3" },
  },
  tailProbeAgain: {
    meaning: "No ACK for two round trips: the last segment, once more, probes whether the tail was lost.",
    where: { tcp: "RFC 8985 §7.3" },
  },

  fastRetransmit: {
    meaning: "Three segments have arrived behind the first hole, or as much was SACKed: it is lost.",
    where: { tcp: "RFC 5681 §3.2, RFC 6675 §5 (4)" },
  },
  nextHole: {
    meaning: "A further hole that is lost as well.",
    where: { tcp: "RFC 6675 §5 (C)" },
  },
  partialAck: {
    meaning: "An ACK in recovery ends at another hole.",
    where: { tcp: "RFC 6582 §3.2 (3)" },
  },
  lostAgain: {
    meaning: "What was sent after the retransmission of the first hole has arrived, but not that.",
    where: { tcp: "RFC 8985 §3.1" },
  },
  reorderingOver: {
    meaning: "On a path that reorders, a hole was not filled within the reordering window: it is lost.",
    where: { tcp: "RFC 8985 §6.2 (5)" },
  },
  timeout: {
    meaning: "The retransmission timer has expired: the first segment goes again.",
    where: { tcp: "RFC 6298 §5.4" },
  },
  afterTimeout: {
    meaning: "After a timeout all that is outstanding counts as lost: the next of it goes again.",
    where: { tcp: "RFC 5681 §3.1, RFC 6675 §5.1" },
  },
  smallerMtu: {
    meaning: "A router has told of a smaller MTU: what was too large goes again in smaller segments.",
    where: { tcp: "RFC 1191 §6.4" },
  },
  windowReopened: {
    meaning: "The window has opened again: what the probes sent, and found no room, goes once more.",
    where: { tcp: "RFC 9293 §3.8.6.1" },
  },

  ackSynAck: {
    meaning: "The peer's SYN|ACK has come: the ACK completes the handshake.",
    where: { tcp: "RFC 9293 §3.10.7.3 fourth" },
  },
  ackFullSegments: {
    meaning: "Two full-sized segments have come since the last ACK.",
    where: { tcp: "RFC 9293 §3.8.6.3 SHLD-19" },
  },
  ackDelayed: {
    meaning: "The ACK has waited for company as long as it may.",
    where: { tcp: "RFC 9293 §3.8.6.3 MUST-40" },
  },
  ackQuick: {
    meaning: "The application wants each segment to be acknowledged at once.",
    where: { tcp: "TCP_QUICKACK of Linux, tcp(7)" },
  },
  ackEarly: {
    meaning:
      "The connection is young, was idle or has lost something: the peer's small window waits for each ACK.",
    where: { tcp: "RFC 5681 §4.2; quick ACKs of Linux" },
  },
  ackGapFilled: {
    meaning: "Text has come that fills all or part of a gap.",
    where: { tcp: "RFC 5681 §4.2" },
  },
  ackOutOfOrder: {
    meaning: "A segment has come out of order: a duplicate ACK tells the sender so.",
    where: { tcp: "RFC 5681 §4.2" },
  },
  ackFin: {
    meaning: "The peer's FIN has come.",
    where: { tcp: "RFC 9293 §3.10.7.4 eighth" },
  },
  ackOldText: {
    meaning: "Text has come of which a part was received before.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },
  ackNotAcceptable: {
    meaning: "A segment outside of the window has come: the ACK tells where that is.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },
  ackClosedWindow: {
    meaning: "A segment has come though the window is closed: a probe, perhaps.",
    where: { tcp: "RFC 9293 §3.8.6.1 MUST-35" },
  },
  ackOldTimestamp: {
    meaning: "A segment with an old timestamp has come.",
    where: { tcp: "RFC 7323 §5.3 R1" },
  },
  ackWindowUpdate: {
    meaning:
      "The application has read, and the window has opened so far that the peer may be waiting for it.",
    where: { tcp: "RFC 9293 §3.8.6.2.2" },
  },
  ackMarked: {
    meaning: "A router has marked a segment with congestion experienced: the sender is told at once.",
    where: { tcp: "RFC 3168 §6.1.3" },
  },
  ackTimeWait: {
    meaning: "The peer's FIN has come again, or old text, in TIME-WAIT.",
    where: { tcp: "RFC 9293 §3.10.7.4 first, eighth" },
  },
  challengeAck: {
    meaning: "Something that may be a blind attack has come: only the real peer can make use of the answer.",
    where: { tcp: "RFC 5961 §3.2, §4.2, §5.2" },
  },
  keepAlive: {
    meaning: "The connection was idle for long: does the peer still answer?",
    where: { tcp: "RFC 9293 §3.8.4" },
  },

  resetAnswer: {
    meaning: "A segment has come that belongs to no connection, or acknowledges what was not sent.",
    where: { tcp: "RFC 9293 §3.5.2, §3.10.7.1" },
  },
  resetUnread: {
    meaning: "The application has closed without reading all that has come.",
    where: { tcp: "RFC 9293 §3.6.1 SHLD-3, RFC 2525 §2.17" },
  },
  resetLinger: {
    meaning: "The application has closed with SO_LINGER of 0.",
    where: { tcp: "POSIX SO_LINGER" },
  },
  resetAbort: {
    meaning: "The application aborts.",
    where: { tcp: "RFC 9293 §3.10.5" },
  },
  resetNobodyReads: {
    meaning: "Text has come for an application that has closed.",
    where: { tcp: "RFC 9293 §3.6.1, RFC 2525 §2.17" },
  },
  resetTimeout: {
    meaning: "The peer has not answered for so long that the connection is given up.",
    where: { tcp: "RFC 9293 §3.8.3 (R2), §3.8.4, RFC 5482" },
  },

  heldByApplication: {
    meaning: "All that was written has been sent: it is the application's turn.",
    where: { tcp: "RFC 9293 §3.10.2" },
  },
  heldByReceiveWindow: {
    meaning: "The peer's window has no room for more.",
    where: { tcp: "RFC 9293 §3.8.6" },
  },
  heldByCongestion: {
    meaning: "As much is in flight as the congestion window allows.",
    where: { tcp: "RFC 5681 §3.1, RFC 9937 §6.2" },
  },
  heldByNagle: {
    meaning: "A small segment waits for the ACK of another one.",
    where: { tcp: "RFC 9293 §3.7.4" },
  },
  heldByCork: {
    meaning: "The application has corked the connection: a small segment waits for more.",
    where: { tcp: "TCP_CORK of Linux, tcp(7)" },
  },
  heldByRoute: {
    meaning: "No way to the peer is known any more.",
    where: { tcp: "RFC 1122 §3.3.1.1" },
  },
};
