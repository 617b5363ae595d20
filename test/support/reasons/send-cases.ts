/** For each reason to send, or to hold back, something that gives it. */
import { type Duration, milliseconds, seconds } from "../../../src/stack/index.ts";
import {
  arpReply,
  arpRequest,
  bytes,
  datagram,
  ethernet,
  icmp,
  igmpFrame,
  OUR_IP,
  PEER,
  PEER_IP,
  ping,
  udp,
} from "../frames.ts";
import { established, Rig, type RigOptions, synReceived } from "../rig.ts";
import { address, HandLink, type WireRig } from "../wire-rig.ts";
import { udpFrame } from "./interface-cases.ts";
import { IPV6_SEND_CASES } from "./ipv6-send-cases.ts";
import { ROUTER_SENDS } from "./router-sends.ts";
import { type SendCase, tcp, wire } from "./send-case.ts";
import { WAY_CASES } from "./way-cases.ts";

const GROUP = "239.1.2.3";
/** What a query of version 3 has besides: robustness 2, a query each 125 s, no sources. */
const QUERY_V3 = bytes(2, 125, 0, 0);
const SYN = 2;

const listening = (options: RigOptions): Rig => {
  const rig = new Rig(options);
  rig.listen(options);
  return rig;
};
/** As many connections are half open as may be. */
const full = (options: RigOptions): Rig => {
  const rig = listening({ ...options, tcp: { config: { synQueue: 1 } } });
  rig.sendSegment({ ...rig.bare, sourcePort: 1, flags: SYN });
  return rig;
};
const connecting = (options: RigOptions): Rig => {
  const rig = new Rig(options);
  rig.connect(options);
  return rig;
};
/** A simultaneous open. */
const crossed = (options: RigOptions): Rig => {
  const rig = connecting(options);
  rig.peerSends("S 0:0 win 65535 <mss 1460>");
  return rig;
};
const says =
  (...lines: string[]) =>
  (rig: Rig): void => {
    for (const line of lines) rig.peerSends(line);
  };
const SACK: RigOptions = {
  peer: "mss 1460,sackOK",
  roundTrip: milliseconds(40),
  options: { congestion: "newreno" },
};
/** An ACK of `n` with these SACK blocks. */
const ack = (n: number, ...blocks: [number, number][]): string =>
  `. 1:1 ack ${n} win 65535${blocks.length === 0 ? "" : ` <sack ${blocks.map(([l, r]) => `${l}:${r}`).join(" ")}>`}`;
/** Writes so many octets, then hears `lines`. */
const sending =
  (octets: number, ...lines: string[]) =>
  (rig: Rig): void => {
    rig.write(octets);
    rig.time.elapse(milliseconds(40));
    for (const line of lines) rig.peerSends(line);
  };
const passing =
  (span: Duration, ...before: ((rig: Rig) => void)[]) =>
  (rig: Rig): void => {
    for (const act of before) act(rig);
    rig.time.elapse(span);
  };
const closing = (rig: Rig): void => rig.do((endpoint) => endpoint.close());
const waiting = (rig: Rig): void => {
  closing(rig);
  rig.peerSends("F. 1:1 ack 2 win 65535");
};
const shut = says(". 1:1 ack 1 win 0");

const OPENING: readonly SendCase[] = [
  tcp("syn", "call", "connect", () => undefined, connecting),
  tcp("synAgain", "timer", "connect to nobody", passing(seconds(2)), connecting),
  tcp("synAck", "received", "a SYN for a listener", () => undefined, synReceived),
  tcp("synAckAgain", "timer", "a SYN|ACK without an answer", passing(seconds(2)), synReceived),
  tcp("synCookie", "received", "a SYN, when the queue is full", says("S 0:0 win 65535 <mss 1460>"), full),
  tcp("synAckRepeated", "received", "the SYN again", says("S 0:0 win 65535 <mss 1460>"), synReceived),
  tcp("ackSynAck", "received", "a SYN|ACK", says("S. 0:0 ack 1 win 65535 <mss 1460>"), connecting),
];

