/** A SOCK_DGRAM socket of AF_INET or AF_INET6, over a UDP endpoint. What RFC 768 leaves open is as on Linux. */
import {
  type DatagramWish,
  IPV4_ANY,
  type MutableSocketAddress,
  type UdpEndpoint,
} from "../../stack/index.ts";
import type { Sockaddr } from "../address.ts";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_UDP,
  MSG_DONTROUTE,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_PROBE,
  MSG_TRUNC,
  SHUT_RD,
  SHUT_WR,
  SOCK_DGRAM,
  UDP_CORK,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { ControlMessage, Received, SocketKind, SocketOperations } from "../operations.ts";
import { KeptOptions } from "../options/kept.ts";
import { optionKey } from "../options/option-value.ts";
import type { SocketStack } from "../socket-stack.ts";
import { describeDatagram, wishOf } from "./control-data.ts";
import { DatagramSocket, type Sending } from "./datagram-socket.ts";
import { receiveError } from "./error-queue.ts";
import { INET_NAMING, type Naming, type Target, tie } from "./naming.ts";

/** Flags of calls that are not simply one datagram. */
const PUT_TOGETHER: number = MSG_MORE | MSG_PROBE;
const CORK = optionKey(IPPROTO_UDP, UDP_CORK);

/** 65535 octets less both headers. */
const MOST_OCTETS = 65_507;

/** A SOCK_DGRAM socket of AF_INET or AF_INET6. */
export class UdpSocket extends DatagramSocket implements SocketOperations {
  readonly kind: SocketKind = "udp";
  readonly style: number = SOCK_DGRAM;
  readonly protocol: number = IPPROTO_UDP;
  readonly endpoint: UdpEndpoint;
  readonly #from: MutableSocketAddress = { address: IPV4_ANY, port: 0 };
  /** That of `bind`: it stays where AF_UNSPEC gives a port back that the system had chosen. */
  #address: Target | undefined;

  constructor(stack: SocketStack, naming: Naming = INET_NAMING, kept: KeptOptions = new KeptOptions()) {
    super(stack, naming, kept, MOST_OCTETS);
    this.endpoint = stack.openUdp();
  }

  bind(at: Sockaddr): number {
    const target = this.naming.toBind(at);
    if (typeof target === "number") return target;
    if (this.endpoint.local !== undefined) return -errno.EINVAL;
    const status = tie(this.endpoint, target) || statusOf(this.endpoint.bind(target));
    if (status !== 0) return status;
    this.#address = { ...target, port: 0 };
    this.naming.bound(target);
    return 0;
  }

