/**
 * Runs a script against a target, event by event. Each is due some time after the one before, or after the beginning;
 * what the target sends has to be what the script says, in its order and at its time, and nothing else.
 */
import { checkAssertions } from "../language/code.ts";
import { own } from "../language/own.ts";
import type { Place } from "../language/place.ts";
import type {
  CallAction,
  CodeAction,
  PacketAction,
  Script,
  ScriptEvent,
  ShellAction,
} from "../language/syntax.ts";
import { addressOf, agrees, evaluate, formatValue } from "./call-values.ts";
import { constantOf } from "./constants.ts";
import { ScriptFailure } from "./failure.ts";
import { Packets } from "./packets.ts";
import { settingsOf } from "./shell.ts";
import {
  type Addresses,
  type Outcome,
  type PendingCall,
  type Target,
  type TargetFactory,
  UnknownCallError,
  type Value,
} from "./target.ts";

/** How a script is run. */
export interface RunOptions {
  /** How reports call it. */
  readonly name: string;
  /** Takes what systems differ in as it comes: see docs/packet-scripts.md. Off by default. */
  readonly lenient?: boolean | undefined;
  /** Takes what is sent after the last event for nothing, as packetdrill does. Off by default: it is a failure. */
  readonly openEnd?: boolean | undefined;
  /** Microseconds by which times may differ at least; 4,000 by default, or as the script says. */
  readonly tolerance?: number | undefined;
}

/** Where the target is, and who talks to it, unless the script says otherwise: 192.168.0.1 and 192.0.2.1. */
const LOCAL = 0xc0a8_0001;
const REMOTE = 0xc000_0201;
const DEFAULT_TOLERANCE = 4_000;
/** The port that `bind` and `connect` mean by `...`. */
const DEFAULT_PORT = 8080;
/** How long a packet, or the end of a call, is waited for in vain. */
const PATIENCE = 2_000_000;

/** Calls whose address may be left to us, by the place of the argument; who they mean. */
const ADDRESSES: Readonly<Record<string, readonly [place: number, who: "local" | "remote"]>> = {
  bind: [1, "local"],
  connect: [1, "remote"],
  sendto: [4, "remote"],
};

/** Calls whose result is a descriptor: the number in the script is its name from then on. */
const OPENING: ReadonlySet<string> = new Set(["socket", "accept", "accept4", "dup"]);
/** Open nowhere. */
const NO_DESCRIPTOR = 0x7fff;

/** A call that has not returned when other events go on. */
interface Blocked {
  readonly event: ScriptEvent;
  readonly action: CallAction;
  readonly call: PendingCall;
  /** Of `When.base`; when it has to return is counted from here. */
  readonly base: number;
  /** How late events had been before it, in sum. */
  readonly lateness: number;
}

/** Runs `script`. @throws ScriptFailure where it does not come true, ScriptSyntaxError for what is not understood */
export async function runScript(script: Script, make: TargetFactory, options: RunOptions): Promise<void> {
  const sysctls = new Map(script.before === undefined ? [] : settingsOf(script.before));
  const word = (name: string): string | undefined => script.options.get(name);
  const addresses: Addresses = {
    local: addressOf(word("local_ip") ?? "") ?? LOCAL,
    remote: addressOf(word("remote_ip") ?? "") ?? REMOTE,
  };
  const target = await make({ addresses, mtu: Number(word("mtu") ?? 1500), sysctls });
  try {
    await new Run(script, target, addresses, options).all();
  } finally {
    await target.close();
  }
}

class Run {
  readonly #script: Script;
  readonly #target: Target;
  readonly #addresses: Addresses;
  readonly #options: RunOptions;
  readonly #packets: Packets;
  readonly #start: number;
  readonly #tolerance: number;
  readonly #portion: number;
  readonly #blocked: Blocked[] = [];
  /** When the last event was. */
  #at: number;
  /** How late events have been, in sum: calls that wait for what they bring return as late. */
  #lateness = 0;
  /** Live descriptors by the script's. */
  readonly #descriptors: Map<number, number> = new Map();
  /** What assertions have given names to. */
  readonly #variables: Map<string, number> = new Map();
  /** The live descriptor that assertions are about. */
  #descriptor = -1;

