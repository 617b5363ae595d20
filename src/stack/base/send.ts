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
  ackEarly: 26,
  ackGapFilled: 27,
  ackOutOfOrder: 28,
  ackFin: 29,
  ackOldText: 30,
  ackNotAcceptable: 31,
  ackClosedWindow: 32,
  ackOldTimestamp: 33,
  ackWindowUpdate: 34,
  ackMarked: 35,
  ackTimeWait: 36,
  challengeAck: 37,
  keepAlive: 38,

  // TCP: resets.
  resetAnswer: 39,
  resetUnread: 40,
  resetLinger: 41,
  resetAbort: 42,
  resetNobodyReads: 43,
  resetTimeout: 44,

  // TCP: what waits.
  heldByReceiveWindow: 45,
  heldByCongestion: 46,
  heldByNagle: 47,
  heldByCork: 48,
  heldByRoute: 49,

  // Others.
  datagram: 50,
  frame: 51,
  echoRequest: 52,
  echoReply: 53,
  errorPort: 54,
  errorProtocol: 55,
  errorReassembly: 56,
  errorParameter: 57,
  withheldToMany: 58,
  withheldFragment: 59,
  withheldSource: 60,
  withheldError: 61,
  withheldRate: 62,
  withheldRoute: 63,
  arpRequest: 64,
  arpPoll: 65,
  arpProbe: 66,
  arpAnnouncement: 67,
  arpDefence: 68,
  arpReply: 69,
  groupReport: 70,
  groupReportQueried: 71,
  groupLeave: 72,

  // Routers.
  errorNetwork: 73,
  errorHost: 74,
  errorTooBig: 75,
  errorTimeExceeded: 76,
  errorProhibited: 77,
  redirect: 78,
  forwarded: 79,

  // TCP: SYN cookies.
  synCookie: 80,
  // Neighbour Discovery.
  neighbourSolicitation: 81,
  neighbourProbe: 82,
  duplicateProbe: 83,
  neighbourAdvertisement: 84,
  neighbourAnnouncement: 85,
  routerSolicitation: 86,
  addressTaken: 87,

  // What waits, is cut up, or put together, on the way.
  heldByApplication: 88,
  waitsForNeighbour: 89,
  waitsForLink: 90,
  onTheLine: 91,
  cutUp: 92,
  fragmented: 93,
  reassembled: 94,

  // Routers of IPv6.
  routerAdvertisement: 95,
  finalAdvertisement: 96,

  // Filters.
  resetByRule: 97,

  // Routers of IPv6, further.
  errorScope: 98,
} as const;
export type Send = (typeof Send)[keyof typeof Send];

/** The name of a reason to send, or not to. */
export type SendName = keyof typeof Send;

const NAMES: readonly string[] = Object.keys(Send);

/** The name of a reason, for traces. */
export function sendName(reason: Send): SendName {
  return (NAMES[reason] ?? "unknown") as SendName;
}
