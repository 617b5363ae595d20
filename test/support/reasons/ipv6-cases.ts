/** Drops of IPv6, ICMPv6 and Neighbour Discovery. */
import { type Route, seconds } from "../../../src/stack/index.ts";
import { BROADCAST, bytes, OURS } from "../frames.ts";
import {
  ALL_NODES,
  advertisement,
  datagram6,
  fragment6,
  frame6,
  type Ip6Fields,
  icmp6,
  icmp6Frame,
  ip6,
  linkOption,
  mldFrame,
  OUR_IP6,
  optionsHeader,
  PEER_IP6,
  ping6,
  redirectFrame,
  routerAdvertisement,
  solicitation,
  udp6,
} from "../frames6.ts";
import { address, type WireRig } from "../wire-rig.ts";
import { type ReasonCase, wire } from "./case.ts";

const GROUP = "ff02::123";
const DUAL = { addresses: ["10.77.0.2/24", `${OUR_IP6}/64`] } as const;
const AUTO = { addresses: [`${OUR_IP6}/64`], interface: { claim: "off", autoconfigure: true } } as const;
const TENTATIVE = { addresses: [`${OUR_IP6}/64`], interface: { claim: "probe" } } as const;

function on6(
  layer: "ipv6" | "icmpv6" | "nd" | "mld",
  reason: ReasonCase["reason"],
  cause: string,
  act: (rig: WireRig) => void,
  prepare?: (rig: WireRig) => void,
): ReasonCase {
  return wire(layer, reason, cause, act, DUAL, prepare);
}

/** What `frame` gives when it arrives. */
function arrives(
  layer: "ipv6" | "icmpv6" | "nd" | "mld",
  reason: ReasonCase["reason"],
  cause: string,
  ...frames: readonly Uint8Array[]
): ReasonCase {
  return on6(layer, reason, cause, (rig) => rig.receive(...frames));
}

const UDP = udp6(5000, 9, bytes("x"));
const piece = (offset: number, octets: number, more: boolean, fill = 0, fields: Ip6Fields = {}): Uint8Array =>
  frame6(44, fragment6(60, offset, more, first(offset, octets, fill)), fields);
/** A first fragment has all headers: destination options, and UDP behind them. */
const first = (offset: number, octets: number, fill: number): Uint8Array => {
  const octetsOf = new Uint8Array(octets).fill(fill);
  if (offset === 0) octetsOf.set(bytes(17, 0, 1, 4));
  return octetsOf;
};
const option = (...octets: number[]): Uint8Array => frame6(60, bytes(optionsHeader(17, bytes(octets)), UDP));

const IN: readonly ReasonCase[] = [
  arrives("ipv6", "truncated", "39 octets", frame6(59, bytes()).subarray(0, 53)),
  arrives("ipv6", "truncated", "an options header past the end", frame6(60, bytes(17, 9, 1, 4, 0, 0, 0, 0))),
  arrives("ipv6", "truncated", "4 octets of an options header", frame6(60, bytes(17, 0, 1, 4))),
  arrives("ipv6", "badVersion", "version 4", frame6(17, UDP, { version: 4 })),
  arrives("ipv6", "badLength", "a payload length past the end", frame6(17, UDP, { length: 999 })),
  arrives("ipv6", "notOurAddress", "a datagram for another host", ping6({ to: "fd77::9" })),
  arrives("ipv6", "notMember", "a group of nobody's", ping6({ to: GROUP })),
  arrives("ipv6", "badDestination", "to the unspecified address", ping6({ to: "::" })),
  arrives("ipv6", "badDestination", "to a mapped address", ping6({ to: "::ffff:a4d:2" })),
  arrives("ipv6", "loopbackDestination", "to ::1", ping6({ to: "::1" })),
  arrives("ipv6", "linkBroadcast", "to us, in a broadcast frame", ping6({ mac: BROADCAST })),
  arrives("ipv6", "sourceIsGroup", "from a group", ping6({ from: GROUP })),
  arrives("ipv6", "sourceIsNobody", "from a mapped address", ping6({ from: "::ffff:a4d:1" })),
  arrives("ipv6", "sourceIsNobody", "UDP from the unspecified address", frame6(17, UDP, { from: "::" })),
  arrives("ipv6", "sourceIsLoopback", "from ::1", ping6({ from: "::1" })),
  arrives("ipv6", "sourceIsOurs", "from ourselves", ping6({ from: OUR_IP6 })),
  arrives("ipv6", "sourceRouted", "RH0 with segments left", frame6(43, bytes(17, 0, 0, 1, 0, 0, 0, 0, UDP))),
  arrives("ipv6", "badOption", "an option past its header", option(1, 99, 0, 0, 0, 0)),
  arrives("ipv6", "unknownOption", "an option that is to be dropped", option(0x5e, 4, 0, 0, 0, 0)),
  arrives("ipv6", "unknownOption", "an option that is to be told of", option(0x9e, 4, 0, 0, 0, 0)),
  arrives("ipv6", "unknownProtocol", "protocol 99", frame6(99, bytes("x"))),
  arrives("ipv6", "noNextHeader", "next header 59", frame6(59, bytes("x"))),
  arrives(
    "ipv6",
    "hopByHopNotFirst",
    "hop-by-hop options behind others",
    frame6(
      60,
      bytes(optionsHeader(0, bytes(1, 4, 0, 0, 0, 0)), optionsHeader(17, bytes(1, 4, 0, 0, 0, 0)), UDP),
    ),
  ),
  arrives(
    "ipv6",
    "hopByHopNotFirst",
    "hop-by-hop options within a fragment",
    frame6(44, fragment6(0, 0, true, bytes(optionsHeader(17, bytes(1, 4, 0, 0, 0, 0)), new Uint8Array(8)))),
  ),
  on6("ipv6", "ownCopiesFull", "more to a group of our own at once than waits", (rig) => {
    const socket = rig.stack.openUdp();
    socket.joinGroup(address(GROUP), "eth0");
    rig.taken();
    socket.configure({ receiveBuffer: 10_000_000 });
    socket.bind({ address: address("::"), port: 9 });
    rig.context.enter();
    for (let i = 0; i < 4097; i++) socket.send(bytes("x"), { address: address(GROUP), port: 9 });
    rig.context.leave();
  }),
];

