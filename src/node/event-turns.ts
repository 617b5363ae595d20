/**
 * When an event of a handle is told. libuv tells of what is ready in one phase of its loop, and Node runs
 * immediates in the next. So an immediate that the program sets in an event comes before whatever that event has
 * brought about, such as what a peer does upon a write. Our events are told by immediates themselves, and those
 * would come first.
 */
import { nextTick, setImmediate } from "../drivers/node/own-timers.ts";
import { takeBareTurn } from "./bare-turn.ts";

/** Something that has an event to tell of. */
export interface Turning {
  /** To be told now, in an immediate. */
  turn(): void;
  /** C++ is to hear of it, outside of every callback: see `takeBareTurn`. */
  bareTurn?(): void;
}

let inEvent = false;
/** The event is one of C++'s, which come in the phase after that of immediates. */
let isBare = false;
/** What has become ready since, for JavaScript and for C++: two lists each, which change places. */
let waiting: Turning[] = [];
let spare: Turning[] = [];
let waitingBare: Turning[] = [];

const RESOLVED = Promise.resolve();

/** An event is about to be told. It lasts until the ticks and promises have run that the program has queued in it. */
export function eventBegins(bare: boolean): void {
  if (inEvent) return;
  inEvent = true;
  isBare = bare;
  void RESOLVED.then(afterTicks);
}

/** Queues an event: behind the immediates which the program sets in the present one, if there is one. */
export function queueTurn(turning: Turning, bare: boolean): void {
  if (inEvent) (bare ? waitingBare : waiting).push(turning);
  else if (bare) takeBareTurn(turning as Required<Turning>);
  else setImmediate(tell, turning);
}

function tell(turning: Turning): void {
  turning.turn();
}

function ring(turning: Required<Turning>): void {
  takeBareTurn(turning);
}

/** The ticks of the event are through. Behind its promises: a tick that is queued by one of them runs when none is left. */
function afterTicks(): void {
  nextTick(eventEnds);
}

function eventEnds(): void {
  inEvent = false;
  const turns = waiting;
  waiting = spare;
  for (const turning of turns) setImmediate(tell, turning);
  turns.length = 0;
  spare = turns;
  if (waitingBare.length === 0) return;
  for (const turning of waitingBare) {
    // The phase of C++'s turns comes before the next immediates, unless it is the present one.
    if (isBare) takeBareTurn(turning as Required<Turning>);
    else setImmediate(ring, turning as Required<Turning>);
  }
  waitingBare = [];
}
