/**
 * Sockets of AF_PACKET: the frames of an interface, or of all. With SOCK_RAW frames have their link header,
 * with SOCK_DGRAM it is in the address. packet(7); protocols are EtherTypes in host order.
 */
import type { FilterInstruction, PacketEndpoint, PacketFilter } from "../stack/index.ts";
import type { PacketSockaddr, Sockaddr } from "./address.ts";
import {
  AF_PACKET,
  ETH_P_ALL,
  ETH_P_IP,
  MSG_PEEK,
  MSG_TRUNC,
  PACKET_BROADCAST,
  PACKET_HOST,
  PACKET_MULTICAST,
  PACKET_OTHERHOST,
  PACKET_OUTGOING,
  POLLERR,
  POLLIN,
  POLLOUT,
  SOCK_RAW,
} from "./constants.ts";
import { errno, statusOf } from "./errors.ts";
import { describeArrival } from "./inet/control-data.ts";
import type { Accepted, Received, SocketKind, SocketOperations } from "./operations.ts";
import { KeptOptions } from "./options/kept.ts";
import type { SocketInterface, SocketStack } from "./socket-stack.ts";

const HEADER = 14;
const TYPE_AT = 12;
/** The largest frame of any link, a super-segment. */
const LARGEST_FRAME = 65_536 + 256;
/** net.core.rmem_default. */
const DEFAULT_BUFFER = 212_992;

/** A socket of AF_PACKET. */
export class PacketSocket implements SocketOperations {
  readonly kind: SocketKind = "packet";
  readonly kept: KeptOptions = new KeptOptions();
  readonly family: number = AF_PACKET;
  readonly style: number;
  readonly protocol: number;
  readonly keepsBoundaries: boolean = true;
  readonly lowWater: number = 1;
  readonly unsent: number = 0;
  readonly linger: number = -1;
  readonly stack: SocketStack;
  readonly #frame: Uint8Array = new Uint8Array(LARGEST_FRAME);
  #etherType: number;
  #index = 0;
  #endpoints: readonly PacketEndpoint[] = [];
  #receiveBuffer = DEFAULT_BUFFER;
  #filter: PacketFilter | undefined;
  program: readonly FilterInstruction[] = [];
  #wake: (() => void) | undefined;

  constructor(stack: SocketStack, style: number, protocol: number) {
    this.stack = stack;
    this.style = style;
    this.protocol = protocol;
    this.#etherType = protocol;
    this.#listenTo(stack.interfaces);
  }

  get errorPending(): boolean {
    return this.#endpoints.some(({ failure }) => failure !== undefined);
  }

  get available(): number {
    const octets = this.#ready()?.available ?? 0;
    return octets;
  }

  onChange(wake: () => void): void {
    this.#wake = wake;
    for (const endpoint of this.#endpoints) endpoint.onChange(wake);
  }

  /** Frames of one interface (index 0: of all) and of one EtherType (0: as the socket was made). */
  bind(at: Sockaddr): number {
    if (at.family !== AF_PACKET) return -errno.EINVAL;
    const chosen = this.stack.interfaces.filter(({ index }) => at.index === 0 || index === at.index);
    if (chosen.length === 0) return -errno.ENODEV;
    if (at.protocol !== 0) this.#etherType = at.protocol;
    this.#index = at.index;
    this.#listenTo(chosen);
    return 0;
  }

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): Accepted | number {
    return -errno.EOPNOTSUPP;
  }

  connect(): number {
    return -errno.EOPNOTSUPP;
  }

  connectOutcome(): number {
    return -errno.EOPNOTSUPP;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    const endpoint = this.#ready();
    if (endpoint === undefined) return this.errorPending ? -errno.ENETDOWN : -errno.EAGAIN;
    const frame = this.#frame;
    const whole = endpoint.receive(frame, 0, frame.length, (flags & MSG_PEEK) !== 0) ?? 0;
    const link = hasHeader(endpoint) ? HEADER : 0;
    const skip = this.style === SOCK_RAW ? 0 : link;
    const octets = whole - skip;
    const count = Math.min(octets, end - start);
    into.set(frame.subarray(skip, skip + count), start);
    if (details !== undefined) {
      details.address = this.#sender(endpoint, link);
      if (count < octets) details.flags |= MSG_TRUNC;
      if (this.kept.any && details.wantsControl) {
        describeArrival(details, this.kept, endpoint.lastArrivedAt, endpoint.lastLostBefore);
      }
    }
    return (flags & MSG_TRUNC) !== 0 ? octets : count;
  }

  send(from: Uint8Array, start: number, end: number, _flags: number, to?: Sockaddr): number {
    if (to !== undefined && to.family !== AF_PACKET) return -errno.EINVAL;
    const index = to === undefined || to.index === 0 ? this.#index : to.index;
    if (index === 0) return -errno.ENXIO;
    const endpoint = this.#endpointOf(index);
    if (endpoint === undefined) return -errno.ENXIO;
    if (this.style === SOCK_RAW || !hasHeader(endpoint)) {
      const sent = endpoint.send(from, start, end);
      return typeof sent === "number" ? sent : statusOf(sent);
    }
    if (to === undefined) return -errno.EDESTADDRREQ;
    return this.#sendFramed(endpoint, from.subarray(start, end), to);
  }