const FRAGMENTS: readonly ReasonCase[] = [
  arrives("ipv6", "badFragmentLength", "a fragment of 9 octets that is not the last", piece(1, 9, true)),
  arrives("ipv6", "badFragmentLength", "a last fragment without text", piece(1, 0, false)),
  arrives("ipv6", "fragmentTooFar", "a fragment past 65,535 octets", piece(8189, 100, false)),
  arrives("ipv6", "fragmentEndMoved", "two last fragments", piece(1, 8, false), piece(2, 8, false)),
  arrives(
    "ipv6",
    "fragmentOverlaps",
    "other octets where two overlap",
    piece(2, 16, true),
    piece(3, 16, true, 1),
  ),
  arrives(
    "ipv6",
    "fragmentEcnMixed",
    "a fragment that met congestion beside one that could not be marked",
    piece(2, 8, true),
    piece(1, 8, true, 0, { trafficClass: 3 }),
  ),
  on6(
    "ipv6",
    "fragmentCondemned",
    "one more of a datagram that was given up",
    (rig) => rig.receive(piece(9, 8, true)),
    (rig) => rig.receive(piece(2, 16, true), piece(3, 16, true, 1)),
  ),
  on6(
    "ipv6",
    "reassemblyTimeout",
    "the rest does not come",
    (rig) => rig.run(seconds(61)),
    (rig) => rig.receive(piece(1, 8, true)),
  ),
  on6(
    "ipv6",
    "reassemblyFull",
    "one datagram more than are put together",
    (rig) => rig.receive(frame6(44, fragment6(17, 1, true, new Uint8Array(8), 0xffff))),
    (rig) => {
      for (let id = 0; id < 4096; id++) {
        const from = `fd77::1:${(id & 63).toString(16)}`;
        rig.receive(frame6(44, fragment6(17, 1, true, new Uint8Array(8), id), { from }));
      }
    },
  ),
  arrives(
    "ipv6",
    "firstFragmentIncomplete",
    "a first fragment that ends amid its headers",
    frame6(44, fragment6(60, 0, true, bytes(17, 1, 1, 4, 0, 0, 0, 0))),
  ),
  arrives(
    "ipv6",
    "firstFragmentIncomplete",
    "a first fragment without all of TCP's header",
    frame6(44, fragment6(6, 0, true, new Uint8Array(8))),
  ),
  arrives(
    "ipv6",
    "nestedFragment",
    "fragments whose whole is a fragment",
    frame6(44, fragment6(44, 0, true, fragment6(17, 1, true, new Uint8Array(8)))),
    frame6(44, fragment6(44, 2, false, new Uint8Array(8))),
  ),
  arrives(
    "ipv6",
    "fragmentHeadersTooLong",
    "a fragment behind 256 octets of options",
    frame6(
      60,
      bytes(optionsHeader(44, bytes(1, 252, new Uint8Array(252))), fragment6(17, 0, true, UDP.slice(0, 8))),
    ),
  ),
];

