/** Drops of IP, ICMP and IGMP. */
import { PacketFilter } from "../../../src/stack/base/packet-filter.ts";
import { type NetworkInterface, seconds } from "../../../src/stack/index.ts";
import type { Ipv4Route } from "../../../src/stack/ip/v4/route.ts";
import {
  BROADCAST,
  bytes,
  datagram,
  ethernet,
  groupMac,
  type IpFields,
  icmp,
  igmpFrame,
  OUR_IP,
  PEER_IP,
  ping,
  udp,
} from "../frames.ts";
import { frame6, OUR_IP6 } from "../frames6.ts";
import { address, type WireRig } from "../wire-rig.ts";
import { type ReasonCase, wire } from "./case.ts";
import { udpFrame } from "./interface-cases.ts";

const GROUP = "239.1.2.3";
const MORE = 0x2000;

/** A fragment of protocol 17: `offset` in units of 8 octets. */
const piece = (offset: number, octets: number, more: boolean, fill = 0, tos = 0): Uint8Array =>
  ethernet(datagram(17, new Uint8Array(octets).fill(fill), { tos, fragment: (more ? MORE : 0) | offset }));
const both = (first: Uint8Array, second: Uint8Array) => (rig: WireRig) => rig.receive(first, second);
const option = (...octets: number[]): IpFields => ({ options: bytes(octets) });
/** An error from the peer that quotes `quote`, of type 3 and code 1 unless told. */
const error = (quote: Uint8Array, type = 3, code = 1, fields: IpFields = {}): Uint8Array =>
  ethernet(datagram(1, icmp(type, code, [0, 0, 0, 0], quote), fields));
const OWN = datagram(17, udp(9, 9, bytes("x"), { from: OUR_IP, to: PEER_IP }), { from: OUR_IP, to: PEER_IP });
const icmpFrame = (message: Uint8Array, fields: IpFields = {}): Uint8Array =>
  ethernet(datagram(1, message, fields));
const spoilt = (message: Uint8Array): Uint8Array => {
  message[3] = (message[3] ?? 0) ^ 1;
  return message;
};

