/**
 * When an event of a handle is told. libuv tells of what is ready in one phase of its loop (poll), and Node runs immediates
 * in the next (check). So what a timer, an immediate or the program's first lines have brought about comes before the
 * immediates that they set; and what an event has brought about, be it the peer's of a write, behind those of the event.
 *
 * Our events are told by an immediate. It waits at its place for good, without keeping the loop awake, and takes the next
 * place when it has run: ahead of all that is set from then on, behind what was set in its events.
 *
 * What libuv has done at once, it tells of in a phase of its own (pending), which comes before events, and again behind
 * them, ahead of immediates: that the writing side of a stream is shut.
 */
import { clearImmediate, setImmediate } from "../drivers/node/own-timers.ts";
import { type Closing, takeBareTurn, takeClosings, tellClosings, tellOfClose } from "./bare-turn.ts";
import { runTicks } from "./binding.ts";

/** Something that has an event to tell of. */
export interface Turning {
  /** To be told now. True: there is more to tell in the same event, once ticks and promises of this part have run. */
  turn(): boolean;
  /** C++ is to hear of it, outside of every callback: see `takeBareTurn`. It calls `tellNative`. */
  bareTurn?(): void;
  nativeTurn?(): void;
}

type Native = Required<Turning>;

/** Rounds of what is done at once, behind events: libuv's number. */
const ROUNDS = 8;

/** Events in order. Those that come while it is told wait for the next time. */
class Turns {
  #waiting: Turning[] = [];
  #spare: Turning[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  push(turning: Turning): void {
    this.#waiting.push(turning);
  }

  /** Throws what the program throws; the rest then waits for the next time. */
  tell(): void {
    const turns = this.#waiting;
    this.#waiting = this.#spare;
    let told = 0;
    try {
      while (told < turns.length) {
        const turning = turns[told++] as Turning;
        while (turning.turn()) runTicks();
        runTicks();
      }
    } finally {
      if (told < turns.length) this.#waiting = turns.slice(told).concat(this.#waiting);
      turns.length = 0;
      this.#spare = turns;
    }
  }
}

/** Whom the present event is told to; C++ hears of its events in the phase behind that of immediates. */
let telling: "script" | "native" | undefined;
const done: Turns = new Turns();
const ready: Turns = new Turns();
/** Has become ready in an event of C++. */
const late: Turns = new Turns();
/** For C++, and has become ready in an event of JavaScript. */
let lateNative: Native[] = [];
/** Was closed in an event of JavaScript, or of C++. */
let closings: Closing[] = [];
const lateClosings: Closing[] = [];

let place: NodeJS.Immediate | undefined;
let keepsPlace = false;

/** From now on, as long as this thread lives, the immediate waits at its place also when there is nothing to tell. */
export function keepPlace(): void {
  if (keepsPlace) return;
  keepsPlace = true;
  takePlace();
}

function takePlace(): void {
  const awake = done.length + ready.length + closings.length > 0;
  if (!awake && !keepsPlace) return;
  place ??= setImmediate(tellAll);
  if (awake) place.ref();
  else place.unref();
}

/** Queues an event: behind the immediates which the program sets in the present one, if there is one. */
export function queueTurn(turning: Turning, native: boolean): void {
  if (native) {
    if (telling === "script") lateNative.push(turning as Native);
    else takeBareTurn(turning as Native);
  } else if (telling === "native") late.push(turning);
  else {
    ready.push(turning);
    if (telling === undefined && ready.length === 1) takePlace();
  }
}

/** Queues the news that something is done which was asked for just now. */
export function queueDone(turning: Turning): void {
  if (telling === "native") late.push(turning);
  else {
    done.push(turning);
    if (telling === undefined && done.length === 1) takePlace();
  }
}

/** Queues the news that a handle is closed: behind the immediates of the present event. */
export function queueClose(closing: Closing): void {
  if (telling === "script") closings.push(closing);
  else if (telling === "native") lateClosings.push(closing);
  else tellOfClose(closing);
}

/** Tells C++ of an event. Throws what the program throws. */
export function tellNative(native: Native): void {
  telling = "native";
  let whole = false;
  try {
    native.nativeTurn();
    whole = true;
  } finally {
    telling = undefined;
    if (late.length + lateClosings.length > 0) behindImmediates(whole, placeLate);
  }
}

function placeLate(): void {
  setImmediate(tellHere, late, lateClosings);
}

/**
 * Calls `place`, which sets an immediate that is to come behind those of the event which ends here. An event that is not
 * `whole` has thrown: whoever listens for that hears of it only after this, and what he sets comes ahead, too.
 */
function behindImmediates(whole: boolean, place: () => void): void {
  if (whole) place();
  else setImmediate(place);
}

function tellAll(): void {
  place = undefined;
  tellHere(ready, closings);
}

/** As libuv: first what was closed, last what was done at once. */
function tellHere(turns: Turns, closed: Closing[]): void {
  let whole = false;
  try {
    tellClosings(closed.splice(0));
    telling = "script";
    done.tell();
    turns.tell();
    for (let round = 0; round < ROUNDS && done.length > 0; round++) done.tell();
    whole = true;
  } finally {
    telling = undefined;
    // Those that were closed ahead of these events wait with the ones that were closed in them, behind which they come.
    if (closings.length > 0) closings = takeClosings().concat(closings);
    // Where these were late, the place was taken before them: it is to be behind the immediates that were set in them.
    clearImmediate(place);
    place = undefined;
    behindImmediates(whole, takePlace);
    if (lateNative.length > 0) {
      const natives = lateNative;
      lateNative = [];
      behindImmediates(whole, () => setImmediate(queueNative, natives));
    }
  }
}

function queueNative(natives: readonly Native[]): void {
  for (const native of natives) takeBareTurn(native);
}
