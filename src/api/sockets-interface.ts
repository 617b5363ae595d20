/**
 * The socket calls, as an application sees them: Guile's, with BSD's semantics where Guile's manual is
 * silent and Linux's where BSD leaves a choice.
 *
 * One rule for all of them: **a call that can wait returns a promise and never throws**, it is rejected
 * with a `SocketError`; **a call that cannot wait returns its value at once, or throws** a `SocketError`. A
 * rejection that nobody awaits is not an unhandled rejection. Arguments are checked before anything changes.
 */
import type { NoAddress, Sockaddr } from "./address.ts";
import type { AddressInfo } from "./databases/address-info.ts";
import type { Databases } from "./databases/databases.ts";
import type { NameInfo } from "./databases/name-info.ts";
import type { EventSet } from "./event-set.ts";
import type {
  OptionGiven,
  OptionLevel,
  OptionTaken,
  ReadableOption,
  SettableOption,
} from "./options/types.ts";
import type { PollRequest, PollResult, SelectResult } from "./poll.ts";
import type { ReceivedMessage } from "./receiving.ts";
import type { Message, OutgoingMessage } from "./sending.ts";
import type { Socket } from "./socket.ts";
import type { GroupAddress } from "./source-filters.ts";
import type { WaitOptions } from "./wait.ts";

/** A socket and an address: Guile's pair. */
export type SocketAndAddress = [Socket, Sockaddr | NoAddress];

/** The databases' calls, as members of `Sockets`. */
export type DatabaseCalls = Pick<
  Databases,
  | "gethost"
  | "gethostbyname"
  | "gethostbyaddr"
  | "sethostent"
  | "gethostent"
  | "endhostent"
  | "getnet"
  | "getnetbyname"
  | "getnetbyaddr"
  | "setnetent"
  | "getnetent"
  | "endnetent"
  | "getproto"
  | "getprotobyname"
  | "getprotobynumber"
  | "setprotoent"
  | "getprotoent"
  | "endprotoent"
  | "getserv"
  | "getservbyname"
  | "getservbyport"
  | "setservent"
  | "getservent"
  | "endservent"
>;

/** The socket calls of one stack, as `createSockets` gives them. */
export interface Sockets extends DatabaseCalls {
  /** The tables of hosts, networks, protocols and services that belong to these sockets; rows may be added. */
  readonly databases: Databases;

  /**
   * The ways to reach `service` (a name or number) at `name`; without a name, this host. In the order
   * address, then style. Fails with an `AddressInfoError`, whose `code` is EAI_NONAME, EAI_SERVICE, EAI_FAMILY,
   * EAI_SOCKTYPE or EAI_BADFLAGS.
   */
  getaddrinfo(
    name: string | undefined,
    service?: string,
    flags?: number,
    family?: number,
    style?: number,
    protocol?: number,
  ): Promise<readonly AddressInfo[]>;

  /**
   * The names of a host and a service by an address: NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM. What has no name is
   * told as text. Fails with an `AddressInfoError`, whose `code` is EAI_NONAME, EAI_FAMILY or EAI_BADFLAGS.
   */
  getnameinfo(address: Sockaddr, flags?: number): Promise<NameInfo>;

  /**
   * A new socket. `style` may be or'ed with SOCK_NONBLOCK; `protocol` 0 is the style's own.
   *
   * @throws EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EINVAL
   */
  socket(family: number, style: number, protocol?: number): Socket;

  /** Two connected sockets without names. @throws EOPNOTSUPP for AF_INET, and as `socket` */
  socketpair(family: number, style: number, protocol?: number): [Socket, Socket];

  /** Removes the name of an AF_UNIX socket, which stays open. @throws ENOENT */
  unlink(path: string): void;

  /**
   * Gives the socket its address. Port 0 asks for a free one, AF_UNIX without a path for an abstract name.
   *
   * @throws EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL (it has one already)
   */
  bind(socket: Socket, address: Sockaddr): void;
  /** The same, with the address in parts: family, then address and port, or a path. @throws as above */
  bind(socket: Socket, family: number, address: number | bigint | string, port?: number): void;

  /** Lets connections in; at most `backlog` wait for `accept`. @throws EOPNOTSUPP, EINVAL, EADDRINUSE */
  listen(socket: Socket, backlog: number): void;