const IN: readonly ReasonCase[] = [
  wire("ipv4", "truncated", "19 octets", (rig) => rig.receive(ethernet(new Uint8Array(19).fill(0x45)))),
  wire("ipv4", "badVersion", "version 6", (rig) => rig.receive(ping({ version: 6 }))),
  wire("ipv4", "badHeaderLength", "a header of 16 octets", (rig) => rig.receive(ping({ ihl: 4 }))),
  wire("ipv4", "badLength", "a total length past the end", (rig) => rig.receive(ping({ totalLength: 99 }))),
  wire("ipv4", "badChecksum", "a wrong checksum", (rig) => rig.receive(ping({ checksum: 1 }))),
  wire("ipv4", "notOurAddress", "a datagram for another host", (rig) =>
    rig.receive(ping({ to: "10.77.0.9" })),
  ),
  wire("ipv4", "notMember", "a group of nobody's", (rig) => rig.receive(ping({ to: GROUP }))),
  wire("ipv4", "badDestination", "to network 0", (rig) => rig.receive(ping({ to: "0.1.2.3" }))),
  wire("ipv4", "badDestination", "to class E", (rig) => rig.receive(ping({ to: "240.0.0.1" }))),
  wire("ipv4", "loopbackDestination", "to 127.0.0.1", (rig) => rig.receive(ping({ to: "127.0.0.1" }))),
  wire("ipv4", "linkBroadcast", "to us, in a broadcast frame", (rig) =>
    rig.receive(ethernet(datagram(1, icmp(8, 0, [0, 0, 0, 0])), 0x0800, BROADCAST)),
  ),
  wire("ipv4", "sourceIsGroup", "from a group", (rig) => rig.receive(ping({ from: GROUP }))),
  wire("ipv4", "sourceIsNobody", "from 0.0.0.0 to one host", (rig) => rig.receive(ping({ from: "0.0.0.0" }))),
  wire("ipv4", "sourceIsNobody", "from 0.0.0.0 within the host", (rig) => {
    rig.stack
      .openPacket(rig.stack.interfaces[0] as NetworkInterface)
      .send(ping({ from: "0.0.0.0", to: "127.0.0.1" }).subarray(14));
  }),
  wire("ipv4", "sourceIsLoopback", "from 127.0.0.1", (rig) => rig.receive(ping({ from: "127.0.0.1" }))),
  wire("ipv4", "sourceIsOurs", "from ourselves", (rig) => rig.receive(ping({ from: OUR_IP }))),
  wire("ipv4", "sourceIsBroadcast", "from a directed broadcast", (rig) =>
    rig.receive(ping({ from: "10.77.0.255" })),
  ),
  wire("ipv4", "sourceIsBroadcast", "from the limited broadcast", (rig) =>
    rig.receive(ping({ from: "255.255.255.255" })),
  ),
  wire("ipv4", "sourceRouted", "a loose source route", (rig) =>
    rig.receive(ping(option(131, 7, 4, 10, 0, 0, 1, 0))),
  ),
  wire("ipv4", "badOption", "an option past the header", (rig) => rig.receive(ping(option(7, 99, 0, 0)))),
  wire("ipv4", "unknownProtocol", "protocol 99", (rig) => rig.receive(ethernet(datagram(99, bytes("x"))))),
  wire("ipv4", "ownCopiesFull", "more of our own broadcasts at once than wait", (rig) => {
    const socket = rig.stack.openUdp();
    socket.configure({ broadcast: true, receiveBuffer: 10_000_000 });
    socket.bind({ address: address("0.0.0.0"), port: 9 });
    rig.context.enter();
    const to = { address: address("255.255.255.255"), port: 9 };
    for (let i = 0; i < 4097; i++) socket.send(bytes("x"), to);
    rig.context.leave();
  }),

  wire("ipv4", "badFragmentLength", "a fragment of 9 octets that is not the last", (rig) =>
    rig.receive(piece(0, 9, true)),
  ),
  wire("ipv4", "fragmentTooFar", "a fragment past 65,535 octets", (rig) =>
    rig.receive(piece(8189, 100, false)),
  ),
  wire("ipv4", "fragmentEndMoved", "two last fragments", both(piece(1, 8, false), piece(2, 8, false))),
  wire(
    "ipv4",
    "fragmentEndMoved",
    "a fragment past the last one",
    both(piece(1, 8, false), piece(2, 8, true)),
  ),
  wire(
    "ipv4",
    "fragmentOverlaps",
    "an overlap with other octets",
    both(piece(0, 16, true), piece(1, 16, true, 1)),
  ),
  wire(
    "ipv4",
    "fragmentEcnMixed",
    "a fragment that met congestion beside one that could not be marked",
    both(piece(0, 8, true), piece(1, 8, true, 0, 3)),
  ),
  wire(
    "ipv4",
    "fragmentCondemned",
    "one more of a datagram that was given up",
    (rig) => rig.receive(piece(4, 8, true)),
    {},
    both(piece(0, 16, true), piece(1, 16, true, 1)),
  ),
  wire(
    "ipv4",
    "reassemblyTimeout",
    "the rest does not come",
    (rig) => rig.run(seconds(31)),
    {},
    (rig) => rig.receive(piece(1, 8, true)),
  ),
  wire(
    "ipv4",
    "reassemblyFull",
    "one datagram more than are put together",
    (rig) => rig.receive(ethernet(datagram(17, new Uint8Array(8), { fragment: MORE, id: 0xffff }))),
    {},
    (rig) => {
      for (let id = 0; id < 4096; id++)
        rig.receive(
          ethernet(datagram(17, new Uint8Array(8), { fragment: MORE, id, from: `10.77.1.${id & 63}` })),
        );
    },
  ),
];

/** Sends so many octets by a route that was asked for before. */
export function sender(rig: WireRig): (octets: number, how?: "whole" | "header" | "super") => void {
  const route = rig.context.route(address(PEER_IP)) as Ipv4Route;
  return (octets, how) => {
    const packet = rig.context.pool.take(octets);
    packet.end = packet.start + octets;
    packet.transport = packet.start;
    packet.dontFragment = how === "whole";
    packet.segmentSize = how === "super" ? 1460 : 0;
    if (how === "header") route.sendWithHeader(packet);
    else route.send(packet, 17);
  };
}

