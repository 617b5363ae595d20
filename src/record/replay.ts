/**
 * Plays a recorded run again: the same things come to a stack of the same seed at the same times, and it must do the
 * same. Time is that of the run, and no time passes; everything happens within the call, so a debugger can stop it
 * anywhere.
 */
import {
  type Drop,
  type Instant,
  type Link,
  type Packet,
  Stack,
  Timer,
  type Tracer,
  Xoshiro128,
} from "../stack/index.ts";
import { replayFrame, sumOf } from "./frames.ts";
import { fromJson, type Json } from "./json-values.ts";
import type {
  CallStep,
  FiredStep,
  LinkStep,
  Run,
  SentStep,
  StackStep,
  Step,
  WokenStep,
} from "./recorded-run.ts";
import { Diverged, ReplayedLink } from "./replayed-link.ts";

/** How a run is played. */
export interface ReplayOptions {
  /** Hears of every decision: `new TextTrace(…)`, or the tracer of a `Capture`. */
  readonly tracer?: Tracer | undefined;
  /** Puts something between the stack and each link, as `Capture.watch` does. */
  readonly watch?: ((name: string, link: Link) => Link) | undefined;
  /** Is told of each frame that is sent: lent. */
  readonly sent?: ((on: string, frame: Packet, at: Instant) => void) | undefined;
  /** Is told of the clock before anything is done: for tracers that need one. */
  readonly clock?: ((clock: { now(): Instant }) => void) | undefined;
  /** Steps that are played, by default all. */
  readonly steps?: number | undefined;
}

/** The first thing that was not as recorded. What follows it would be of another run. */
export interface Divergence {
  /** Line of the file, from 1. */
  readonly line: number;
  /** The time, in microseconds. */
  readonly time: Instant;
  readonly expected: string;
  readonly seen: string;
}

/** What came of a run that was played once more. */
export interface Replayed {
  /** Undefined: all was as recorded. */
  readonly divergence: Divergence | undefined;
  /** Frames that were sent, and are the recorded ones octet for octet. */
  readonly framesSent: number;
  readonly framesReceived: number;
  /** Lines that were played. */
  readonly steps: number;
  /** The time of the last. */
  readonly time: Instant;
  /** The stack as it is then. */
  readonly stack: Stack;
}

/** Plays the run. */
export function replay(run: Run, options: ReplayOptions = {}): Replayed {
  return new Replay(run, options).play();
}

/** Recorded steps that happen within another, and how far they have come. */
interface Cursor {
  readonly steps: readonly Step[];
  next: number;
}

const NONE: readonly Step[] = [];

/** One replay. */
class Replay {
  readonly #run: Run;
  readonly #options: ReplayOptions;
  readonly #stack: Stack;
  readonly #endpoints: Map<number, object> = new Map();
  readonly #lent: Map<number, Uint8Array> = new Map();
  readonly #links: Map<string, ReplayedLink> = new Map();
  readonly #timer: Timer;
  #cursor: Cursor = { steps: NONE, next: 0 };
  #now: Instant = 0 as Instant;
  #framesSent = 0;
  #framesReceived = 0;
  /** What went wrong amid the stack, which must not be thrown through it. */
  #diverged: Diverged | undefined = undefined;

