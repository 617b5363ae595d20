/**
 * A tunnel for Ethernet frames in UDP (VXLAN, RFC 7348): hosts that are far from one another are on one network. It is a
 * link for the stack above it, and a user of UDP for the stack below, which may be the same.
 */
import {
  anyLike,
  type Clock,
  checkSettings,
  type Duration,
  ETHERNET_SOURCE_OFFSET,
  FLAG,
  HEADROOM,
  IpAddress,
  instanceOf,
  integer,
  type LinkCapabilities,
  type LinkSink,
  type MutableSocketAddress,
  type Packet,
  type Rules,
  readStation,
  readTagControl,
  required,
  rule,
  type Stack,
  seconds,
  TEXT,
  type UdpEndpoint,
} from "../../stack/index.ts";
import { ETHERNET_HEADER, plainEthernet } from "../plain-ethernet.ts";
import type { Scheduler } from "../scheduler.ts";
import { isGroup, Stations } from "../stations.ts";
import { TunnelLink } from "./tunnel-link.ts";
import { TunnelPump } from "./tunnel-pump.ts";
import { readVxlan, VXLAN_HEADER, writeVxlan } from "./vxlan-header.ts";

/** How a tunnel is. Times are microseconds. */
export interface VxlanOptions {
  /** VNI: which network, 0 to 2^24 - 1. */
  readonly vni: number;
  /** Where frames go whose station has not been heard: other ends of the tunnel, or a group of them. */
  readonly remotes: readonly IpAddress[];
  /** This end's address; any by default. */
  readonly local?: IpAddress | undefined;
  /** UDP port of all ends; 4789 by default (§8.1). */
  readonly port?: number | undefined;
  /** Largest IP datagram within: 1450 by default, for 1500 outside with IPv4. */
  readonly mtu?: number | undefined;
  /** A multicast group of all ends, which is joined; it stands among `remotes` too. On that interface, or by the route. */
  readonly group?: IpAddress | undefined;
  /** The interface for the group, by name. */
  readonly interfaceName?: string | undefined;
  /** Frames with a VLAN tag pass too; they are dropped by default (§6.1). */
  readonly innerVlans?: boolean | undefined;
  /** Stations behind other ends that are remembered; 4096 by default. The one heard first gives way. */
  readonly stations?: number | undefined;
  /** A station not heard for so long is forgotten; 300 s by default. */
  readonly ageing?: Duration | undefined;
}

/** What has passed and what has not, in frames. */
export interface VxlanCounters {
  sent: number;
  received: number;
  /** Nobody was known to send to. */
  noRemote: number;
  /** The stack below did not take it. */
  refused: number;
  /** Longer than this end takes: the others were made with another `mtu`. */
  tooLong: number;
  /** Too short, or without a VNI (§5: the I flag). */
  badHeader: number;
  /** Of another network. */
  otherVni: number;
  /** With a VLAN tag, which is not wanted. */
  tagged: number;
}

const VXLAN_PORT = 4789;
/** IPv4, UDP, VXLAN and Ethernet headers around a datagram. */
const AROUND = 20 + 8 + VXLAN_HEADER + ETHERNET_HEADER;
/** Source ports by which routers tell flows apart (§5: 49152 to 65535 is recommended; here so many of them). */
const SOURCES = 8;
const FIRST_SOURCE = 49_152;
/** Octets of datagrams that wait to be read, and to be sent: a tunnel carries the bursts of many sockets. */
const BUFFER = 4 << 20;

const ADDRESSES = rule("a list of IP addresses, one at least", (value) => {
  return Array.isArray(value) && value.length > 0 && value.every((one) => one instanceof IpAddress);
});
const RULES: Rules<VxlanOptions> = {
  vni: required(integer(0, 2 ** 24 - 1)),
  remotes: required(ADDRESSES),
  local: instanceOf(IpAddress, "an IpAddress"),
  port: integer(1, 65_535),
  mtu: integer(68, 65_535 - AROUND),
  group: instanceOf(IpAddress, "an IpAddress"),
  interfaceName: TEXT,
  innerVlans: FLAG,
  stations: integer(1),
  ageing: integer(0),
};

/** One end of a tunnel. */
export class VxlanLink extends TunnelLink {
  readonly capabilities: LinkCapabilities;
  readonly counters: VxlanCounters = {
    sent: 0,
    received: 0,
    noRemote: 0,
    refused: 0,
    tooLong: 0,
    badHeader: 0,
    otherVni: 0,
    tagged: 0,
  };
  protected readonly pump: TunnelPump;
  readonly #vni: number;
  readonly #remotes: readonly IpAddress[];
  readonly #innerVlans: boolean;
  /** Behind which end a station is. */
  readonly #stations: Stations<IpAddress>;
  readonly #listener: UdpEndpoint;
  readonly #senders: readonly UdpEndpoint[];
  readonly #from: MutableSocketAddress;
  readonly #to: MutableSocketAddress;