const OUT: readonly ReasonCase[] = [
  wire("ipv4", "linkDown", "a datagram by a route whose interface is gone", (rig) => {
    const send = sender(rig);
    rig.link.sink?.failed("unplugged");
    send(8);
  }),
  wire("ipv4", "linkDown", "a datagram with its header, when the interface is gone", (rig) => {
    const send = sender(rig);
    rig.link.sink?.failed("unplugged");
    send(28, "header");
  }),
  wire("ipv4", "tooBig", "1501 octets that must not be fragmented", (rig) => sender(rig)(1481, "whole")),
  wire("ipv4", "tooBig", "1501 octets with their header", (rig) => sender(rig)(1501, "header")),
  wire("ipv4", "tooLong", "65,536 octets", (rig) => sender(rig)(65_516)),
  wire("ipv4", "tooLong", "a super-segment of 65,536 octets", (rig) => sender(rig)(65_516, "super")),
];

const ICMP: readonly ReasonCase[] = [
  wire("icmp", "truncated", "7 octets", (rig) => rig.receive(icmpFrame(new Uint8Array(7)))),
  wire("icmp", "badChecksum", "a wrong checksum", (rig) =>
    rig.receive(icmpFrame(spoilt(icmp(8, 0, [0, 0, 0, 0])))),
  ),
  wire("icmp", "unknownType", "a timestamp request", (rig) =>
    rig.receive(icmpFrame(icmp(13, 0, [0, 0, 0, 0], new Uint8Array(12)))),
  ),
  wire("icmp", "sourceQuench", "a source quench", (rig) => rig.receive(error(OWN, 4, 0))),
  wire("icmp", "echoToMany", "a ping to everybody", (rig) =>
    rig.receive(icmpFrame(icmp(8, 0, [0, 0, 0, 0]), { to: "10.77.0.255" })),
  ),
  wire("icmp", "errorToMany", "an error to everybody", (rig) =>
    rig.receive(error(OWN, 3, 1, { to: "10.77.0.255" })),
  ),
  wire("icmp", "noRouteBack", "a ping from nowhere", (rig) => rig.receive(ping({ from: "192.0.2.1" }))),
  wire("icmp", "nobodyWaits", "a reply that nobody waits for", (rig) =>
    rig.receive(icmpFrame(icmp(0, 0, [0, 1, 0, 1]))),
  ),
  wire("icmp", "quoteTruncated", "an error that quotes 27 octets", (rig) =>
    rig.receive(error(OWN.subarray(0, 27))),
  ),
  wire("icmp", "quoteVersion", "an error about IPv6", (rig) =>
    rig.receive(error(datagram(17, new Uint8Array(8), { from: OUR_IP, version: 6 }))),
  ),
  wire("icmp", "quoteHeaderLength", "an error about a header of 16 octets", (rig) =>
    rig.receive(error(datagram(17, new Uint8Array(8), { from: OUR_IP, ihl: 4 }))),
  ),
  wire("icmp", "quoteFragment", "an error about the second fragment", (rig) =>
    rig.receive(error(datagram(17, new Uint8Array(8), { from: OUR_IP, fragment: 1 }))),
  ),
  wire("icmp", "quoteNotOurs", "an error about another host's datagram", (rig) =>
    rig.receive(error(datagram(17, new Uint8Array(8), { from: "10.77.0.9" }))),
  ),
  wire("icmp", "quoteOfNobody", "an error about a datagram of no socket's", (rig) => rig.receive(error(OWN))),
  wire("icmp", "quoteOfNobody", "an error about a protocol of nobody's", (rig) =>
    rig.receive(error(datagram(99, new Uint8Array(8), { from: OUR_IP }))),
  ),
  wire("icmp", "quoteOfNobody", "an error about an echo reply", (rig) =>
    rig.receive(error(datagram(1, icmp(0, 0, [0, 0, 0, 0]), { from: OUR_IP }))),
  ),
  wire("icmp", "quoteOfNobody", "an error about a ping of nobody's", (rig) =>
    rig.receive(error(datagram(1, icmp(8, 0, [0, 0, 0, 0]), { from: OUR_IP }))),
  ),
  wire("icmp", "quoteOfNobody", "an error about IGMP", (rig) =>
    rig.receive(error(datagram(2, new Uint8Array(8), { from: OUR_IP }))),
  ),
  wire("icmp", "quoteOfNobody", "an error about a segment of no connection", (rig) =>
    rig.receive(error(datagram(6, new Uint8Array(20), { from: OUR_IP }))),
  ),
  wire(
    "icmp",
    "errorUnwanted",
    "an error for a socket that is not connected",
    (rig) => rig.receive(error(OWN)),
    {},
    (rig) => {
      rig.stack.openUdp().bind({ address: address("0.0.0.0"), port: 9 });
    },
  ),
  wire("icmp", "unknownCode", "an unreachable of code 99", (rig) => rig.receive(error(OWN, 3, 99))),
  wire("icmp", "redirectRefused", "a redirect from who is no gateway", (rig) =>
    rig.receive(error(OWN, 5, 1)),
  ),
];