const CROSSED: readonly SendCase[] = [
  tcp("synAck", "received", "a SYN that crosses ours", () => undefined, crossed),
  tcp("synAckAgain", "timer", "a SYN that crosses ours, and no more", passing(seconds(2)), crossed),
  tcp("synAckRepeated", "received", "the crossing SYN again", says("S 0:0 win 65535 <mss 1460>"), crossed),
  tcp("ackNotAcceptable", "received", "a crossing SYN, and old text", says(". 0:0 ack 1 win 9"), crossed),
  tcp("ackNotAcceptable", "received", "a SYN, and old text", says(". 0:0 ack 1 win 9"), synReceived),
  tcp("challengeAck", "received", "a SYN, and another one", says("S 5:5 win 65535"), synReceived),
  tcp("challengeAck", "received", "a SYN, and a reset elsewhere", says("R 5:5 win 0"), synReceived),
  tcp(
    "ackSynAck",
    "received",
    "a crossing SYN and the ACK of ours in one burst",
    (rig) => rig.peerSendsTogether(["S 0:0 win 65535 <mss 1460>", ". 1:1 ack 1 win 65535"]),
    connecting,
  ),
];

const TEXT: readonly SendCase[] = [
  tcp("newText", "call", "a write", (rig) => rig.write(10)),
  tcp("fin", "call", "a close", closing),
  tcp(
    "forcedText",
    "timer",
    "a write with TCP_CORK",
    passing(seconds(1), (rig) => rig.write(10)),
    established,
    { options: { cork: true } },
  ),
  tcp(
    "windowProbe",
    "timer",
    "a write into a closed window",
    passing(seconds(2), shut, (rig) => rig.write(5)),
  ),
  tcp(
    "windowProbe",
    "timer",
    "the same, where a probe has an old number and no text, as Linux's",
    passing(seconds(2), shut, (rig) => rig.write(5)),
    established,
    { tcp: { config: { windowProbes: "old-number" } } },
  ),
  tcp(
    "windowProbeAgain",
    "timer",
    "a probe that is not answered",
    passing(seconds(9), shut, (rig) => rig.write(5)),
  ),
  tcp(
    "tailProbe",
    "timer",
    "no ACK, and new text beyond the window",
    passing(milliseconds(100), (rig) => rig.write(16_060)),
    established,
    SACK,
  ),
  tcp(
    "tailProbeAgain",
    "timer",
    "no ACK, and no new text",
    passing(milliseconds(100), (rig) => rig.write(2920)),
    established,
    SACK,
  ),
];

const AGAIN: readonly SendCase[] = [
  tcp("fastRetransmit", "received", "three duplicate ACKs", sending(7300, ack(1), ack(1), ack(1))),
  tcp("partialAck", "received", "an ACK of a part", sending(7300, ack(1), ack(1), ack(1), ack(1461))),
  tcp(
    "nextHole",
    "received",
    "two holes",
    sending(14_600, ack(1, [4381, 14_601], [1461, 2921])),
    established,
    SACK,
  ),
  tcp(
    "reorderingOver",
    "timer",
    "a hole that is not filled",
    passing(milliseconds(20), sending(14_600, ack(1, [1461, 2921]))),
    established,
    SACK,
  ),
  tcp(
    "lostAgain",
    "timer",
    "a retransmission that does not arrive",
    (rig) => {
      sending(14_600, ack(1, [1461, 5841]))(rig);
      rig.write(14_600);
      rig.peerSends(ack(1, [1461, 14_601]));
      rig.time.elapse(milliseconds(40));
      rig.peerSends(ack(1, [1461, 16_061]));
      rig.time.elapse(milliseconds(15));
    },
    established,
    SACK,
  ),
  tcp(
    "lostAgain",
    "received",
    "a retransmission that does not arrive, and much that does",
    (rig) => {
      sending(14_600, ack(1, [1461, 14_601]))(rig);
      rig.write(14_600);
      for (let at = 16_061; at <= 26_281; at += 1460) rig.peerSends(ack(1, [1461, at]));
    },
    established,
    SACK,
  ),
  tcp(
    "timeout",
    "timer",
    "no ACK",
    passing(seconds(2), (rig) => rig.write(10)),
  ),
  tcp("afterTimeout", "received", "an ACK after a timeout", (rig) => {
    rig.write(4380);
    rig.time.elapse(seconds(1));
    rig.peerSends(ack(1461));
  }),
  tcp("smallerMtu", "received", "a router's report of a smaller MTU", (rig) => {
    rig.write(2920);
    rig.peerSendsIcmp(3, 4, 1000);
  }),
  tcp("windowReopened", "received", "a window that opens after a probe", (rig) => {
    shut(rig);
    rig.write(5);
    rig.time.elapse(seconds(2));
    rig.peerSends(ack(1));
  }),
];

