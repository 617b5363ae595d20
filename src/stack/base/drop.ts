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
  /** The octets end before the header does. */
  truncated: 1,
  /** The length field contradicts the octets that are there. */
  badLength: 2,
  /** A checksum does not match. */
  badChecksum: 3,
  /** A version of the protocol that is not spoken here. */
  badVersion: 4,
  /** The header says that it is shorter than it can be, or longer than what is there. */
  badHeaderLength: 5,

  // Interfaces and links.
  /** The frame is for another station; the link shows it all the same. */
  notOurFrame: 6,
  /** The sender's station address is that of a group, which cannot send. */
  groupSource: 7,
  /** A length stands where the EtherType should be; a host need not take that encapsulation. */
  ieee8023: 8,
  /** A frame of a protocol that nobody takes. */
  unknownEtherType: 9,
  /** The interface is down, or has been removed. */
  linkDown: 10,
  /** The link takes no more frames, and the queue in front of it is full. */
  transmitQueueFull: 11,
  /** Too many datagrams wait for link addresses; the oldest of this neighbour gives way. */
  neighbourQueueFull: 12,
  /** The next hop has not answered: its link address is not known. */
  unresolved: 13,
  /** The next hop had to leave the table of neighbours for another, before it had answered. */
  neighbourForgotten: 14,
  /** The line has lost the frame, as it was told to. */
  linkLoss: 15,
  /** The queue of the line is full. */
  linkQueueFull: 16,
  /** Nobody is at the other end. */
  nobodyThere: 17,
  /** The switch has heard the station that the frame is for on the port that it came from. */
  notForwarded: 18,
  /** The device has refused the frame with an error. */
  linkError: 19,
  /** The frame is longer than the link's MTU allows, so that the device has cut it off. */
  linkTruncated: 20,
  /** The header of the device in front of the frame makes no sense. */
  linkBadHeader: 21,

  // ARP.
  /** The packet is not about Ethernet addresses. */
  badHardwareType: 22,
  /** The packet is not about addresses of a protocol that is spoken here. */
  badProtocolType: 23,
  /** The lengths of addresses are not those of Ethernet and IPv4. */
  badAddressLength: 24,
  /** The packet is neither a request nor a reply. */
  badOperation: 25,
  /** The packet is one of this interface's own. */
  ownEcho: 26,
  /** The sender's protocol address cannot be that of one host. */
  badSenderAddress: 27,
  /** While we ask for an address, another host says or asks that it be its own: it is not taken into use. */
  probeConflict: 28,
  /** Another host claims one of our addresses, which we keep and, once in a while, defend. */
  addressConflict: 29,
  /** A second station claims a neighbour's address within a second of the first, which is believed. */
  neighbourContradicted: 30,

  // IP, arriving.
  /** The datagram is for another host, and a host does not forward. */
  notOurAddress: 31,
  /** The datagram is for a multicast group that nobody here is a member of. */
  notMember: 32,
  /** The destination is an address that no host can have. */
  badDestination: 33,
  /** A loopback address must not appear outside of a host. */
  loopbackDestination: 34,
  /** The frame went to a group of stations, but the datagram to one host. */
  linkBroadcast: 35,
  /** The source is a multicast or reserved address, which cannot send. */
  sourceIsGroup: 36,
  /** The source is 0.0.0.0, or another address that nobody can have. */
  sourceIsNobody: 37,
  /** The source is a loopback address, but the datagram came from outside. */
  sourceIsLoopback: 38,
  /** The source is one of our own addresses, but we did not send it. */
  sourceIsOurs: 39,
  /** The source is a broadcast address, which cannot send. */
  sourceIsBroadcast: 40,
  /** The datagram has a source route, which serves only to get past filters. */
  sourceRouted: 41,
  /** An IP option has a length that it cannot have; the sender is told. */
  badOption: 42,
  /** A datagram of a protocol that nobody takes. */
  unknownProtocol: 43,
  /** Too many copies of what we send to groups of our own wait to be delivered here. */
  ownCopiesFull: 44,

  // Fragments.
  /** A fragment is empty, or its length is not a multiple of 8 though more follow. */
  badFragmentLength: 45,
  /** A fragment ends past the largest datagram that there can be. */
  fragmentTooFar: 46,
  /** Fragments disagree on where their datagram ends. */
  fragmentEndMoved: 47,
  /** A fragment overlaps another one with other octets; the datagram is given up. */
  fragmentOverlaps: 48,
  /** Of its fragments some can be marked by ECN and some cannot: the datagram is given up. */
  fragmentEcnMixed: 49,
  /** The fragment belongs to a datagram that was given up because of a bad one. */
  fragmentCondemned: 50,
  /** The rest of the datagram has not come in time. */
  reassemblyTimeout: 51,
  /** Too many datagrams, or octets, are being put together: the oldest gives way. */
  reassemblyFull: 52,

  // IP, leaving.
  /** The datagram is larger than the MTU, and must not be fragmented. */
  tooBig: 53,
  /** The datagram would be longer than 65,535 octets. */
  tooLong: 54,

  // ICMP and IGMP.
  /** A message of a type that is not served here. */
  unknownType: 55,
  /** An error with a code that no RFC defines. */
  unknownCode: 56,
  /** Source Quench is deprecated, and could be forged to slow us down. */
  sourceQuench: 57,
  /** An echo request to a broadcast or multicast address: many answers at once would flood whom it names. */
  echoToMany: 58,
  /** An error, or a redirect, that was sent to many: it can be about nothing that we have sent. */
  errorToMany: 59,
  /** No way back to the sender is known, so that it cannot be answered. */
  noRouteBack: 60,
  /** An echo reply whose identifier is nobody's here. */
  nobodyWaits: 61,
  /** An error quotes less than an IP header and 8 octets. */
  quoteTruncated: 62,
  /** An error quotes something that is no IPv4 datagram. */
  quoteVersion: 63,
  /** An error quotes an IP header that has an impossible length, or not the 8 octets behind it. */
  quoteHeaderLength: 64,
  /** An error quotes a fragment other than the first, which tells not whose it was. */
  quoteFragment: 65,
  /** An error quotes a datagram that we have not sent. */
  quoteNotOurs: 66,
  /** An error quotes a datagram of no endpoint that is here. */
  quoteOfNobody: 67,
  /** An error quotes a segment that is not in flight: it is late, or forged. */
  quoteNotInFlight: 68,
  /** A redirect that is not from the gateway in use, or names one that cannot be used. */
  redirectRefused: 69,
  /** A general query that went to other than all hosts. */
  forgedQuery: 70,
  /** A report from off the link: it would silence our own. */
  forgedReport: 71,

  // Endpoints.
  /** A datagram for a port that nobody has. */
  noSuchPort: 72,
  /** There are sockets on the port, but none of them has joined the group. */
  notJoined: 73,
  /** The datagram is for port 0, which cannot be bound to. */
  destinationPortZero: 74,
  /** The application has said that it receives no more. */
  receiveShut: 75,
  /** The application has not read what came before, and the endpoint keeps no more. */
  receiveBufferFull: 76,
  /** The application has not read earlier errors, and the endpoint keeps no more. */
  errorQueueFull: 77,
  /**
   * The endpoint is not connected and has not asked for errors: it could not tell which datagram it is
   * about.
   */
  errorUnwanted: 78,

  // TCP: segments of no connection.
  /** A segment to a broadcast or multicast address. */
  segmentToMany: 79,
  /** Nobody listens there, and there is no such connection: a reset is the answer. */
  closedPort: 80,
  /** A reset for a connection that is not there. */
  resetForNobody: 81,
  /** A SYN from a broadcast or multicast address. */
  sourceIsMany: 82,
  /** An ACK for a listener, which has sent nothing yet: a reset is the answer. */
  ackInListen: 83,
  /** A segment without SYN for a listener. */
  noSynInListen: 84,
  /** As many connections as were asked for wait to be accepted: a new one may try again. */
  listenQueueFull: 85,
  /** Too many connections are half open: the oldest gives way to the newest. */
  synCacheFull: 86,
  /** The listener was closed while the connection was half open. */
  listenerClosed: 87,

  // TCP: segments of a handshake.
  /** The SYN once more, so our answer was lost: it is sent again. */
  synAgain: 88,
  /** The handshake is complete, but the queue of connections to accept is full; the ACK will come again. */
  acceptQueueFull: 89,
  /** The handshake is complete, but the listener waits for text before it shows the connection. */
  acceptDeferred: 90,
  /** An ACK of what was not sent, while our SYN is unanswered: a reset is the answer. */
  badAckInSynSent: 91,
  /** An ACK of something other than our SYN: a reset is the answer. */
  badAckInSynReceived: 92,
  /** A reset whose ACK is of what was not sent, while our SYN is unanswered. */
  resetBadAck: 93,
  /** A reset that does not acknowledge our SYN: anybody could have sent it. */
  resetWithoutAck: 94,
  /** A segment with neither SYN nor RST, while our SYN is unanswered. */
  noSynInSynSent: 95,

  // TCP: segments of a connection.
  /** A segment without timestamps, which both sides have agreed on. */
  noTimestamp: 96,
  /** The timestamp is older than one that was seen: an old duplicate, whatever its sequence number says. */
  oldTimestamp: 97,
  /** All of the segment was received before: it is acknowledged once more. */
  oldSegment: 98,
  /** The segment lies beyond the receive window: the sender is told where that is. */
  beyondWindow: 99,
  /** A reset outside of the receive window. */
  resetOutsideWindow: 100,
  /** A reset in the window, but not at its beginning: it may be a blind attack, and is questioned. */
  resetNotExact: 101,
  /** A SYN amid a connection: a peer that has forgotten us, or a blind attack; it is questioned. */
  synInWindow: 102,
  /** A segment without ACK. */
  noAck: 103,
  /** An ACK of what was not sent. */
  ackOfUnsent: 104,
  /** An ACK older than any window that the peer has offered: it may be a blind attack. */
  ackTooOld: 105,
  /** New text, but the application has closed: a reset is the answer. */
  nobodyReads: 106,

  // TCP: text that was cut off a segment whose rest was taken.
  /** The first part of the text was received before. */
  oldText: 107,
  /** The last part of the text lies beyond the receive window. */
  textBeyondWindow: 108,
  /** There is no room for the text; what else the segment says is taken. */
  closedWindow: 109,
  /** The text was received before, and waits for what is missing in front of it. */
  textAgainEarly: 110,
  /** More holes would have to be remembered than are: the text comes again. */
  tooManyHoles: 111,
  /** Text behind the peer's FIN. */
  textAfterFin: 112,
  /** Text that came along with a SYN of both sides at once; it comes again. */
  textInSyn: 113,

  // TCP: segments in TIME-WAIT.
  /** A reset elsewhere than at RCV.NXT, in TIME-WAIT. */
  resetInTimeWait: 114,
  /** An ACK that says nothing new, in TIME-WAIT. */
  ackInTimeWait: 115,
  /** Something that is not the peer's FIN, in TIME-WAIT; the peer is told where we are. */
  textInTimeWait: 116,
  /** Not answered, since there was an answer just now: nobody shall make two hosts storm. */
  rateLimited: 117,

  // A filter of the application's.
  filtered: 118,

  // Routers.
  /** The datagram has come through as many routers as its sender allows. */
  hopLimitExceeded: 119,
  /** No route leads to where the datagram goes. */
  noRoute: 120,
  /** An address that is good on one link only. */
  linkLocal: 121,
  /** For everybody on a network that is not this link's. */
  directedBroadcast: 122,
  /** Its source cannot be where it came from. */
  reversePath: 123,

  // TCP: SYN cookies.
  /** An ACK for a listener that has sent cookies, and it is of none of them: a reset is the answer. */
  badCookie: 124,
  // IPv6.
  /** Nothing follows the headers of the datagram. */
  noNextHeader: 125,
  /** Hop-by-hop options that do not stand first. */
  hopByHopNotFirst: 126,
  /** An option that is not known here, and says that the datagram is to be dropped then. */
  unknownOption: 127,
  /** The first fragment does not have all headers. */
  firstFragmentIncomplete: 128,
  /** A fragment of a fragment. */
  nestedFragment: 129,
  /** The headers in front of a fragment are longer than any that are needed. */
  fragmentHeadersTooLong: 130,

  // Neighbour Discovery.
  /** The interface does not heed what routers say. */
  notAutoconfigured: 131,
  /** The hop limit is not 255: a router has passed it on. */
  offLink: 132,
  /** A message about groups whose hop limit is not 1, or that has no router alert: no router of this link sent it. */
  mldOffLink: 133,
  /** It came in fragments, which hide it from those who guard the link. */
  ndFragmented: 134,
  /** The address that the message is about is that of a group. */
  targetIsGroup: 135,
  /** Somebody is asked for who is not this host. */
  notOurTarget: 136,
  /** About a neighbour that nobody here has asked for. */
  unasked: 137,
  /** Another link address than the one that is known, and it does not say that it overrides that. */
  notOverriding: 138,
  /** A contradiction between the addresses of the message and its options. */
  badNdAddresses: 139,

  // Bridges and VLANs.
  /** The frame is of a VLAN that is not known here. */
  otherVlan: 140,
  /** The spanning tree keeps the port from forwarding. */
  portBlocked: 141,

  // Filters and translators.
  /** A rule of the filter. */
  filteredByRule: 142,
  /** As many connections are tracked as may be. */
  trackTableFull: 143,
  /** The translation has no port left for another connection. */
  portsExhausted: 144,
  /** Nobody behind the translation has asked for what comes from there. */
  notAskedFor: 145,
  /** It cannot be translated, and must not leave with the address that it has. */
  untranslatable: 146,

  // What a socket wants.
  /** It has come from farther than the socket allows: its time to live is below the least that it takes. */
  fewHopsLeft: 147,
  // Routers of IPv6.
  /** A solicitation for routers, where none advertises. */
  notAdvertising: 148,
  /** Another router of the link tells hosts other things than this one. */
  otherParameters: 149,
  // Lines with a queue that thinks.
  /** The queue of the line is too long: it drops before it is full. */
  linkQueueLong: 150,
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