const IGMP: readonly ReasonCase[] = [
  wire("igmp", "truncated", "7 octets", (rig) =>
    rig.receive(ethernet(datagram(2, new Uint8Array(7), { to: "224.0.0.1" }), 0x0800, groupMac("224.0.0.1"))),
  ),
  wire("igmp", "truncated", "a query of 9 octets, which is of no version", (rig) =>
    rig.receive(igmpFrame(0x11, 10, "0.0.0.0", { more: bytes(0) })),
  ),
  wire("igmp", "badLength", "a query about one source more than it names", (rig) =>
    rig.receive(igmpFrame(0x11, 10, "0.0.0.0", { more: bytes(2, 125, 0, 1) })),
  ),
  wire("igmp", "badChecksum", "a wrong checksum", (rig) =>
    rig.receive(igmpFrame(0x11, 10, "0.0.0.0", { spoil: 1 })),
  ),
  wire("igmp", "unknownType", "a leave", (rig) =>
    rig.receive(igmpFrame(0x17, 0, GROUP, { to: "224.0.0.1" })),
  ),
  wire("igmp", "forgedQuery", "a general query to another group", (rig) => {
    rig.stack.openUdp().joinGroup(address(GROUP), "eth0");
    rig.receive(igmpFrame(0x11, 10, "0.0.0.0", { to: GROUP }));
  }),
  wire("igmp", "forgedReport", "a report from off the link", (rig) =>
    rig.receive(igmpFrame(0x16, 0, "224.0.0.1", { from: "192.0.2.1" })),
  ),
];

