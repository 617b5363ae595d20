/**
 * Who gives the application its turn: the one contract for that between the stack, the socket calls, Node's
 * handles, and whoever drives them (Node's event loop, virtual time, a scheduler of several programs). Why it
 * is so, and what else was tried: docs/decisions/0043-turns.md.
 */

/** Work that was put off. An object rather than a function, so that putting it off allocates nothing. */
export interface Deferred {
  /** Called once for every time that it was put off, from the host: no stack and no link is on the call stack. */
  run(): void;
}

/**
 * A *turn* is what an application does between two moments at which its host does something else: fires the
 * program's own timers, reads from devices, lets time pass. A call that can end at once ends within the turn in
 * which it was made, and a promise that it settles goes on in microtasks: two that wait for each other would
 * never let the turn end. So the host bounds turns: it is told of each call that ends, and may cut the turn off.
 *
 * The host hands itself to a stack (`stack.turns`) when it begins to drive it. A stack that was handed nothing
 * gives the application a single turn without end.
 *
 * The rules, which every host keeps:
 *
 * 1. After `spend` was false it stays false until the next turn begins. What ends meanwhile is put off behind
 *    it, so the application hears of its calls in the order in which they ended.
 * 2. What was put off is run when the next turn begins, all of it before any microtask: the application goes on
 *    as if it had not been cut off.
 * 3. What `next` is given is run in the order given, never within the call, and each with the microtasks (and
 *    whatever else belongs to one callback of the host, such as Node's `process.nextTick`) run after it.
 * 4. Both are run whatever has been closed since: promises hang on them.
 * 5. Where time is virtual, none passes between a task's being put off and its being run. Whether a turn has
 *    lasted long enough is then told by what was spent, never by a clock, so that every run is the same.
 */
export interface Turns {
  /**
   * A call of the application has ended, with a value or an error: is it told within this turn? False: the turn
   * is over, and telling it must be put off.
   *
   * @param octets - how many it has moved; 0 for calls that move none
   */
  spend(octets: number): boolean;
  /** Runs `task` when the next turn begins. */
  putOff(task: Deferred): void;
  /** Runs `task`, an event of the application's, in a turn of its own. */
  next(task: Deferred): void;
  /**
   * Somebody waits for a timer of the stack `who`, or no longer: whether it is to keep a process alive. Told when it
   * becomes so at once, and that it is over before the next deadline that is more than a second off.
   */
  awaits?(who: object, yes: boolean): void;
  /**
   * The application has been told of something otherwise than by the end of a call: by a callback, or a timer. Time
   * that is virtual stands still until it has waited again. Absent where time passes by itself.
   *
   * @param by - how many callbacks more; -1: one that was counted is not the application's own, since what was called
   *   (the socket calls) tells of its own accord, by `spend`, if a call has ended
   */
  woken?(by: 1 | -1): void;
  /** There is an application here. Absent where nobody needs to know. */
  enlist?(application: Application): void;
}

/** An application, as a host in virtual time needs to know it. */
export interface Application {
  /**
   * Settles when it has done all that it can do now. Absent: it runs in microtasks alone, as promises do, which
   * every host waits for.
   */
  settle?(): Promise<void>;
  /**
   * Nothing can happen any more in virtual time. Lets a moment of real time pass, for what goes on outside of it, such
   * as the compression of a file; false if it has waited long enough.
   *
   * @param attempt - how often it was asked before, since anything last happened
   */
  rest?(attempt: number): Promise<boolean>;
  /** What it waits for, a line for each call: for reports of a deadlock. */
  waits(): readonly string[];
}

/** Octets whose moving costs about as much as the call around it: a copy of 8 KiB takes some 300 ns. */
const OCTETS_PER_CALL = 8_192;

/** What a call has cost, in calls that move nothing. */
export function costOf(octets: number): number {
  return 1 + Math.trunc(octets / OCTETS_PER_CALL);
}
