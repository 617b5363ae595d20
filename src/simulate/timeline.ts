/**
 * How virtual time goes on in a world: what was planned for an instant happens, programs get their turns, and
 * when all of them wait, time jumps to whatever comes next.
 */
import type { VirtualTime } from "../drivers/simulation/index.ts";
import { type Instant, later, NEVER, timer } from "../stack/index.ts";
import { SimulationError } from "./errors.ts";
import type { Program } from "./program.ts";
import { holdThreads, letThreadsGo } from "./thread-pool.ts";
import { durationOf, type Span, secondsText } from "./time-text.ts";

/** What happens at an instant; time stands still until its promise is settled. */
export type Action = () => unknown;

/** To whom things happen. */
export interface Inhabitants {
  /** A program may still do something by itself. */
  programsWait(): boolean;
  /** A connection may still: send again, give up, find that its peer is gone. */
  connectionsWait(): boolean;
  /** Who waits for what, one a line. */
  describe(): readonly string[];
}

/** Microseconds. */
const SECOND = 1_000_000;

/** What must come true once. */
interface Hope {
  readonly condition: () => unknown;
  readonly by: Instant;
  readonly within: Span | undefined;
  readonly since: Instant;
}

function holds(condition: () => unknown): boolean {
  return condition() === true;
}

function hopeText({ condition, within, since }: Hope): string {
  const span = within === undefined ? "" : ` within ${within}`;
  return `it has not come true${span} from ${secondsText(since)} on that ${condition.toString()}`;
}

/** How virtual time goes on in a world. */
export class Timeline {
  readonly #time: VirtualTime;
  readonly #inhabitants: Inhabitants;
  /** Programs that want a turn, and what is due: both before time moves on. */
  readonly #ready: Set<Program> = new Set();
  readonly #due: Action[] = [];
  readonly #invariants: Action[] = [];
  /** What must come true, with the instant by which it must. */
  #hopes: Hope[] = [];
  /** Turns of programs within a second from `#since` on; beyond `#standstill` it is called a livelock. */
  readonly #standstill: number;
  #since: Instant = 0 as Instant;
  #turns: Map<Program, number> = new Map();

  constructor(time: VirtualTime, inhabitants: Inhabitants, standstill: number) {
    this.#time = time;
    this.#inhabitants = inhabitants;
    this.#standstill = standstill;
  }

  /** The program wants a turn. */
  ready(program: Program): void {
    this.#ready.add(program);
  }

  /** @throws RangeError when that instant has passed */
  at(when: Span, action: Action): void {
    const instant = durationOf(when) as number as Instant;
    if (instant < this.#time.now()) throw new RangeError(`${when} has passed: it is ${this.#nowText()}`);
    this.#plan(instant, action);
  }

  after(span: Span, action: Action): void {
    this.#plan(later(this.#time.now(), durationOf(span)), action);
  }

  always(invariant: () => unknown): void {
    this.#invariants.push(() => {
      if (invariant() === false) throw new SimulationError(`${this.#nowText()}: an invariant does not hold`);
    });
  }

  eventually(condition: () => unknown, within: Span | undefined): void {
    const by = this.#end(within);
    this.#hopes.push({ condition, by, within, since: this.#time.now() });
    if (by !== NEVER) this.#plan(by, () => this.#checkHopes(by));
  }

  /** Those conditions of `eventually` that have not come true, one a line. */
  unmet(): readonly string[] {
    this.#hopes = this.#hopes.filter(({ condition }) => !holds(condition));
    return this.#hopes.map(hopeText);
  }

  async run(span: Span | undefined): Promise<void> {
    const end = this.#end(span);
    // A span passes whatever happens in it, if only timers that keep no program alive.
    await this.#advance(end, () => false, span !== undefined);
    if (end !== NEVER && this.#time.now() < end) this.#time.elapse((end - this.#time.now()) as never);
  }

  async until(condition: () => boolean, within: Span | undefined): Promise<void> {
    const end = this.#end(within);
    if (await this.#advance(end, condition)) return;
    const late = end !== NEVER && this.#goesOn(this.#time.nextDeadline());
    const why = late ? `not within ${within}` : "nothing is left that could happen";
    const lines = this.#inhabitants.describe().map((line) => `\n  ${line}`);
    throw new SimulationError(`${this.#nowText()}: the condition does not hold: ${why}${lines.join("")}`);
  }

  #end(span: Span | undefined): Instant {
    return span === undefined ? NEVER : later(this.#time.now(), durationOf(span));
  }

  #plan(instant: Instant, action: Action): void {
    timer(this.#time.timers, () => this.#due.push(action)).set(instant);
  }

  /** Goes on until `end`, or `done`, or until nothing is left that could happen; whether it is done. */
  async #advance(end: Instant, done: () => boolean, anyway = false): Promise<boolean> {
    holdThreads();
    try {
      return await this.#goOn(end, done, anyway);
    } finally {
      letThreadsGo();
    }
  }

  /** @param anyway - until `end`, even if nothing is left that counts */
  async #goOn(end: Instant, done: () => boolean, anyway: boolean): Promise<boolean> {
    for (;;) {
      await this.#serve();
      for (const check of this.#invariants) check();
      if (this.#hopes.length > 0) this.#hopes = this.#hopes.filter(({ condition }) => !holds(condition));
      if (done()) return true;
      const next = this.#time.nextDeadline();
      if (next > end || next === NEVER || !(anyway || this.#goesOn(next))) return false;
      this.#time.step();
    }
  }

  async #serve(): Promise<void> {
    for (let action = this.#due.shift(); action !== undefined; action = this.#due.shift()) await action();
    if (this.#ready.size === 0) return;
    for (const program of [...this.#ready]) {
      this.#ready.delete(program);
      if (!program.wantsTurn) continue;
      this.#count(program);
      await program.turn();
    }
  }

  /** @throws SimulationError when a program has turn after turn, and time hardly goes on */
  #count(program: Program): void {
    const now = this.#time.now();
    if (now - this.#since >= SECOND) {
      this.#since = now;
      this.#turns.clear();
    }
    const turns = (this.#turns.get(program) ?? 0) + 1;
    this.#turns.set(program, turns);
    if (turns <= this.#standstill) return;
    const whose = [...this.#turns].map(([one, count]) => `${one.name} ${count}`).join(", ");
    const lines = this.#inhabitants.describe().map((line) => `\n  ${line}`);
    throw new SimulationError(
      `${this.#nowText()}: hardly any time goes by: turns since ${secondsText(this.#since)}: ${whose}${lines.join("")}`,
    );
  }

  #checkHopes(by: Instant): void {
    const late = this.#hopes.find((hope) => hope.by <= by && !holds(hope.condition));
    if (late === undefined) return;
    this.#hopes = this.#hopes.filter((hope) => hope !== late);
    const lines = this.#inhabitants.describe().map((line) => `\n  ${line}`);
    throw new SimulationError(`${this.#nowText()}: ${hopeText(late)}${lines.join("")}`);
  }

  #goesOn(next: Instant): boolean {
    if (next <= this.#time.now() || this.#time.timers.size > 0 || this.#ready.size > 0) return true;
    return this.#inhabitants.programsWait() || this.#inhabitants.connectionsWait();
  }

  #nowText(): string {
    return secondsText(this.#time.now());
  }
}