  /**
   * Waits for a connection: its socket, and the address of the peer. `flags` may be SOCK_NONBLOCK, which is
   * then set on the new socket. Fails with EINVAL on a socket that does not listen, EAGAIN.
   */
  accept(socket: Socket, flags?: number, options?: WaitOptions): Promise<SocketAndAddress>;

  /**
   * Connects, and waits for the outcome: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, …; EINPROGRESS of a socket
   * that does not wait. AF_UNSPEC dissolves what there is.
   */
  connect(socket: Socket, address: Sockaddr, options?: WaitOptions): Promise<void>;
  /** The same, with the address in parts: family, then address and port, or a path. */
  connect(
    socket: Socket,
    family: number,
    address?: number | bigint | string,
    port?: number,
    options?: WaitOptions,
  ): Promise<void>;

  /**
   * Sends `message[start..end)`; a string goes in UTF-8, and start and end count its octets. Waits until all of it is taken, and gives the number of octets; perhaps
   * less than all from a socket that does not wait, or when the wait ends early. The octets must not change
   * before that. Fails with EPIPE, ECONNRESET, ENOTCONN, EDESTADDRREQ, EMSGSIZE, EAGAIN.
   */
  send(
    socket: Socket,
    message: Message,
    flags?: number,
    start?: number,
    end?: number,
    options?: WaitOptions,
  ): Promise<number>;

  /** Sends to an address. As `send` otherwise; a stream that is connected ignores the address. */
  sendto(
    socket: Socket,
    message: Message,
    address: Sockaddr,
    flags?: number,
    options?: WaitOptions,
  ): Promise<number>;
  /** The same, with the address in parts. */
  sendto(
    socket: Socket,
    message: Message,
    family: number,
    address: number | bigint | string,
    port: number,
    flags?: number,
    options?: WaitOptions,
  ): Promise<number>;
  /** AF_UNIX has no port: flags come after the path. */
  sendto(
    socket: Socket,
    message: Message,
    family: 1,
    path: string,
    flags?: number,
    options?: WaitOptions,
  ): Promise<number>;

  /** Sends several buffers as one message, with control data. */
  sendmsg(socket: Socket, message: OutgoingMessage, flags?: number, options?: WaitOptions): Promise<number>;

  /**
   * Guile's `recv!`: waits until there is something, and stores it in `buffer[start..end)`. The number of
   * octets; 0 at the end of the stream, once what came before it has been read. What of a datagram does not
   * fit is lost. Fails with ECONNRESET, ENOTCONN, ECONNREFUSED (an ICMP error came back), EAGAIN.
   */
  recvInto(
    socket: Socket,
    buffer: Uint8Array,
    flags?: number,
    start?: number,
    end?: number,
    options?: WaitOptions,
  ): Promise<number>;
  /** `recvInto`, by Guile's name. */
  readonly "recv!": Sockets["recvInto"];

  /** Guile's `recvfrom!`: as `recv!`, and where it came from; the empty vector for streams. */
  recvfromInto(
    socket: Socket,
    buffer: Uint8Array,
    flags?: number,
    start?: number,
    end?: number,
    options?: WaitOptions,
  ): Promise<[number, Sockaddr | NoAddress]>;
  /** `recvfromInto`, by Guile's name. */
  readonly "recvfrom!": Sockets["recvfromInto"];

  /** Receives into one buffer after the other, with flags and control data. */
  recvmsg(
    socket: Socket,
    buffers: Uint8Array | readonly Uint8Array[],
    flags?: number,
    options?: WaitOptions,
  ): Promise<ReceivedMessage>;

  /** As `recvInto`, but never waits and throws what it fails with: undefined where it would wait. */
  tryRecvInto(
    socket: Socket,
    buffer: Uint8Array,
    flags?: number,
    start?: number,
    end?: number,
  ): number | undefined;
  /** As `recvfromInto`, but never waits and throws what it fails with: undefined where it would wait. */
  tryRecvfromInto(
    socket: Socket,
    buffer: Uint8Array,
    flags?: number,
    start?: number,
    end?: number,
  ): [number, Sockaddr | NoAddress] | undefined;
  /** As `send`, but never waits and throws what it fails with: octets taken, undefined where it would wait. */
  trySend(
    socket: Socket,
    message: Message,
    flags?: number,
    start?: number,
    end?: number,
    to?: Sockaddr,
  ): number | undefined;
  /** As `accept`, but never waits and throws what it fails with: undefined where it would wait. */
  tryAccept(socket: Socket): SocketAndAddress | undefined;

