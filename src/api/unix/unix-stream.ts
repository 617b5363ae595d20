/** SOCK_STREAM and SOCK_SEQPACKET sockets of AF_UNIX: unix(7), with the errors that Linux gives. */
import type { Sockaddr } from "../address.ts";
import {
  AF_UNIX,
  MSG_OOB,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
  SOCK_STREAM,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { Accepted, ControlMessage, Received, SocketKind, SocketOperations } from "../operations.ts";
import { KeptOptions } from "../options/kept.ts";
import type { Credentials } from "../options/option-value.ts";
import { resultOf, type UnixStreamEndpoint } from "./unix-stream-endpoint.ts";

/** An AF_UNIX socket of a connection: a stream, or messages that keep their bounds (seqpacket). */
export class UnixStreamSocket implements SocketOperations {
  readonly kind: SocketKind;
  readonly kept: KeptOptions = new KeptOptions();
  readonly family: number = AF_UNIX;
  readonly style: number;
  readonly protocol: number = 0;
  readonly keepsBoundaries: boolean;
  readonly lowWater: number = 1;
  readonly linger: number = -1;
  readonly endpoint: UnixStreamEndpoint;

  constructor(endpoint: UnixStreamEndpoint) {
    this.endpoint = endpoint;
    this.style = endpoint.style;
    this.keepsBoundaries = endpoint.keepsBoundaries;
    this.kind = endpoint.keepsBoundaries ? "unix-seqpacket" : "unix-stream";
  }

  get listening(): boolean {
    return this.endpoint.listening;
  }

  get errorPending(): boolean {
    return this.endpoint.failure !== undefined;
  }

  get available(): number {
    return this.endpoint.available;
  }

  get unsent(): number {
    return this.endpoint.unsent;
  }

  get sendBuffer(): number {
    return this.endpoint.sendBuffer;
  }

  set sendBuffer(octets: number) {
    this.endpoint.sendBuffer = octets;
  }

  get passCredentials(): boolean {
    return this.endpoint.passCredentials;
  }

  set passCredentials(on: boolean) {
    this.endpoint.passCredentials = on;
  }

  get peerCredentials(): Credentials {
    return this.endpoint.peerCredentials;
  }

  onChange(wake: () => void): void {
    this.endpoint.onChange(wake);
  }

  bind(at: Sockaddr): number {
    return at.family === AF_UNIX ? statusOf(this.endpoint.bind(at.path)) : -errno.EINVAL;
  }

  listen(backlog: number): number {
    return statusOf(this.endpoint.listen(backlog));
  }

  accept(): Accepted | number {
    const { endpoint } = this;
    if (!endpoint.listening) return -errno.EINVAL;
    const accepted = endpoint.accept();
    if (accepted === undefined) return endpoint.receiveShut ? -errno.EINVAL : -errno.EAGAIN;
    return { operations: new UnixStreamSocket(accepted), address: accepted.peerName?.known };
  }

  connect(to: Sockaddr | undefined): number {
    if (to?.family !== AF_UNIX || to.path === undefined || to.path === "") return -errno.EINVAL;
    return statusOf(this.endpoint.tryConnect(to.path));
  }

  connectOutcome(): number {
    return this.endpoint.connected ? 0 : -errno.ENOTCONN;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    const { endpoint } = this;
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if (!endpoint.connected) return this.keepsBoundaries ? -errno.ENOTCONN : -errno.EINVAL;
    if (this.keepsBoundaries && this.errorPending) return this.takeError();
    if (start === end && !this.keepsBoundaries) return 0;
    const wish = {
      flags,
      details,
      credentials: this.passCredentials,
      skip: Math.max(0, this.kept.peekOffset),
    };
    return endpoint.receive(into, start, end, wish) ?? (this.errorPending ? this.takeError() : -errno.EAGAIN);
  }

  send(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to?: Sockaddr,
    control?: readonly ControlMessage[],
  ): number {
    if ((flags & MSG_OOB) !== 0 && !this.keepsBoundaries) return -errno.EOPNOTSUPP;
    if (to !== undefined && this.style === SOCK_STREAM)
      return this.endpoint.connected ? -errno.EISCONN : -errno.EOPNOTSUPP;
    if (this.keepsBoundaries && this.errorPending) return this.takeError();
    if (this.keepsBoundaries && this.passCredentials && this.endpoint.connected)
      this.endpoint.name.autobind();
    if ((flags & MSG_OOB) !== 0) return this.endpoint.connected ? -errno.EOPNOTSUPP : -errno.ENOTCONN;
    return resultOf(this.endpoint.send(from, start, end, control));
  }

  takeError(): number {
    return statusOf(this.endpoint.takeFailure());
  }

  /** Never fails on AF_UNIX, connected or not. */
  shutdown(how: number): number {
    this.endpoint.shutdown(how !== SHUT_WR, how !== SHUT_RD);
    return 0;
  }

  localAddress(): Sockaddr {
    return this.endpoint.name.address;
  }

  peerAddress(): Sockaddr | number {
    return this.endpoint.peerName?.address ?? -errno.ENOTCONN;
  }

  readiness(): number {
    const { endpoint } = this;
    let mask = this.errorPending ? POLLERR : 0;
    if (endpoint.receiveShut && endpoint.sendShut) mask |= POLLHUP;
    if (endpoint.receiveShut) mask |= POLLRDHUP | POLLIN;
    if (endpoint.hasInput) mask |= POLLIN;
    if (!endpoint.connected && !endpoint.listening) mask |= POLLHUP;
    return mask | (endpoint.hasRoom ? POLLOUT : 0);
  }

  /** A stream has no urgent data here: it never stands at the mark. */
  atMark(): number {
    return this.keepsBoundaries ? -errno.EOPNOTSUPP : 0;
  }

  finish(): void {
    this.endpoint.finish();
  }

  close(): void {
    this.endpoint.close();
  }
}
