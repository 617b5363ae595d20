/** What a user of TCP holds (RFC 9293 §3.9.1). */
import type { StreamEndpoint } from "./endpoint.ts";
import type { TcpOptions } from "./endpoint-options.ts";
import type { Failure } from "./failures.ts";
import type { SocketAddress } from "./socket-address.ts";
import type { TcpInfo } from "./tcp-info.ts";
import type { TcpState } from "./tcp-state.ts";

/** A TCP socket in any state: `TcpProtocol.open()` makes one in CLOSED, `accept` gives an established one. */
export interface TcpEndpoint extends StreamEndpoint {
  /** Reads up to `most` octets that nobody wants to see, and so copies none. Answers as `read` does. */
  skip(most: number): number | undefined;
  /**
   * A reader waits: what comes next in order may be put into `into[start..end)` at once. At the end of the entry in
   * which something has come, `onChange` is called, and `read` into the same place gives it; whatever else the
   * reader does finds it as usual. Until it does something, or withdraws, the buffer is the connection's.
   */
  lend(into: Uint8Array, start: number, end: number): void;
  /** Ends what `lend` began. */
  withdraw(): void;
  /** CLOSED before `connect` and `listen`, and when all is over. */
  readonly state: TcpState;
  /** The options in force. */
  readonly options: Readonly<TcpOptions>;
  /** Changes options, at once where that is possible. "invalid" for a value that cannot be. */
  configure(changes: Partial<TcpOptions>): Failure | undefined;
  /** Port 0 asks for an ephemeral one. */
  bind(at: SocketAddress): Failure | undefined;
  /** Begins an active OPEN; the outcome shows in `connected` or `failure`, after `onChange`. */
  connect(to: SocketAddress): Failure | undefined;
  /** Passive OPEN. At most `backlog` connections wait for `accept`; binds to an ephemeral port if need be. */
  listen(backlog: number): Failure | undefined;
  /** The next established connection of a listener; undefined if there is none. */
  accept(): TcpEndpoint | undefined;
  /** With `more`, more is about to be written (MSG_MORE): a segment that is not full waits for it, 200 ms at most. */
  write(from: Uint8Array, start?: number, end?: number, more?: boolean): number | undefined;
  /** Writes octets of which the last is urgent (RFC 6093); as `write` otherwise. */
  writeUrgent(from: Uint8Array, start?: number, end?: number): number | undefined;
  /** The urgent octet, taken out of the stream (MSG_OOB); -1 if there is none, or it is in line. */
  readUrgent(peek?: boolean): number;
  /** The next octet to be read is the one behind the urgent data (sockatmark). */
  readonly atMark: boolean;
  /** Urgent data was announced and not yet read (POLLPRI). */
  readonly urgentPending: boolean;
  /** What TCP knows of the connection at this moment. */
  info(): TcpInfo;
  /**
   * The headers of the SYN that has opened this connection, IP and TCP, where its listener has kept them (TCP_SAVED_SYN).
   * Who has read them puts `undefined` there.
   */
  savedSyn?: Uint8Array | undefined;
  /** As `UdpEndpoint.pathMtu`. */
  readonly pathMtu?: number | undefined;
}
