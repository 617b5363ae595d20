/**
 * Node's own inside, as far as a simulated program's time, chance, sockets and names need it: reached by
 * `--expose-internals`, which Node accepts for a thread of its own. Nothing else in the folder reaches into Node.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

type Members = Record<string, unknown>;

let open: ((name: string) => Members) | undefined;

/** @throws Error where the thread was started without `--expose-internals` */
function binding(name: string): Members {
  open ??= quietly(() => internal("internal/test/binding"))["internalBinding"] as (name: string) => Members;
  return open(name);
}

function internal(name: string): Members {
  return require(name) as Members;
}

/** Node warns of its inside when it is asked for: that is for people, not for a program that knows nothing of it. */
function quietly<T>(action: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What Node's JavaScript calls libuv's timers and immediates by; replaced, it runs on other time. */
export interface TimersBinding {
  getLibuvNow: () => number;
  scheduleTimer: (milliseconds: number) => void;
  toggleTimerRef: (on: boolean) => void;
  toggleImmediateRef: (on: boolean) => void;
  setupTimers(immediates: () => void, timers: () => number): void;
  readonly immediateInfo?: Uint32Array;
}

/** What libuv calls: both run all that is due. */
export interface TimerCallbacks {
  /** When the next timer is due, in milliseconds; negative if nothing but unref'd timers is left, 0 without any. */
  processTimers(now: number): number;
  processImmediate(): void;
}

/** Node's own binding of timers. */
export function timersBinding(): TimersBinding {
  return binding("timers") as unknown as TimersBinding;
}

/** Runs process.nextTick's queue and microtasks. */
export function runTicks(): void {
  (Reflect.get(process, "_tickCallback") as () => void)();
}

/** What C++ calls with what was thrown, or rejected, and not caught. False: nobody has handled that either. */
export type Uncaught = (error: unknown, fromPromise: boolean) => boolean;

/** Node's own: tells those who listen, and clears what the call that has thrown has left behind. */
export function nodesUncaught(): Uncaught {
  return internal("internal/process/execution")["onGlobalUncaughtException"] as Uncaught;
}

/** C++ calls this from now on. */
export function replaceUncaught(uncaught: Uncaught): void {
  Reflect.set(process, "_fatalException", uncaught);
}

/** Does what C++ does with what a callback has thrown. */
export function fatal(error: unknown): void {
  (Reflect.get(process, "_fatalException") as Uncaught)(error, false);
}

/** The functions by which Node runs timers and immediates. */
export function timerCallbacks(): TimerCallbacks {
  const make = internal("internal/timers")["getTimerCallbacks"] as (ticks: () => void) => TimerCallbacks;
  return make(runTicks);
}

/** How many immediates wait, how many of them hold the loop, whether some are due. */
export function immediateInfo(): Uint32Array {
  return (internal("internal/timers")["immediateInfo"] ?? timersBinding().immediateInfo) as Uint32Array;
}

/** Whether a module of Node has been loaded in this thread. */
export function isLoaded(module: string): boolean {
  const list = Reflect.get(process, "moduleLoadList") as readonly string[];
  return list.includes(`NativeModule ${module}`);
}

/**
 * What Node makes with `new` when it wants a handle or a job becomes what `make` gives; while that is nothing, the
 * real one.
 *
 * @throws Error when `before` has been loaded, which keeps what it has found: the real thing would be used
 */
export function replaceClass(
  module: string,
  name: string,
  before: string,
  make: (...given: unknown[]) => object | undefined,
): void {
  if (isLoaded(before)) {
    throw new Error(`tapstack/simulate: ${before} was loaded before its ${name} could be replaced`);
  }
  const members = binding(module);
  const original = members[name] as (new (...given: unknown[]) => object) & { readonly prototype: object };
  function Replacement(...given: unknown[]): object {
    return make(...given) ?? new original(...given);
  }
  // Node asks `handle instanceof TCP`, and our handles descend from Node's own prototype.
  Replacement.prototype = original.prototype;
  members[name] = Replacement;
}

/** A function of a binding becomes another. */
export function replaceFunction(
  module: string,
  name: string,
  replacement: (...given: never[]) => unknown,
): void {
  binding(module)[name] = replacement;
}

/** All members of one of Node's bindings: what is put there, Node calls from then on. */
export function bindingMembers(module: string): Record<string, unknown> {
  return binding(module);
}

/** A member of one of Node's bindings. */
export function bindingMember<T>(module: string, name: string): T {
  return binding(module)[name] as T;
}

/** A function of one of Node's internal modules becomes another, for all that load it from now on. */
export function replaceInternal(
  module: string,
  name: string,
  replacement: (...given: never[]) => unknown,
): void {
  internal(module)[name] = replacement;
}
