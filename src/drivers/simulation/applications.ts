/**
 * The applications in virtual time: who gives them their turns, and when they have waited long enough for time
 * to move on. Only after something has woken one are promises let settle, since that costs more than a segment.
 */
import { type Application, costOf, type Deferred, type Turns } from "../../stack/index.ts";

/** Microtasks that are waited for where the host hands in nothing better: deeper than calls of async functions nest. */
const MICROTASKS = 64;

/**
 * What one turn of the applications may cost, in units of `costOf`. Calls are counted, and no clock is asked, so
 * that every run is the same.
 */
const SHARE = 1_024;

/** The applications of a simulation: what they are given a turn for, and what has to wait. */
export class Applications implements Turns {
  /** A call of an application has ended, and it has not been let act on it yet. */
  #told = true;
  /** The same of callbacks; below 0, they were all of such as tell by `#told`. */
  #wakes = 0;
  readonly #drain: () => Promise<unknown>;
  /** By the names of their hosts, in the order in which they came. */
  readonly #joined: Map<Application, Set<string | undefined>> = new Map();
  readonly #settlers: Set<Application> = new Set();
  /** What the next turn begins with. */
  #putOff: Deferred[] = [];
  #resuming: Deferred[] = [];
  /** Events: each is run in a step of its own. */
  #events: Deferred[] = [];
  #nextEvent = 0;
  /** What calls have cost in this turn. */
  #spent = 0;

  constructor(drain: (() => Promise<unknown>) | undefined) {
    this.#drain = drain ?? drainMicrotasks;
  }

  get awake(): boolean {
    return this.#told || this.#wakes > 0;
  }

  /** Tasks that wait for their turn. */
  get waiting(): number {
    return this.#putOff.length + this.#events.length - this.#nextEvent;
  }

  /** See `Turns`: true for a number of calls, whatever time they take. */
  spend(octets: number): boolean {
    this.#told = true;
    this.#spent += costOf(octets);
    return this.#spent <= SHARE;
  }

  putOff(task: Deferred): void {
    this.#putOff.push(task);
  }

  next(task: Deferred): void {
    this.#events.push(task);
  }

  woken(by: 1 | -1): void {
    this.#wakes += by;
  }

  /** @param name - of its host, for reports */
  enlist(application: Application, name?: string): void {
    const names = this.#joined.get(application) ?? new Set();
    if (names.has(name)) return;
    this.#joined.set(application, names.add(name));
    if (application.settle !== undefined) this.#settlers.add(application);
    this.#told = true;
  }

  /** A new turn begins. True if the last one was cut off. */
  begin(): boolean {
    const cutOff = this.#spent > SHARE;
    this.#spent = 0;
    return cutOff;
  }

  /** Runs all that was put off, or else the first event that waits. */
  run(): void {
    this.#told = true;
    if (this.#putOff.length > 0) this.#resume();
    else this.#runEvent();
  }

  /** Lets all of them act until each waits. It ends since turns are bounded. */
  async settle(): Promise<void> {
    do {
      this.#told = false;
      this.#wakes = 0;
      if (this.#settlers.size === 0) await this.#drain();
      else for (const application of this.#settlers) await application.settle?.();
    } while (this.awake);
  }

  /** Nothing is left to happen: lets real time pass, for those that have something outside. False: for nobody. */
  async rest(attempt: number): Promise<boolean> {
    for (const application of this.#settlers) {
      if ((await application.rest?.(attempt)) === true) return true;
    }
    return false;
  }

  #resume(): void {
    const tasks = this.#putOff;
    this.#putOff = this.#resuming;
    this.#resuming = tasks;
    for (let i = 0; i < tasks.length; i++) (tasks[i] as Deferred).run();
    tasks.length = 0;
  }

  #runEvent(): void {
    const event = this.#events[this.#nextEvent++] as Deferred;
    if (this.#nextEvent === this.#events.length) {
      this.#events.length = 0;
      this.#nextEvent = 0;
    }
    event.run();
  }

  /** What they wait for: `alice: recv! on …`. */
  waits(): string[] {
    return [...this.#joined].flatMap(([application, names]) =>
      [...names].flatMap((name) =>
        application.waits().map((one) => (name === undefined ? one : `${name}: ${one}`)),
      ),
    );
  }
}

/** The turns of one host: what joins by them is known by its name. */
export class HostTurns implements Turns {
  readonly #applications: Applications;
  readonly #name: string;

  constructor(applications: Applications, name: string) {
    this.#applications = applications;
    this.#name = name;
  }

  spend(octets: number): boolean {
    return this.#applications.spend(octets);
  }

  putOff(task: Deferred): void {
    this.#applications.putOff(task);
  }

  next(task: Deferred): void {
    this.#applications.next(task);
  }

  woken(by: 1 | -1): void {
    this.#applications.woken(by);
  }

  enlist(application: Application): void {
    this.#applications.enlist(application, this.#name);
  }
}

async function drainMicrotasks(): Promise<void> {
  for (let i = 0; i < MICROTASKS; i++) await undefined;
}