/** Text that has come before: in one burst, so that each part of it takes an ACK of its own (RFC 2883 §4). */
const copies = (
  reason: "ackOldText" | "ackNotAcceptable" | "ackOutOfOrder",
  what: string,
  ...lines: string[]
): SendCase =>
  tcp(
    reason,
    "received",
    what,
    (rig) => {
      rig.peerSends("P. 1:9 ack 1 win 9");
      rig.peerSends("P. 21:29 ack 1 win 9");
      rig.peerSends("P. 41:49 ack 1 win 9");
      rig.peerSendsTogether(lines);
    },
    established,
    SACK,
  );

const COPIES: readonly SendCase[] = [
  copies("ackNotAcceptable", "old text, twice", "P. 1:3 ack 1 win 9", "P. 5:7 ack 1 win 9"),
  copies("ackOutOfOrder", "text behind a hole, twice", "P. 21:23 ack 1 win 9", "P. 41:43 ack 1 win 9"),
  copies("ackOldText", "text that fills holes and overlaps", "P. 9:23 ack 1 win 9", "P. 29:43 ack 1 win 9"),
  copies("ackOldText", "text that begins with old text, twice", "P. 5:11 ack 1 win 9", "P. 1:13 ack 1 win 9"),
  tcp(
    "ackOldTimestamp",
    "received",
    "old text with an old timestamp, twice",
    (rig) => {
      rig.peerSends("P. 1:9 ack 1 win 9 <TS val 9 ecr 0>");
      rig.peerSendsTogether(["P. 1:3 ack 1 win 9 <TS val 0 ecr 0>", "P. 5:7 ack 1 win 9 <TS val 0 ecr 0>"]);
    },
    established,
    { ...SACK, peer: "mss 1460,sackOK,TS val 0 ecr 0" },
  ),
];