  /**
   * 0 (SHUT_RD): no more is received, what was is discarded. 1 (SHUT_WR): no more is sent; what is queued
   * still goes out and the end follows it, as in BSD (Guile's manual says that it is discarded). 2: both.
   *
   * @throws ENOTCONN, EINVAL
   */
  shutdown(socket: Socket, how: number): void;

  /**
   * Closes the socket, at once: calls that wait on it end with EBADF. The promise settles when BSD's
   * `close` would return, which is at once too unless SO_LINGER makes it wait; fails with EBADF if it was
   * closed before.
   */
  close(socket: Socket): Promise<void>;
  /** Guile's name for it. */
  readonly "close-port": Sockets["close"];

  /** Where the socket is; address 0 and port 0 while it is nowhere. */
  getsockname(socket: Socket): Sockaddr;
  /** Where its peer is. @throws ENOTCONN */
  getpeername(socket: Socket): Sockaddr;

  /** The value of an option: see the table in docs/conformance-sockets.md. @throws ENOPROTOOPT */
  getsockopt<L extends OptionLevel, N extends ReadableOption<L>>(
    socket: Socket,
    level: L,
    name: N,
  ): OptionGiven<L, N>;
  /** @throws ENOPROTOOPT, EINVAL, EDOM, ENODEV, ENOENT */
  setsockopt<L extends OptionLevel, N extends SettableOption<L>>(
    socket: Socket,
    level: L,
    name: N,
    value: OptionTaken<L, N>,
  ): void;

  /**
   * RFC 3678 §5.2: in a group that it has joined on the interface of that index (0: wherever), the socket hears just these
   * sources (MCAST_INCLUDE), or all but these (MCAST_EXCLUDE). Addresses are integers, of AF_INET6 bigints.
   *
   * @throws EINVAL, ENODEV, EADDRNOTAVAIL, ENOBUFS, ENOPROTOOPT
   */
  setsourcefilter(
    socket: Socket,
    index: number,
    group: GroupAddress,
    mode: number,
    sources: readonly GroupAddress[],
  ): void;
  /** The mode and the sources of such a filter. @throws EINVAL, ENODEV, EADDRNOTAVAIL, ENOPROTOOPT */
  getsourcefilter(
    socket: Socket,
    index: number,
    group: GroupAddress,
  ): [mode: number, sources: GroupAddress[]];

  /**
   * Waits until of one socket something is so that was asked for, or it has an error, is closed or at its
   * end. Those of which it is so; none when `timeout` (milliseconds; negative: no limit) is over.
   */
  poll(
    requests: readonly PollRequest[],
    timeout?: number,
    options?: WaitOptions,
  ): Promise<readonly PollResult[]>;

  /**
   * Guile's `select`: waits until one of the sockets can be read, written, or has urgent data; the three
   * lists of those. Without `seconds` there is no limit. Fails with EBADF if one is closed.
   */
  select(
    reads: readonly Socket[],
    writes: readonly Socket[],
    exceptions: readonly Socket[],
    seconds?: number,
    microseconds?: number,
    options?: WaitOptions,
  ): Promise<SelectResult>;

  /** A set of sockets that is asked again and again which have news. */
  epollCreate<D = unknown>(): EventSet<D>;

  /** F_GETFL and F_SETFL with O_NONBLOCK; F_GETFD and F_SETFD, which mean nothing here. @throws EINVAL */
  fcntl(socket: Socket, command: number, value?: number): number;
  /** FIONREAD, SIOCOUTQ, SIOCATMARK: the number; FIONBIO sets O_NONBLOCK. @throws EINVAL */
  ioctl(socket: Socket, request: number, value?: number): number;
  /** Whether the next octet to be read is the one behind the urgent data. @throws EINVAL, EOPNOTSUPP */
  sockatmark(socket: Socket): boolean;
  /** A second socket for the same open socket: it is closed when both are. */
  dup(socket: Socket): Socket;
}
