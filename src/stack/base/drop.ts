/**
 * Why a packet went no further. Bad packets are ordinary input, not exceptions: a codec returns a reason,
 * and the caller counts it. (A thrown Error costs some 5 µs in V8; a returned number, nothing.)
 *
 * Each cause has a reason of its own. What each means, which RFC asks for it, and in which layers it occurs is
 * in the table of `contract/reasons.ts`.
 */
export const Drop = {
  /** Not dropped: it was taken. */
  none: 0,

  // What any header can have.
  truncated: 1,
  badLength: 2,
  badChecksum: 3,
  badVersion: 4,
  badHeaderLength: 5,

  // Interfaces and links.
  notOurFrame: 6,
  groupSource: 7,
  ieee8023: 8,
  unknownEtherType: 9,
  linkDown: 10,
  transmitQueueFull: 11,
  neighbourQueueFull: 12,
  unresolved: 13,
  neighbourForgotten: 14,
  linkLoss: 15,
  linkQueueFull: 16,
  nobodyThere: 17,
  notForwarded: 18,
  linkError: 19,
  linkTruncated: 20,
  linkBadHeader: 21,

  // ARP.
  badHardwareType: 22,
  badProtocolType: 23,
  badAddressLength: 24,
  badOperation: 25,
  ownEcho: 26,
  badSenderAddress: 27,
  probeConflict: 28,
  addressConflict: 29,
  neighbourContradicted: 30,

  // IP, arriving.
  notOurAddress: 31,
  notMember: 32,
  badDestination: 33,
  loopbackDestination: 34,
  linkBroadcast: 35,
  sourceIsGroup: 36,
  sourceIsNobody: 37,
  sourceIsLoopback: 38,
  sourceIsOurs: 39,
  sourceIsBroadcast: 40,
  sourceRouted: 41,
  badOption: 42,
  unknownProtocol: 43,
  ownCopiesFull: 44,

  // Fragments.
  badFragmentLength: 45,
  fragmentTooFar: 46,
  fragmentEndMoved: 47,
  fragmentOverlaps: 48,
  fragmentEcnMixed: 49,
  fragmentCondemned: 50,
  reassemblyTimeout: 51,
  reassemblyFull: 52,

  // IP, leaving.
  tooBig: 53,
  tooLong: 54,

  // ICMP and IGMP.
  unknownType: 55,
  unknownCode: 56,
  sourceQuench: 57,
  echoToMany: 58,
  errorToMany: 59,
  noRouteBack: 60,
  nobodyWaits: 61,
  quoteTruncated: 62,
  quoteVersion: 63,
  quoteHeaderLength: 64,
  quoteFragment: 65,
  quoteNotOurs: 66,
  quoteOfNobody: 67,
  quoteNotInFlight: 68,
  redirectRefused: 69,
  forgedQuery: 70,
  forgedReport: 71,

  // Endpoints.
  noSuchPort: 72,
  notJoined: 73,
  destinationPortZero: 74,
  receiveShut: 75,
  receiveBufferFull: 76,
  errorQueueFull: 77,
  errorUnwanted: 78,

  // TCP: segments of no connection.
  segmentToMany: 79,
  closedPort: 80,
  resetForNobody: 81,
  sourceIsMany: 82,
  ackInListen: 83,
  noSynInListen: 84,
  listenQueueFull: 85,
  synCacheFull: 86,
  listenerClosed: 87,

  // TCP: segments of a handshake.
  synAgain: 88,
  acceptQueueFull: 89,
  acceptDeferred: 90,
  badAckInSynSent: 91,
  badAckInSynReceived: 92,
  resetBadAck: 93,
  resetWithoutAck: 94,
  noSynInSynSent: 95,

  // TCP: segments of a connection.
  noTimestamp: 96,
  oldTimestamp: 97,
  oldSegment: 98,
  beyondWindow: 99,
  resetOutsideWindow: 100,
  resetNotExact: 101,
  synInWindow: 102,
  noAck: 103,
  ackOfUnsent: 104,
  ackTooOld: 105,
  nobodyReads: 106,

  // TCP: text that was cut off a segment whose rest was taken.
  oldText: 107,
  textBeyondWindow: 108,
  closedWindow: 109,
  textAgainEarly: 110,
  tooManyHoles: 111,
  textAfterFin: 112,
  textInSyn: 113,

  // TCP: segments in TIME-WAIT.
  resetInTimeWait: 114,
  ackInTimeWait: 115,
  textInTimeWait: 116,
  rateLimited: 117,
} as const;
export type Drop = (typeof Drop)[keyof typeof Drop];

/** The name of a reason. */
export type DropName = keyof typeof Drop;

const NAMES: readonly string[] = Object.keys(Drop);

/** How many reasons there are: the size of a table of counters indexed by reason. */
export const DROP_REASONS: number = NAMES.length;

/** The name of a reason, for traces and statistics. */
export function dropName(reason: Drop): DropName {
  return (NAMES[reason] ?? "none") as DropName;
}
