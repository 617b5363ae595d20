/** The calls that make and end connections: `accept`, `connect`, `close`. */
import type { Turns } from "../stack/index.ts";
import { NO_ADDRESS, type NoAddress, type Sockaddr } from "./address.ts";
import { optionsIn, parseTarget } from "./arguments.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from "./constants.ts";
import { errno, failed, SocketError } from "./errors.ts";
import type { Accepted } from "./operations.ts";
import { fulfilled, nothing, rejected } from "./outcomes.ts";
import { Description, Socket, unopened, unopenedLater } from "./socket.ts";
import { type Call, type WaitOptions, wait } from "./wait.ts";

/** An `accept` that waits. */
class AcceptCall implements Call {
  readonly #listener: Description;
  accepted: Accepted | undefined;

  constructor(listener: Description) {
    this.#listener = listener;
  }

  attempt(): number {
    const accepted = this.#listener.operations.accept();
    if (typeof accepted === "number") return accepted;
    this.accepted = accepted;
    return 0;
  }

  interrupted(status: number): number {
    return status;
  }

  /** The new socket and its peer's address. */
  result(nonBlocking: boolean): [Socket, Sockaddr | NoAddress] {
    const { operations, address } = this.accepted as Accepted;
    const description = new Description(operations, nonBlocking, this.#listener.clock);
    return [new Socket(description), address ?? NO_ADDRESS];
  }
}

/** `accept`: see `Sockets.accept`. */
export function accept(
  socket: Socket,
  flags = 0,
  options?: WaitOptions,
): Promise<[Socket, Sockaddr | NoAddress]> {
  const description = Socket.of(socket);
  if (description === undefined) return unopenedLater(socket, "accept");
  const { turns } = description.clock;
  if (!Number.isInteger(flags) || (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) !== 0) {
    return rejected(turns, new SocketError("EINVAL", "accept"));
  }
  const nonBlocking = (flags & SOCK_NONBLOCK) !== 0;
  const call = new AcceptCall(description);
  const status = description.receivers.empty ? attempt(call, options) : -errno.EAGAIN;
  if (status === 0) return fulfilled(turns, call.result(nonBlocking));
  if (status !== -errno.EAGAIN || !description.mayWaitToReceive)
    return refused(turns, status, "accept", options);
  return wait(description.clock, description.receivers, {
    handle: socket,
    syscall: "accept",
    call,
    timeout: description.operations.kept.receiveTimeout,
    timeoutStatus: -errno.EAGAIN,
    options,
    result: () => call.result(nonBlocking),
  });
}

/** The form of `accept` that never waits: undefined instead of EAGAIN. @throws {@link SocketError} */
export function tryAccept(socket: Socket): [Socket, Sockaddr | NoAddress] | undefined {
  const description = Socket.of(socket);
  if (description === undefined) throw unopened(socket, "accept");
  const call = new AcceptCall(description);
  const status = description.receivers.empty ? call.attempt() : -errno.EAGAIN;
  if (status === 0) return call.result(false);
  if (status === -errno.EAGAIN) return undefined;
  throw failed(status, "accept");
}

/** A connection attempt that waits for its outcome or, in AF_UNIX, for room in the listener's queue. */
class ConnectCall implements Call {
  readonly #description: Description;
  readonly #to: Sockaddr | undefined;
  #begun = false;

  constructor(description: Description, to: Sockaddr | undefined) {
    this.#description = description;
    this.#to = to;
  }

  /** -EINPROGRESS and -EALREADY tell the first attempt's caller that the outcome is to be waited for. */
  begin(): number {
    const status = this.#description.operations.connect(this.#to);
    this.#begun = status === -errno.EINPROGRESS || status === -errno.EALREADY;
    return status;
  }

  attempt(): number {
    if (this.#begun) return this.#description.operations.connectOutcome();
    const status = this.begin();
    if (status !== -errno.EAGAIN) this.#description.changed();
    return this.#begun ? -errno.EAGAIN : status;
  }

  interrupted(status: number): number {
    return status;
  }
}

/** `connect`: see `Sockets.connect`. */
export function connect(socket: Socket, address: Sockaddr, options?: WaitOptions): Promise<void>;
export function connect(
  socket: Socket,
  family: number,
  address?: number | bigint | string,
  port?: number,
  options?: WaitOptions,
): Promise<void>;
export function connect(socket: Socket, ...target: unknown[]): Promise<void> {
  try {
    const { address, rest } = parseTarget("connect", target);
    return connectTo(socket, address, optionsIn(rest));
  } catch (error) {
    return rejected(Socket.turnsOf(socket), error);
  }
}

function connectTo(
  socket: Socket,
  to: Sockaddr | undefined,
  options: WaitOptions | undefined,
): Promise<void> {
  const description = Socket.of(socket);
  if (description === undefined) return unopenedLater(socket, "connect");
  const call = new ConnectCall(description, to);
  const status = options?.signal?.aborted === true ? -errno.ECANCELED : description.act(() => call.begin());
  const { turns } = description.clock;
  if (status === 0) return fulfilled(turns, undefined);
  const pending = status === -errno.EINPROGRESS || status === -errno.EALREADY || status === -errno.EAGAIN;
  if (!pending || !description.mayWaitToSend) return refused(turns, status, "connect", options);
  return wait(description.clock, description.senders, {
    handle: socket,
    syscall: "connect",
    call,
    timeout: description.operations.kept.sendTimeout,
    // Linux: a connection attempt outlives SO_SNDTIMEO, and one that waits for a queue does not begin.
    timeoutStatus: status === -errno.EAGAIN ? -errno.EAGAIN : -errno.EINPROGRESS,
    options,
    result: nothing,
  });
}

function attempt(call: Call, options: WaitOptions | undefined): number {
  return options?.signal?.aborted === true ? -errno.ECANCELED : call.attempt();
}

function refused<T>(
  turns: Turns | undefined,
  status: number,
  syscall: string,
  options: WaitOptions | undefined,
): Promise<T> {
  const cause = status === -errno.ECANCELED ? options?.signal?.reason : undefined;
  return rejected(turns, failed(status, syscall, cause));
}

/** `close`: see `Sockets.close`. */
export function close(socket: Socket): Promise<void> {
  if (Socket.of(socket) === undefined) return unopenedLater(socket, "close");
  const description = Socket.detach(socket) as Description;
  description.receivers.endAll(socket, -errno.EBADF);
  description.senders.endAll(socket, -errno.EBADF);
  const last = description.release();
  const lingering = last && description.operations.linger > 0;
  const closed = lingering ? linger(description) : fulfilled(description.clock.turns, undefined);
  if (last && !lingering) description.operations.close();
  for (const observe of description.observers) observe();
  return closed;
}

/** SO_LINGER: waits until what is queued, and the end of it, is acknowledged, or the time is over; then closes either way. */
function linger({ clock, operations, senders }: Description): Promise<void> {
  operations.finish();
  const call: Call = {
    attempt: () => (operations.unsent === 0 || operations.errorPending ? 0 : -errno.EAGAIN),
    interrupted: () => 0,
  };
  return wait(clock, senders, {
    handle: call,
    syscall: "close",
    call,
    timeout: operations.linger * 1_000_000,
    timeoutStatus: -errno.EAGAIN,
    options: undefined,
    result: () => operations.close(),
  });
}
