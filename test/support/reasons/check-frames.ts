/** Whether drops below TCP follow from the frame, from what is known of the hosts, and from what came before. */
import type { LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { DropName, Layer } from "../../../src/stack/index.ts";
import { datagramKey, disagree, type Facts, nextHopOf, pieceOf } from "./facts.ts";
import { type Datagram, datagramIn, isSummed, NETWORK, octet, short, sumOf, word } from "./frame-view.ts";
import { type HostPremises, hex } from "./premises.ts";

/** All that a check may look at. */
export interface DropScene {
  readonly event: LoggedOf<"dropped">;
  readonly cause: LoggedEvent | undefined;
  /** What was received; empty if nothing was. */
  readonly frame: Uint8Array;
  readonly datagram: Datagram | undefined;
  /** What was dropped, from the header of its layer on. */
  readonly packet: Uint8Array;
  readonly host: HostPremises;
  readonly facts: Facts;
}
type Check = (scene: DropScene) => boolean;
type Checks = Partial<Record<DropName, Check>>;

const isGroupStation = (frame: Uint8Array, at: number): boolean => (octet(frame, at) & 1) !== 0;
const isOurs = ({ host }: DropScene, address: string): boolean => host.addresses.includes(address);
/** It is in use: whoever has to probe it first has announced it, too. */
const isInUse = (scene: DropScene, address: string): boolean =>
  isOurs(scene, address) && (!scene.host.probes || scene.facts.announced.has(address));
/** It has lost its memory, and what ran on it before has no line any more. */
const isDead: Check = ({ host, event }) => host.restarts.some((at) => at <= event.time);
const fired =
  (purpose: string): Check =>
  ({ cause }) =>
    cause?.kind === "timer" && cause.what === "fired" && cause.purpose === purpose;

const OF_INTERFACE: Checks = {
  truncated: ({ packet }) => packet.length < NETWORK,
  notOurFrame: ({ frame, host }) => !isGroupStation(frame, 0) && hex(frame, 0, 6) !== host.station,
  groupSource: ({ frame }) => isGroupStation(frame, 6),
  ieee8023: ({ frame }) => short(frame, 12) < 0x600,
  unknownEtherType: ({ frame }) =>
    short(frame, 12) >= 0x600 && ![0x0800, 0x0806, 0x86dd].includes(short(frame, 12)),
  // RFC 1122 §2.3.2.1, RFC 4861 §7.2.2: three questions, and no answer since.
  unresolved: ({ packet, facts }) => (facts.asked.get(nextHopOf(packet)) ?? 0) >= 3,
  linkDown: isDead,
  neighbourQueueFull: ({ packet, facts }) => (facts.waiting.get(nextHopOf(packet)) ?? 0) >= 3,
};

const SECOND = 1_000_000;
const sender = (frame: Uint8Array): string => hex(frame, NETWORK + 14, 4);
/** RFC 826: hardware, protocol, their lengths, operation, sender, target. */
const OF_ARP: Checks = {
  truncated: ({ event }) => event.octets < 28,
  groupSource: ({ packet }) => isGroupStation(packet, 8),
  badHardwareType: ({ packet }) => short(packet, 0) !== 1,
  badProtocolType: ({ packet }) => short(packet, 2) !== 0x0800,
  badAddressLength: ({ packet }) => octet(packet, 4) !== 6 || octet(packet, 5) !== 4,
  badOperation: ({ packet }) => short(packet, 6) !== 1 && short(packet, 6) !== 2,
  ownEcho: ({ packet, host }) => hex(packet, 8, 6) === host.station,
  badSenderAddress: ({ packet }) => isNoHost4(octet(packet, 14), word(packet, 14)),
  probeConflict: (scene) =>
    isOurs(scene, sender(scene.frame)) ||
    (word(scene.packet, 14) === 0 && isOurs(scene, hex(scene.packet, 24, 4))),
  addressConflict: (scene) =>
    isOurs(scene, sender(scene.frame)) && hex(scene.packet, 8, 6) !== scene.host.station,
  neighbourContradicted: ({ packet, facts, event }) => {
    const before = facts.claims.get(hex(packet, 14, 4)) ?? [];
    return before.some(
      ({ station, time, id }) =>
        id < event.cause && station !== hex(packet, 8, 6) && event.time - time <= SECOND,
    );
  },
};

/** Addresses that are no single host's: RFC 1122 §3.2.1.3; the net of the soak is a /24. */
function isNoHost4(first: number, address: number): boolean {
  return first === 0 || first === 127 || first >= 224 || (address & 0xff) === 255;
}

const at4 = (frame: Uint8Array, at: number): number => octet(frame, NETWORK + at);
const fragmentEnd = ({ offset, end, payload }: Datagram): number => offset + end - payload;
/** Some earlier piece of the datagram says otherwise. */
const overlaps: Check = ({ frame, datagram, facts, cause }) => {
  if (datagram === undefined) return false;
  const piece = pieceOf(frame, datagram, cause?.id ?? 0);
  const others = facts.pieces.get(datagramKey(frame, datagram)) ?? [];
  return others.some((other) => other.id < piece.id && disagree(piece, other));
};
/** The end that one piece tells of is not that of another, or what is behind it. */
const endMoved: Check = ({ frame, datagram, facts, cause }) => {
  if (datagram === undefined) return false;
  const end = fragmentEnd(datagram);
  const others = (facts.pieces.get(datagramKey(frame, datagram)) ?? []).filter(
    ({ id }) => id < (cause?.id ?? 0),
  );
  return others.some((other) => {
    const otherEnd = other.from + other.text.length;
    return (
      (!other.more && (datagram.more ? end > otherEnd : end !== otherEnd)) ||
      (!datagram.more && otherEnd > end)
    );
  });
};
const ecnMixed: Check = ({ frame, datagram, facts }) => {
  if (datagram === undefined) return false;
  const marks = (facts.pieces.get(datagramKey(frame, datagram)) ?? []).map(({ ecn }) => ecn);
  return marks.includes(0) && marks.some((ecn) => ecn > 0);
};
const badLength: Check = ({ datagram }) =>
  datagram !== undefined &&
  (datagram.end <= datagram.payload || (datagram.more && (datagram.end - datagram.payload) % 8 !== 0));
/** The drop is that of the fragment which has come, not of what had come before. */
const isFragment: Check = ({ event, datagram }) =>
  datagram !== undefined && event.octets === datagram.end - NETWORK;
/** By an earlier fragment; or what had come before this one. */
const condemned: Check = (scene) =>
  (scene.datagram !== undefined && scene.facts.condemned.has(datagramKey(scene.frame, scene.datagram))) ||
  (!isFragment(scene) && [overlaps, endMoved, ecnMixed, badLength].some((check) => check(scene)));
const FRAGMENTS: Checks = {
  badFragmentLength: badLength,
  fragmentTooFar: ({ datagram }) => datagram !== undefined && fragmentEnd(datagram) > 65_535 - 20,
  fragmentOverlaps: (scene) => isFragment(scene) && overlaps(scene),
  fragmentEndMoved: (scene) => isFragment(scene) && endMoved(scene),
  fragmentEcnMixed: (scene) => isFragment(scene) && ecnMixed(scene),
  fragmentCondemned: condemned,
  reassemblyTimeout: fired("reassembly"),
};

const source4 = (frame: Uint8Array): number => word(frame, NETWORK + 12);
const destination4 = (frame: Uint8Array): number => word(frame, NETWORK + 16);
const OF_IPV4: Checks = {
  ...FRAGMENTS,
  linkDown: isDead,
  truncated: ({ packet }) => packet.length < 20,
  badVersion: ({ frame }) => at4(frame, 0) >> 4 !== 4,
  badHeaderLength: ({ frame }) =>
    (at4(frame, 0) & 15) < 5 || (at4(frame, 0) & 15) * 4 > frame.length - NETWORK,
  badLength: ({ frame }) =>
    short(frame, NETWORK + 2) > frame.length - NETWORK ||
    short(frame, NETWORK + 2) < (at4(frame, 0) & 15) * 4,
  badChecksum: ({ frame }) => sumOf(frame, NETWORK, NETWORK + (at4(frame, 0) & 15) * 4) !== 0xffff,
  notOurAddress: (scene) => !isInUse(scene, hex(scene.frame, NETWORK + 16, 4)) && at4(scene.frame, 16) < 224,
  notMember: ({ frame }) => at4(frame, 16) >> 4 === 14,
  badDestination: ({ frame }) => at4(frame, 16) === 0 || at4(frame, 16) >= 240,
  loopbackDestination: ({ frame }) => at4(frame, 16) === 127,
  linkBroadcast: ({ frame }) =>
    isGroupStation(frame, 0) && at4(frame, 16) >> 4 !== 14 && at4(frame, 19) !== 255,
  sourceIsGroup: ({ frame }) => at4(frame, 12) >= 224 && source4(frame) !== 0xffff_ffff,
  sourceIsNobody: ({ frame }) => at4(frame, 12) === 0,
  sourceIsLoopback: ({ frame }) => at4(frame, 12) === 127,
  sourceIsOurs: (scene) => isOurs(scene, hex(scene.frame, NETWORK + 12, 4)),
  sourceIsBroadcast: ({ frame }) => (source4(frame) & 0xff) === 255,
  sourceRouted: ({ frame }) => options4(frame).some(([type]) => type === 131 || type === 137),
  badOption: ({ frame }) => options4(frame).some(([type, fine]) => !fine || type === 0),
  unknownProtocol: ({ frame }) => ![1, 2, 6, 17].includes(at4(frame, 9)),
  tooBig: ({ packet }) => (octet(packet, 6) & 0x40) !== 0,
};

/** RFC 791 §3.1: type of each option, and whether its length can be. */
function options4(frame: Uint8Array): (readonly [type: number, fine: boolean])[] {
  const end = NETWORK + (at4(frame, 0) & 15) * 4;
  const found: (readonly [number, boolean])[] = [];
  for (let at = NETWORK + 20; at < end; ) {
    const type = octet(frame, at);
    if (type === 0) break;
    const length = type === 1 ? 1 : octet(frame, at + 1);
    const pointer = octet(frame, at + 2);
    const hasPointer = [7, 68, 131, 137].includes(type);
    const fine =
      length >= (type === 1 ? 1 : 2) && at + length <= end && (!hasPointer || (length >= 3 && pointer >= 4));
    found.push([type, fine]);
    if (length < 1) break;
    at += length;
  }
  return found;
}

const EXTENSIONS = [0, 43, 44, 60, 6, 17, 58, 59];
const at6 = (frame: Uint8Array, at: number): number => octet(frame, NETWORK + at);
const isZero = (frame: Uint8Array, at: number, count: number): boolean => /^0*$/.test(hex(frame, at, count));
const OF_IPV6: Checks = {
  ...FRAGMENTS,
  linkDown: isDead,
  fragmentTooFar: ({ datagram }) => datagram !== undefined && fragmentEnd(datagram) > 65_535 - 40,
  truncated: ({ frame }) => frame.length < NETWORK + 40 || extensionsEnd(frame) > frame.length,
  badVersion: ({ frame }) => at6(frame, 0) >> 4 !== 6,
  badLength: ({ frame }) =>
    short(frame, NETWORK + 4) > frame.length - NETWORK - 40 || short(frame, NETWORK + 4) === 0,
  notOurAddress: (scene) =>
    !isInUse(scene, hex(scene.frame, NETWORK + 24, 16)) && at6(scene.frame, 24) !== 0xff,
  notMember: ({ frame }) => at6(frame, 24) === 0xff,
  badDestination: ({ frame }) =>
    isZero(frame, NETWORK + 24, 16) || (at6(frame, 24) === 0xff && (at6(frame, 25) & 15) <= 1),
  loopbackDestination: ({ frame }) => isZero(frame, NETWORK + 24, 15) && at6(frame, 39) === 1,
  linkBroadcast: ({ frame }) => isGroupStation(frame, 0) && at6(frame, 24) !== 0xff,
  sourceIsGroup: ({ frame }) => at6(frame, 8) === 0xff,
  sourceIsNobody: ({ frame }) => isZero(frame, NETWORK + 8, 16),
  sourceIsLoopback: ({ frame }) => isZero(frame, NETWORK + 8, 15) && at6(frame, 23) === 1,
  sourceIsOurs: (scene) => isOurs(scene, hex(scene.frame, NETWORK + 8, 16)),
  // RFC 5095 §3, RFC 8200 §4.2: in a header between.
  sourceRouted: ({ frame }) => [0, 43, 60].includes(at6(frame, 6)),
  badOption: ({ frame }) => [0, 43, 60].includes(at6(frame, 6)),
  unknownProtocol: ({ frame }) => !EXTENSIONS.includes(lastHeader(frame)) || lastHeader(frame) === 0,
  noNextHeader: ({ frame }) => lastHeader(frame) === 59, // RFC 8200 §4.7
};

function extensionsEnd(frame: Uint8Array): number {
  return datagramIn(frame)?.payload ?? 0;
}

function lastHeader(frame: Uint8Array): number {
  return datagramIn(frame)?.protocol ?? -1;
}

const sumIsWrong: Check = ({ frame, datagram, packet, event }) =>
  datagram !== undefined && packet.length === event.octets && !isSummed(frame, datagram, packet);

/** What an ICMP error quotes begins here. */
const QUOTE = 8;
const isError4 = (packet: Uint8Array): boolean => [3, 4, 11, 12].includes(octet(packet, 0));
const quoteHeader4 = (packet: Uint8Array): number => (octet(packet, QUOTE) & 15) * 4;
const OF_ICMP: Checks = {
  truncated: ({ packet }) => packet.length < 8,
  badChecksum: sumIsWrong,
  unknownType: ({ packet }) => ![0, 3, 4, 5, 8, 11, 12].includes(octet(packet, 0)),
  unknownCode: ({ packet }) =>
    (octet(packet, 0) === 3 && octet(packet, 1) > 15) ||
    (octet(packet, 0) === 11 && octet(packet, 1) > 1) ||
    (octet(packet, 0) === 12 && octet(packet, 1) > 2) ||
    (octet(packet, 0) === 5 && octet(packet, 1) > 3),
  sourceQuench: ({ packet }) => octet(packet, 0) === 4,
  echoToMany: ({ frame, packet }) => octet(packet, 0) === 8 && isMany4(frame),
  errorToMany: ({ frame, packet }) => octet(packet, 0) !== 8 && isMany4(frame),
  nobodyWaits: ({ packet }) => octet(packet, 0) === 0,
  noRouteBack: ({ frame }) => !hex(frame, NETWORK + 12, 3).startsWith("0a0000"),
  quoteTruncated: ({ packet }) => packet.length < QUOTE + 28,
  quoteVersion: ({ packet }) => octet(packet, QUOTE) >> 4 !== 4,
  quoteHeaderLength: ({ packet }) =>
    quoteHeader4(packet) < 20 || QUOTE + quoteHeader4(packet) + 8 > packet.length,
  quoteFragment: ({ packet }) => (short(packet, QUOTE + 6) & 0x1fff) !== 0,
  quoteNotOurs: (scene) => !isOurs(scene, hex(scene.packet, QUOTE + 12, 4)),
  quoteOfNobody: (scene) => isError4(scene.packet) && isOurs(scene, hex(scene.packet, QUOTE + 12, 4)),
  quoteNotInFlight: (scene) => isError4(scene.packet) && octet(scene.packet, QUOTE + 9) === 6,
  redirectRefused: ({ packet }) => octet(packet, 0) === 5,
  // RFC 1122 §4.1.3.3: datagrams of somebody who is not connected.
  errorUnwanted: ({ packet }) => isError4(packet) && [1, 17].includes(octet(packet, QUOTE + 9)),
};

function isMany4(frame: Uint8Array): boolean {
  return at4(frame, 16) >= 224 || (destination4(frame) & 0xff) === 255 || isGroupStation(frame, 0);
}

const type6 = ({ packet }: DropScene): number => octet(packet, 0);
const isError6: Check = (scene) => type6(scene) < 128;
const quoteProtocol6 = (packet: Uint8Array): number => octet(packet, QUOTE + 6);
const OF_ICMPV6: Checks = {
  truncated: ({ packet }) => packet.length < 8,
  badChecksum: sumIsWrong,
  unknownType: (scene) =>
    ![1, 2, 3, 4, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 143].includes(type6(scene)),
  // RFC 4443 §3.1, §3.3, §3.4, RFC 7112 §5.
  unknownCode: (scene) =>
    isError6(scene) &&
    (type6(scene) > 4 || octet(scene.packet, 1) > (type6(scene) === 1 ? 6 : type6(scene) === 4 ? 3 : 1)),
  nobodyWaits: (scene) => type6(scene) === 129,
  noRouteBack: ({ frame }) => !/^(fd00000000000000|fe80000000000000)/.test(hex(frame, NETWORK + 8, 8)),
  errorToMany: ({ frame }) => at6(frame, 24) === 0xff || isGroupStation(frame, 0),
  quoteTruncated: (scene) =>
    isError6(scene) &&
    (scene.packet.length < QUOTE + 48 || EXTENSIONS.slice(0, 4).includes(quoteProtocol6(scene.packet))),
  quoteVersion: (scene) => isError6(scene) && octet(scene.packet, QUOTE) >> 4 !== 6,
  quoteFragment: (scene) => isError6(scene) && quoteProtocol6(scene.packet) === 44,
  quoteNotOurs: (scene) => isError6(scene) && !isOurs(scene, hex(scene.packet, QUOTE + 8, 16)),
  // Of a link-local address that was ours before a restart, or a conflict, as well (RFC 7217).
  quoteOfNobody: (scene) =>
    isError6(scene) &&
    (isOurs(scene, hex(scene.packet, QUOTE + 8, 16)) || hex(scene.packet, QUOTE + 8, 2) === "fe80"),
  quoteNotInFlight: (scene) => isError6(scene) && quoteProtocol6(scene.packet) === 6,
  errorUnwanted: (scene) => isError6(scene) && [17, 58].includes(quoteProtocol6(scene.packet)),
};

/** RFC 4861 §4: octets of a message without options. */
const ndHeader = (type: number): number => ({ 133: 8, 134: 16, 137: 40 })[type] ?? 24;
const targetOf = ({ packet }: DropScene): string => hex(packet, 8, 16);
const OF_ND: Checks = {
  truncated: (scene) => scene.packet.length < ndHeader(type6(scene)),
  groupSource: ({ frame, packet }) =>
    isGroupStation(frame, 6) || optionsOf(packet).some((at) => isGroupStation(packet, at + 2)),
  badLength: ({ packet }) =>
    optionsOf(packet).some(
      (at) => octet(packet, at + 1) === 0 || at + octet(packet, at + 1) * 8 > packet.length,
    ),
  unknownType: (scene) => [133, 134, 137].includes(type6(scene)),
  unknownCode: ({ packet }) => octet(packet, 1) !== 0,
  offLink: ({ frame }) => at6(frame, 7) !== 255,
  ndFragmented: ({ frame }) => at6(frame, 6) === 44,
  targetIsGroup: ({ packet }) => octet(packet, 8) === 0xff,
  notOurTarget: (scene) => type6(scene) === 135 && !isInUse(scene, targetOf(scene)),
  unasked: (scene) => type6(scene) === 136 && !isOurs(scene, targetOf(scene)),
  ownEcho: (scene) => isOurs(scene, targetOf(scene)),
  probeConflict: (scene) => isOurs(scene, targetOf(scene)),
  addressConflict: (scene) => type6(scene) === 136 && isOurs(scene, targetOf(scene)),
  notOverriding: (scene) => type6(scene) === 136 && (octet(scene.packet, 4) & 0x20) === 0,
  notAutoconfigured: (scene) => type6(scene) === 134,
  // RFC 4861 §6.2.6: no host of the soak is a router.
  notAdvertising: (scene) => type6(scene) === 133,
  redirectRefused: (scene) => type6(scene) === 137,
  // RFC 4861 §7.1.1, §7.1.2: a probe goes to a group and tells no station; what is told to a group is not solicited.
  badNdAddresses: ({ frame, packet }) =>
    isZero(frame, NETWORK + 8, 16) ||
    (octet(packet, 0) === 136 && !optionsOf(packet).some((at) => octet(packet, at) === 2)) ||
    (octet(packet, 0) === 136 && at6(frame, 24) === 0xff && (octet(packet, 4) & 0x40) !== 0),
};

/** Where the options of a solicitation or an advertisement begin. */
function optionsOf(packet: Uint8Array): number[] {
  const found: number[] = [];
  for (
    let at = octet(packet, 0) === 133 ? 8 : octet(packet, 0) === 134 ? 16 : 24;
    at + 2 <= packet.length;
  ) {
    found.push(at);
    if (octet(packet, at + 1) === 0) break;
    at += octet(packet, at + 1) * 8;
  }
  return found;
}

const OF_MLD: Checks = {
  truncated: ({ packet }) => packet.length < 24,
  mldOffLink: ({ frame }) => at6(frame, 7) !== 1 || at6(frame, 8) !== 0xfe || at6(frame, 6) !== 0,
  unknownType: (scene) => ![130, 131, 132, 143].includes(type6(scene)),
};

const OF_IGMP: Checks = {
  truncated: ({ packet }) => packet.length < 8,
  badChecksum: sumIsWrong,
  unknownType: ({ packet }) => ![0x11, 0x12, 0x16, 0x17, 0x22].includes(octet(packet, 0)),
};

const udpPort = ({ packet }: DropScene): number => short(packet, 2);
const OF_UDP: Checks = {
  truncated: ({ packet }) => packet.length < 8,
  badLength: ({ packet, event }) => short(packet, 4) < 8 || short(packet, 4) > event.octets,
  badChecksum: ({ frame, datagram, packet }) => {
    const zeroIsWrong = datagram?.version === 6 && short(packet, 6) === 0; // RFC 8200 §8.1
    const length = short(packet, 4);
    return (
      datagram !== undefined &&
      (zeroIsWrong || (packet.length >= length && !isSummed(frame, datagram, packet.subarray(0, length))))
    );
  },
  destinationPortZero: (scene) => udpPort(scene) === 0,
  noSuchPort: (scene) => {
    const port = scene.host.udpPorts.get(udpPort(scene));
    return port === undefined || port.since > scene.event.time || isDead(scene);
  },
  receiveShut: (scene) => scene.host.udpPorts.get(udpPort(scene))?.shut === true,
  // All that has ever come for the port is more than it keeps.
  receiveBufferFull: (scene) => {
    const most = scene.host.udpPorts.get(udpPort(scene))?.receiveBuffer;
    return most !== undefined && (scene.facts.udpOctets.get(udpPort(scene)) ?? 0) > most;
  },
};

const CHECKS: Partial<Record<Layer, Checks>> = {
  interface: OF_INTERFACE,
  arp: OF_ARP,
  ipv4: OF_IPV4,
  ipv6: OF_IPV6,
  icmp: OF_ICMP,
  icmpv6: OF_ICMPV6,
  nd: OF_ND,
  mld: OF_MLD,
  igmp: OF_IGMP,
  udp: OF_UDP,
};

/** Octets of a header without options. */
const LEAST = { ipv4: 20, ipv6: 40 } as const;

function hasHeader(layer: Layer): layer is keyof typeof LEAST {
  return layer in LEAST;
}

/** What is wrong with a drop of any layer but TCP and the line; undefined if nothing is. */
export function frameDropProblem(
  event: LoggedOf<"dropped">,
  cause: LoggedEvent | undefined,
  host: HostPremises | undefined,
  facts: Facts,
): string | undefined {
  const check = CHECKS[event.layer]?.[event.reason];
  if (check === undefined) return `no check for ${event.layer}: ${event.reason}`;
  if (host === undefined) return `nothing is known of ${event.host}`;
  const frame = cause?.kind === "received" ? cause.head : NOTHING;
  if (
    cause?.kind === "received" &&
    event.reason !== "truncated" &&
    hasHeader(event.layer) &&
    frame.length < NETWORK + LEAST[event.layer]
  )
    return `${event.layer}: ${event.reason} of less than a header`;
  const scene = { event, cause, frame, datagram: datagramIn(frame), packet: event.head, host, facts };
  return check(scene) ? undefined : `${event.layer}: ${event.reason} does not follow`;
}

const NOTHING = new Uint8Array();
