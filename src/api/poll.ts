/** `select` and `poll`: waiting for several sockets at once. */
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from "./constants.ts";
import { errno, failed, SocketError } from "./errors.ts";
import { fulfilled, rejected } from "./outcomes.ts";
import { Socket, unopened } from "./socket.ts";
import { type Call, type WaitClock, type WaitOptions, WaitQueue, wait } from "./wait.ts";

/** A socket, and what of it is waited for: POLLIN, POLLOUT, POLLPRI, POLLRDHUP. */
export interface PollRequest {
  /** The socket that is asked about. */
  readonly socket: Socket;
  /** What is asked for: POLLIN and its kin, or'ed. */
  readonly events: number;
}

/** A socket of which something is so. */
export interface PollResult {
  /** The socket of the request. */
  readonly socket: Socket;
  /** Of the events asked for those that are so; POLLERR, POLLHUP and POLLNVAL without being asked for. */
  readonly revents: number;
}

/** Always reported. */
const UNASKED = POLLERR | POLLHUP | POLLNVAL;

/** What `socket` is ready for; POLLNVAL if it is closed. */
export function readinessOf(socket: Socket): number {
  const mask = Socket.of(socket)?.operations.readiness() ?? POLLNVAL;
  return mask | ((mask & POLLIN) !== 0 ? POLLRDNORM : 0) | ((mask & POLLOUT) !== 0 ? POLLWRNORM : 0);
}

/** `poll`: see `Sockets.poll`. */
export function poll(
  clock: WaitClock,
  requests: readonly PollRequest[],
  timeout = -1,
  options?: WaitOptions,
): Promise<readonly PollResult[]> {
  if (!Array.isArray(requests)) return rejected(clock.turns, new SocketError("EFAULT", "poll"));
  if (!requests.every((request) => request?.socket instanceof Socket)) {
    return rejected(clock.turns, new SocketError("ENOTSOCK", "poll"));
  }
  if (!isTime(timeout) || requests.some(({ events }) => !Number.isInteger(events))) {
    return rejected(clock.turns, new SocketError("EINVAL", "poll"));
  }
  let ready: readonly PollResult[] = [];
  const look = (): number => {
    ready = requests.flatMap(({ socket, events }) => {
      const revents = readinessOf(socket) & (events | UNASKED);
      return revents === 0 ? [] : [{ socket, revents }];
    });
    return ready.length;
  };
  const sockets = requests.map(({ socket }) => socket);
  return watch(clock, "poll", sockets, look, timeout * 1000, options, () => ready);
}

/** A time in any unit; one that is negative means no limit. */
function isTime(given: unknown): boolean {
  return typeof given === "number" && !Number.isNaN(given);
}

/** What `select` gives: of each list those that are ready. */
export type SelectResult = [readonly Socket[], readonly Socket[], readonly Socket[]];

/** `select`: see `Sockets.select`. */
export function select(
  clock: WaitClock,
  reads: readonly Socket[],
  writes: readonly Socket[],
  exceptions: readonly Socket[],
  seconds?: number,
  microseconds = 0,
  options?: WaitOptions,
): Promise<SelectResult> {
  if (![reads, writes, exceptions].every(Array.isArray)) {
    return rejected(clock.turns, new SocketError("EFAULT", "select"));
  }
  const sockets = [...new Set([...reads, ...writes, ...exceptions])];
  const at = sockets.findIndex((socket) => Socket.of(socket) === undefined);
  if (at >= 0) return rejected(clock.turns, unopened(sockets[at], "select"));
  const timeout = seconds === undefined ? -1 : seconds * 1_000_000 + microseconds;
  if (!isTime(timeout) || (seconds !== undefined && timeout < 0)) {
    return rejected(clock.turns, new SocketError("EINVAL", "select"));
  }
  let ready: SelectResult = [[], [], []];
  const having = (list: readonly Socket[], mask: number): readonly Socket[] =>
    list.filter((socket) => (readinessOf(socket) & mask) !== 0);
  const look = (): number => {
    if (sockets.some((socket) => Socket.of(socket) === undefined)) return -errno.EBADF;
    ready = [
      having(reads, POLLIN | POLLHUP | POLLERR),
      having(writes, POLLOUT | POLLERR),
      having(exceptions, POLLPRI),
    ];
    return ready.reduce((count, list) => count + list.length, 0);
  };
  return watch(clock, "select", sockets, look, timeout, options, () => ready);
}

/**
 * Waits until `look` gives something else than 0: a count, or a negated errno. It is asked anew whenever
 * one of `sockets` changes. After `timeout` microseconds (negative: never) the count is 0.
 */
export function watch<T>(
  clock: WaitClock,
  syscall: string,
  sockets: readonly Socket[],
  look: () => number,
  timeout: number,
  options: WaitOptions | undefined,
  result: () => T,
): Promise<T> {
  if (options?.signal?.aborted === true) {
    return rejected(clock.turns, new SocketError("ECANCELED", syscall, undefined, options.signal.reason));
  }
  const first = look();
  if (first < 0) return rejected(clock.turns, failed(first, syscall));
  if (first > 0 || timeout === 0) return fulfilled(clock.turns, result());
  const queue = new WaitQueue();
  const observe = (): void => queue.serve();
  const descriptions = sockets.flatMap((socket) => Socket.of(socket) ?? []);
  for (const { observers } of descriptions) observers.add(observe);
  const unwatch = (): void => {
    for (const { observers } of descriptions) observers.delete(observe);
  };
  const call: Call = {
    attempt() {
      const count = look();
      if (count === 0) return -errno.EAGAIN;
      unwatch();
      return count;
    },
    interrupted(status) {
      unwatch();
      return status === -errno.EAGAIN ? 0 : status;
    },
  };
  return wait(clock, queue, {
    handle: call,
    watched: sockets,
    syscall,
    call,
    timeout: Math.max(timeout, 0),
    timeoutStatus: -errno.EAGAIN,
    options,
    result,
  });
}