const ACKS: readonly SendCase[] = [
  tcp(
    "ackFullSegments",
    "received",
    "two segments",
    says("P. 1:1461 ack 1 win 9", "P. 1461:2921 ack 1 win 9"),
  ),
  tcp("ackDelayed", "timer", "one small segment", passing(seconds(1), says("P. 1:2 ack 1 win 9"))),
  tcp("ackQuick", "received", "TCP_QUICKACK", says("P. 1:2 ack 1 win 9"), established, {
    options: { quickAck: true },
  }),
  tcp("ackQuick", "call", "TCP_QUICKACK, when text has come", (rig) => {
    rig.peerSends("P. 1:2 ack 1 win 9");
    rig.do((endpoint) => endpoint.configure({ quickAck: true }));
  }),
  tcp("ackEarly", "received", "the first text", says("P. 1:2 ack 1 win 9"), established, {
    tcp: { config: { quickAcks: 16 } },
  }),
  tcp("ackGapFilled", "received", "text that fills a gap", says("P. 3:5 ack 1 win 9", "P. 1:3 ack 1 win 9")),
  tcp("ackOutOfOrder", "received", "text behind a gap", says("P. 3:5 ack 1 win 9")),
  tcp("ackFin", "received", "a FIN", says("F. 1:1 ack 1 win 9")),
  tcp("ackOldText", "received", "text that overlaps", says("P. 1:3 ack 1 win 9", "P. 1:5 ack 1 win 9")),
  ...COPIES,
  tcp("ackNotAcceptable", "received", "old text", says("P. 1:3 ack 1 win 9", "P. 1:3 ack 1 win 9")),
  tcp("ackNotAcceptable", "received", "an empty segment before the window", says(". 0:0 ack 1 win 9")),
  tcp(
    "ackClosedWindow",
    "received",
    "text into a closed window",
    says("P. 1:2049 ack 1 win 9", "P. 2049:2050 ack 1 win 9"),
    established,
    { options: { receiveBuffer: 2048 } },
  ),
  tcp(
    "ackOldTimestamp",
    "received",
    "an old timestamp",
    says("P. 1:2 ack 1 win 9 <TS val 0 ecr 0>"),
    established,
    { peer: "mss 1460,TS val 0 ecr 0" },
  ),
  tcp(
    "ackOldTimestamp",
    "received",
    "a pure ACK with an old timestamp",
    says(". 1:1 ack 1 win 9 <TS val 0 ecr 0>"),
    established,
    { peer: "mss 1460,TS val 0 ecr 0" },
  ),
  tcp(
    "ackWindowUpdate",
    "call",
    "a read that opens the window",
    (rig) => {
      for (let at = 1; at < 9000; at += 1000) rig.peerSends(`P. ${at}:${at + 1000} ack 1 win 9`);
      rig.read();
    },
    established,
    { options: { receiveBuffer: 9000 } },
  ),
  tcp(
    "ackMarked",
    "received",
    "congestion experienced",
    (rig) => {
      rig.peerSends("P. 1:2 ack 1 win 9");
      rig.peerMarks("P. 2:3 ack 1 win 9");
    },
    ecnEstablished,
  ),
  tcp("ackTimeWait", "received", "the FIN again", (rig) => {
    waiting(rig);
    rig.peerSends("F. 1:1 ack 2 win 65535");
  }),
  tcp("challengeAck", "received", "a reset elsewhere in the window", says("R 2:2 win 0")),
  tcp("keepAlive", "timer", "an idle connection", passing(seconds(3)), established, {
    options: { keepAlive: true, keepIdle: seconds(2) },
  }),
];

const ENDS: readonly SendCase[] = [
  tcp(
    "resetAnswer",
    "received",
    "a SYN to a closed port",
    (rig) => rig.sendSegment({ ...rig.bare, destinationPort: 81, flags: SYN }),
    (options) => new Rig(options),
  ),
  tcp("resetUnread", "call", "a close with text unread", (rig) => {
    rig.peerSends("P. 1:3 ack 1 win 9");
    closing(rig);
  }),
  tcp("resetLinger", "call", "a close with SO_LINGER of 0", closing, established, { options: { linger: 0 } }),
  tcp("resetAbort", "call", "an abort", (rig) => rig.do((endpoint) => endpoint.abort())),
  tcp("resetNobodyReads", "received", "text after a close", (rig) => {
    closing(rig);
    rig.peerSends("P. 1:3 ack 2 win 9");
  }),
  tcp(
    "resetTimeout",
    "timer",
    "no ACK for long",
    passing(seconds(60), (rig) => rig.write(5)),
    established,
    {
      options: { userTimeout: seconds(5) },
    },
  ),
  tcp(
    "heldByReceiveWindow",
    "call",
    "a write that the window does not take",
    (rig) => rig.write(500),
    established,
    {
      window: 200,
    },
  ),
  tcp("heldByApplication", "received", "the end of the handshake", () => undefined),
  tcp("heldByCongestion", "call", "a write that the network does not take", (rig) => rig.write(65_535)),
  tcp("heldByNagle", "call", "two small writes", (rig) => {
    rig.write(5);
    rig.write(5);
  }),
  tcp("heldByCork", "call", "a write with TCP_CORK", (rig) => rig.write(5), established, {
    options: { cork: true },
  }),
  tcp("heldByRoute", "call", "a write when the interface is gone", (rig) => {
    rig.stack.removeInterface("eth0");
    rig.write(5);
  }),
  tcp("withheldRoute", "received", "a SYN to a closed port, from nowhere", (rig) =>
    rig.sendFrom("192.0.2.1", { destinationPort: 81, flags: SYN }),
  ),
];

