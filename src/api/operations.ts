/**
 * What each kind of socket (TCP, UDP, AF_UNIX …) provides, so that the calls above are written once. No
 * operation waits or throws: a status is a count, or a negated errno; `-EAGAIN` means that it would wait.
 */
import type { Sockaddr } from "./address.ts";
import { MSG_CTRUNC } from "./constants.ts";
import type { KeptOptions } from "./options/kept.ts";

/** The kinds of sockets: what options there are depends on it. */
export type SocketKind =
  | "tcp"
  | "udp"
  | "raw"
  | "packet"
  | "unix-stream"
  | "unix-seqpacket"
  | "unix-datagram";

/** One piece of control data. `data` depends on level and type: see `docs/conformance-sockets.md`. */
export interface ControlMessage {
  /** SOL_SOCKET or IPPROTO_IP. */
  readonly level: number;
  /** Such as SCM_RIGHTS or IP_PKTINFO. */
  readonly type: number;
  /** What its type says. */
  readonly data: unknown;
}

/** What a receive can tell besides its count. */
export class Received {
  /** The flag that says so when control data are lost because nobody wants them. */
  static readonly CONTROL_CUT_OFF: number = MSG_CTRUNC;
  /** The caller takes control data (recvmsg). */
  readonly wantsControl: boolean;
  /** Where it came from; undefined where there is no address. */
  address: Sockaddr | undefined = undefined;
  /** MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_OOB. */
  flags = 0;
  control: ControlMessage[] = [];

  constructor(wantsControl: boolean) {
    this.wantsControl = wantsControl;
  }
}

/** What `accept` of a kind gives. */
export interface Accepted {
  readonly operations: SocketOperations;
  readonly address: Sockaddr | undefined;
}

/** What a kind of socket does for the calls: one object for each open socket. */
export interface SocketOperations {
  readonly kind: SocketKind;
  /** The values of options that this layer holds. */
  readonly kept: KeptOptions;
  readonly family: number;
  /** SOCK_STREAM, …, without flags. */
  readonly style: number;
  readonly protocol: number;
  /** Octets of a message are one unit: partial writes do not happen, what a read leaves is lost. */
  readonly keepsBoundaries: boolean;
  /** Sets the one subscriber: called whenever a call that would have waited might not any more. */
  onChange(wake: () => void): void;
  bind(at: Sockaddr): number;
  listen(backlog: number): number;
  accept(): Accepted | number;
  /** 0: connected; -EINPROGRESS: `connectOutcome` will tell. Undefined dissolves (AF_UNSPEC). */
  connect(to: Sockaddr | undefined): number;
  /** 0: connected; -EAGAIN: not yet known; else why not. */
  connectOutcome(): number;
  /** Receives to `into[start..end)`. */
  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number;
  /**
   * A receive waits with `into[start..end)`: what comes next may be put there at once, where the next `receive`
   * into it finds it. Streams that can do so have both of these.
   */
  lend?(into: Uint8Array, start: number, end: number): void;
  /** It does not wait any more; its buffer is its own again. */
  withdraw?(): void;
  /** Sends `from[start..end)`, perhaps only the first part of it if it does not keep boundaries. */
  send(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to?: Sockaddr,
    control?: readonly ControlMessage[],
  ): number;
  /** Octets that a blocking receive waits for, unless its buffer is smaller (SO_RCVLOWAT). */
  readonly lowWater: number;
  /** A failure is pending that the next call will report. */
  readonly errorPending: boolean;
  /** Reports and clears the pending failure (SO_ERROR): a negated errno, or 0. */
  takeError(): number;
  shutdown(how: number): number;
  localAddress(): Sockaddr;
  /** Or a negated errno. */
  peerAddress(): Sockaddr | number;
  /** POLLIN, POLLOUT, POLLPRI, POLLERR, POLLHUP, POLLRDHUP as they are now. */
  readiness(): number;
  /** Octets that a receive would find (FIONREAD), and that are not yet delivered (SIOCOUTQ). */
  readonly available: number;
  /** Octets that FIONREAD tells, where they are others than `available`. */
  readonly unread?: number;
  readonly unsent: number;
  /** The next octet is the one behind the urgent data (SIOCATMARK): 1 or 0, or a negated errno. */
  atMark(): number;
  /** Seconds that `close` is to wait for queued data (SO_LINGER); -1: not at all. */
  readonly linger: number;
  /** Begins to close while `unsent` may still be looked at: what is queued still goes out. */
  finish(): void;
  /** Releases everything. Not called twice. */
  close(): void;
}