/** Sends so many octets by a route that was asked for before. */
function sender(rig: WireRig): (octets: number, how?: "whole" | "header" | "super") => void {
  const route = rig.context.route(address(PEER_IP6)) as Route;
  return (octets, how) => {
    const packet = rig.context.pool.take(octets);
    packet.end = packet.start + octets;
    packet.transport = packet.start;
    packet.dontFragment = how === "whole";
    packet.segmentSize = how === "super" ? 1440 : 0;
    if (how === "header") route.sendWithHeader(packet);
    else route.send(packet, 17);
  };
}

const OUT: readonly ReasonCase[] = [
  on6("ipv6", "linkDown", "a datagram by a route whose interface is gone", (rig) => {
    const send = sender(rig);
    rig.link.sink?.failed("unplugged");
    send(8);
  }),
  on6("ipv6", "linkDown", "a datagram with its header, when the interface is gone", (rig) => {
    const send = sender(rig);
    rig.link.sink?.failed("unplugged");
    send(48, "header");
  }),
  on6("ipv6", "tooBig", "1501 octets that must not be fragmented", (rig) => sender(rig)(1461, "whole")),
  on6("ipv6", "tooBig", "1501 octets with their header", (rig) => sender(rig)(1501, "header")),
  on6("ipv6", "tooLong", "65,536 octets behind the header", (rig) => sender(rig)(65_536)),
  on6("ipv6", "tooLong", "a super-segment of 65,536 octets", (rig) => sender(rig)(65_536, "super")),
];

const OWN = datagram6(17, udp6(9, 9, bytes("x"), { from: OUR_IP6, to: PEER_IP6 }), {
  from: OUR_IP6,
  to: PEER_IP6,
});
const error = (quote: Uint8Array, type = 1, code = 0, fields: Ip6Fields = {}): Uint8Array =>
  icmp6Frame(type, code, [0, 0, 0, 0], quote, fields);
const quoting = (next: number, payload: Uint8Array, fields: Ip6Fields = {}): Uint8Array =>
  error(datagram6(next, payload, { from: OUR_IP6, to: PEER_IP6, ...fields }));
const spoilt = (message: Uint8Array): Uint8Array => {
  message[3] = (message[3] ?? 0) ^ 1;
  return message;
};

const ICMPV6: readonly ReasonCase[] = [
  arrives("icmpv6", "truncated", "7 octets", frame6(58, new Uint8Array(7))),
  arrives("icmpv6", "badChecksum", "a wrong checksum", frame6(58, spoilt(icmp6(128, 0, [0, 0, 0, 0])))),
  arrives("icmpv6", "unknownType", "a message of type 200", icmp6Frame(200, 0, [0, 0, 0, 0])),
  arrives("icmpv6", "unknownCode", "time exceeded with code 9", error(OWN, 3, 9)),
  arrives("icmpv6", "unknownCode", "an error of type 100", error(OWN, 100, 0)),
  arrives("icmpv6", "errorToMany", "an error to all nodes", error(OWN, 1, 0, { to: ALL_NODES })),
  arrives("icmpv6", "noRouteBack", "a ping from nowhere", ping6({ from: "2001:db8::1" })),
  arrives("icmpv6", "noRouteBack", "a ping from the unspecified address", ping6({ from: "::" })),
  arrives("icmpv6", "nobodyWaits", "a reply that nobody waits for", icmp6Frame(129, 0, [0, 1, 0, 1])),
  arrives("icmpv6", "quoteTruncated", "an error that quotes 47 octets", error(OWN.subarray(0, 47))),
  arrives(
    "icmpv6",
    "quoteTruncated",
    "an error that quotes options without an end",
    quoting(60, bytes(17, 9, 1, 4, 0, 0, 0, 0)),
  ),
  arrives(
    "icmpv6",
    "quoteTruncated",
    "an error that quotes options, and nothing behind them",
    quoting(60, bytes(17, 0, 1, 4, 0, 0, 0, 0)),
  ),
  arrives("icmpv6", "quoteVersion", "an error about IPv4", quoting(17, new Uint8Array(8), { version: 4 })),
  arrives(
    "icmpv6",
    "quoteFragment",
    "an error about the second fragment",
    quoting(44, fragment6(17, 1, false, new Uint8Array(8))),
  ),
  arrives(
    "icmpv6",
    "quoteNotOurs",
    "an error about another host's datagram",
    quoting(17, UDP, { from: "fd77::9" }),
  ),
  arrives("icmpv6", "quoteOfNobody", "an error about a datagram of no socket's", error(OWN)),
  arrives("icmpv6", "quoteOfNobody", "an error about a protocol of nobody's", quoting(99, new Uint8Array(8))),
  arrives(
    "icmpv6",
    "quoteOfNobody",
    "an error about a ping of nobody's",
    quoting(58, icmp6(128, 0, [0, 0, 0, 0])),
  ),
  arrives(
    "icmpv6",
    "quoteOfNobody",
    "an error about an echo reply",
    quoting(58, icmp6(129, 0, [0, 0, 0, 0])),
  ),
];

