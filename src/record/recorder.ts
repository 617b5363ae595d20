/** Writes down what comes from outside, in order, and stops the clock meanwhile: an entry into the stack has one time. */
import type { Clock, Instant } from "../stack/index.ts";
import type { Step } from "./recorded-run.ts";

/** Takes a line of the run, without its end. */
export type LineWriter = (line: string) => void;

/** A step that is under way. */
interface Open {
  readonly step: Step;
  readonly within: Step[];
}

/** One recording. It is the clock of the stack that is recorded. */
export class Recorder implements Clock {
  readonly #clock: Clock;
  readonly #write: LineWriter;
  readonly #open: Open[] = [];
  #time: Instant = 0 as Instant;

  constructor(clock: Clock, write: LineWriter) {
    this.#clock = clock;
    this.#write = write;
  }

  /** The time of the step that is under way. */
  now(): Instant {
    return this.#open.length === 0 ? this.#clock.now() : this.#time;
  }

  /** Whether something that was recorded is under way. */
  get busy(): boolean {
    return this.#open.length > 0;
  }

  /** Does `work`, with what happens meanwhile written down as part of `step`. */
  during<T>(step: Step, work: () => T): T {
    const outermost = this.#open.length === 0;
    if (outermost) this.#time = this.#clock.now();
    // The field `within` comes last in the line, when it is known.
    const opened: Open = { step: outermost ? { ...step, t: this.#time } : step, within: [] };
    if (!outermost) this.#open.at(-1)?.within.push(opened.step);
    this.#open.push(opened);
    try {
      return work();
    } finally {
      this.#open.pop();
      if (opened.within.length > 0) opened.step.within = opened.within;
      if (outermost)
        this.#write(
          JSON.stringify({
            ...opened.step,
            ...step,
            ...(opened.within.length > 0 && { within: opened.within }),
          }),
        );
    }
  }

  /** Writes down what is asked of the outside world amid a step. */
  note(step: Step): void {
    this.#open.at(-1)?.within.push(step);
  }
}