  constructor(script: Script, target: Target, addresses: Addresses, options: RunOptions) {
    this.#script = script;
    this.#target = target;
    this.#addresses = addresses;
    this.#options = options;
    this.#start = target.now();
    this.#at = this.#start;
    const number = (name: string): number | undefined => {
      const value = script.options.get(name);
      return value === undefined ? undefined : Number(value);
    };
    this.#tolerance = Math.max(options.tolerance ?? 0, number("tolerance_usecs") ?? DEFAULT_TOLERANCE);
    this.#portion = (number("tolerance_percent") ?? 12.5) / 100;
    const ticks = number("tcp_ts_tick_usecs") ?? 0;
    this.#packets = new Packets({
      addresses,
      start: this.#start,
      lenient: options.lenient ?? false,
      ticks,
      tolerance: this.#tolerance,
      port: DEFAULT_PORT,
    });
  }

  async all(): Promise<void> {
    for (const event of this.#script.events) await this.#event(event);
    await this.#endOfBlocked();
    if (this.#options.openEnd !== true) await this.#nothingLeft();
  }

  async #event(event: ScriptEvent): Promise<void> {
    const { action, when } = event;
    const base = when.base === "start" ? this.#start : this.#at;
    if (action.kind === "packet" && !action.inbound) {
      await this.#expect(event, action, base + when.from, base + when.to);
      return;
    }
    const due = Math.max(base + when.from, this.#at);
    await this.#until(due);
    await this.#look();
    this.#at = due;
    if (action.kind === "packet") await this.#inject(event, action, due);
    else if (action.kind === "call") await this.#call(event, action, base, due);
    else if (action.kind === "code") await this.#assert(event, action);
    else await this.#configure(event, action);
    await this.#look();
  }

  /** An event was at `live`, and not before its time; where time is real, perhaps later. */
  #happened(live: number, due: number): void {
    this.#at = Math.max(live, due);
    this.#lateness += this.#at - due;
  }

  // ── packets ──

  async #inject(event: ScriptEvent, action: PacketAction, due: number): Promise<void> {
    this.#packets.at(due);
    const datagram = this.#packets.inbound(action);
    if (typeof datagram === "string") this.#fail(event, datagram);
    this.#happened(await this.#target.inject(datagram, due), due);
  }

  /** The next packet is this one, and comes at its time. */
  async #expect(event: ScriptEvent, action: PacketAction, from: number, to: number): Promise<void> {
    const tolerance = Math.max(this.#tolerance, (from - this.#at) * this.#portion);
    const last = to === Number.POSITIVE_INFINITY ? from + 5 * PATIENCE : to + tolerance + PATIENCE;
    const packets = this.#packets;
    await this.#target.wait(last, () => {
      packets.take(this.#target.emissions());
      return packets.isReady(action);
    });
    packets.take(this.#target.emissions());
    const seen = packets.expect(action);
    if (seen === undefined) this.#fail(event, `nothing was sent until ${seconds(last - this.#start)}`);
    if (seen.problem !== undefined) this.#fail(event, seen.problem, seen);
    const early = from - seen.at;
    const late = seen.at - to;
    if (early > tolerance || late > tolerance) {
      const [by, word] = early > tolerance ? [early, "before"] : [late, "after"];
      this.#fail(
        event,
        `it was sent ${by / 1000} ms ${word} its time, which was ${seconds(from - this.#start)}`,
        seen,
      );
    }
    this.#at = Math.max(seen.at, this.#at);
    await this.#look();
  }

  async #nothingLeft(): Promise<void> {
    const end = this.#at;
    await this.#until(end);
    this.#packets.take(this.#target.emissions());
    const last = this.#script.events.at(-1);
    const seen = this.#packets.leftOver(end + this.#tolerance);
    if (seen !== undefined && last !== undefined)
      this.#fail(last, "after the last event something was sent", seen);
  }

  // ── calls ──

  async #call(event: ScriptEvent, action: CallAction, base: number, due: number): Promise<void> {
    const given = this.#arguments(action);
    this.#packets.called(action.name, given);
    const call = await this.#begin(event, action, given, due);
    if (action.end !== undefined) {
      this.#blocked.push({ event, action, call, base, lateness: this.#lateness });
      return;
    }
    if (call.outcome() === undefined)
      await this.#target.wait(due + this.#tolerance, () => call.outcome() !== undefined);
    this.#happened(call.began, due);
    const outcome = call.outcome();
    if (outcome === undefined)
      this.#fail(event, `${action.name} waits, and the script does not say until when`);
    this.#compare(event, action, outcome);
  }

  async #begin(
    event: ScriptEvent,
    { name, end }: CallAction,
    given: readonly Value[],
    due: number,
  ): Promise<PendingCall> {
    try {
      return await this.#target.call(name, given, due, end !== undefined);
    } catch (error) {
      if (!(error instanceof UnknownCallError)) throw error;
      return this.#fail(event, error.message);
    }
  }

  #arguments(action: CallAction): readonly Value[] {
    const given = action.arguments.map(evaluate);
    const [place, who] = own(ADDRESSES, action.name) ?? [-1, "local"];
    if (place >= 0 && place < given.length && given[place] === undefined) {
      given[place] = { sa_family: 2, sin_port: DEFAULT_PORT, sin_addr: this.#addresses[who] };
    }
    if (action.name === "poll") given[0] = this.#polled(given[0]);
    else if (action.name !== "socket") given[0] = this.#live(given[0]);
    return given;
  }

  #polled(list: Value): Value {
    if (!Array.isArray(list)) return list;
    return list.map((one: Readonly<Record<string, Value>>) => ({ ...one, fd: this.#live(one["fd"]) }));
  }

  /** The live descriptor; of one that there is not, one that there is not either. */
  #live(script: Value): Value {
    return typeof script === "number" ? (this.#descriptors.get(script) ?? NO_DESCRIPTOR) : script;
  }

  #compare(event: ScriptEvent, action: CallAction, outcome: Outcome): void {
    const wanted = evaluate(action.result);
    const shown = (result: Value, code: string | undefined): string =>
      `${action.name}(…) = ${formatValue(result)}${code === undefined ? "" : ` ${code}`}`;
    const parts = { expected: shown(wanted, action.errno), seen: shown(outcome.result, outcome.errno) };
    const opens =
      OPENING.has(action.name) && typeof wanted === "number" && wanted >= 0 && outcome.result >= 0;
    if (opens) this.#opened(wanted, outcome.result);
    const isSame = opens || wanted === undefined || wanted === outcome.result;
    if (!isSame || (wanted !== undefined && action.errno !== outcome.errno))
      this.#fail(
        event,
        `${action.name} returned ${shown(outcome.result, outcome.errno).split("= ")[1]}`,
        parts,
      );
    for (const [index, seen] of Object.entries(outcome.outputs)) {
      const argument = action.arguments[Number(index)];
      if (argument === undefined || agrees(evaluate(argument), seen)) continue;
      const expected = formatValue(evaluate(argument));
      this.#fail(event, `${action.name} gave ${formatValue(seen)}`, { expected, seen: formatValue(seen) });
    }
  }

  /** Assertions are about the socket that was made last. */
  #opened(wanted: Value, live: number): void {
    if (typeof wanted === "number") this.#descriptors.set(wanted, live);
    this.#descriptor = live;
  }

  /** Calls that have returned by now, or should have. */
  async #look(): Promise<void> {
    for (const one of [...this.#blocked]) {
      const outcome = one.call.outcome();
      if (outcome !== undefined) this.#returned(one, outcome);
    }
  }

  #returned(one: Blocked, outcome: Outcome): void {
    this.#blocked.splice(this.#blocked.indexOf(one), 1);
    const due = one.base + (one.action.end ?? 0) + this.#lateness - one.lateness;
    const tolerance = Math.max(this.#tolerance, (due - one.base) * this.#portion);
    this.#compare(one.event, one.action, outcome);
    const off = outcome.at - due;
    if (Math.abs(off) <= tolerance) return;
    const word = off < 0 ? "before" : "after";
    this.#fail(one.event, `${one.action.name} returned ${Math.abs(off) / 1000} ms ${word} its time`);
  }

  async #endOfBlocked(): Promise<void> {
    for (const one of [...this.#blocked]) {
      const due = one.base + (one.action.end ?? 0);
      const last = Math.max(due, this.#at) + this.#tolerance + PATIENCE;
      await this.#target.wait(last, () => one.call.outcome() !== undefined);
      const outcome = one.call.outcome();
      if (outcome === undefined) this.#fail(one.event, `${one.action.name} has not returned`);
      this.#returned(one, outcome);
    }
  }

  // ── the rest ──

  async #assert(event: ScriptEvent, action: CodeAction): Promise<void> {
    const info = await this.#target.info(this.#descriptor);
    const value = (name: string): number | undefined => own(info, name) ?? constantOf(name);
    const names = { value, variables: this.#variables };
    const broken = checkAssertions(action.code, action.place, names);
    if (broken === undefined) return;
    const seen = Object.entries(broken.values).map(([name, value]) => `${name} = ${value}`);
    const place = { line: broken.line, column: 1 };
    this.#fail(
      event,
      "an assertion does not hold",
      { expected: broken.assertion, seen: seen.join(", ") },
      place,
    );
  }

  async #configure(event: ScriptEvent, action: ShellAction): Promise<void> {
    const settings = settingsOf(action);
    try {
      await this.#target.configure(settings);
    } catch (error) {
      this.#fail(event, (error as Error).message);
    }
  }

  async #until(at: number): Promise<void> {
    await this.#target.wait(at, () => false);
    this.#packets.take(this.#target.emissions());
  }

  #fail(
    event: ScriptEvent,
    problem: string,
    seen: { readonly expected?: string; readonly seen?: string; readonly reason?: string | undefined } = {},
    place: Place = event.place,
  ): never {
    throw new ScriptFailure({
      script: this.#options.name,
      place,
      event: event.text,
      problem,
      expected: seen.expected,
      seen: seen.seen,
      reason: seen.reason,
      lateness: this.#lateness,
      trace: this.#packets.trace(),
    });
  }
}

function seconds(at: number): string {
  return `${(at / 1_000_000).toFixed(6)} s`;
}
