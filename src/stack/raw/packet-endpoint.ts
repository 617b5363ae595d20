/** A packet socket (AF_PACKET): every frame of one interface, in and out, and frames sent as they are. */
import { Drop } from "../base/drop.ts";
import { ANY_ADDRESS } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { PacketFilter } from "../base/packet-filter.ts";
import { Send } from "../base/send.ts";
import type { Instant } from "../base/time.ts";
import type { EndpointCounters } from "../contract/counters.ts";
import type { Failure } from "../contract/failures.ts";
import type { FrameTap, NetworkInterface } from "../contract/network-interface.ts";
import type { MutableSocketAddress } from "../contract/socket-address.ts";
import type { TransportContext } from "../contract/transport.ts";
import { EndpointBase } from "../datagram/endpoint-base.ts";
import { Inbox } from "../datagram/inbox.ts";
import { ETHERNET_HEADER_BYTES, ETHERTYPE_IPV4, readEtherType } from "../wire/ethernet.ts";

/** The options of a packet endpoint. */
export interface PacketOptions {
  /** Only frames with this EtherType; 0 for all. */
  etherType: number;
  /** Only frames that came in. */
  inboundOnly: boolean;
  /** It is there to send: no frame is received. */
  sendOnly: boolean;
  /** Octets of the receive queue. */
  receiveBuffer: number;
  /** Filters see what is behind the link header. */
  headerless: boolean;
}

/** In place of ports, which frames have none of: the direction of one that waits. */
const INWARDS = 0;
const OUTWARDS = 1;

/** Every frame of one interface, in and out, and frames sent as they are. */
export class PacketEndpoint extends EndpointBase implements FrameTap {
  /** The interface. */
  readonly interface: NetworkInterface;
  /** Whether the frame received last was on its way out of this host. */
  lastOutgoing = false;
  #options: PacketOptions = {
    etherType: 0,
    inboundOnly: false,
    sendOnly: false,
    receiveBuffer: 1_048_576,
    headerless: false,
  };
  /** And nobody has been told. */
  #wentDown = false;
  /** Where the frame received last came from: only its direction is told there. */
  readonly #from: MutableSocketAddress = { address: ANY_ADDRESS, port: INWARDS };
  readonly #ethernet: boolean;
  /** Frames of this endpoint's own that have not left yet: it does not hear itself. */
  readonly #own: Set<Packet> = new Set();
  readonly #inbox: Inbox;
  readonly #counters: EndpointCounters;

  constructor(context: TransportContext, on: NetworkInterface, counters: EndpointCounters) {
    super(context, "packet");
    this.#counters = counters;
    this.interface = on;
    this.#ethernet = on.link.capabilities.medium === "ethernet";
    this.#inbox = new Inbox(context, this);
    on.tap(this);
  }

  /** The options in force. */
  get options(): Readonly<PacketOptions> {
    return this.#options;
  }

  /** Frames lost because there was no room. */
  get drops(): number {
    return this.#inbox.drops;
  }

  /** When the frame received last came. */
  get lastArrivedAt(): Instant {
    return this.#inbox.last.arrivedAt;
  }

  /** How many were lost before it. */
  get lastLostBefore(): number {
    return this.#inbox.last.lostBefore;
  }

  /** The interface has gone down (packet(7), ENETDOWN): told once, and for ever where it is gone for good. */
  override get failure(): Failure | undefined {
    return this.#wentDown || this.interface.failure !== "" ? "network-down" : undefined;
  }

  override takeFailure(): Failure | undefined {
    const { failure } = this;
    this.#wentDown = false;
    return failure;
  }

  get readable(): boolean {
    return this.#inbox.filled || this.failure !== undefined;
  }

  /** For the interface only. */
  changed({ up }: NetworkInterface): void {
    this.#wentDown = !up;
    if (!up) this.context.noteWake(this);
  }

  get writable(): boolean {
    return true;
  }

  /** Octets of the next frame; undefined if there is none. */
  get available(): number | undefined {
    return this.#inbox.available;
  }

  /** Changes options, at once. "invalid" for one that cannot be. */
  configure(changes: Partial<PacketOptions>): Failure | undefined {
    const changed = { ...this.#options, ...changes };
    if (changed.etherType < 0 || changed.etherType > 0xffff || changed.receiveBuffer < 0) return "invalid";
    this.#options = changed;
    return undefined;
  }

  protected override release(): void {
    this.interface.untap(this);
    this.#inbox.clear();
    this.#own.clear();
  }

  /** Only what the filter keeps is received; undefined: everything. */
  attachFilter(filter: PacketFilter | undefined): void {
    this.#inbox.filter = filter;
  }

  #drop(packet: Packet, reason: Drop): void {
    this.#counters.drops.count(reason);
    this.context.trace?.dropped("packet", packet, reason);
  }

  /** For the interface only. */
  frame(packet: Packet, direction: "in" | "out", by: NetworkInterface): void {
    if (direction === "out" && (this.#own.delete(packet) || this.#options.inboundOnly)) return;
    const { etherType, receiveBuffer, sendOnly } = this.#options;
    if (sendOnly) return;
    if (etherType !== 0 && etherType !== this.#etherType(packet)) return;
    const from = packet.start + (this.#options.headerless && this.#ethernet ? ETHERNET_HEADER_BYTES : 0);
    const end = this.#inbox.cut(packet, from, packet.end);
    if (end < 0) {
      this.#drop(packet, Drop.filtered);
      return;
    }
    const record = this.#inbox.keep(packet, packet.start, Math.max(end, from), receiveBuffer);
    if (record === undefined) {
      this.#drop(packet, Drop.receiveBufferFull);
      return;
    }
    record.source = ANY_ADDRESS;
    record.destination = ANY_ADDRESS;
    record.port = direction === "out" ? OUTWARDS : INWARDS;
    record.interfaceIndex = by.index;
  }

  /** One frame with its link header. Its whole length, of which what fits was copied; undefined if there is none. */
  receive(into: Uint8Array, start = 0, end: number = into.length, peek = false): number | undefined {
    const octets = this.#inbox.read(into, this.#from, start, end, peek);
    if (octets !== undefined) this.lastOutgoing = this.#from.port === OUTWARDS;
    return octets;
  }

  /** Sends `frame[start..end)` as it is, its link header included. */
  send(frame: Uint8Array, start = 0, end: number = frame.length): number | Failure {
    const header = this.#ethernet ? ETHERNET_HEADER_BYTES : 0;
    if (this.closed || end - start < header) return "invalid";
    if (end - start > this.interface.link.capabilities.mtu + header) return "message-too-long";
    if (!this.interface.up) return "network-down";
    this.context.enter();
    try {
      const packet = this.context.pool.take(end - start);
      packet.start -= header === 0 ? 0 : ETHERNET_HEADER_BYTES; // so that what is behind it is aligned
      packet.bytes.set(frame.subarray(start, end), packet.start);
      packet.end = packet.start + end - start;
      packet.network = packet.start + header;
      const { trace } = this.context;
      trace?.called("packet", "send", end - start, undefined);
      this.#own.add(packet);
      trace?.sent("packet", Send.frame, packet);
      this.interface.transmit(packet);
      return end - start;
    } finally {
      this.context.leave();
    }
  }

  #etherType(packet: Packet): number {
    if (!this.#ethernet) return ETHERTYPE_IPV4;
    return packet.length < ETHERNET_HEADER_BYTES ? -1 : readEtherType(packet.view, packet.start);
  }
}