const frame = (protocol: number, fields = {}): Uint8Array => ethernet(datagram(protocol, bytes("x"), fields));
const ask = (rig: WireRig): void => {
  rig.stack.openUdp().send(bytes("x"), { address: address(PEER_IP), port: 9 });
};
const member = (rig: WireRig): ReturnType<WireRig["stack"]["openUdp"]> => {
  const socket = rig.stack.openUdp();
  socket.joinGroup(address(GROUP), "eth0");
  return socket;
};
/** A member of a group, where a router of version 2 has been heard. */
const olderRouter = (rig: WireRig): ReturnType<typeof member> => {
  const socket = member(rig);
  rig.receive(igmpFrame(0x11, 10, "0.0.0.0"));
  return socket;
};

const OTHERS: readonly SendCase[] = [
  wire("udp", "datagram", "call", "a send", ask),
  wire("raw", "datagram", "call", "a send", (rig) =>
    rig.stack.openRaw(99).send(bytes("x"), address(PEER_IP)),
  ),
  wire("packet", "frame", "call", "a send", (rig) => rig.stack.openPacket(rig.eth0).send(ping())),
  wire("icmp", "echoRequest", "call", "a ping", (rig) =>
    rig.stack.openEcho().request(address(PEER_IP), 1, bytes("x")),
  ),
  wire("icmp", "echoReply", "received", "a ping of the peer's", (rig) => rig.receive(ping())),
  wire("icmp", "echoReply", "received", "a ping with an option that does not come back", (rig) =>
    rig.receive(ping({ options: bytes(1, 1, 1, 1) })),
  ),
  wire("icmp", "echoReply", "received", "a ping that records its route", (rig) =>
    rig.receive(ping({ options: bytes(7, 7, 4, 0, 0, 0, 0, 0) })),
  ),
  wire("icmp", "errorPort", "received", "a datagram for nobody", (rig) => rig.receive(udpFrame())),
  wire("icmp", "errorProtocol", "received", "protocol 99", (rig) => rig.receive(frame(99))),
  wire("icmp", "errorReassembly", "timer", "half a datagram", (rig) => {
    rig.receive(ethernet(datagram(17, new Uint8Array(8), { fragment: 0x2000 })));
    rig.run(seconds(31));
  }),
  wire("icmp", "errorParameter", "received", "a bad option", (rig) =>
    rig.receive(ping({ options: bytes(7, 99, 0, 0) })),
  ),
  wire("icmp", "withheldToMany", "received", "a datagram for nobody, to everybody", (rig) =>
    rig.receive(udpFrame(udp(5000, 7, bytes("x"), { to: "10.77.0.255" }), { to: "10.77.0.255" })),
  ),
  wire(
    "icmp",
    "withheldFragment",
    "received",
    "protocol 99, in two fragments of which the last is bad",
    (rig) => rig.receive(frame(99, { fragment: 1, options: bytes(7, 99, 0, 0) })),
  ),
  wire(
    "icmp",
    "withheldSource",
    "received",
    "protocol 99, from the broadcast address of another interface",
    (rig) => {
      rig.stack.addInterface("eth1", new HandLink(), [{ address: address("10.9.0.1"), prefixLength: 24 }]);
      rig.receive(frame(99, { from: "10.9.0.255" }));
    },
  ),
  wire("icmp", "withheldError", "received", "an ICMP error with a bad option", (rig) => {
    const quote = datagram(17, new Uint8Array(8), { from: OUR_IP });
    rig.receive(ethernet(datagram(1, icmp(3, 1, [0, 0, 0, 0], quote), { options: bytes(7, 99, 0, 0) })));
  }),
  wire("icmp", "withheldRate", "received", "many datagrams for nobody", (rig) => {
    for (let i = 0; i < 60; i++) rig.receive(udpFrame());
  }),
  wire("icmp", "withheldRoute", "received", "protocol 99, from nowhere", (rig) =>
    rig.receive(frame(99, { from: "192.0.2.1" })),
  ),
  wire("arp", "arpRequest", "sent", "a send to a stranger", ask),
  wire("arp", "arpPoll", "sent", "a send to an old acquaintance", (rig) => {
    ask(rig);
    rig.receive(arpReply());
    rig.run(seconds(25));
    ask(rig);
  }),
  wire("arp", "arpProbe", "timer", "a new address", (rig) => rig.run(seconds(2)), "probe"),
  wire(
    "arp",
    "arpAnnouncement",
    "timer",
    "a new address, after it was probed",
    (rig) => rig.run(seconds(9)),
    "probe",
  ),
  wire("arp", "arpDefence", "received", "another host with our address", (rig) =>
    rig.receive(arpRequest(OUR_IP, PEER, PEER_IP)),
  ),
  wire("arp", "arpReply", "received", "a request for us", (rig) => rig.receive(arpRequest())),
  wire("igmp", "groupReport", "call", "a join", (rig) => member(rig)),
  wire("igmp", "groupReportQueried", "timer", "a query", (rig) => {
    member(rig);
    rig.run(seconds(11));
    rig.receive(igmpFrame(0x11, 10, "0.0.0.0"));
    rig.run(seconds(11));
  }),
  wire("igmp", "groupReportQueried", "timer", "a query of version 3", (rig) => {
    member(rig);
    rig.run(seconds(11));
    rig.receive(igmpFrame(0x11, 10, "0.0.0.0", { more: QUERY_V3 }));
    rig.run(seconds(11));
  }),
  wire("igmp", "groupReportQueried", "timer", "a query of version 3 about one group", (rig) => {
    member(rig);
    rig.run(seconds(11));
    rig.receive(igmpFrame(0x11, 10, GROUP, { more: QUERY_V3 }));
    rig.run(seconds(11));
  }),
  wire("igmp", "groupLeave", "call", "a leave", (rig) => member(rig).leaveGroup(address(GROUP), "eth0")),
  wire("igmp", "groupReport", "call", "a join beside an older router", (rig) =>
    olderRouter(rig).joinGroup(address("239.1.2.4"), "eth0"),
  ),
  wire("igmp", "groupReport", "timer", "a join beside an older router, told again", (rig) => {
    olderRouter(rig).joinGroup(address("239.1.2.4"), "eth0");
    rig.run(seconds(11));
  }),
  wire("igmp", "groupLeave", "call", "a leave beside an older router", (rig) => {
    const socket = olderRouter(rig);
    rig.run(seconds(11));
    socket.leaveGroup(address(GROUP), "eth0");
  }),
];

/** ECN is agreed on. */
function ecnEstablished(options: RigOptions): Rig {
  const rig = listening(options);
  rig.peerSends("SEW 0:0 win 65535 <mss 1460>");
  rig.peerSends(". 1:1 ack 1 win 65535");
  rig.accept();
  return rig;
}

export const SEND_CASES: readonly SendCase[] = [
  ...OPENING,
  ...CROSSED,
  ...TEXT,
  ...AGAIN,
  ...ACKS,
  ...ENDS,
  ...OTHERS,
  ...IPV6_SEND_CASES,
  ...ROUTER_SENDS,
  ...WAY_CASES,
];