  constructor(run: Run, options: ReplayOptions) {
    this.#run = run;
    this.#options = options;
    const { seed, tcp } = run.head;
    const clock = { now: (): Instant => this.#now };
    options.clock?.(clock);
    this.#stack = new Stack({
      clock,
      random: new Xoshiro128(seed),
      wakeAt: () => {},
      tracer: options.tracer,
      tcp,
    });
    // Chance is forked by name: that somebody asks for a context changes nobody's.
    const { timers } = this.#stack.contextFor("replay");
    this.#timer = new Timer(timers, { expired: () => this.#within("fired", undefined) });
  }

  play(): Replayed {
    const { steps } = this.#run;
    const end = Math.min(this.#options.steps ?? steps.length, steps.length);
    let divergence: Divergence | undefined;
    let played = 0;
    for (; played < end && divergence === undefined; played++) {
      const step = steps[played] as Step;
      this.#now = (step.t ?? this.#now) as Instant;
      const found = this.#line(step);
      // The head is the first line.
      if (found !== undefined) divergence = { line: played + 2, time: this.#now, ...found };
    }
    return {
      divergence,
      framesSent: this.#framesSent,
      framesReceived: this.#framesReceived,
      steps: played,
      time: this.#now,
      stack: this.#stack,
    };
  }

  /** Plays one line; what was not as recorded. */
  #line(step: Step): Pick<Divergence, "expected" | "seen"> | undefined {
    this.#cursor = { steps: step.within ?? NONE, next: 0 };
    this.#diverged = undefined;
    try {
      this.#do(step);
      this.#complete();
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      this.#diverged ??= error;
    }
    const { expected, seen } = this.#diverged ?? {};
    return expected === undefined || seen === undefined ? undefined : { expected, seen };
  }

  #do(step: Step): void {
    switch (step.do) {
      case "advance":
        this.#stack.advance(step.now as Instant);
        break;
      case "stack":
        this.#ofStack(step);
        break;
      case "call":
        this.#call(step);
        break;
      case "timer":
        this.#set(step.at);
        break;
      case "frames":
        this.#framesReceived += step.frames.length;
        this.#link(step.on).receive(step.frames.map((frame) => replayFrame(frame, this.#link(step.on).pool)));
        break;
      default:
        if (!("on" in step) || step.do === "sent")
          throw new Diverged("something from outside", describe(step));
        this.#ofLink(step);
    }
  }

  #set(at: number | null): void {
    if (at === null) this.#timer.cancel();
    else this.#timer.set(at as Instant);
  }

  #ofLink({ do: what, on, frame, reason, arriving, why }: LinkStep): void {
    const link = this.#link(on);
    if (what === "writable") link.sink.writable();
    else if (what.startsWith("carrier")) link.sink.carrierChanged?.(what === "carrierFound");
    else if (what === "failed") link.sink.failed(why ?? "");
    else if (frame !== undefined) {
      const packet = replayFrame(frame, link.pool);
      link.sink.lost?.(packet, reason as Drop, arriving);
      link.pool.release(packet);
    }
  }

  #ofStack(step: StackStep): void {
    const { call, new: number, link } = step;
    const given = step.with.map((value) => this.#value(value, undefined));
    if (call === "addInterface" && link !== undefined) {
      const name = String(given[0]);
      const made = new ReplayedLink(name, link, (on, frames, count) => this.#sent(on, frames, count));
      this.#links.set(name, made);
      given[1] = this.#options.watch?.(name, made) ?? made;
    }
    const result = this.#invoke(this.#stack, call, given);
    if (number !== undefined) this.#endpoints.set(number, result as object);
    else if (step.result !== undefined && step.result !== result) {
      throw new Diverged(`${call} to give ${step.result}`, String(result));
    }
  }

  #call(step: CallStep): void {
    const { of, call, new: number } = step;
    const endpoint = this.#endpoints.get(of);
    if (endpoint === undefined) throw new Diverged(`an endpoint ${of}`, "none");
    const given =
      call === "onChange"
        ? [step.with[0] === true ? () => this.#within("woken", of) : undefined]
        : step.with.map((value) => this.#value(value, of));
    if (call === "lend") this.#lent.set(of, given[0] as Uint8Array);
    const result = this.#invoke(endpoint, call, given);
    if (number !== undefined) {
      if (typeof result !== "object" || result === null) throw new Diverged("a connection to accept", "none");
      this.#endpoints.set(number, result);
    } else if (step.result !== undefined && step.result !== result) {
      throw new Diverged(`endpoint ${of}: ${call} to give ${step.result}`, String(result));
    }
  }

  #invoke(on: object, call: string, given: readonly unknown[]): unknown {
    const method: unknown = Reflect.get(on, call, on);
    if (typeof method !== "function") throw new Diverged(`a call ${call}`, "none");
    try {
      return method.apply(on, given);
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return undefined; // as it was when recorded
      throw error;
    }
  }

  #value(json: Json, of: number | undefined): unknown {
    if (json !== null && typeof json === "object" && !Array.isArray(json)) {
      const marked = json as { readonly [name: string]: Json };
      if ("$interface" in marked) return this.#stack.interface(String(marked["$interface"]));
      if ("$lent" in marked) return this.#lent.get(of ?? 0);
    }
    return fromJson(json);
  }

  /** The stack has woken somebody, or a timer of the application has fired: what was done then is done again. */
  #within(what: "woken" | "fired", of: number | undefined): void {
    if (this.#diverged !== undefined) return;
    try {
      const step: Step = this.#expect<WokenStep | FiredStep>(
        what,
        of === undefined ? what : `${what} ${of}`,
        (one) => (one.do === "woken" ? one.of === of : true),
      );
      const before = this.#cursor;
      this.#cursor = { steps: step.within ?? NONE, next: 0 };
      while (this.#cursor.next < this.#cursor.steps.length) {
        const inner = this.#cursor.steps[this.#cursor.next] as Step;
        if (inner.do === "sent" || inner.do === "woken" || inner.do === "fired") break;
        this.#cursor.next++;
        this.#nested(inner);
      }
      this.#complete();
      this.#cursor = before;
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      this.#diverged = error;
    }
  }

  /** A call of the application amid an entry: what happens within it is its own. */
  #nested(step: Step): void {
    const before = this.#cursor;
    this.#cursor = { steps: step.within ?? NONE, next: 0 };
    this.#do(step);
    this.#complete();
    this.#cursor = before;
  }

  #sent(on: string, frames: readonly Packet[], count: number): number {
    const { sent } = this.#options;
    for (let i = 0; i < count; i++) sent?.(on, frames[i] as Packet, this.#now);
    if (this.#diverged !== undefined) return count;
    try {
      const step: SentStep & Step = this.#expect<SentStep>(
        "sent",
        `${count} frames sent on ${on}`,
        (one) => one.on === on,
      );
      for (let i = 0; i < Math.max(count, step.sums.length); i++) {
        const sum = i < count ? sumOf(frames[i] as Packet) : "none";
        if (sum !== step.sums[i]) {
          throw new Diverged(
            `frame ${i + 1} of ${step.sums.length} on ${on} to have the sum ${step.sums[i]}`,
            sum,
          );
        }
      }
      for (const inner of step.within ?? NONE) this.#nested(inner); // what the link has lost at once
      this.#framesSent += step.taken;
      return step.taken;
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      this.#diverged = error;
      return count;
    }
  }

  /** The next thing that was recorded, which must be this. */
  #expect<S extends Step>(what: Step["do"], seen: string, fits: (step: S) => boolean): S {
    const step = this.#cursor.steps[this.#cursor.next++];
    if (step === undefined || step.do !== what || !fits(step as S)) {
      throw new Diverged(step === undefined ? "nothing more" : describe(step), seen);
    }
    return step as S;
  }

  #complete(): void {
    if (this.#diverged !== undefined) throw this.#diverged;
    const { steps, next } = this.#cursor;
    if (next < steps.length) throw new Diverged(describe(steps[next] as Step), "nothing");
  }

  #link(on: string): ReplayedLink {
    const link = this.#links.get(on);
    if (link === undefined) throw new Diverged(`an interface ${on}`, "none");
    return link;
  }
}

/** In words. */
function describe(step: Step): string {
  switch (step.do) {
    case "sent":
      return `${step.sums.length} frames sent on ${step.on}`;
    case "woken":
      return `woken ${step.of}`;
    case "call":
      return `a call ${step.call} of endpoint ${step.of}`;
    default:
      return step.do;
  }
}
