/**
 * What an application layer holds: endpoints. They are synchronous and never wait: a call that would have
 * to wait says so with `undefined`, and `onChange` tells when to try again. `src/api` makes promises of it.
 */
import type { IpAddress } from "./base/ip-address.ts";

/** Why a call or a connection failed. `src/api` has an errno for each. */
export type Failure =
  | "reset"
  | "refused"
  | "timed-out"
  | "host-unreachable"
  | "network-unreachable"
  | "protocol-unreachable"
  | "prohibited"
  | "aborted"
  | "broken-pipe"
  | "address-in-use"
  | "address-not-available"
  | "not-connected"
  | "already-connected"
  | "in-progress"
  | "invalid"
  | "message-too-long"
  | "no-buffers"
  | "access"
  | "destination-required"
  | "not-supported"
  | "would-wait";

/** What every endpoint has. */
export interface Endpoint {
  /** A pending error (SO_ERROR), such as an ICMP error or a reset; `takeFailure` reads and clears it. */
  readonly failure: Failure | undefined;
  takeFailure(): Failure | undefined;
  /** A read (or accept) would not wait: there is data, the end of the stream, or a failure. */
  readonly readable: boolean;
  /** A write would not wait: there is room, or it would fail. */
  readonly writable: boolean;
  /**
   * Sets the one subscriber: `wake` is called at the end of every entry in which `readable`, `writable`,
   * `failure` or the connection's state has changed. It may call endpoints, its own too.
   */
  onChange(wake: (() => void) | undefined): void;
  /** Orderly release: queued data still goes out. The endpoint must not be used afterwards. */
  close(): void;
  /** Gives up at once (TCP: RST). */
  abort(): void;
}

/** Octets of `bytes` from `start` to `end`, without a `subarray` per call. */
export interface StreamEndpoint extends Endpoint {
  /** Where this end is; undefined while unbound. */
  readonly local: SocketAddress | undefined;
  /** The peer, once connected; undefined before. */
  readonly remote: SocketAddress | undefined;
  /** Connected: the handshake has completed, and neither side has reset. */
  readonly connected: boolean;
  /**
   * Copies octets that have arrived to `into[start..end)`. Octets copied; 0 at end of stream; undefined if
   * it would wait (or the connection failed: see `failure`). With `peek`, they stay in the buffer.
   */
  read(into: Uint8Array, start?: number, end?: number, peek?: boolean): number | undefined;
  /** Copies `from[start..end)` to the send buffer. Octets copied, perhaps fewer than given; undefined if it would wait or failed. */
  write(from: Uint8Array, start?: number, end?: number): number | undefined;
  /** No more will be written (TCP: FIN, after what is queued). */
  finish(): void;
  /** No more will be read: what is queued and what still comes is discarded. */
  discard(): void;
  /** Octets that a read would find, and octets written that the peer has not acknowledged. */
  readonly available: number;
  readonly unsent: number;
}

export interface ListenerEndpoint extends Endpoint {
  readonly local: SocketAddress;
  /** The next established connection; undefined if there is none. */
  accept(): StreamEndpoint | undefined;
}

export interface DatagramEndpoint extends Endpoint {
  readonly local: SocketAddress | undefined;
  /** The peer that it is connected to, if any. */
  readonly remote: SocketAddress | undefined;
  /**
   * Copies one datagram to `into[start..end)`; what does not fit is lost, as in BSD. Fills `from`. The
   * datagram's whole length, which may be more than fitted; undefined if there is none.
   */
  receive(
    into: Uint8Array,
    from?: MutableSocketAddress,
    start?: number,
    end?: number,
    peek?: boolean,
  ): number | undefined;
  /** Sends `datagram[start..end)`; without `to`, to the connected peer. Octets sent, or why it cannot be. */
  send(datagram: Uint8Array, to?: SocketAddress, start?: number, end?: number): number | Failure;
}

export interface SocketAddress {
  readonly address: IpAddress;
  /** 0 to 65535. */
  readonly port: number;
}

export interface MutableSocketAddress {
  address: IpAddress;
  port: number;
}
