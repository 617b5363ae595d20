/** A SOCK_RAW socket of AF_INET: whole IP datagrams of one protocol. raw(7). */
import {
  type FilterInstruction,
  IPV4_ANY,
  type MutableSocketAddress,
  type PacketFilter,
  type RawEndpoint,
} from "../../stack/index.ts";
import { type InetSockaddr, inetSockaddr, type Sockaddr, toIpAddress } from "../address.ts";
import {
  AF_INET,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
  SOCK_RAW,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { Accepted, ControlMessage, Received, SocketKind, SocketOperations } from "../operations.ts";
import { KeptOptions } from "../options/kept.ts";
import type { SocketStack } from "../stack.ts";
import { describeDatagram } from "./control-data.ts";
import { DatagramCork } from "./datagram-cork.ts";
import { receiveError } from "./error-queue.ts";

/** 65535 octets less the IP header. */
const MOST_OCTETS = 65_515;

/** A SOCK_RAW socket of AF_INET. */
export class RawSocket implements SocketOperations {
  readonly kind: SocketKind = "raw";
  readonly kept: KeptOptions = new KeptOptions();
  readonly family: number = AF_INET;
  readonly style: number = SOCK_RAW;
  readonly protocol: number;
  readonly keepsBoundaries: boolean = true;
  readonly lowWater: number = 1;
  readonly unsent: number = 0;
  readonly linger: number = -1;
  readonly stack: SocketStack;
  readonly endpoint: RawEndpoint;
  readonly #from: MutableSocketAddress = { address: IPV4_ANY, port: 0 };
  readonly #cork: DatagramCork = new DatagramCork(MOST_OCTETS);
  #receiveShut = false;
  #sendShut = false;

  constructor(stack: SocketStack, endpoint: RawEndpoint) {
    this.stack = stack;
    this.endpoint = endpoint;
    this.protocol = endpoint.protocol;
  }

  get errorPending(): boolean {
    return this.endpoint.failure !== undefined;
  }

  get available(): number {
    return this.endpoint.available ?? 0;
  }

  onChange(wake: () => void): void {
    this.endpoint.onChange(wake);
  }

  bind(at: Sockaddr): number {
    if (at.family !== AF_INET) return -errno.EAFNOSUPPORT;
    return statusOf(this.endpoint.bind(toIpAddress(at.address)));
  }

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): Accepted | number {
    return -errno.EOPNOTSUPP;
  }

  connect(to: Sockaddr | undefined): number {
    if (to === undefined) return statusOf(this.endpoint.connect(undefined));
    if (to.family !== AF_INET) return -errno.EAFNOSUPPORT;
    return statusOf(this.endpoint.connect(toIpAddress(to.address)));
  }

  connectOutcome(): number {
    return 0;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if ((flags & MSG_ERRQUEUE) !== 0) return receiveError(this.endpoint, into, start, end, details);
    if (this.errorPending) return this.takeError();
    const whole = this.endpoint.receive(into, this.#from, start, end, (flags & MSG_PEEK) !== 0);
    if (whole === undefined) return this.#receiveShut ? 0 : -errno.EAGAIN;
    if (details !== undefined) {
      details.address = inetSockaddr(this.#from.address.word3, 0);
      if (whole > end - start) details.flags |= MSG_TRUNC;
      if (this.kept.any) describeDatagram(details, this.kept, this.endpoint.lastReceived);
    }
    return (flags & MSG_TRUNC) !== 0 ? whole : Math.min(whole, end - start);
  }

  send(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to?: Sockaddr,
    control?: readonly ControlMessage[],
  ): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if (control !== undefined && control.length > 0) return -errno.EINVAL;
    if (to !== undefined && to.family !== AF_INET) return -errno.EAFNOSUPPORT;
    if (this.#sendShut) return -errno.EPIPE;
    if (!this.endpoint.options.headerIncluded) {
      if (to === undefined && this.endpoint.remote === undefined) return -errno.EDESTADDRREQ;
      if ((flags & MSG_MORE) !== 0) return this.#cork.hold(from, start, end, to);
      if (this.#cork.pending) return this.#cork.finish(from, start, end, this.#push);
    }
    return this.#sendPlain(from, start, end, to);
  }

  readonly #push = (datagram: Uint8Array, to: Sockaddr | undefined): number =>
    this.#sendPlain(datagram, 0, datagram.length, to);

  #sendPlain(from: Uint8Array, start: number, end: number, to: Sockaddr | undefined): number {
    const at = to === undefined ? undefined : toIpAddress((to as InetSockaddr).address);
    const sent = this.endpoint.send(from, at, start, end);
    return typeof sent === "number" ? sent : statusOf(sent);
  }

  takeError(): number {
    return statusOf(this.endpoint.takeFailure());
  }

  shutdown(how: number): number {
    this.#receiveShut ||= how !== SHUT_WR;
    this.#sendShut ||= how !== SHUT_RD;
    // As on Linux, what is not connected is shut, too, though the call says that it is not connected.
    return this.endpoint.remote === undefined ? -errno.ENOTCONN : 0;
  }

  /** As on Linux, the port is the protocol's number. */
  localAddress(): Sockaddr {
    return inetSockaddr(this.endpoint.local.word3, this.protocol);
  }

  peerAddress(): Sockaddr | number {
    const { remote } = this.endpoint;
    return remote === undefined ? -errno.ENOTCONN : inetSockaddr(remote.word3, 0);
  }

  readiness(): number {
    const errors = this.errorPending || this.endpoint.errorsQueued > 0;
    let mask = POLLOUT | (errors ? POLLERR : 0);
    if (this.#receiveShut) mask |= POLLIN | POLLRDHUP;
    if (this.#receiveShut && this.#sendShut) mask |= POLLHUP;
    return mask | (this.endpoint.available === undefined ? 0 : POLLIN);
  }

  /** SO_ATTACH_FILTER. */
  program: readonly FilterInstruction[] = [];

  attachFilter(filter: PacketFilter | undefined): void {
    this.endpoint.attachFilter?.(filter);
  }

  atMark(): number {
    return -errno.ENOTTY;
  }

  finish(): void {
    // Nothing is queued that a close would have to wait for.
  }

  close(): void {
    this.endpoint.close();
  }
}
