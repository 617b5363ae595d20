/** What sockets of UDP and raw sockets have in common: two halves that can be shut, a pending error, a cork. */
import type {
  DatagramWish,
  FilterInstruction,
  PacketFilter,
  RawEndpoint,
  UdpEndpoint,
} from "../../stack/index.ts";
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, SHUT_RD, SHUT_WR } from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { Accepted } from "../operations.ts";
import type { KeptOptions } from "../options/kept.ts";
import type { SocketStack } from "../socket-stack.ts";
import { DatagramCork } from "./datagram-cork.ts";
import type { Naming, Target } from "./naming.ts";

/** How one datagram goes: what its call said. */
export interface Sending {
  /** Undefined: to the peer. */
  readonly to: Target | undefined;
  /** What its control data and flags want; undefined: as the socket's options say. */
  readonly wish: DatagramWish | undefined;
}

/** A socket of datagrams of AF_INET or AF_INET6. */
export abstract class DatagramSocket {
  readonly kept: KeptOptions;
  readonly family: number;
  readonly keepsBoundaries: boolean = true;
  readonly lowWater: number = 1;
  readonly unsent: number = 0;
  readonly linger: number = -1;
  readonly stack: SocketStack;
  abstract readonly endpoint: UdpEndpoint | RawEndpoint;
  /** SO_ATTACH_FILTER. */
  program: readonly FilterInstruction[] = [];
  protected readonly naming: Naming;
  protected readonly cork: DatagramCork<Sending>;
  protected receiveShut = false;
  protected sendShut = false;

  /** @param mostOctets - of what a cork may put together */
  constructor(stack: SocketStack, naming: Naming, kept: KeptOptions, mostOctets: number) {
    this.stack = stack;
    this.naming = naming;
    this.family = naming.family;
    this.kept = kept;
    this.cork = new DatagramCork(mostOctets);
  }

  /** Sends what a cork has put together: octets, or a negated errno. */
  protected abstract readonly push: (datagram: Uint8Array, how: Sending | undefined) => number;

  get errorPending(): boolean {
    return this.endpoint.failure !== undefined;
  }

  get available(): number {
    return this.endpoint.available ?? 0;
  }

  onChange(wake: () => void): void {
    this.endpoint.onChange(wake);
  }

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): Accepted | number {
    return -errno.EOPNOTSUPP;
  }

  connectOutcome(): number {
    return 0;
  }

  takeError(): number {
    return statusOf(this.endpoint.takeFailure());
  }

  shutdown(how: number): number {
    this.receiveShut ||= how !== SHUT_WR;
    this.sendShut ||= how !== SHUT_RD;
    // As on Linux, what is not connected is shut, too, though the call says that it is not connected.
    return this.endpoint.remote === undefined ? -errno.ENOTCONN : 0;
  }

  readiness(): number {
    let mask = this.errorPending || this.endpoint.errorsQueued > 0 ? POLLERR : 0;
    if (this.receiveShut) mask |= POLLIN | POLLRDHUP;
    if (this.receiveShut && this.sendShut) mask |= POLLHUP;
    if (this.endpoint.available !== undefined) mask |= POLLIN;
    if (this.endpoint.writable) mask |= POLLOUT;
    return mask;
  }

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
}
