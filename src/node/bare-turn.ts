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
 * anything, stands for a turn: the getter does the work.
 *
 * The callback itself tells of handles of ours that have closed, in the phase in which libuv does: behind immediates, and
 * the one that was closed last first.
 */
import { handleFacts, type NodeHandle, runTicks, TcpWrap } from "./binding.ts";

/** What wants such a turn. */
export interface BareWork {
  bareTurn(): void;
}

/** A handle that is to tell that it has closed. */
export interface Closing {
  closed(): void;
}

interface Bell extends NodeHandle {
  ring(): void;
}

let works: BareWork[] = [];
let closings: Closing[] = [];
/** A bell has been set that has not rung. */
let isSet = false;

/** Whether work waits for a turn: who lets time pass by hand asks, since Node's list of what is active has none of it. */
export function bareTurnsPending(): boolean {
  return isSet;
}

let BellClass: (new (type: number) => Bell) | undefined;

function defineBell(): new (type: number) => Bell {
  class BareBell extends TcpWrap {}
  Object.defineProperty(BareBell.prototype, handleFacts().onClose, { get: ring });
  return BareBell as new (
    type: number,
  ) => Bell;
}

/** Does the work, and gives what C++ is to call then. */
function ring(): () => void {
  isSet = false;
  const here = works;
  works = [];
  let next = 0;
  let whole = false;
  try {
    while (next < here.length) (here[next++] as BareWork).bareTurn();
    whole = true;
  } finally {
    // The program has thrown: C++ reports it, and calls nothing.
    if (!whole) {
      works = here.slice(next).concat(works);
      setBell();
    }
  }
  return tellClosed;
}

function tellClosed(): void {
  const here = closings;
  closings = [];
  tellClosings(here);
}

/** Tells of each, the last first. Throws what the program throws, and tells of the rest later. */
export function tellClosings(here: Closing[]): void {
  try {
    for (let next = here.pop(); next !== undefined; next = here.pop()) {
      next.closed();
      runTicks();
    }
  } finally {
    if (here.length > 0) closings.unshift(...here);
    if (closings.length > 0) setBell();
  }
}

function setBell(): void {
  if (isSet) return;
  isSet = true;
  BellClass ??= defineBell();
  new BellClass(0).close();
}

/** Calls `work.bareTurn()` outside of every callback, later in this turn of the event loop or in the next. */
export function takeBareTurn(work: BareWork): void {
  works.push(work);
  setBell();
}

/** Handles whose close is yet to be told of, in the order in which they were closed: whoever takes them tells of them. */
export function takeClosings(): Closing[] {
  const here = closings;
  closings = [];
  return here;
}

/** Calls `closing.closed()` when libuv would tell that a handle has closed which is closed now. */
export function tellOfClose(closing: Closing): void {
  closings.push(closing);
  setBell();
}
