/**
 * What an application layer holds: endpoints. They are synchronous and never wait: a call that would have
 * to wait says so with `undefined`, and `onChange` tells when to try again. `src/api` makes promises of it.
 */
import type { Failure } from "./failures.ts";
import type { MutableSocketAddress, SocketAddress } from "./socket-address.ts";

/** What every endpoint has. */
export interface Endpoint {
  /** A pending error (SO_ERROR), such as an ICMP error or a reset; `takeFailure` reads and clears it. */
  readonly failure: Failure | undefined;
  /** The pending error, which is cleared; undefined if there is none. */
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

/** An endpoint of a stream of octets. Calls take part of an array by `start` and `end`, so that nobody makes a `subarray` per call. */
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
  /** Octets that a read would find. */
  readonly available: number;
  /** Octets written that the peer has not acknowledged. */
  readonly unsent: number;
}

/** An endpoint that listens. */
export interface ListenerEndpoint extends Endpoint {
  /** Where it listens. */
  readonly local: SocketAddress;
  /** The next established connection; undefined if there is none. */
  accept(): StreamEndpoint | undefined;
}

/** An endpoint that sends and receives datagrams. */
export interface DatagramEndpoint extends Endpoint {
  /** Where it is bound; undefined while it is not. */
  readonly local: SocketAddress | undefined;
  /** The peer that it is connected to, if any. */
  readonly remote: SocketAddress | undefined;
  /**
   * Copies one datagram to `into[start..end)`; what does not fit is lost, as in BSD. Fills `from`. The
   * datagram's whole length, which may be more than fitted; undefined if there is none. With `peek` it stays in the
   * queue, and `skip` octets of what is there are passed over (SO_PEEK_OFF): what is left of that datagram counts.
   */
  receive(
    into: Uint8Array,
    from?: MutableSocketAddress,
    start?: number,
    end?: number,
    peek?: boolean,
    skip?: number,
  ): number | undefined;
  /**
   * Sends `datagram[start..end)`; without `to`, to the connected peer. Octets sent, or why it cannot be:
   * "would-wait" when what waits for a link address or for the link would exceed the send buffer; `onChange`
   * then tells of room.
   */
  send(datagram: Uint8Array, to?: SocketAddress, start?: number, end?: number): number | Failure;
}