  /**
   * @param stack - carries the tunnel
   * @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be, or a port
   *   that is taken
   */
  constructor(stack: Stack, scheduler: Scheduler, clock: Clock, options: VxlanOptions) {
    super();
    checkSettings("VxlanLink", options, RULES);
    const { vni, remotes, port = VXLAN_PORT, mtu = 1500 - AROUND, group, interfaceName = "" } = options;
    this.pump = new TunnelPump(scheduler, {
      pending: () => this.#listener.available !== undefined,
      send: (frame) => this.#send(frame),
      receive: (sink) => this.#receive(sink),
      end: () => {
        for (const endpoint of [this.#listener, ...this.#senders]) endpoint.close();
      },
    });
    this.#vni = vni;
    this.#remotes = remotes;
    this.#innerVlans = options.innerVlans ?? false;
    this.#stations = new Stations(clock, options.stations ?? 4_096, options.ageing ?? seconds(300));
    this.capabilities = plainEthernet(mtu, VXLAN_HEADER);
    const any = anyLike(remotes[0] as IpAddress);
    const local = options.local ?? any;
    this.#from = { address: any, port: 0 };
    this.#to = { address: any, port };
    this.#listener = bound(stack, local, port);
    if (group !== undefined) this.#listener.joinGroup(group, interfaceName);
    this.#listener.onChange(() => this.pump.wake());
    this.#senders = Array.from({ length: SOURCES }, (_, at) => sourceOf(stack, local, at));
  }

  // ── out ─────────────────────────────────────────────────────────────────────────────────────────────

  #send(frame: Packet): void {
    if (frame.length < ETHERNET_HEADER) return;
    if (!this.#innerVlans && readTagControl(frame) !== -1) {
      this.counters.tagged++;
      return;
    }
    const { view } = frame;
    const remote = this.#stations.find(0, readStation(view, frame.start));
    const flow = flowOf(view, frame.start);
    frame.start -= VXLAN_HEADER;
    writeVxlan(view, frame.start, this.#vni);
    if (remote !== undefined) this.#sendTo(remote, frame, flow);
    else for (const one of this.#remotes) this.#sendTo(one, frame, flow);
  }

  #sendTo(remote: IpAddress, frame: Packet, flow: number): void {
    this.#to.address = remote;
    const sender = this.#senders[flow % SOURCES] as UdpEndpoint;
    const sent = sender.send(frame.bytes, this.#to, frame.start, frame.end);
    if (typeof sent === "number") this.counters.sent++;
    else this.counters.refused++;
  }

  // ── in ──────────────────────────────────────────────────────────────────────────────────────────────

  #receive(sink: LinkSink): Packet | undefined {
    const room = this.capabilities.mtu + ETHERNET_HEADER + VXLAN_HEADER + 4;
    const packet = sink.pool.take(room);
    packet.start = HEADROOM - ETHERNET_HEADER - VXLAN_HEADER; // the datagram within is aligned as any
    const octets = this.#listener.receive(packet.bytes, this.#from, packet.start, packet.start + room) ?? 0;
    packet.end = packet.start + octets;
    if (octets > room) this.counters.tooLong++;
    if (octets <= room && this.#accept(packet)) {
      this.counters.received++;
      return packet;
    }
    sink.pool.release(packet);
    return undefined;
  }

  /** Takes the header off; false of what is not for this network. */
  #accept(packet: Packet): boolean {
    const { view, start } = packet;
    const isWhole = packet.length >= VXLAN_HEADER + ETHERNET_HEADER;
    const vni = isWhole ? readVxlan(view, start) : -1;
    if (vni < 0) {
      this.counters.badHeader++;
      return false;
    }
    if (vni !== this.#vni) {
      this.counters.otherVni++;
      return false;
    }
    packet.start += VXLAN_HEADER;
    if (!this.#innerVlans && readTagControl(packet) !== -1) {
      this.counters.tagged++;
      return false;
    }
    const source = readStation(view, packet.start + ETHERNET_SOURCE_OFFSET);
    if (!isGroup(source)) this.#stations.learn(0, source, this.#from.address);
    return true;
  }
}

/** @throws RangeError if the port is taken */
function bound(stack: Stack, address: IpAddress, port: number): UdpEndpoint {
  const endpoint = stack.openUdp();
  endpoint.configure({ receiveBuffer: BUFFER });
  const failure = endpoint.bind({ address, port });
  if (failure !== undefined) throw new RangeError(`VxlanLink: port ${port} of ${address}: ${failure}`);
  return endpoint;
}

/** One that only sends: from a port of its own, so that routers on the way can tell flows apart. */
function sourceOf(stack: Stack, address: IpAddress, number: number): UdpEndpoint {
  const endpoint = stack.openUdp();
  const taken = endpoint.bind({ address, port: FIRST_SOURCE + number });
  if (taken !== undefined) endpoint.bind({ address, port: 0 }); // any other will do as well
  endpoint.configure({ multicastLoop: false, sendBuffer: BUFFER }); // its own frames are not for this end
  endpoint.shutdown(true, false);
  return endpoint;
}

/** A number for the two stations of a frame. */
function flowOf(view: DataView, at: number): number {
  const mixed = readStation(view, at) ^ Math.imul(readStation(view, at + ETHERNET_SOURCE_OFFSET), 0x9e3779b1);
  return (mixed ^ (mixed >>> 13)) >>> 1;
}
