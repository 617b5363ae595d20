/** For each reason that IPv6, ICMPv6 and Neighbour Discovery have to send, or not to send, something that gives it. */
import { seconds, type TcpEndpoint } from "../../../src/stack/index.ts";
import { bytes, word16 } from "../frames.ts";
import {
  ALL_NODES,
  advertisement,
  fragment6,
  frame6,
  icmp6,
  icmp6Frame,
  linkOption,
  mldFrame,
  OUR_IP6,
  optionsHeader,
  PEER_IP6,
  ping6,
  sealed,
  solicitation,
  udp6,
} from "../frames6.ts";
import { address, HandLink, type WireRig } from "../wire-rig.ts";
import { type SendCase, wire6 as wire } from "./send-case.ts";

const ask = (rig: WireRig): void => {
  rig.stack.openUdp().send(bytes("x"), { address: address(PEER_IP6), port: 9 });
};
const GROUP = "ff05::123";
const member = (rig: WireRig): ReturnType<WireRig["stack"]["openUdp"]> => {
  const socket = rig.stack.openUdp();
  socket.joinGroup(address(GROUP), "eth0");
  return socket;
};
const nobody = (fields = {}): Uint8Array => frame6(17, udp6(5000, 9, bytes("x"), fields), fields);
const badOption = (next: number, payload: Uint8Array): Uint8Array =>
  frame6(60, bytes(optionsHeader(next, bytes(1, 99, 0, 0, 0, 0)), payload));
/** A TCP connection to the peer's port 80. */
function connected(rig: WireRig): TcpEndpoint {
  const endpoint = rig.stack.openTcp();
  endpoint.connect({ address: address(PEER_IP6), port: 80 });
  rig.receive(advertisement());
  const syn = rig.taken().at(-1)?.subarray(54) ?? bytes();
  const seq = new DataView(syn.buffer, syn.byteOffset).getUint32(4) + 1;
  const fields = bytes(0, 80, syn.subarray(0, 2), 0, 0, 0, 0, word16(seq >>> 16), word16(seq & 0xffff));
  // A SYN with an ACK, a window of 65,535 octets, and no options.
  rig.receive(frame6(6, sealed(6, 16, bytes(fields, 0x50, 0x12, 0xff, 0xff, 0, 0, 0, 0))));
  return endpoint;
}

export const IPV6_SEND_CASES: readonly SendCase[] = [
  wire("icmpv6", "echoRequest", "call", "a ping", (rig) =>
    rig.stack.openEcho().request(address(PEER_IP6), 1, bytes("x")),
  ),
  wire("icmpv6", "echoReply", "received", "a ping of the peer's", (rig) => rig.receive(ping6())),
  wire("icmpv6", "errorPort", "received", "a datagram for nobody", (rig) => rig.receive(nobody())),
  wire("icmpv6", "errorProtocol", "received", "protocol 99", (rig) => rig.receive(frame6(99, bytes("x")))),
  wire("icmpv6", "errorReassembly", "timer", "half a datagram", (rig) => {
    rig.receive(frame6(44, fragment6(17, 0, true, new Uint8Array(8))));
    rig.run(seconds(61));
  }),
  wire("icmpv6", "errorParameter", "received", "a bad option", (rig) =>
    rig.receive(badOption(17, udp6(5000, 9, bytes("x")))),
  ),
  wire("icmpv6", "withheldToMany", "received", "a datagram for nobody, to all nodes", (rig) =>
    rig.receive(nobody({ to: ALL_NODES })),
  ),
  wire("icmpv6", "withheldSource", "received", "a bad option from the unspecified address", (rig) =>
    rig.receive(frame6(60, bytes(optionsHeader(17, bytes(1, 99, 0, 0, 0, 0))), { from: "::" })),
  ),
  wire("icmpv6", "withheldError", "received", "an ICMPv6 error behind a bad option", (rig) =>
    rig.receive(frame6(60, bytes(optionsHeader(58, bytes(0x9e, 4, 0, 0, 0, 0)), icmp6(1, 0, [0, 0, 0, 0])))),
  ),
  wire("icmpv6", "withheldRate", "received", "many datagrams for nobody", (rig) => {
    for (let i = 0; i < 60; i++) rig.receive(nobody());
  }),
  wire("icmpv6", "withheldRoute", "received", "protocol 99, from nowhere", (rig) =>
    rig.receive(frame6(99, bytes("x"), { from: "2001:db8::1" })),
  ),
  wire("nd", "neighbourSolicitation", "sent", "a send to a stranger", ask),
  wire("nd", "neighbourProbe", "timer", "a send to an old acquaintance, who says nothing", (rig) => {
    ask(rig);
    rig.receive(advertisement());
    rig.run(seconds(60));
    ask(rig);
    rig.run(seconds(6));
  }),
  wire("nd", "routerSolicitation", "timer", "an interface that listens to routers", (rig) => {
    rig.stack.addInterface("eth1", new HandLink(), [], { autoconfigure: true });
    rig.run(seconds(4));
  }),
  wire("nd", "routerSolicitation", "timer", "an interface whose routers say nothing", (rig) => {
    rig.stack.addInterface("eth1", new HandLink(), [], { autoconfigure: true });
    rig.run(seconds(20));
  }),
  wire("mld", "groupReport", "call", "a join", (rig) => member(rig)),
  wire("mld", "groupReportQueried", "timer", "a query", (rig) => {
    member(rig);
    rig.run(seconds(11));
    rig.receive(mldFrame(130, 1000, "::"));
    rig.run(seconds(11));
  }),
  wire("mld", "groupLeave", "call", "a leave", (rig) => member(rig).leaveGroup(address(GROUP), "eth0")),
  wire("mld", "groupLeave", "timer", "a leave, told again", (rig) => {
    member(rig).leaveGroup(address(GROUP), "eth0");
    rig.run(seconds(2));
  }),
  wire("tcp", "cutUp", "segment", "a write of several segments over IPv6", (rig) => {
    connected(rig).write(new Uint8Array(5000), 0, 5000, false);
  }),
  wire("nd", "duplicateProbe", "timer", "a new address", (rig) => rig.run(seconds(2)), "probe"),
  wire("nd", "neighbourAnnouncement", "call", "a new address", () => undefined, "announce"),
  wire("nd", "neighbourAdvertisement", "received", "a solicitation for us", (rig) =>
    rig.receive(solicitation(OUR_IP6, linkOption(1))),
  ),
  wire("nd", "addressTaken", "received", "a probe for our address", (rig) =>
    rig.receive(
      icmp6Frame(135, 0, [0, 0, 0, 0], bytes(solicitation(OUR_IP6).subarray(62, 78)), {
        from: "::",
        to: "ff02::1:ff00:2",
        hopLimit: 255,
      }),
    ),
  ),
  wire("nd", "waitsForNeighbour", "sent", "a send to a stranger", ask),
  wire("ipv6", "fragmented", "sent", "a send of 3000 octets", (rig) => {
    const socket = rig.stack.openUdp();
    socket.configure({ mtuDiscovery: "dont" });
    socket.send(new Uint8Array(3000), { address: address(PEER_IP6), port: 9 });
  }),
  wire("ipv6", "reassembled", "received", "a datagram in two fragments", (rig) => {
    rig.receive(frame6(44, fragment6(17, 0, true, new Uint8Array(8))));
    rig.receive(frame6(44, fragment6(17, 1, false, new Uint8Array(8))));
  }),
];
