/** A SOCK_DGRAM socket of AF_INET or AF_INET6, over a UDP endpoint. What RFC 768 leaves open is as on Linux. */
import { IPV4_ANY, type MutableSocketAddress, type UdpEndpoint } from "../../stack/index.ts";
import type { Sockaddr } from "../address.ts";
import {
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
import { DatagramSocket } from "./datagram-socket.ts";
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

  /** Before it first sends, a socket of AF_INET6 is bound to its wildcard: the endpoint's own is that of IPv4. */
  #bindToAny(): number {
    const { wildcard } = this.naming;
    if (wildcard === undefined || this.endpoint.local !== undefined) return 0;
    return statusOf(this.endpoint.bind({ address: this.#address?.address ?? wildcard, port: 0 }));
  }

  connect(to: Sockaddr | undefined): number {
    if (to === undefined) return statusOf(this.endpoint.connect(undefined));
    const target = this.naming.toReach(to, true);
    if (typeof target === "number") return target;
    return tie(this.endpoint, target) || this.#bindToAny() || statusOf(this.endpoint.connect(target));
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
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    const target = to === undefined ? undefined : this.naming.toReach(to, true);
    if (typeof target === "number") return target;
    const refused = this.#refusal(target) || this.#bindToAny();
    if (refused !== 0) return refused;
    if ((flags & PUT_TOGETHER) !== 0 || this.cork.pending || this.kept.isOn(CORK)) {
      return this.#sendTogether(from, start, end, flags, target);
    }
    if ((flags & MSG_DONTROUTE) !== 0 || control !== undefined || target?.through !== undefined) {
      return this.#sendWith(from, start, end, flags, target, control ?? []);
    }
    return this.sendPlain(from, start, end, target);
  }

  /** Why nothing can be sent: a negated errno, or 0. */
  #refusal(to: Target | undefined): number {
    if (to !== undefined && to.port === 0) return -errno.EINVAL;
    // Where it should go is asked first, as on Linux; what is corked knows it already.
    const nowhere = to === undefined && this.endpoint.remote === undefined && !this.cork.pending;
    if (nowhere) return -errno.EDESTADDRREQ;
    if (this.sendShut) return -errno.EPIPE;
    return this.endpoint.failure === undefined ? 0 : this.takeError();
  }

  /** MSG_MORE, MSG_PROBE, UDP_CORK, and the call that ends them. */
  #sendTogether(from: Uint8Array, start: number, end: number, flags: number, to: Target | undefined): number {
    const cork = this.cork;
    if ((flags & MSG_PROBE) !== 0) return end - start; // it would go: nothing more is asked
    const more = (flags & MSG_MORE) !== 0 || this.kept.isOn(CORK);
    return more ? cork.hold(from, start, end, to) : cork.finish(from, start, end, this.push);
  }

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

  protected sendPlain(from: Uint8Array, start: number, end: number, to: Target | undefined): number {
    const sent = this.endpoint.send(from, to, start, end);
    return typeof sent === "number" ? sent : statusOf(sent);
  }

  /** Sends one datagram with wishes of its own: MSG_DONTROUTE, and what control data say. */
  #sendWith(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to: Target | undefined,
    control: readonly ControlMessage[],
  ): number {
    const { endpoint } = this;
    const wish = wishOf(control, this.stack, this.family);
    if (typeof wish === "number") return wish;
    if (endpoint.sendWith === undefined) return -errno.EOPNOTSUPP;
    const dontRoute = (flags & MSG_DONTROUTE) !== 0 || endpoint.options.dontRoute;
    const through = to?.through === undefined ? {} : { interfaceName: to.through.name };
    const sent = endpoint.sendWith(from, { ...through, ...wish, dontRoute }, to, start, end);
    return typeof sent === "number" ? sent : statusOf(sent);
  }
}
