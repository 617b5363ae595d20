/** A SOCK_DGRAM socket of AF_INET, over a UDP endpoint. What RFC 768 leaves open is as on Linux. */
import {
  type FilterInstruction,
  IPV4_ANY,
  IPV4_LOOPBACK,
  type MutableSocketAddress,
  type PacketFilter,
  type SocketAddress,
  type UdpEndpoint,
} from "../../stack/index.ts";
import { fromEndpoint, type InetSockaddr, inetSockaddr, type Sockaddr, toEndpoint } from "../address.ts";
import {
  AF_INET,
  INADDR_ANY,
  IPPROTO_UDP,
  MSG_DONTROUTE,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_PROBE,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
  SOCK_DGRAM,
  UDP_CORK,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { Accepted, ControlMessage, Received, SocketKind, SocketOperations } from "../operations.ts";
import { KeptOptions } from "../options/kept.ts";
import { optionKey } from "../options/option-value.ts";
import type { SocketStack } from "../stack.ts";
import { describeDatagram, wishOf } from "./control-data.ts";
import { DatagramCork } from "./datagram-cork.ts";
import { receiveError } from "./error-queue.ts";

/** Flags of calls that are not simply one datagram. */
const PUT_TOGETHER: number = MSG_MORE | MSG_PROBE;
const CORK = optionKey(IPPROTO_UDP, UDP_CORK);

/** 65535 octets less both headers. */
const MOST_OCTETS = 65_507;

/** A SOCK_DGRAM socket of AF_INET. */
export class UdpSocket implements SocketOperations {
  readonly kind: SocketKind = "udp";
  readonly kept: KeptOptions = new KeptOptions();
  readonly family: number = AF_INET;
  readonly style: number = SOCK_DGRAM;
  readonly protocol: number = IPPROTO_UDP;
  readonly keepsBoundaries: boolean = true;
  readonly lowWater: number = 1;
  readonly unsent: number = 0;
  readonly linger: number = -1;
  readonly stack: SocketStack;
  readonly endpoint: UdpEndpoint;
  readonly #from: MutableSocketAddress = { address: IPV4_ANY, port: 0 };
  readonly #cork: DatagramCork = new DatagramCork(MOST_OCTETS);
  /** That of `bind`: it stays where AF_UNSPEC gives a port back that the system had chosen. */
  #address: number = INADDR_ANY;
  #receiveShut = false;
  #sendShut = false;

  constructor(stack: SocketStack) {
    this.stack = stack;
    this.endpoint = stack.openUdp();
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
    if (this.endpoint.local !== undefined) return -errno.EINVAL;
    const status = statusOf(this.endpoint.bind(toEndpoint(at)));
    if (status === 0) this.#address = at.address;
    return status;
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
    return statusOf(this.endpoint.connect(destination(to)));
  }

  connectOutcome(): number {
    return 0;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    const { endpoint } = this;
    if ((flags & MSG_ERRQUEUE) !== 0) return receiveError(this.endpoint, into, start, end, details);
    // A pending ICMP error comes before data (RFC 1122 §4.1.3.3).
    if (endpoint.failure !== undefined) return this.takeError();
    if (this.#receiveShut && endpoint.available === undefined) return 0;
    const whole = endpoint.receive(into, this.#from, start, end, (flags & MSG_PEEK) !== 0);
    if (whole === undefined) return -errno.EAGAIN;
    if (details !== undefined) this.#describe(details, whole > end - start);
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
    const refused = this.#refusal(flags, to);
    if (refused !== 0) return refused;
    if ((flags & PUT_TOGETHER) !== 0 || this.#cork.pending || this.kept.isOn(CORK)) {
      return this.#sendTogether(from, start, end, flags, to);
    }
    if ((flags & MSG_DONTROUTE) !== 0 || control !== undefined) {
      return this.#sendWith(from, start, end, flags, to as InetSockaddr | undefined, control ?? []);
    }
    return this.#sendPlain(from, start, end, to);
  }

  /** Why nothing can be sent: a negated errno, or 0. */
  #refusal(flags: number, to: Sockaddr | undefined): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if (to !== undefined && to.family !== AF_INET) return -errno.EAFNOSUPPORT;
    if (to !== undefined && to.port === 0) return -errno.EINVAL;
    if (this.#sendShut) return -errno.EPIPE;
    return this.endpoint.failure === undefined ? 0 : this.takeError();
  }

  /** MSG_MORE, MSG_PROBE, UDP_CORK, and the call that ends them. */
  #sendTogether(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to: Sockaddr | undefined,
  ): number {
    const cork = this.#cork;
    if (to === undefined && this.endpoint.remote === undefined && !cork.pending) return -errno.EDESTADDRREQ;
    if ((flags & MSG_PROBE) !== 0) return end - start; // it would go: nothing more is asked
    const more = (flags & MSG_MORE) !== 0 || this.kept.isOn(CORK);
    return more ? cork.hold(from, start, end, to) : cork.finish(from, start, end, this.#push);
  }

  pullCork(): number {
    return this.#cork.flush(this.#push);
  }

  takeError(): number {
    return statusOf(this.endpoint.takeFailure());
  }

  shutdown(how: number): number {
    const receive = how !== SHUT_WR;
    const send = how !== SHUT_RD;
    this.#receiveShut ||= receive;
    this.#sendShut ||= send;
    this.endpoint.shutdown(receive, send);
    // As on Linux, what is not connected is shut, too, though the call says that it is not connected.
    return this.endpoint.remote === undefined ? -errno.ENOTCONN : 0;
  }

  localAddress(): Sockaddr {
    const { local } = this.endpoint;
    return local === undefined ? inetSockaddr(this.#address, 0) : fromEndpoint(local);
  }

  peerAddress(): Sockaddr | number {
    const { remote } = this.endpoint;
    // Port 0 may be connected to, but nobody is there (Linux).
    return remote === undefined || remote.port === 0 ? -errno.ENOTCONN : fromEndpoint(remote);
  }

  readiness(): number {
    let mask = this.errorPending || this.endpoint.errorsQueued > 0 ? POLLERR : 0;
    if (this.#receiveShut) mask |= POLLIN | POLLRDHUP;
    if (this.#receiveShut && this.#sendShut) mask |= POLLHUP;
    if (this.endpoint.available !== undefined) mask |= POLLIN;
    if (this.endpoint.writable) mask |= POLLOUT;
    return mask;
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
    this.endpoint.onChange(undefined);
    this.endpoint.close();
  }

  #describe(details: Received, cutOff: boolean): void {
    details.address = fromEndpoint(this.#from);
    if (cutOff) details.flags |= MSG_TRUNC;
    if (this.kept.any) describeDatagram(details, this.kept, this.endpoint.lastReceived);
  }

  readonly #push = (datagram: Uint8Array, to: Sockaddr | undefined): number =>
    this.#sendPlain(datagram, 0, datagram.length, to);

  #sendPlain(from: Uint8Array, start: number, end: number, to: Sockaddr | undefined): number {
    const at = to === undefined ? undefined : destination(to as InetSockaddr);
    const sent = this.endpoint.send(from, at, start, end);
    return typeof sent === "number" ? sent : statusOf(sent);
  }

  /** Sends one datagram with wishes of its own: MSG_DONTROUTE, and what control data say. */
  #sendWith(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to: InetSockaddr | undefined,
    control: readonly ControlMessage[],
  ): number {
    const { endpoint } = this;
    const wish = wishOf(control, this.stack);
    if (typeof wish === "number") return wish;
    if (endpoint.sendWith === undefined) return -errno.EOPNOTSUPP;
    const dontRoute = (flags & MSG_DONTROUTE) !== 0 || endpoint.options.dontRoute;
    const at = to === undefined ? undefined : destination(to);
    const sent = endpoint.sendWith(from, { ...wish, dontRoute }, at, start, end);
    return typeof sent === "number" ? sent : statusOf(sent);
  }
}

/** Sending to the wildcard address means this host. */
function destination(to: InetSockaddr): SocketAddress {
  return to.address === INADDR_ANY ? { address: IPV4_LOOPBACK, port: to.port } : toEndpoint(to);
}
