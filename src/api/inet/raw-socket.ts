/** A SOCK_RAW socket of AF_INET or AF_INET6: IP datagrams of one protocol. raw(7), RFC 3542 §3. */
import { IPV4_ANY, type MutableSocketAddress, type RawEndpoint } from "../../stack/index.ts";
import type { Sockaddr } from "../address.ts";
import { AF_INET, MSG_ERRQUEUE, MSG_MORE, MSG_OOB, MSG_PEEK, MSG_TRUNC, SOCK_RAW } from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { ControlMessage, Received, SocketKind, SocketOperations } from "../operations.ts";
import { KeptOptions } from "../options/kept.ts";
import type { SocketStack } from "../socket-stack.ts";
import { describeDatagram, wishOf } from "./control-data.ts";
import { DatagramSocket, type Sending } from "./datagram-socket.ts";
import { receiveError } from "./error-queue.ts";
import { INET_NAMING, type Naming, type Target, tie } from "./naming.ts";

/** 65535 octets less the IP header. */
const MOST_OCTETS = 65_515;

/** A SOCK_RAW socket of AF_INET or AF_INET6. */
export class RawSocket extends DatagramSocket implements SocketOperations {
  readonly kind: SocketKind = "raw";
  readonly style: number = SOCK_RAW;
  readonly protocol: number;
  readonly endpoint: RawEndpoint;
  readonly #from: MutableSocketAddress = { address: IPV4_ANY, port: 0 };
  /** Means nothing to IP, but `getpeername` gives it back, and 0 for no peer, as on Linux. */
  #peerPort = 0;

  constructor(
    stack: SocketStack,
    endpoint: RawEndpoint,
    naming: Naming = INET_NAMING,
    kept: KeptOptions = new KeptOptions(),
  ) {
    super(stack, naming, kept, MOST_OCTETS);
    this.endpoint = endpoint;
    this.protocol = endpoint.protocol;
  }

  bind(at: Sockaddr): number {
    if (this.endpoint.remote !== undefined) return -errno.EINVAL; // it has its name from connect, as on Linux
    const target = this.naming.toBind(at);
    if (typeof target === "number") return target;
    const foreign = this.#isForeign(target) ? -errno.EADDRNOTAVAIL : 0;
    return foreign || tie(this.endpoint, target) || statusOf(this.endpoint.bind(target.address));
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
    const target = this.naming.toReach(to, false);
    return typeof target === "object" && this.#isForeign(target) ? -errno.ENETUNREACH : target;
  }

  /** A raw socket of IPv6 knows no IPv4, by whatever name. */
  #isForeign({ address }: Target): boolean {
    return this.family !== AF_INET && address.family === 4;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if ((flags & MSG_ERRQUEUE) !== 0)
      return receiveError(this.endpoint, this.naming, into, start, end, details);
    if (this.errorPending) return this.takeError();
    const whole = this.endpoint.receive(into, this.#from, start, end, (flags & MSG_PEEK) !== 0);
    if (whole === undefined) return this.receiveShut ? 0 : -errno.EAGAIN;
    if (details !== undefined) {
      const { interfaceIndex } = this.endpoint.lastReceived;
      details.address = this.naming.shown({ address: this.#from.address, port: 0 }, interfaceIndex);
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
    const target = to === undefined ? undefined : this.#targetOf(to);
    if (typeof target === "number") return target;
    const nowhere = to === undefined && this.endpoint.remote === undefined;
    if (nowhere && !this.endpoint.options.headerIncluded) return -errno.EDESTADDRREQ;
    if (this.sendShut) return -errno.EPIPE;
    const wish = control === undefined ? undefined : wishOf(control, this.stack, this.family);
    if (typeof wish === "number") return wish;
    if (!this.endpoint.options.headerIncluded) {
      // Unlike UDP's, each call is looked at as if it were the first, as on Linux.
      if ((flags & MSG_MORE) !== 0) return this.cork.hold(from, start, end, { to: target, wish });
      if (this.cork.pending) return this.cork.finish(from, start, end, this.push);
    }
    const sent = this.endpoint.send(from, target?.address, start, end, wish);
    return typeof sent === "number" ? sent : statusOf(sent);
  }

  protected readonly push = (datagram: Uint8Array, how: Sending | undefined): number => {
    const sent = this.endpoint.send(datagram, how?.to?.address, 0, datagram.length, how?.wish);
    return typeof sent === "number" ? sent : statusOf(sent);
  };

  /** As on Linux, the port is the protocol's number. */
  localAddress(): Sockaddr {
    return this.naming.shown({ address: this.endpoint.local, port: this.protocol });
  }

  peerAddress(): Sockaddr | number {
    const { remote } = this.endpoint;
    if (remote === undefined || this.#peerPort === 0) return -errno.ENOTCONN;
    return this.naming.shown({ address: remote, port: this.#peerPort });
  }
}
