/** A set of sockets that is asked again and again which of them have news: epoll(7). */
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLONESHOT,
  POLLERR,
  POLLHUP,
} from "./constants.ts";
import { errno, SocketError } from "./errors.ts";
import { fulfilled, rejected } from "./outcomes.ts";
import { readinessOf } from "./poll.ts";
import { type Description, opened, Socket } from "./socket.ts";
import { type Call, type WaitClock, type WaitOptions, WaitQueue, wait } from "./wait.ts";

/** One socket with news. */
export interface SocketEvent<D = unknown> {
  /** The socket that has news. */
  readonly socket: Socket;
  /** What is so of it: EPOLLIN and its kin, or'ed. */
  readonly events: number;
  /** What `control` was given for the socket. */
  readonly data: D;
}

/** One socket of a set. */
interface Item<D> {
  readonly socket: Socket;
  readonly description: Description;
  readonly observe: () => void;
  events: number;
  data: D;
  /** It may have news: a change has come, or (level triggered) what it had last may still be so. */
  noted: boolean;
  /** The one that was noted after it. */
  next: Item<D> | undefined;
  /** EPOLLONESHOT has fired: nothing more until EPOLL_CTL_MOD. */
  spent: boolean;
}

/** An event set, level or edge triggered per socket. `createSockets` makes them (`epollCreate`). */
export class EventSet<D = unknown> {
  readonly #clock: WaitClock;
  readonly #items: Map<Socket, Item<D>> = new Map();
  /** Items that may have news, in the order in which they came by it. */
  #first: Item<D> | undefined = undefined;
  #last: Item<D> | undefined = undefined;
  #noted = 0;
  readonly #waiting: WaitQueue = new WaitQueue();
  #closed = false;

  constructor(clock: WaitClock) {
    this.#clock = clock;
  }

  /** Sockets in the set. */
  get size(): number {
    return this.#items.size;
  }

  /**
   * `epoll_ctl`: adds a socket, changes what is waited for, or removes it. `events` are EPOLLIN, EPOLLOUT,
   * EPOLLPRI, EPOLLRDHUP, with EPOLLET for edges and EPOLLONESHOT for once. A socket that is closed leaves
   * the set by itself.
   *
   * @throws EEXIST (it is there), ENOENT (it is not), EBADF, EINVAL
   */
  control(operation: number, socket: Socket, events = 0, data?: D): void {
    if (this.#closed) throw new SocketError("EBADF", "epoll_ctl");
    const description = opened(socket, "epoll_ctl");
    if (!Number.isInteger(events)) throw new SocketError("EINVAL", "epoll_ctl");
    const item = this.#items.get(socket);
    if (operation === EPOLL_CTL_ADD) {
      if (item !== undefined) throw new SocketError("EEXIST", "epoll_ctl");
      this.#add(socket, description, events, data as D);
      return;
    }
    if (operation !== EPOLL_CTL_DEL && operation !== EPOLL_CTL_MOD)
      throw new SocketError("EINVAL", "epoll_ctl");
    if (item === undefined) throw new SocketError("ENOENT", "epoll_ctl");
    if (operation === EPOLL_CTL_DEL) this.#remove(item);
    else {
      item.events = events;
      item.data = data as D;
      item.spent = false;
      this.#note(item);
    }
  }

  /**
   * `epoll_wait`: waits until at least one socket has news, and gives at most `most` of them.
   *
   * @param timeout - milliseconds; negative: no limit. The list is empty when it is over.
   */
  wait(most = 64, timeout = -1, options?: WaitOptions): Promise<readonly SocketEvent<D>[]> {
    const { turns } = this.#clock;
    if (this.#closed) return rejected(turns, new SocketError("EBADF", "epoll_wait"));
    if (!Number.isInteger(most) || most < 1 || Number.isNaN(timeout)) {
      return rejected(turns, new SocketError("EINVAL", "epoll_wait"));
    }
    if (options?.signal?.aborted === true) {
      return rejected(turns, new SocketError("ECANCELED", "epoll_wait", undefined, options.signal.reason));
    }
    let events = this.#waiting.empty ? this.#take(most) : [];
    if (events.length > 0 || timeout === 0) return fulfilled(turns, events);
    const call: Call = {
      attempt: () => {
        events = this.#take(most);
        return events.length === 0 ? -errno.EAGAIN : events.length;
      },
      interrupted: (status) => (status === -errno.EAGAIN ? 0 : status),
    };
    return wait(this.#clock, this.#waiting, {
      handle: this,
      syscall: "epoll_wait",
      watched: { [Symbol.iterator]: () => this.#items.keys() }, // not a copy: the set may be a large one
      call,
      timeout: Math.max(timeout, 0) * 1000,
      timeoutStatus: -errno.EAGAIN,
      options,
      result: () => events,
    });
  }

  /** Removes all sockets, and ends what waits with EBADF. */
  close(): void {
    this.#closed = true;
    for (const item of [...this.#items.values()]) this.#remove(item);
    this.#waiting.endAll(this, -errno.EBADF);
  }

  #add(socket: Socket, description: Description, events: number, data: D): void {
    const observe = (): void => {
      if (Socket.of(socket) === undefined) this.#remove(item);
      else this.#note(item);
    };
    const item: Item<D> = {
      socket,
      description,
      observe,
      events,
      data,
      noted: false,
      next: undefined,
      spent: false,
    };
    this.#items.set(socket, item);
    description.observers.add(observe);
    this.#note(item);
  }

  #remove(item: Item<D>): void {
    item.description.observers.delete(item.observe);
    // It may still be among the noted ones: `#take` passes over it.
    this.#items.delete(item.socket);
  }

  #note(item: Item<D>): void {
    if (!item.noted) this.#append(item);
    if (!this.#waiting.empty) this.#waiting.serve();
  }

  #append(item: Item<D>): void {
    item.noted = true;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#noted++;
  }

  #shift(): Item<D> | undefined {
    const item = this.#first;
    if (item === undefined) return undefined;
    this.#first = item.next;
    if (item.next === undefined) this.#last = undefined;
    item.next = undefined;
    item.noted = false;
    this.#noted--;
    return item;
  }

  /** News of at most `most` sockets. A level-triggered one stays noted, behind all others. */
  #take(most: number): SocketEvent<D>[] {
    const taken: SocketEvent<D>[] = [];
    for (let looked = this.#noted; looked > 0 && taken.length < most; looked--) {
      const item = this.#shift();
      if (item === undefined) break;
      const events = readinessOf(item.socket) & (item.events | POLLERR | POLLHUP) & ~(EPOLLET | EPOLLONESHOT);
      if (events === 0 || item.spent || this.#items.get(item.socket) !== item) continue;
      taken.push({ socket: item.socket, events, data: item.data });
      if ((item.events & EPOLLONESHOT) !== 0) item.spent = true;
      else if ((item.events & EPOLLET) === 0) this.#append(item);
    }
    return taken;
  }
}