const FOR_OTHERS: readonly ReasonCase[] = [
  on6(
    "icmpv6",
    "errorUnwanted",
    "an error for a socket that is not connected",
    (rig) => rig.receive(error(OWN)),
    (rig) => {
      rig.stack.openUdp().bind({ address: address("::"), port: 9 });
    },
  ),
  on6("icmpv6", "quoteNotInFlight", "an error about a segment that was not sent", (rig) => {
    const endpoint = rig.stack.openTcp();
    endpoint.connect({ address: address(PEER_IP6), port: 80 });
    const port = endpoint.local?.port ?? 0;
    rig.receive(quoting(6, bytes(port >> 8, port & 255, 0, 80, 1, 2, 3, 4, new Uint8Array(12))));
  }),
];

const NONCE = bytes(14, 1, 1, 2, 3, 4, 5, 6);

const ND: readonly ReasonCase[] = [
  arrives(
    "nd",
    "offLink",
    "a solicitation with a hop limit of 254",
    solicitation(OUR_IP6, linkOption(1), { hopLimit: 254 }),
  ),
  arrives(
    "nd",
    "ndFragmented",
    "a solicitation behind a fragment header",
    frame6(44, fragment6(58, 0, false, icmp6(135, 0, [0, 0, 0, 0], bytes(ip6(OUR_IP6)))), { hopLimit: 255 }),
  ),
  arrives(
    "nd",
    "unknownCode",
    "a solicitation of code 1",
    icmp6Frame(135, 1, [0, 0, 0, 0], bytes(ip6(OUR_IP6)), { hopLimit: 255 }),
  ),
  arrives(
    "nd",
    "truncated",
    "a solicitation of 20 octets",
    icmp6Frame(135, 0, [0, 0, 0, 0], new Uint8Array(12), { hopLimit: 255 }),
  ),
  arrives("nd", "badLength", "an option of no length", solicitation(OUR_IP6, bytes(1, 0, 0, 0, 0, 0, 0, 0))),
  arrives("nd", "badLength", "an option past the end", solicitation(OUR_IP6, bytes(1, 2, 0, 0, 0, 0, 0, 0))),
  arrives("nd", "badLength", "an option of one octet", solicitation(OUR_IP6, bytes(1))),
  arrives(
    "nd",
    "targetIsGroup",
    "a solicitation for a group",
    solicitation(GROUP, linkOption(1), { to: OUR_IP6 }),
  ),
  arrives(
    "nd",
    "notOurTarget",
    "a solicitation for another host",
    solicitation("fd77::9", linkOption(1), { to: OUR_IP6 }),
  ),
  arrives(
    "nd",
    "badNdAddresses",
    "a probe with the station's address",
    solicitation(OUR_IP6, linkOption(1), { from: "::" }),
  ),
  arrives(
    "nd",
    "badNdAddresses",
    "a probe to one host",
    solicitation(OUR_IP6, bytes(), { from: "::", to: OUR_IP6 }),
  ),
  arrives(
    "nd",
    "badNdAddresses",
    "an answer to all nodes",
    advertisement(PEER_IP6, 0x60, linkOption(2), { to: ALL_NODES }),
  ),
  on6("nd", "badNdAddresses", "the first answer, without a link address", (rig) => {
    rig.stack.openUdp().send(bytes("x"), { address: address(PEER_IP6), port: 9 });
    rig.receive(advertisement(PEER_IP6, 0x60, bytes()));
  }),
  arrives("nd", "groupSource", "a solicitation of a group", solicitation(OUR_IP6, linkOption(1, BROADCAST))),
  arrives(
    "nd",
    "groupSource",
    "an advertisement of a group",
    advertisement(PEER_IP6, 0x60, linkOption(2, BROADCAST)),
  ),
  arrives("nd", "ownEcho", "our own advertisement", advertisement(PEER_IP6, 0x20, linkOption(2, OURS))),
  arrives("nd", "unasked", "an advertisement of who was not asked for", advertisement()),
  on6(
    "nd",
    "notOverriding",
    "another link address that does not override",
    (rig) => rig.receive(advertisement(PEER_IP6, 0x40, linkOption(2, "02:00:00:00:00:99"))),
    (rig) => rig.receive(solicitation()),
  ),
  arrives("nd", "addressConflict", "somebody advertises our address", advertisement(OUR_IP6, 0x20)),
  arrives(
    "nd",
    "notAdvertising",
    "a router solicitation",
    icmp6Frame(133, 0, [0, 0, 0, 0], bytes(), { hopLimit: 255 }),
  ),
  wire(
    "nd",
    "probeConflict",
    "somebody asks for the address that we ask for",
    (rig) => rig.receive(solicitation(OUR_IP6, NONCE, { from: "::" })),
    TENTATIVE,
  ),
  wire(
    "nd",
    "probeConflict",
    "somebody has the address that we ask for",
    (rig) => rig.receive(advertisement(OUR_IP6, 0x20, linkOption(2), { to: ALL_NODES })),
    TENTATIVE,
  ),
  wire(
    "nd",
    "ownEcho",
    "our own probe",
    (rig) => {
      rig.run(seconds(1));
      for (const frame of rig.taken()) if (frame[54] === 135) rig.receive(frame);
    },
    TENTATIVE,
  ),
];

