/** A SOCK_RAW socket of AF_INET or AF_INET6: IP datagrams of one protocol. raw(7), RFC 3542 §3. */
import {
  type FilterInstruction,
  IPV4_ANY,
  type MutableSocketAddress,
  type PacketFilter,
  type RawEndpoint,
} from "../../stack/index.ts";
import type { Sockaddr } from "../address.ts";
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
import type { SocketStack } from "../socket-stack.ts";
import { describeDatagram } from "./control-data.ts";
import { DatagramCork } from "./datagram-cork.ts";
import { receiveError } from "./error-queue.ts";
import { INET_NAMING, type Naming, type Target, tie } from "./naming.ts";

/** 65535 octets less the IP header. */
const MOST_OCTETS = 65_515;

/** A SOCK_RAW socket of AF_INET or AF_INET6. */
export class RawSocket implements SocketOperations {
  readonly kind: SocketKind = "raw";
  readonly kept: KeptOptions;
  readonly family: number;
  readonly style: number = SOCK_RAW;
  readonly protocol: number;
  readonly keepsBoundaries: boolean = true;
  readonly lowWater: number = 1;
  readonly unsent: number = 0;
  readonly linger: number = -1;
  readonly stack: SocketStack;
  readonly endpoint: RawEndpoint;
  readonly #from: MutableSocketAddress = { address: IPV4_ANY, port: 0 };
  readonly #naming: Naming;
  readonly #cork: DatagramCork<Target> = new DatagramCork(MOST_OCTETS);
  /** Means nothing to IP, but `getpeername` gives it back, and 0 for no peer, as on Linux. */
  #peerPort = 0;
  #receiveShut = false;
  #sendShut = false;

  constructor(
    stack: SocketStack,
    endpoint: RawEndpoint,
    naming: Naming = INET_NAMING,
    kept: KeptOptions = new KeptOptions(),
  ) {
    this.stack = stack;
    this.#naming = naming;
    this.family = naming.family;
    this.kept = kept;
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
    if (this.endpoint.remote !== undefined) return -errno.EINVAL; // it has its name from connect, as on Linux
    const target = this.#naming.toBind(at);
    if (typeof target === "number") return target;
    const foreign = this.#isForeign(target) ? -errno.EADDRNOTAVAIL : 0;
    return foreign || tie(this.endpoint, target) || statusOf(this.endpoint.bind(target.address));
  }

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): Accepted | number {
    return -errno.EOPNOTSUPP;
  }

  connect(to: Sockaddr | undefined): number {
    if (to === undefined) return statusOf(this.endpoint.connect(undefined));
    const target = this.#targetOf(to);
    if (typeof target === "number") return target;
    const status = tie(this.endpoint, target) || statusOf(this.endpoint.connect(target.address));
    if (status === 0) this.#peerPort = target.port;
    return status;
  }

  #targetOf(to: Sockaddr): Target | number {
    const target = this.#naming.toReach(to, false);
    return typeof target === "object" && this.#isForeign(target) ? -errno.ENETUNREACH : target;
  }

  /** A raw socket of IPv6 knows no IPv4, by whatever name. */
  #isForeign({ address }: Target): boolean {
    return this.family !== AF_INET && address.family === 4;
  }

  connectOutcome(): number {
    return 0;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if ((flags & MSG_ERRQUEUE) !== 0)
      return receiveError(this.endpoint, this.#naming, into, start, end, details);
    if (this.errorPending) return this.takeError();
    const whole = this.endpoint.receive(into, this.#from, start, end, (flags & MSG_PEEK) !== 0);
    if (whole === undefined) return this.#receiveShut ? 0 : -errno.EAGAIN;
    if (details !== undefined) {
      const { interfaceIndex } = this.endpoint.lastReceived;
      details.address = this.#naming.shown({ address: this.#from.address, port: 0 }, interfaceIndex);
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
    const target = to === undefined ? undefined : this.#targetOf(to);
    if (typeof target === "number") return target;
    const nowhere = to === undefined && this.endpoint.remote === undefined;
    if (nowhere && !this.endpoint.options.headerIncluded) return -errno.EDESTADDRREQ;
    if (this.#sendShut) return -errno.EPIPE;
    if (!this.endpoint.options.headerIncluded) {
      if ((flags & MSG_MORE) !== 0) return this.#cork.hold(from, start, end, target);
      if (this.#cork.pending) return this.#cork.finish(from, start, end, this.#push);
    }
    return this.#sendPlain(from, start, end, target);
  }

  readonly #push = (datagram: Uint8Array, to: Target | undefined): number =>
    this.#sendPlain(datagram, 0, datagram.length, to);

  #sendPlain(from: Uint8Array, start: number, end: number, to: Target | undefined): number {
    const sent = this.endpoint.send(from, to?.address, start, end);
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
    return this.#naming.shown({ address: this.endpoint.local, port: this.protocol });
  }

  peerAddress(): Sockaddr | number {
    const { remote } = this.endpoint;
    if (remote === undefined || this.#peerPort === 0) return -errno.ENOTCONN;
    return this.#naming.shown({ address: remote, port: this.#peerPort });
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
