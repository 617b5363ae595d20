/** Drops of interfaces, links and ARP. */
import { VlanTrunk } from "../../../src/drivers/link/vlan-trunk.ts";
import { bpduFrame } from "../../../src/drivers/memory/bpdu.ts";
import { pipe, Switch } from "../../../src/drivers/memory/index.ts";
import { Gate } from "../../../src/drivers/simulation/gate.ts";
import { ImpairedLink, VirtualTime } from "../../../src/drivers/simulation/index.ts";
import {
  type Drop,
  type DropName,
  dropName,
  ipv4,
  type Link,
  type LinkSink,
  type Packet,
  PacketPool,
  seconds,
  Xoshiro128,
} from "../../../src/stack/index.ts";
import {
  arp,
  arpReply,
  arpRequest,
  BROADCAST,
  bytes,
  datagram,
  ethernet,
  NOBODY,
  OUR_IP,
  OURS,
  PEER,
  PEER_IP,
  ping,
  udp,
} from "../frames.ts";
import { address, type WireRig } from "../wire-rig.ts";
import { type Observation, type ReasonCase, wire } from "./case.ts";

const OTHER = "02:77:00:00:00:02";
const request = (mac: string, from: string, target = OUR_IP): Uint8Array =>
  ethernet(arp(1, [mac, from], [NOBODY, target]), 0x0806, BROADCAST);
/** An ARP request with one octet changed. */
const spoilt = (at: number, value: number): Uint8Array => {
  const frame = request(PEER, PEER_IP);
  frame[at] = value;
  return frame;
};

/** A datagram to a host on the link, from a socket of its own. */
export function sendTo(rig: WireRig, to: string, octets = 1, options = {}): void {
  const socket = rig.stack.openUdp();
  socket.configure(options);
  socket.send(new Uint8Array(octets), { address: address(to), port: 9 });
}

/** What a link tells its sink of what it loses. */
function fromLink(reason: DropName, cause: string, act: (link: LossLog) => void): ReasonCase {
  const run = (): Observation => {
    const log = new LossLog();
    act(log);
    return { traced: log.lines, counted: [] };
  };
  return { layer: "link", reason, cause, run };
}

class LossLog implements LinkSink {
  readonly pool: PacketPool = new PacketPool();
  readonly time: VirtualTime = new VirtualTime();
  readonly lines: string[] = [];
  received(): void {}
  writable(): void {}
  failed(): void {}
  lost(_frame: Packet, reason: Drop): void {
    this.lines.push(`link: ${dropName(reason)}`);
  }

  /** Transmits one frame, and lets it go its way. */
  transmit(link: Link, frame: Uint8Array = ping()): void {
    this.offer(link, frame);
    this.time.elapse(seconds(1));
  }

  offer(link: Link, frame: Uint8Array = ping()): void {
    const packet = this.pool.take(frame.length);
    packet.bytes.set(frame, packet.start);
    packet.end = packet.start + frame.length;
    link.transmit([packet], 1);
  }
}