const ENDPOINTS: readonly ReasonCase[] = [
  wire("udp", "truncated", "7 octets", (rig) => rig.receive(udpFrame(new Uint8Array(7)))),
  wire("udp", "badLength", "a length past the end", (rig) =>
    rig.receive(udpFrame(udp(5000, 7, bytes("x"), { length: 10 }))),
  ),
  wire("udp", "badChecksum", "a wrong checksum", (rig) =>
    rig.receive(udpFrame(udp(5000, 7, bytes("x"), { checksum: 1 }))),
  ),
  wire("udp", "destinationPortZero", "to port 0", (rig) => rig.receive(udpFrame(udp(5000, 0, bytes("x"))))),
  wire("udp", "noSuchPort", "to a port that is not open", (rig) => rig.receive(udpFrame())),
  wire("udp", "noSuchPort", "to everybody, on a port that is not open", (rig) =>
    rig.receive(udpFrame(udp(5000, 7, bytes("x"), { to: "10.77.0.255" }), { to: "10.77.0.255" })),
  ),
  wire("udp", "notJoined", "to a group that another socket has joined", (rig) => {
    const [member, other] = [rig.stack.openUdp(), rig.stack.openUdp()];
    member.joinGroup(address(GROUP), "eth0");
    other.bind({ address: address("0.0.0.0"), port: 7 });
    rig.receive(udpFrame(udp(5000, 7, bytes("x"), { to: GROUP }), { to: GROUP }));
  }),
  wire("udp", "receiveShut", "to a socket that receives no more", (rig) => {
    const socket = rig.stack.openUdp();
    socket.bind({ address: address("0.0.0.0"), port: 7 });
    socket.shutdown(true, false);
    rig.receive(udpFrame());
  }),
  wire("udp", "receiveBufferFull", "a second datagram for a socket without room", (rig) => {
    const socket = rig.stack.openUdp();
    socket.bind({ address: address("0.0.0.0"), port: 7 });
    socket.configure({ receiveBuffer: 1 });
    rig.receive(udpFrame(), udpFrame());
  }),
  wire("udp", "receiveBufferFull", "to everybody, for one of two sockets without room", (rig) => {
    for (const receiveBuffer of [1, 9999]) {
      const socket = rig.stack.openUdp();
      socket.configure({ receiveBuffer, reuseAddress: true });
      socket.bind({ address: address("0.0.0.0"), port: 7 });
    }
    const frame = udpFrame(udp(5000, 7, bytes("x"), { to: "10.77.0.255" }), { to: "10.77.0.255" });
    rig.receive(frame, frame);
  }),
  wire("udp", "errorQueueFull", "one error more than wait to be read", (rig) => {
    const socket = rig.stack.openUdp();
    socket.bind({ address: address("0.0.0.0"), port: 9 });
    socket.configure({ receiveErrors: true });
    for (let i = 0; i < 65; i++) rig.receive(error(OWN));
  }),
  wire("raw", "receiveBufferFull", "a second datagram for a raw socket without room", (rig) => {
    rig.stack.openRaw(99).configure({ receiveBuffer: 1 });
    for (let i = 0; i < 2; i++) rig.receive(ethernet(datagram(99, bytes("x"))));
  }),
  wire("udp", "filtered", "what the socket's filter does not keep", (rig) => {
    const socket = rig.stack.openUdp();
    socket.bind({ address: address("0.0.0.0"), port: 7 });
    socket.attachFilter?.(NOTHING);
    rig.receive(udpFrame());
  }),
  wire("udp", "fewHopsLeft", "with a time to live below the socket's least", (rig) => {
    const socket = rig.stack.openUdp();
    socket.bind({ address: address("0.0.0.0"), port: 7 });
    socket.configure({ leastHopLimit: 255 });
    rig.receive(udpFrame());
  }),
  wire("raw", "fewHopsLeft", "with a time to live below the socket's least", (rig) => {
    rig.stack.openRaw(99).configure({ leastHopLimit: 255 });
    rig.receive(ethernet(datagram(99, bytes("x"))));
  }),
  wire("raw", "filtered", "what the socket's filter does not keep", (rig) => {
    rig.stack.openRaw(99).attachFilter(NOTHING);
    rig.receive(ethernet(datagram(99, bytes("x"))));
  }),
  wire(
    "raw",
    "badChecksum",
    "a wrong checksum where IPV6_CHECKSUM says that there is one",
    (rig) => {
      rig.stack.openRaw(99, 6).configure({ checksumOffset: 2 });
      rig.receive(frame6(99, bytes(1, 2, 3, 4)));
    },
    { addresses: [`${OUR_IP6}/64`] },
  ),
  wire("raw", "filtered", "what ICMP_FILTER does not keep", (rig) => {
    rig.stack.openRaw(1).configure({ icmpFilter: 1 << 8 });
    rig.receive(ping());
  }),
  wire("packet", "filtered", "what the socket's filter does not keep", (rig) => {
    const socket = rig.stack.openPacket(rig.eth0);
    socket.configure({ inboundOnly: true });
    socket.attachFilter(NOTHING);
    rig.receive(ping());
  }),
  wire("raw", "errorQueueFull", "one error more than wait to be read", (rig) => {
    rig.stack.openRaw(99).configure({ receiveErrors: true });
    for (let i = 0; i < 65; i++) rig.receive(error(datagram(99, new Uint8Array(8), { from: OUR_IP })));
  }),
  wire("packet", "receiveBufferFull", "a second frame for a packet socket without room", (rig) => {
    rig.stack.openPacket(rig.eth0).configure({ receiveBuffer: 1, inboundOnly: true });
    rig.receive(ping(), ping());
  }),
  wire("echo", "receiveBufferFull", "one reply more than wait to be read", (rig) => {
    const { identifier } = rig.stack.openEcho();
    const reply = icmpFrame(icmp(0, 0, [identifier >> 8, identifier & 255, 0, 1]));
    for (let i = 0; i < 257; i++) rig.receive(reply);
  }),
];

/** A filter that keeps nothing. */
const NOTHING = new PacketFilter([[6, 0, 0, 0]]);

export const IP_CASES: readonly ReasonCase[] = [...IN, ...OUT, ...ICMP, ...IGMP, ...ENDPOINTS];
