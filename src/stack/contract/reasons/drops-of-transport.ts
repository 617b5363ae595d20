/** Why packets are dropped: UDP, endpoints and TCP. */
import type { ReasonTable } from "./row.ts";

/** The reasons of endpoints and of TCP. */
export const DROPS_OF_TRANSPORT: ReasonTable = {
  noSuchPort: {
    meaning:
      "No socket takes datagrams to that address and port from that sender; who sent to one host is told.",
    where: { udp: "RFC 1122 §4.1.3.1" },
  },
  notJoined: {
    meaning: "There are sockets on the port, but none of them has joined the group.",
    where: { udp: "RFC 1112 §7.1" },
  },
  destinationPortZero: {
    meaning: "The datagram is for port 0, which cannot be bound to.",
    where: { udp: "RFC 768" },
  },
  receiveShut: {
    meaning: "The application has said that it receives no more.",
    where: { udp: "POSIX shutdown()", tcp: "POSIX shutdown()" },
  },
  filtered: {
    meaning: "The application has attached a filter that does not keep it (SO_ATTACH_FILTER, ICMP_FILTER).",
    where: {
      udp: "by the application (socket(7))",
      raw: "by the application (socket(7), raw(7))",
      packet: "by the application (socket(7))",
    },
  },
  fewHopsLeft: {
    meaning:
      "Its time to live is below the least that the socket takes (IP_MINTTL): it has come from too far away.",
    where: { udp: "RFC 5082 §3", tcp: "RFC 5082 §3", raw: "RFC 5082 §3" },
  },
  receiveBufferFull: {
    meaning: "The application has not read what came before, and the endpoint keeps no more.",
    where: {
      udp: "RFC 4113 udpInErrors",
      raw: "POSIX SO_RCVBUF",
      packet: "POSIX SO_RCVBUF",
      echo: "a bound of ours",
    },
  },
  errorQueueFull: {
    meaning: "The application has not read earlier errors, and the endpoint keeps no more.",
    where: { udp: "a bound of ours", raw: "a bound of ours" },
  },

  errorUnwanted: {
    meaning:
      "The endpoint is not connected and has not asked for errors: it could not tell which datagram it is about.",
    where: { icmp: "RFC 1122 §4.1.3.3", icmpv6: "RFC 1122 §4.1.3.3" },
  },

  segmentToMany: {
    meaning: "A segment to a broadcast or multicast address.",
    where: { tcp: "RFC 9293 §3.9.2.3 MUST-57" },
  },
  closedPort: {
    meaning: "Nobody listens there, and there is no such connection: a reset is the answer.",
    where: { tcp: "RFC 9293 §3.10.7.1" },
  },
  resetForNobody: {
    meaning: "A reset for a connection that is not there.",
    where: { tcp: "RFC 9293 §3.10.7.1, §3.10.7.2 first" },
  },
  sourceIsMany: {
    meaning: "A SYN from a broadcast or multicast address.",
    where: { tcp: "RFC 9293 §3.9.2.3 MUST-63" },
  },
  ackInListen: {
    meaning: "An ACK for a listener, which has sent nothing yet: a reset is the answer.",
    where: { tcp: "RFC 9293 §3.10.7.2 second" },
  },
  badCookie: {
    meaning:
      "An ACK for a listener that has sent SYN cookies, and it is of none of them: a reset is the answer.",
    where: { tcp: "RFC 4987 §3.6, RFC 9293 §3.10.7.2 second" },
  },
  noSynInListen: {
    meaning: "A segment without SYN for a listener.",
    where: { tcp: "RFC 9293 §3.10.7.2 fourth" },
  },
  listenQueueFull: {
    meaning: "As many connections as were asked for wait to be accepted: a new one may try again.",
    where: { tcp: "RFC 9293 §3.10.7.2 third" },
  },
  synCacheFull: {
    meaning: "The listener has too many connections half open: the oldest gives way to the newest.",
    where: { tcp: "RFC 4987 §3.4" },
  },
  listenerClosed: {
    meaning: "The listener was closed while the connection was half open.",
    where: { tcp: "RFC 9293 §3.10.4" },
  },

  synAgain: {
    meaning: "The SYN once more, so our answer was lost: it is sent again.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },
  acceptQueueFull: {
    meaning:
      "The handshake is complete, but the queue of connections to accept is full; the ACK will come again.",
    where: { tcp: "RFC 9293 §3.10.7.4 fifth" },
  },
  acceptDeferred: {
    meaning: "The handshake is complete, but the listener waits for text before it shows the connection.",
    where: { tcp: "TCP_DEFER_ACCEPT of Linux, tcp(7)" },
  },
  badAckInSynSent: {
    meaning: "An ACK of what was not sent, while our SYN is unanswered: a reset is the answer.",
    where: { tcp: "RFC 9293 §3.10.7.3 first" },
  },
  badAckInSynReceived: {
    meaning: "An ACK of something other than our SYN: a reset is the answer.",
    where: { tcp: "RFC 9293 §3.10.7.4 fifth" },
  },
  resetBadAck: {
    meaning: "A reset whose ACK is of what was not sent, while our SYN is unanswered.",
    where: { tcp: "RFC 9293 §3.10.7.3 first" },
  },
  resetWithoutAck: {
    meaning: "A reset that does not acknowledge our SYN: anybody could have sent it.",
    where: { tcp: "RFC 9293 §3.10.7.3 second" },
  },
  noSynInSynSent: {
    meaning: "A segment with neither SYN nor RST, while our SYN is unanswered.",
    where: { tcp: "RFC 9293 §3.10.7.3 fifth" },
  },

  noTimestamp: {
    meaning: "A segment without timestamps, which both sides have agreed on.",
    where: { tcp: "RFC 7323 §3.2" },
  },
  oldTimestamp: {
    meaning:
      "The timestamp is older than one that was seen: an old duplicate, whatever its sequence number says.",
    where: { tcp: "RFC 7323 §5.3 R1" },
  },
  oldSegment: {
    meaning: "All of the segment was received before: it is acknowledged once more.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },
  beyondWindow: {
    meaning: "The segment lies beyond the receive window: the sender is told where that is.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },
  resetOutsideWindow: {
    meaning: "A reset outside of the receive window.",
    where: { tcp: "RFC 9293 §3.10.7.4 first, RFC 5961 §3.2" },
  },
  resetNotExact: {
    meaning: "A reset in the window, but not at its beginning: it may be a blind attack, and is questioned.",
    where: { tcp: "RFC 5961 §3.2" },
  },
  synInWindow: {
    meaning: "A SYN amid a connection: a peer that has forgotten us, or a blind attack; it is questioned.",
    where: { tcp: "RFC 5961 §4.2" },
  },
  noAck: {
    meaning: "A segment without ACK.",
    where: { tcp: "RFC 9293 §3.10.7.4 fifth" },
  },
  ackOfUnsent: {
    meaning: "An ACK of what was not sent.",
    where: { tcp: "RFC 9293 §3.10.7.4 fifth, RFC 5961 §5.2" },
  },
  ackTooOld: {
    meaning: "An ACK older than any window that the peer has offered: it may be a blind attack.",
    where: { tcp: "RFC 5961 §5.2" },
  },
  nobodyReads: {
    meaning: "New text, but the application has closed: a reset is the answer.",
    where: { tcp: "RFC 9293 §3.6.1, RFC 2525 §2.17" },
  },

  oldText: {
    meaning: "The first part of the text was received before.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },
  textBeyondWindow: {
    meaning: "The last part of the text lies beyond the receive window.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },
  closedWindow: {
    meaning: "There is no room for the text; what else the segment says is taken.",
    where: { tcp: "RFC 9293 §3.10.7.4 first MUST-66" },
  },
  textAgainEarly: {
    meaning: "The text was received before, and waits for what is missing in front of it.",
    where: { tcp: "RFC 2018 §4, RFC 2883 §4" },
  },
  tooManyHoles: {
    meaning: "More holes would have to be remembered than are: the text comes again.",
    where: { tcp: "RFC 2018 §8, a bound of ours" },
  },
  textAfterFin: {
    meaning: "Text behind the peer's FIN.",
    where: { tcp: "RFC 9293 §3.10.7.4 seventh" },
  },
  textInSyn: {
    meaning: "Text that came along with a SYN of both sides at once; it comes again.",
    where: { tcp: "RFC 9293 §3.10.7.3 fourth" },
  },

  resetInTimeWait: {
    meaning: "A reset elsewhere than at RCV.NXT, in TIME-WAIT.",
    where: { tcp: "RFC 5961 §3.2, RFC 1337" },
  },
  ackInTimeWait: {
    meaning: "An ACK that says nothing new, in TIME-WAIT.",
    where: { tcp: "RFC 9293 §3.10.7.4 fifth" },
  },
  textInTimeWait: {
    meaning: "Something that is not the peer's FIN, in TIME-WAIT; the peer is told where we are.",
    where: { tcp: "RFC 9293 §3.10.7.4 first" },
  },
  rateLimited: {
    meaning: "Not answered, since there was an answer just now: nobody shall make two hosts storm.",
    where: { tcp: "RFC 5961 §7" },
  },
};
