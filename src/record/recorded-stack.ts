/**
 * A stack that is recorded: it is used as any other. Recording stands around the stack, not in it, so a stack that is not
 * recorded knows nothing of it.
 */
import {
  type Instant,
  type InterfaceOptions,
  type Link,
  NEVER,
  Stack,
  type StackOptions,
  type TimerQueue,
  Xoshiro128,
} from "../stack/index.ts";
import { ApplicationTimers } from "./application-timers.ts";
import { type Json, toJson } from "./json-values.ts";
import { RecordedLink } from "./recorded-link.ts";
import { RUN_VERSION, type RunHead, type Step } from "./recorded-run.ts";
import { type LineWriter, Recorder } from "./recorder.ts";

/** How a recorded stack is made: as any stack, but that its chance comes from a seed. */
export interface RecordedOptions extends Pick<StackOptions, "clock" | "tracer" | "wakeAt" | "tcp"> {
  /** Of all its chance, 0 to 2^32 - 1. */
  readonly seed: number;
  /** Takes a line of the run, without its end. */
  readonly write: LineWriter;
}

/** Calls of the stack that give an endpoint. */
const OPENING: readonly string[] = ["openTcp", "openUdp", "openEcho", "openRaw", "openPacket"];
/** Other calls that enter it or change it. */
const CHANGING: readonly string[] = [
  "removeInterface",
  "addAddress",
  "removeAddress",
  "addRoute",
  "removeRoute",
  "configureTcp",
  "close",
];
/** What would bring in code that a replay has not. */
const REFUSED: readonly string[] = ["register"];
/** Calls of endpoints whose first argument is filled in. */
const FILLING: readonly string[] = ["read", "receive", "lend"];
/** Calls whose first argument is text, of which two others say the part. */
const PARTS: Readonly<Record<string, readonly [start: number, end: number]>> = {
  write: [1, 2],
  writeUrgent: [1, 2],
  send: [2, 3],
  sendWith: [3, 4],
};
/** The only call of an endpoint that hands over a function. */
const SUBSCRIBING = "onChange";

/**
 * A stack of which everything that comes from outside is written down.
 *
 * Replaced protocols, congestion controllers of one's own and hooks of a router are code, which a run cannot hold.
 *
 * @throws TypeError for settings that a run cannot hold; else as the constructor of `Stack`
 */
export function recordStack({ seed, write, clock, tcp, tracer, wakeAt }: RecordedOptions): Stack {
  if (tcp?.congestion !== undefined && tcp.congestion.size > 0)
    throw new TypeError("recordStack: congestion controllers of one's own cannot be recorded");
  const recorder = new Recorder(clock, write);
  const stack = new Stack({ clock: recorder, random: new Xoshiro128(seed), wakeAt, tracer, tcp });
  const settings = {
    ...(tcp?.config && { config: tcp.config }),
    ...(tcp?.options && { options: tcp.options }),
  };
  const head: RunHead = {
    tapstack: RUN_VERSION,
    seed,
    ...(Object.keys(settings).length > 0 && { tcp: settings }),
  };
  write(JSON.stringify(head));
  return new RecordedStack(stack, recorder).face;
}

/** What stands around one stack. */
class RecordedStack {
  /** What the application has. */
  readonly face: Stack;
  readonly #stack: Stack;
  readonly #recorder: Recorder;
  #endpoints = 0;
  #timers: ApplicationTimers | undefined = undefined;

  constructor(stack: Stack, recorder: Recorder) {
    this.#stack = stack;
    this.#recorder = recorder;
    const methods = new Map<string | symbol, unknown>();
    this.face = new Proxy(stack, {
      get: (target, name) => {
        const made = methods.get(name);
        if (made !== undefined) return made;
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function" || typeof name !== "string") return value;
        const method = this.#method(name, value.bind(target));
        methods.set(name, method);
        return method;
      },
      set: (target, name, value) => Reflect.set(target, name, value, target),
    });
  }