  /** Before it first sends, a socket is bound to its wildcard, or to the address that is left of `bind`. */
  #bindToAny(): number {
    if (this.endpoint.local !== undefined) return 0;
    const address = this.#address?.address ?? this.naming.wildcard ?? IPV4_ANY;
    return statusOf(this.endpoint.bind({ address, port: 0 }));
  }

  connect(to: Sockaddr | undefined): number {
    if (to === undefined) return statusOf(this.endpoint.connect(undefined));
    const unbound = this.#bindToAny(); // whatever comes of it, as on Linux
    if (unbound !== 0) return unbound;
    const target = this.naming.toReach(to, true);
    if (typeof target === "number") return target;
    return tie(this.endpoint, target) || statusOf(this.endpoint.connect(target));
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    const { endpoint } = this;
    if ((flags & MSG_ERRQUEUE) !== 0)
      return receiveError(this.endpoint, this.naming, into, start, end, details);
    // A pending ICMP error comes before data (RFC 1122 §4.1.3.3).
    if (endpoint.failure !== undefined) return this.takeError();
    if (this.receiveShut && endpoint.available === undefined) return 0;
    const peek = (flags & MSG_PEEK) !== 0;
    const skip = peek ? Math.max(0, this.kept.peekOffset) : 0;
    const whole = endpoint.receive(into, this.#from, start, end, peek, skip);
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
    // As on Linux: a port first, whatever the call says otherwise; of IPv6, MSG_OOB is not looked at.
    const wrong = this.#bindToAny() || this.#misuse(flags, to?.family);
    if (wrong !== 0) return wrong;
    if (this.cork.pending) return this.#sendTogether(from, start, end, flags, undefined);
    const target = to === undefined ? undefined : this.naming.toReach(to, true);
    if (typeof target === "number") return target;
    const refused = this.#refusal(target);
    if (refused !== 0) return refused;
    const wish = this.#wishOf(flags, target, control);
    if (typeof wish === "number") return wish;
    if ((flags & PUT_TOGETHER) !== 0 || this.kept.isOn(CORK)) {
      return this.#sendTogether(from, start, end, flags, { to: target ?? this.#peerNow, wish });
    }
    return this.#sendOne(from, start, end, target, wish);
  }

  /** Linux's IPv6 sends a datagram to whom the socket was connected when it began; its IPv4, to whom it is in the end. */
  get #peerNow(): Target | undefined {
    const { remote } = this.endpoint;
    return this.family === AF_INET || remote?.port === 0 ? undefined : remote;
  }

  /** What of a call is refused whatever the socket is like: a negated errno, or 0. As Linux, each family in its way. */
  #misuse(flags: number, family: number = this.family): number {
    if (this.family === AF_INET) return (flags & MSG_OOB) !== 0 ? -errno.EOPNOTSUPP : 0;
    return family === AF_INET || family === AF_INET6 ? 0 : -errno.EINVAL;
  }

  /** Why nothing can be sent: a negated errno, or 0. */
  #refusal(to: Target | undefined): number {
    if (to !== undefined && to.port === 0) return -errno.EINVAL;
    // Where it should go is asked first, as on Linux.
    if (to === undefined && this.endpoint.remote === undefined) return -errno.EDESTADDRREQ;
    if (this.endpoint.failure !== undefined) return this.takeError();
    return this.sendShut ? -errno.EPIPE : 0;
  }

  /**
   * MSG_MORE, MSG_PROBE, UDP_CORK, and the call that ends them. `how`: what the first call says; of those behind it
   * nothing is asked, as on Linux, but that the socket may send.
   */
  #sendTogether(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    how: Sending | undefined,
  ): number {
    const cork = this.cork;
    if (this.sendShut) return -errno.EPIPE;
    if ((flags & MSG_PROBE) !== 0) return end - start; // it would go: nothing more is asked
    const more = (flags & MSG_MORE) !== 0 || this.kept.isOn(CORK);
    return more ? cork.hold(from, start, end, how) : cork.finish(from, start, end, this.push);
  }

  protected readonly push = (datagram: Uint8Array, how: Sending | undefined): number =>
    this.#sendOne(datagram, 0, datagram.length, how?.to, how?.wish);

  pullCork(): number {
    return this.cork.flush(this.push);
  }

  override shutdown(how: number): number {
    this.endpoint.shutdown(how !== SHUT_WR, how !== SHUT_RD);
    return super.shutdown(how);
  }

  localAddress(): Sockaddr {
    const { local } = this.endpoint;
    return this.naming.shown(local ?? this.#address);
  }

  peerAddress(): Sockaddr | number {
    const { remote } = this.endpoint;
    // Port 0 may be connected to, but nobody is there (Linux).
    return remote === undefined || remote.port === 0 ? -errno.ENOTCONN : this.naming.shown(remote);
  }

  #describe(details: Received, cutOff: boolean): void {
    details.address = this.naming.shown(this.#from, this.endpoint.lastReceived.interfaceIndex);
    if (cutOff) details.flags |= MSG_TRUNC;
    if (this.kept.any) describeDatagram(details, this.kept, this.endpoint.lastReceived);
  }

  /** Sends one datagram, with wishes of its own or without: octets, or a negated errno. */
  #sendOne(
    from: Uint8Array,
    start: number,
    end: number,
    to: Target | undefined,
    wish: DatagramWish | undefined,
  ): number {
    const { endpoint } = this;
    if (wish !== undefined && endpoint.sendWith === undefined) return -errno.EOPNOTSUPP;
    const sent =
      wish === undefined
        ? endpoint.send(from, to, start, end)
        : (endpoint.sendWith?.(from, wish, to, start, end) ?? 0);
    return typeof sent === "number" ? sent : statusOf(sent);
  }

  /** What a call wants for its datagram: MSG_DONTROUTE, a link, and what control data say. Or a negated errno. */
  #wishOf(
    flags: number,
    to: Target | undefined,
    control: readonly ControlMessage[] | undefined,
  ): DatagramWish | number | undefined {
    const isPlain = (flags & MSG_DONTROUTE) === 0 && control === undefined && to?.through === undefined;
    if (isPlain) return undefined; // as the options of the socket say
    const wish = wishOf(control ?? [], this.stack, this.family);
    if (typeof wish === "number") return wish;
    const dontRoute = (flags & MSG_DONTROUTE) !== 0 || this.endpoint.options.dontRoute;
    return { ...(to?.through && { interfaceName: to.through.name }), ...wish, dontRoute };
  }
}
