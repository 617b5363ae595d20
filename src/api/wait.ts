/**
 * Calls that wait. Each direction of a socket has a queue; whenever the socket changes, the call at its head
 * tries again, so calls are served in the order in which they were made. Timeouts (SO_RCVTIMEO, SO_SNDTIMEO)
 * are timers of the stack, so they too are deterministic.
 */
import {
  type Duration,
  type Instant,
  later,
  type Timer,
  type TimerQueue,
  type Turns,
  timer,
} from "../stack/index.ts";
import { errno, failed } from "./errors.ts";
import { nothing, rejected, tell } from "./outcomes.ts";

/** What waiting needs of a stack: `Stack.contextFor` has it. */
export interface WaitClock {
  /** Where timeouts are armed. */
  readonly timers: TimerQueue;
  /** The time of the entry that is under way, or was last, in microseconds. */
  readonly now: Instant;
  /** Timers have been armed from outside: their deadline must reach whoever drives the stack. */
  enter(): void;
  /** Ends what `enter` began. */
  leave(): void;
  /** Who gives the application its turn; absent: it has a single one, without end. */
  readonly turns?: Turns | undefined;
}

/** The part of the web's and Node's `AbortSignal` that is needed here. */
export interface AbortSignalLike {
  /** It has been aborted. */
  readonly aborted: boolean;
  /** Why: the `cause` of the error that the call ends with. */
  readonly reason?: unknown;
  /** Calls `listener` when it is aborted. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Takes a listener back. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** How long a call may wait. */
export interface WaitOptions {
  /** Aborting it ends the call with ECANCELED, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/** One attempt of a call that may have to wait. */
export interface Call {
  /** -EAGAIN: it has to wait; any other status ends the call. */
  attempt(): number;
  /** The wait ends early; the status with which the call then ends, such as a partial count. */
  interrupted(status: number): number;
  /** It has ended otherwise than by its own attempt. */
  withdraw?(): void;
}

/** The calls that wait for one direction of one socket. */
export class WaitQueue {
  readonly #waiters: Waiter[] = [];
  #serving = false;
  #again = false;

  get empty(): boolean {
    return this.#waiters.length === 0;
  }

  /** Lets the first calls try again, as many as get through. */
  serve(): void {
    // An attempt may change this very socket, and so come back here: then it is one more round, not a nested one.
    this.#again = true;
    if (this.#serving) return;
    this.#serving = true;
    while (this.#again) {
      this.#again = false;
      for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
        const status = first.call.attempt();
        if (first !== this.#waiters[0]) continue;
        if (status === -errno.EAGAIN) break;
        this.#waiters.shift();
        first.settle(status, undefined);
      }
    }
    this.#serving = false;
  }

  add(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  /** Ends one wait with `status`, unless it has ended. */
  end(waiter: Waiter, status: number, cause?: unknown): void {
    const index = this.#waiters.indexOf(waiter);
    if (index < 0) return;
    this.#waiters.splice(index, 1);
    if (index === 0) waiter.call.withdraw?.(); // only the first has tried, and only its attempt is on its way
    waiter.settle(status, cause);
  }

  /** Ends every wait of `handle` with `status`: it was closed. */
  endAll(handle: object, status: number): void {
    for (const waiter of this.#waiters.filter((each) => each.handle === handle)) this.end(waiter, status);
  }
}

/** One call in a queue. */
export interface Waiter {
  readonly call: Call;
  readonly handle: object;
  /** For reports. */
  readonly request: Pick<WaitRequest<unknown>, "syscall" | "watched">;
  settle(status: number, cause: unknown): void;
}

/** A call that cannot be answered at once: where it waits, and how long. */
export interface WaitRequest<T> {
  /** The socket by which it was called: closing that one ends the call. */
  readonly handle: object;
  readonly syscall: string;
  /** The sockets that are looked at, if it is not just `handle`: for reports. */
  readonly watched?: Iterable<object>;
  readonly call: Call;
  /** Microseconds; 0: for ever. */
  readonly timeout: number;
  /** What a timeout gives: -EAGAIN, or -EINPROGRESS of `connect`. */
  readonly timeoutStatus: number;
  readonly options: WaitOptions | undefined;
  /** The call's value from its status. */
  readonly result: (status: number) => T;
}

/** Of stacks whose host wants to know who waits: the calls that do, in the order in which they began to. */
const waiting: WeakMap<Turns, Set<Waiter>> = new WeakMap();

/** The calls that wait where the application is given these turns. */
export function waitersOf(turns: Turns): readonly Waiter[] {
  return [...(waiting.get(turns) ?? [])];
}

/** Where `waiter` is to be noted; undefined if nobody will ask. */
function listOf(clock: WaitClock): Set<Waiter> | undefined {
  const { turns } = clock;
  if (turns?.enlist === undefined) return undefined;
  let list = waiting.get(turns);
  if (list === undefined) {
    list = new Set();
    waiting.set(turns, list);
  }
  return list;
}

/**
 * Waits in `queue`. The promise is rejected with a `SocketError` when the call fails; that never counts as
 * an unhandled rejection.
 */
export function wait<T>(clock: WaitClock, queue: WaitQueue, request: WaitRequest<T>): Promise<T> {
  if (!isSignal(request.options?.signal)) {
    request.call.interrupted(-errno.EINVAL);
    return rejected(clock.turns, failed(-errno.EINVAL, request.syscall));
  }
  const promise = new Promise<T>((resolve, reject) => {
    const { call, handle, syscall, options, timeout } = request;
    const signal = options?.signal;
    let deadline: Timer | undefined;
    const abort = (): void => queue.end(waiter, call.interrupted(-errno.ECANCELED), signal?.reason);
    const list = listOf(clock);
    const waiter: Waiter = {
      call,
      handle,
      request,
      settle: (status, cause) => {
        list?.delete(waiter);
        if (deadline !== undefined) callOff(clock, deadline);
        signal?.removeEventListener("abort", abort);
        if (status < 0) tell(clock.turns, 0, () => reject(failed(status, syscall, cause)));
        else {
          const value = request.result(status);
          tell(clock.turns, status, () => resolve(value));
        }
      },
    };
    queue.add(waiter);
    list?.add(waiter);
    signal?.addEventListener("abort", abort);
    if (timeout > 0) {
      deadline = alarm(clock, timeout, () => queue.end(waiter, call.interrupted(request.timeoutStatus)));
    }
    // A change may have come between the attempt that failed and this moment, through the loopback interface.
    queue.serve();
  });
  promise.catch(nothing);
  return promise;
}

/** Whether `given` can be listened to, or is absent. */
function isSignal(given: unknown): boolean {
  if (given === undefined) return true;
  if (typeof given !== "object" || given === null) return false;
  const { addEventListener, removeEventListener } = given as Partial<AbortSignalLike>;
  return typeof addEventListener === "function" && typeof removeEventListener === "function";
}

/** Nobody waits for it any more: whoever drives the stack may have to know. */
function callOff(clock: WaitClock, alarmed: Timer): void {
  alarmed.cancel();
  clock.enter();
  clock.leave();
}

/** A timer that fires `timeout` microseconds from now. */
function alarm(clock: WaitClock, timeout: number, ring: () => void): Timer {
  const made = timer(clock.timers, ring);
  clock.enter();
  made.set(later(clock.now, timeout as Duration));
  clock.leave();
  return made;
}