  #method(name: string, call: (...values: unknown[]) => unknown): unknown {
    if (REFUSED.includes(name)) {
      return () => {
        throw new TypeError(`Stack.${name} cannot be recorded`);
      };
    }
    if (name === "advance") {
      return (now: Instant) => this.#recorder.during({ do: "advance", now }, () => call(now));
    }
    if (name === "addInterface") return this.#addInterface;
    if (name === "startRouter") return (...given: unknown[]) => this.#called(name, given, call);
    if (name === "contextFor") return (of: string) => this.#context(call(of) as object);
    if (OPENING.includes(name)) return (...given: unknown[]) => this.#open(name, given, call);
    if (CHANGING.includes(name)) return (...given: unknown[]) => this.#called(name, given, call);
    return call;
  }

  readonly #addInterface = (
    name: string,
    link: Link,
    addresses: unknown,
    options: InterfaceOptions = {},
  ): unknown => {
    const { capabilities, mac } = link;
    const step: Step = {
      do: "stack",
      call: "addInterface",
      with: [name, null, toJson(addresses), toJson(options)],
      link: { capabilities, mac: mac?.toString() ?? null },
    };
    const recorded = new RecordedLink(name, link, this.#recorder);
    return this.#recorder.during(step, () =>
      this.#stack.addInterface(name, recorded, addresses as [], options),
    );
  };

  #called(name: string, given: readonly unknown[], call: (...values: unknown[]) => unknown): unknown {
    const step: Step = { do: "stack", call: name, with: this.#values(given) };
    return this.#recorder.during(step, () => {
      const result = call(...given);
      if (typeof result === "boolean") step.result = result;
      return result;
    });
  }

  #open(name: string, given: readonly unknown[], call: (...values: unknown[]) => unknown): unknown {
    const number = ++this.#endpoints;
    const step: Step = { do: "stack", call: name, with: this.#values(given), new: number };
    return this.#wrapped(number, this.#recorder.during(step, () => call(...given)) as object);
  }

  /** An interface is told by its name. */
  #values(given: readonly unknown[]): Json[] {
    return given.map((value) => {
      const one = this.#stack.interfaces.find((each) => each === value);
      return one === undefined ? toJson(value) : { $interface: one.name };
    });
  }

  #context(context: object): object {
    const recorder = this.#recorder;
    const stackTimers = Reflect.get(context, "timers") as TimerQueue;
    this.#timers ??= new ApplicationTimers(stackTimers, {
      set: (at) => {
        const step: Step = { do: "timer", at: at === NEVER ? null : at };
        if (recorder.busy) recorder.note(step);
        else recorder.during(step, () => {});
      },
      fired: (work) => recorder.during({ do: "fired" }, work),
    });
    const timers = this.#timers;
    return new Proxy(context, {
      get: (target, name) => {
        if (name === "timers") return timers;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** An endpoint whose calls are written down. */
  #wrapped(number: number, endpoint: object): object {
    const methods = new Map<string | symbol, unknown>();
    const lent: { buffer: unknown } = { buffer: undefined };
    return new Proxy(endpoint, {
      get: (target, name) => {
        const made = methods.get(name);
        if (made !== undefined) return made;
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function" || typeof name !== "string") return value;
        const call = value.bind(target) as (...values: unknown[]) => unknown;
        const method =
          name === SUBSCRIBING
            ? (wake: (() => void) | undefined) => this.#subscribe(number, call, wake)
            : (...given: unknown[]) => this.#call(number, name, given, call, lent);
        methods.set(name, method);
        return method;
      },
    });
  }

  #subscribe(number: number, call: (wake: unknown) => unknown, wake: (() => void) | undefined): void {
    const recorder = this.#recorder;
    const told = wake && (() => recorder.during({ do: "woken", of: number }, wake));
    const step: Step = { do: "call", of: number, call: SUBSCRIBING, with: [wake !== undefined] };
    recorder.during(step, () => call(told));
  }

  #call(
    number: number,
    name: string,
    given: readonly unknown[],
    call: (...values: unknown[]) => unknown,
    lent: { buffer: unknown },
  ): unknown {
    const step: Step = { do: "call", of: number, call: name, with: this.#arguments(name, given, lent) };
    return this.#recorder.during(step, () => {
      const result = call(...given);
      if (name === "accept" && typeof result === "object" && result !== null) {
        step.new = ++this.#endpoints;
        return this.#wrapped(step.new, result);
      }
      if (typeof result === "number" || typeof result === "string" || typeof result === "boolean") {
        step.result = result;
      }
      return result;
    });
  }

  #arguments(name: string, given: readonly unknown[], lent: { buffer: unknown }): Json[] {
    const [first, ...others] = given;
    if (first instanceof Uint8Array && FILLING.includes(name)) {
      const mark: Json = name !== "lend" && lent.buffer === first ? { $lent: true } : { $room: first.length };
      if (name === "lend") lent.buffer = first;
      return [mark, ...this.#values(others)];
    }
    const part = PARTS[name];
    if (!(first instanceof Uint8Array) || part === undefined) return this.#values(given);
    // A packet endpoint's `send` has no receiver: its part stands where others have that.
    const [start, end] = name === "send" && typeof given[1] === "number" ? [1, 2] : part;
    const from = Number(given[start] ?? 0);
    const to = Number(given[end] ?? first.length);
    const kept = this.#values([first.subarray(from, to), ...others]);
    if (kept.length > start) kept[start] = 0;
    if (kept.length > end) kept[end] = to - from;
    return kept;
  }
}