export const INTERFACE_CASES: readonly ReasonCase[] = [
  wire("interface", "truncated", "a frame of 13 octets", (rig) => rig.receive(new Uint8Array(13))),
  wire("interface", "ieee8023", "a length in place of the EtherType", (rig) =>
    rig.receive(ethernet(new Uint8Array(40), 40)),
  ),
  wire("interface", "notOurFrame", "a frame for another station", (rig) =>
    rig.receive(ethernet(bytes(1), 0x0800, OTHER)),
  ),
  wire("interface", "groupSource", "a frame from a group", (rig) =>
    rig.receive(ethernet(bytes(1), 0x0800, OURS, BROADCAST)),
  ),
  wire("interface", "unknownEtherType", "an EtherType of nobody's", (rig) =>
    rig.receive(ethernet(bytes(1), 0x88cc)),
  ),
  wire("interface", "linkDown", "a frame after the device is gone", (rig) => {
    rig.link.sink?.failed("unplugged");
    rig.receive(ping());
  }),
  wire("interface", "linkDown", "a datagram to everybody after the device is gone", (rig) => {
    rig.link.sink?.failed("unplugged");
    const packet = rig.context.pool.take(28);
    packet.end = packet.start + 28;
    rig.eth0.output(packet, address("255.255.255.255"));
  }),
  wire(
    "interface",
    "linkDown",
    "a frame that waits when the device goes",
    (rig) => rig.link.sink?.failed("unplugged"),
    {},
    (rig) => {
      rig.receive(arpRequest());
      rig.link.room = 0;
      rig.receive(ping());
    },
  ),
  wire(
    "interface",
    "linkDown",
    "a datagram that waits for a link address when the device goes",
    (rig) => rig.link.sink?.failed("unplugged"),
    {},
    (rig) => sendTo(rig, PEER_IP),
  ),
  wire("interface", "linkDown", "a frame of a packet socket's, in a batch when the device goes", (rig) => {
    const socket = rig.stack.openPacket(rig.eth0);
    rig.context.enter();
    socket.send(ping());
    rig.link.sink?.failed("unplugged");
    rig.context.leave();
  }),
  wire(
    "interface",
    "transmitQueueFull",
    "one frame more than the queue holds",
    (rig) => rig.receive(ping()),
    {},
    (rig) => {
      rig.receive(arpRequest());
      rig.link.room = 0;
      for (let i = 0; i < 1000; i++) rig.receive(ping());
    },
  ),
  wire(
    "interface",
    "neighbourQueueFull",
    "one datagram more than wait for an answer",
    (rig) => sendTo(rig, PEER_IP),
    {},
    (rig) => {
      for (let i = 0; i < 64; i++) sendTo(rig, PEER_IP);
    },
  ),
  wire(
    "interface",
    "unresolved",
    "a neighbour that does not answer",
    (rig) => rig.run(seconds(10)),
    {},
    (rig) => sendTo(rig, PEER_IP),
  ),
  wire(
    "interface",
    "neighbourForgotten",
    "more neighbours than are remembered",
    (rig) => rig.eth0.neighbour(ipv4(0x0a4e_0000)),
    { addresses: ["10.77.0.2/8"] },
    (rig) => {
      sendTo(rig, PEER_IP);
      for (let i = 1; i < 1024; i++) rig.eth0.neighbour(ipv4(0x0a4e_0000 + i));
    },
  ),
  fromLink("linkLoss", "a line that loses everything", (log) => {
    const [near, far] = pipe(log.time);
    far.attach(new LossLog());
    const line = new ImpairedLink(near, log.time, new Xoshiro128(1), "loss=100%");
    line.attach(log);
    log.transmit(line);
  }),
  fromLink("linkLoss", "a cable that is unplugged", (log) => {
    const gate = gateOf(log);
    gate.open = false;
    const link = gate.socket();
    link.attach(log);
    log.transmit(link);
  }),
  fromLink("linkLoss", "a network that drops what is sent", (log) => {
    const gate = gateOf(log);
    gate.keeper = { sends: () => "drop", receives: () => true };
    const link = gate.socket();
    link.attach(log);
    log.transmit(link);
  }),
  fromLink("linkLoss", "a network that drops what arrives", (log) => {
    const gate = gateOf(log);
    gate.keeper = { sends: () => "pass", receives: () => false };
    gate.socket().attach(log);
    const packet = log.pool.take(60);
    packet.end = packet.start + 60;
    gate.received([packet], 1);
    log.pool.release(packet);
  }),
  fromLink("linkQueueFull", "a line whose queue is smaller than a frame", (log) => {
    const [near, far] = pipe(log.time);
    far.attach(new LossLog());
    const line = new ImpairedLink(near, log.time, new Xoshiro128(1), "rate=1mbit,queue=40b");
    line.attach(log);
    log.transmit(line);
  }),
  queued("linkQueueFull", "a token bucket whose queue is full", "rate=1mbit,bucket=2kb,queue=1kb", 100),
  queued("linkQueueFull", "RED, whose queue is full", "rate=1mbit,queue=1kb:red:noecn", 60),
  queued("linkQueueFull", "CoDel, whose queue is full", "rate=1mbit,queue=1kb:codel:noecn", 60),
  queued("linkQueueFull", "FQ-CoDel, whose queue is full", "rate=1mbit,queue=1kb:fq_codel:noecn", 60),
  queued("linkQueueLong", "RED, whose queue is long", "rate=10kbit,queue=100kb:red:noecn", 1100),
  queued("linkQueueLong", "CoDel, whose queue has been long", "rate=10kbit,queue=100kb:codel:noecn", 60),
  queued("linkQueueLong", "CoDel, whose queue is still long", "rate=10kbit,queue=100kb:codel:noecn", 60, 2),
  fromLink("nobodyThere", "a pipe with one end", (log) => {
    const [near] = pipe(log.time);
    near.attach(log);
    log.transmit(near);
  }),
  fromLink("nobodyThere", "a port that was unplugged", (log) => {
    const port = new Switch(log.time, log.time).port();
    port.attach(log);
    const packet = log.pool.take(60);
    packet.end = packet.start + 60;
    port.transmit([packet], 1);
    port.close();
    log.time.elapse(seconds(1));
  }),
  fromLink("notForwarded", "a frame for a station that is where it came from", (log) => {
    const port = new Switch(log.time, log.time).port();
    port.attach(log);
    log.transmit(port, ethernet(bytes(1), 0x0800, PEER, PEER));
  }),
  fromLink("otherVlan", "a frame of a VLAN that its port is not in", (log) => {
    const port = new Switch(log.time, log.time, { vlans: true }).port({ vlan: 5 });
    port.attach(log);
    log.transmit(port, ethernet(bytes(0, 9, 0x08, 0), 0x8100, PEER, PEER));
  }),
  fromLink("portBlocked", "a port that listens for bridges", (log) => {
    const port = new Switch(log.time, log.time, { spanningTree: true }).port();
    port.attach(log);
    log.transmit(port, ethernet(bytes(1), 0x0800, PEER, PEER));
  }),
  fromLink("portBlocked", "a port that learns, but does not forward yet", (log) => {
    const hub = new Switch(log.time, log.time, { spanningTree: { forwardDelay: seconds(15) } });
    const port = hub.port();
    port.attach(log);
    log.time.elapse(seconds(16));
    log.transmit(port, ethernet(bytes(1), 0x0800, PEER, PEER));
  }),
  fromLink("portBlocked", "a frame for a station behind a port that blocks", (log) => {
    const hub = new Switch(log.time, log.time, { spanningTree: true });
    const [near, toRoot, blocking] = Array.from({ length: 3 }, () => hub.port({ edge: true }));
    for (const port of [near, toRoot, blocking]) port?.attach(log);
    log.transmit(blocking as Link, ethernet(bytes(1), 0x0800, OTHER, PEER));
    // Both ports hear of the same root: only the better way to it stays open.
    log.transmit(toRoot as Link, rootSays(0x8001));
    log.transmit(blocking as Link, rootSays(0x8002));
    log.transmit(near as Link, ethernet(bytes(1), 0x0800, PEER, OTHER));
  }),
  fromLink("truncated", "a frame without addresses", (log) => {
    const port = new Switch(log.time, log.time).port();
    port.attach(log);
    log.transmit(port, new Uint8Array(13));
  }),
  fromLink("truncated", "a frame that ends within its VLAN tag", (log) => {
    const [near, far] = pipe(log.time);
    far.attach(log);
    new VlanTrunk(near).native().attach(log);
    log.transmit(far, ethernet(bytes(0), 0x8100));
  }),

  wire("arp", "truncated", "a packet of 27 octets", (rig) =>
    rig.receive(request(PEER, PEER_IP).subarray(0, 14 + 27)),
  ),
  wire("arp", "badHardwareType", "not Ethernet", (rig) => rig.receive(spoilt(15, 6))),
  wire("arp", "badProtocolType", "not IPv4", (rig) => rig.receive(spoilt(16, 9))),
  wire("arp", "badAddressLength", "addresses of 8 octets", (rig) => rig.receive(spoilt(18, 8))),
  wire("arp", "badOperation", "operation 3", (rig) => rig.receive(spoilt(21, 3))),
  wire("arp", "groupSource", "a group asks", (rig) => rig.receive(request("01:00:5e:00:00:01", PEER_IP))),
  wire("arp", "ownEcho", "our own request comes back", (rig) => rig.receive(request(OURS, OUR_IP, PEER_IP))),
  wire("arp", "badSenderAddress", "127.0.0.1 asks", (rig) => rig.receive(request(PEER, "127.0.0.1"))),
  wire(
    "arp",
    "probeConflict",
    "another host has the address that we probe",
    (rig) => rig.receive(request(PEER, OUR_IP)),
    { interface: { claim: "probe" } },
  ),
  wire("arp", "addressConflict", "another host has our address", (rig) => rig.receive(request(PEER, OUR_IP))),
  wire(
    "arp",
    "neighbourContradicted",
    "two stations claim an address at once",
    (rig) => rig.receive(arpReply(PEER_IP, OTHER)),
    {},
    (rig) => {
      sendTo(rig, PEER_IP);
      rig.receive(arpReply());
    },
  ),
];