  takeError(): number {
    return this.errorPending ? -errno.ENETDOWN : 0;
  }

  shutdown(): number {
    return -errno.EOPNOTSUPP;
  }

  localAddress(): Sockaddr {
    const station = new Uint8Array(6);
    const on = this.stack.interfaces.find(({ index }) => index === this.#index);
    on?.mac?.put(station, 0);
    return { family: 17, protocol: this.#etherType, index: this.#index, packetType: PACKET_HOST, station };
  }

  peerAddress(): Sockaddr | number {
    return -errno.EOPNOTSUPP;
  }

  readiness(): number {
    const readable = this.#ready() !== undefined;
    return (this.errorPending ? POLLERR : 0) | (readable ? POLLIN : 0) | POLLOUT;
  }

  atMark(): number {
    return -errno.EINVAL;
  }

  finish(): void {
    // Nothing is queued that a close would have to wait for.
  }

  close(): void {
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  /** SO_ATTACH_FILTER, of each interface. */
  attachFilter(filter: PacketFilter | undefined): void {
    this.#filter = filter;
    for (const endpoint of this.#endpoints) endpoint.attachFilter(filter);
  }

  /** SO_RCVBUF, of each interface. */
  get receiveBuffer(): number {
    return this.#receiveBuffer;
  }

  /** SO_RCVBUF, from now on and of each interface. */
  setReceiveBuffer(receiveBuffer: number): void {
    this.#receiveBuffer = receiveBuffer;
    for (const endpoint of this.#endpoints) endpoint.configure({ receiveBuffer });
  }

  /** A socket of protocol 0 receives nothing, until it is bound to one. */
  #listenTo(interfaces: readonly SocketInterface[]): void {
    this.close();
    const { receiveBuffer } = this;
    const etherType = this.#etherType === ETH_P_ALL ? 0 : this.#etherType;
    const heard = this.#etherType === 0 ? [] : interfaces;
    this.#endpoints = heard.flatMap((one) => {
      const endpoint = this.stack.openPacket?.(one);
      if (endpoint === undefined) return [];
      // As on Linux, only a listener to all protocols sees what this host itself sends.
      endpoint.configure({
        etherType,
        inboundOnly: etherType !== 0,
        receiveBuffer,
        headerless: this.style !== SOCK_RAW,
      });
      endpoint.attachFilter(this.#filter);
      endpoint.onChange(this.#wake);
      return [endpoint];
    });
  }

  /** An endpoint with a frame. */
  #ready(): PacketEndpoint | undefined {
    return this.#endpoints.find(({ available }) => available !== undefined);
  }

  /** The endpoint to send by: one that listens there, or a new one that only sends. */
  #endpointOf(index: number): PacketEndpoint | undefined {
    const found = this.#endpoints.find((endpoint) => endpoint.interface.index === index);
    if (found !== undefined) return found;
    const on = this.stack.interfaces.find((one) => one.index === index);
    const made = on === undefined ? undefined : this.stack.openPacket?.(on);
    if (made === undefined) return undefined;
    made.configure({ sendOnly: true });
    made.onChange(this.#wake);
    this.#endpoints = [...this.#endpoints, made];
    return made;
  }

  #sendFramed(endpoint: PacketEndpoint, data: Uint8Array, to: PacketSockaddr): number {
    const frame = new Uint8Array(HEADER + data.length);
    frame.set(to.station.subarray(0, 6));
    endpoint.interface.mac.put(frame, 6);
    const etherType = to.protocol === 0 ? this.#etherType : to.protocol;
    frame[TYPE_AT] = etherType >>> 8;
    frame[TYPE_AT + 1] = etherType & 255;
    frame.set(data, HEADER);
    const sent = endpoint.send(frame);
    return typeof sent === "number" ? sent - HEADER : statusOf(sent);
  }

  #sender(endpoint: PacketEndpoint, link: number): PacketSockaddr {
    const frame = this.#frame;
    const { index } = endpoint.interface;
    const station = link === 0 ? new Uint8Array(6) : frame.slice(6, 12);
    const protocol = link === 0 ? ETH_P_IP : ((frame[TYPE_AT] ?? 0) << 8) | (frame[TYPE_AT + 1] ?? 0);
    return { family: 17, protocol, index, packetType: packetTypeOf(endpoint, frame, link), station };
  }
}

function hasHeader({ interface: on }: PacketEndpoint): boolean {
  return on.link.capabilities.medium === "ethernet";
}

function packetTypeOf(endpoint: PacketEndpoint, frame: Uint8Array, link: number): number {
  if (endpoint.lastOutgoing) return PACKET_OUTGOING;
  if (link === 0) return PACKET_HOST;
  const destination = frame.subarray(0, 6);
  if (destination.every((octet) => octet === 0xff)) return PACKET_BROADCAST;
  if (((destination[0] ?? 0) & 1) !== 0) return PACKET_MULTICAST;
  const own = new Uint8Array(6);
  endpoint.interface.mac.put(own, 0);
  return own.every((octet, at) => octet === destination[at]) ? PACKET_HOST : PACKET_OTHERHOST;
}
