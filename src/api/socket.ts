/**
 * A socket as an application holds it, and the open socket behind it. They are two, as a file descriptor
 * and a file description are: `dup` and SCM_RIGHTS make a second descriptor of the same open socket.
 */
import type { Turns } from "../stack/index.ts";
import { AF_UNIX } from "./constants.ts";
import { errno, SocketError } from "./errors.ts";
import type { SocketOperations } from "./operations.ts";
import { rejected } from "./outcomes.ts";
import { type WaitClock, WaitQueue } from "./wait.ts";

/** An open socket: its kind's operations, its flags, and the calls that wait on it. */
export class Description {
  readonly operations: SocketOperations;
  /** Times the waits: that of the stack on which the socket was made. */
  readonly clock: WaitClock;
  /** O_NONBLOCK: no call waits. */
  nonBlocking: boolean;
  readonly receivers: WaitQueue = new WaitQueue();
  readonly senders: WaitQueue = new WaitQueue();
  /** `select`, `poll` and event sets that look at this socket. */
  readonly observers: Set<() => void> = new Set();
  #references = 1;
  /** Changes that are under way. */
  #acting = 0;

  constructor(operations: SocketOperations, nonBlocking: boolean, clock: WaitClock) {
    this.operations = operations;
    this.clock = clock;
    this.nonBlocking = nonBlocking;
    operations.kept.owner = clock;
    const isOfStack = operations.family !== AF_UNIX;
    operations.onChange(() => {
      if (isOfStack) clock.turns?.woken?.(-1);
      this.changed();
    });
  }

  /** Whether calls that receive may wait: not on a socket that never waits, nor with a negative SO_RCVTIMEO. */
  get mayWaitToReceive(): boolean {
    return !this.nonBlocking && this.operations.kept.receiveTimeout >= 0;
  }

  /** Whether calls that send may wait. */
  get mayWaitToSend(): boolean {
    return !this.nonBlocking && this.operations.kept.sendTimeout >= 0;
  }

  /**
   * The one way in which calls change a socket (`bind`, `listen`, `connect`, `accept`, `shutdown`, options), besides
   * moving octets: when the change is whole, all that wait look again. So no kind of socket has to think of its
   * waiting calls when it is changed by one of its own; what others do to it reaches `changed` by `onChange`.
   */
  act<T>(change: (operations: SocketOperations) => T): T {
    this.#acting++;
    try {
      return change(this.operations);
    } finally {
      this.#acting--;
      this.changed();
    }
  }

  /** Lets waiting calls try again; in the midst of a change, at its end. */
  changed(): void {
    if (this.#acting > 0) return;
    if (!this.receivers.empty) this.receivers.serve();
    if (!this.senders.empty) this.senders.serve();
    for (const observe of this.observers) observe();
  }

  /** One more descriptor, or message on its way, refers to this. */
  retain(): this {
    this.#references++;
    return this;
  }

  /** One less; true when it was the last, and the open socket must be closed. */
  release(): boolean {
    return --this.#references === 0;
  }
}

/** A socket: what `socket`, `accept` and their kin give, and every other call takes. */
export class Socket {
  /** AF_INET, AF_UNIX or AF_PACKET. */
  readonly family: number;
  /** SOCK_STREAM, …, without flags. */
  readonly style: number;
  /** The number of its protocol. */
  readonly protocol: number;
  /** For this layer only; undefined once it is closed. */
  #description: Description | undefined;
  /** Stays when it is closed: calls on it still end, and must not end for ever within one turn. */
  readonly #clock: WaitClock;

  constructor(description: Description) {
    this.#description = description;
    this.#clock = description.clock;
    this.family = description.operations.family;
    this.style = description.operations.style;
    this.protocol = description.operations.protocol;
  }

  /** It has been closed: every call on it fails with EBADF. */
  get closed(): boolean {
    return this.#description === undefined;
  }

  /** The open socket of `socket`; undefined once it is closed, or if it is none. */
  static of(socket: unknown): Description | undefined {
    return typeof socket === "object" && socket !== null && #description in socket
      ? socket.#description
      : undefined;
  }

  /** Who gives the application its turn, as far as `socket` knows, open or closed. */
  static turnsOf(socket: unknown): Turns | undefined {
    return socket instanceof Socket ? socket.#clock.turns : undefined;
  }

  /** Takes the open socket away from `socket`: it is closed now. */
  static detach(socket: Socket): Description | undefined {
    const description = socket.#description;
    socket.#description = undefined;
    return description;
  }
}

/** The open socket of `socket`. @throws ENOTSOCK if it is none, EBADF if it is closed */
export function opened(socket: unknown, syscall: string): Description {
  const description = Socket.of(socket);
  if (description === undefined) throw unopened(socket, syscall);
  return description;
}

/** The error for what is no open socket. */
export function unopened(socket: unknown, syscall: string): SocketError {
  return new SocketError(socket instanceof Socket ? "EBADF" : "ENOTSOCK", syscall);
}

/** As `unopened`, of a call that tells by its promise. */
export function unopenedLater<T>(socket: unknown, syscall: string): Promise<T> {
  return rejected(Socket.turnsOf(socket), unopened(socket, syscall));
}

/** The whole of `buffer`; 0 of what is no buffer, which the call itself then refuses. */
export function lengthOf(buffer: Uint8Array): number {
  return buffer instanceof Uint8Array ? buffer.length : 0;
}

/** A negated errno if `buffer[start..end)` cannot be used, else 0. */
export function checkBuffer(buffer: unknown, start: number, end: number): number {
  if (!(buffer instanceof Uint8Array)) return -errno.EFAULT;
  if (buffer.length === 0 && isDetached(buffer)) return -errno.EFAULT;
  if (!Number.isInteger(start) || !Number.isInteger(end)) return -errno.EINVAL;
  return start < 0 || end < start || end > buffer.length ? -errno.EINVAL : 0;
}

/** A view of a detached buffer has length 0; so have others, but only of a detached one no view can be made. */
function isDetached(view: Uint8Array): boolean {
  try {
    return new Uint8Array(view.buffer) === undefined;
  } catch (error) {
    if (error instanceof TypeError) return true;
    throw error;
  }
}