/** So many frames at once into a line like that, until so many were given up. */
function queued(reason: DropName, cause: string, impairments: string, frames: number, lost = 1): ReasonCase {
  return fromLink(reason, cause, (log) => {
    const [near, far] = pipe(log.time);
    far.attach(new LossLog());
    const line = new ImpairedLink(near, log.time, new Xoshiro128(1), impairments);
    line.attach(log);
    for (let i = 0; i < frames && log.lines.length < lost; i++) log.offer(line);
    log.time.elapseUntil(() => log.lines.length >= lost);
  });
}

/** What a better root than any of ours tells by that port of its. */
function rootSays(port: number): Uint8Array {
  const root = 1n;
  const times = { messageAge: 0, maxAge: seconds(20), helloTime: seconds(2), forwardDelay: seconds(15) };
  const change = { topologyChange: false, topologyChangeAck: false };
  return bpduFrame(
    { kind: "configuration", root, rootPathCost: 0, bridge: root, port, ...times, ...change },
    1,
  );
}

/** A gate at one end of a pipe. */
function gateOf(log: LossLog): Gate {
  const [near, far] = pipe(log.time);
  far.attach(new LossLog());
  return new Gate(near, log.time);
}

/** A datagram of UDP as a frame from the peer. */
export function udpFrame(message: Uint8Array = udp(5000, 7, bytes("x")), fields = {}): Uint8Array {
  return ethernet(datagram(17, message, fields));
}
