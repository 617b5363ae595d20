/**
 * A turn of Node's event loop outside of every callback: as C++ has it when libuv calls.
 *
 * Node runs what was queued by `process.nextTick` and promises when the outermost callback ends. Where libuv calls
 * C++ (TLS, HTTP/2), each of the callbacks that C++ then makes is an outermost one: its ticks run before the next.
 * A turn by `setImmediate` is itself a callback, and those of C++ would be nested in it. All would run before the
 * first tick: HTTP/2 would tell of data before the response that it belongs to.
 *
 * The way out: when a handle has closed, C++ looks up its callback as a property, and calls what it finds. The
 * look-up is outside of every callback, and the property may be a getter. So one such handle, which never opens
 * anything, stands for a turn: the getter does the work, and gives C++ an empty callback, after which the ticks of
 * the work itself run. (Some 4 µs, where `setImmediate` costs 2 to 3.)
 */
import { handleFacts, type NodeHandle, TcpWrap } from "./binding.ts";

/** What wants such a turn. */
export interface BareWork {
  /** Must not throw: nobody would know what it belongs to. */
  bareTurn(): void;
}

function nothing(): void {}

interface Bell extends NodeHandle {
  work: BareWork | undefined;
}

/** Turns that were asked for and have not come yet. */
let pending = 0;

/** Whether work waits for a turn: who lets time pass by hand asks, since Node's list of what is active has none of it. */
export function bareTurnsPending(): boolean {
  return pending > 0;
}

let BellClass: (new (type: number) => Bell) | undefined;

function defineBell(): new (type: number) => Bell {
  class BareBell extends TcpWrap implements Bell {
    work: BareWork | undefined = undefined;
  }
  const get = function lookUp(this: Bell): () => void {
    const { work } = this;
    this.work = undefined;
    pending -= 1;
    work?.bareTurn();
    return nothing;
  };
  Object.defineProperty(BareBell.prototype, handleFacts().onClose, { get });
  return BareBell;
}

/** Calls `work.bareTurn()` outside of every callback, later in this turn of the event loop or in the next. */
export function takeBareTurn(work: BareWork): void {
  BellClass ??= defineBell();
  const bell = new BellClass(0);
  bell.work = work;
  pending += 1;
  bell.close();
}
