/** For each reason for which a packet waits on its way, is cut up or put together, something that gives it. */
import { ImpairedLink, VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { Xoshiro128 } from "../../../src/stack/index.ts";
import { arpRequest, datagram, ethernet, PEER_IP, ping } from "../frames.ts";
import { address, HandLink } from "../wire-rig.ts";
import { sendTo } from "./interface-cases.ts";
import { type SendCase, tcp, wire } from "./send-case.ts";

export const WAY_CASES: readonly SendCase[] = [
  tcp("cutUp", "segment", "a write of several segments", (rig) => rig.write(5000)),
  wire("arp", "waitsForNeighbour", "sent", "a send to a stranger", (rig) => sendTo(rig, PEER_IP)),
  wire("interface", "waitsForLink", "sent", "a ping of the peer's while the link takes nothing", (rig) => {
    rig.receive(arpRequest());
    rig.link.room = 0;
    rig.receive(ping());
  }),
  wire("link", "onTheLine", "sent", "a send over a line with a delay", (rig) => {
    const line = new ImpairedLink(new HandLink(), new VirtualTime(), new Xoshiro128(1), "delay=5ms");
    rig.stack.addInterface("eth1", line, [{ address: address("10.9.0.1"), prefixLength: 24 }]);
    sendTo(rig, "10.9.0.2");
  }),
  wire("ipv4", "fragmented", "sent", "a send of 3000 octets", (rig) =>
    sendTo(rig, PEER_IP, 3000, { mtuDiscovery: "dont" }),
  ),
  wire("ipv4", "reassembled", "received", "a datagram in two fragments", (rig) => {
    rig.receive(ethernet(datagram(17, new Uint8Array(8), { fragment: 0x2000 })));
    rig.receive(ethernet(datagram(17, new Uint8Array(8), { fragment: 1 })));
  }),
];
