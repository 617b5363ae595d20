/**
 * Why something is sent, sent again, or not sent. What each means, and which RFC asks for it, is in the table of
 * `contract/reasons/sends.ts`; only a tracer hears of it.
 */
export const Send = {
  /** For no reason that is known: never traced. */
  unknown: 0,

  // TCP: opening.
  syn: 1,
  synAgain: 2,
  synAck: 3,
  synAckAgain: 4,
  synAckRepeated: 5,

  // TCP: text and FIN.
  newText: 6,
  fin: 7,
  forcedText: 8,
  windowProbe: 9,
  windowProbeAgain: 10,
  tailProbe: 11,
  tailProbeAgain: 12,

  // TCP: retransmission.
  fastRetransmit: 13,
  nextHole: 14,
  partialAck: 15,
  lostAgain: 16,
  reorderingOver: 17,
  timeout: 18,
  afterTimeout: 19,
  smallerMtu: 20,
  windowReopened: 21,

  // TCP: ACKs.
  ackSynAck: 22,
  ackFullSegments: 23,
  ackDelayed: 24,
  ackQuick: 25,
  ackGapFilled: 26,
  ackOutOfOrder: 27,
  ackFin: 28,
  ackOldText: 29,
  ackNotAcceptable: 30,
  ackClosedWindow: 31,
  ackOldTimestamp: 32,
  ackWindowUpdate: 33,
  ackMarked: 34,
  ackTimeWait: 35,
  challengeAck: 36,
  keepAlive: 37,

  // TCP: resets.
  resetAnswer: 38,
  resetUnread: 39,
  resetLinger: 40,
  resetAbort: 41,
  resetNobodyReads: 42,
  resetTimeout: 43,

  // TCP: what waits.
  heldByReceiveWindow: 44,
  heldByCongestion: 45,
  heldByNagle: 46,
  heldByCork: 47,
  heldByRoute: 48,

  // Others.
  datagram: 49,
  frame: 50,
  echoRequest: 51,
  echoReply: 52,
  errorPort: 53,
  errorProtocol: 54,
  errorReassembly: 55,
  errorParameter: 56,
  withheldToMany: 57,
  withheldFragment: 58,
  withheldSource: 59,
  withheldError: 60,
  withheldRate: 61,
  withheldRoute: 62,
  arpRequest: 63,
  arpPoll: 64,
  arpProbe: 65,
  arpAnnouncement: 66,
  arpDefence: 67,
  arpReply: 68,
  groupReport: 69,
  groupReportQueried: 70,
  groupLeave: 71,
} as const;
export type Send = (typeof Send)[keyof typeof Send];

/** The name of a reason to send, or not to. */
export type SendName = keyof typeof Send;

const NAMES: readonly string[] = Object.keys(Send);

/** The name of a reason, for traces. */
export function sendName(reason: Send): SendName {
  return (NAMES[reason] ?? "unknown") as SendName;
}