const ROUTERS: readonly ReasonCase[] = [
  arrives("nd", "notAutoconfigured", "a router advertisement", routerAdvertisement(bytes())),
  arrives(
    "nd",
    "redirectRefused",
    "a redirect from who is no router",
    redirectFrame("fe80::9", "2001:db8::9"),
  ),
  arrives("nd", "redirectRefused", "a redirect to ourselves", redirectFrame(OUR_IP6, OUR_IP6)),
  arrives(
    "nd",
    "truncated",
    "a redirect of 32 octets",
    icmp6Frame(137, 0, [0, 0, 0, 0], new Uint8Array(24), { hopLimit: 255 }),
  ),
  arrives("nd", "badNdAddresses", "a redirect for a group", redirectFrame("fe80::9", GROUP)),
  arrives(
    "nd",
    "badNdAddresses",
    "a redirect of a global address",
    redirectFrame("fe80::9", "2001:db8::9", { from: PEER_IP6 }),
  ),
  wire(
    "nd",
    "badNdAddresses",
    "an advertisement of a global address",
    (rig) => rig.receive(routerAdvertisement(bytes(), { from: PEER_IP6 })),
    AUTO,
  ),
  wire(
    "nd",
    "truncated",
    "an advertisement of 12 octets",
    (rig) =>
      rig.receive(icmp6Frame(134, 0, [0, 0, 0, 0], new Uint8Array(4), { from: "fe80::1", hopLimit: 255 })),
    AUTO,
  ),
];

const MLD: readonly ReasonCase[] = [
  arrives("mld", "mldOffLink", "a query with a hop limit of 64", mldFrame(130, 1000, "::", { hopLimit: 64 })),
  arrives(
    "mld",
    "mldOffLink",
    "a query without a router alert",
    icmp6Frame(130, 0, [0, 9, 0, 0], bytes(ip6("::")), { from: "fe80::1", to: ALL_NODES, hopLimit: 1 }),
  ),
  arrives("mld", "forgedQuery", "a query of a global address", mldFrame(130, 1000, "::", { from: PEER_IP6 })),
  arrives("mld", "forgedReport", "a report of a global address", mldFrame(131, 0, "::", { from: PEER_IP6 })),
  arrives("mld", "truncated", "a query of 26 octets", mldFrame(130, 0, "::", {}, bytes(0, 0))),
  arrives(
    "mld",
    "badLength",
    "a query with more sources than octets",
    mldFrame(130, 0, "::", {}, bytes(0, 0, 0, 9)),
  ),
];

/** On a link without stations there is no Neighbour Discovery. */
const NO_STATIONS: readonly ReasonCase[] = [
  wire(
    "icmpv6",
    "unknownType",
    "a solicitation on a link without stations",
    (rig) => rig.receive(solicitation(OUR_IP6, bytes(), { to: OUR_IP6 }).subarray(14)),
    { addresses: [`${OUR_IP6}/64`], capabilities: { medium: "ip" } },
  ),
];

export const IPV6_CASES: readonly ReasonCase[] = [
  ...IN,
  ...FRAGMENTS,
  ...OUT,
  ...ICMPV6,
  ...FOR_OTHERS,
  ...ND,
  ...ROUTERS,
  ...MLD,
  ...NO_STATIONS,
];
