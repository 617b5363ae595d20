/**
 * The Linux kernel of this machine as the target of scripts: a helper in Python makes a network namespace with a TAP in
 * it, and the socket calls. Real time passes, and so a loaded machine may be late: give scripts a tolerance. Needs root.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { COLLECTION_DEFAULTS } from "../run/shell.ts";
import {
  type Emission,
  type Outcome,
  type PendingCall,
  type Target,
  TargetError,
  type TargetFactory,
  type TargetOptions,
  type Value,
} from "../run/target.ts";

/** Beside the sources, which are in the package. */
const HELPER = new URL("../../../../src/scripts/linux/helper.py", import.meta.url);

/** Microseconds that pass before the first event, so that the helper is ready for it. */
const HEAD_START = 20_000;
/** Milliseconds in which a call that waits has surely begun. */
const BEGUN = 1;
/** Milliseconds that a call that does not wait is given. */
const LONGEST_CALL = 1_000;

/** What the helper says. */
interface Message {
  readonly ready?: boolean;
  readonly broken?: string;
  readonly id?: number;
  readonly at?: number;
  readonly began?: number;
  readonly sent?: string;
  readonly result?: number;
  readonly errno?: string | null;
  readonly outputs?: Readonly<Record<number, Value>>;
  readonly info?: Readonly<Record<string, number>>;
}

/** Makes targets that are this machine's kernel. @throws TargetError that says what is missing, when one is made */
export function linuxTarget(): TargetFactory {
  return async (options) => {
    const target = new LinuxTarget(options);
    await target.ready();
    return target;
  };
}

class LinuxTarget implements Target {
  readonly name: string = "Linux";
  readonly #helper: ChildProcessWithoutNullStreams;
  readonly #answers: Map<number, (message: Message) => void> = new Map();
  readonly #begin: Promise<void>;
  #beginning: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined =
    undefined;
  #emissions: Emission[] = [];
  #start = 0;
  #ids = 0;
  /** What has gone wrong with the helper itself. */
  #broken: Error | undefined = undefined;
  #wake: () => void = () => undefined;

  constructor(options: TargetOptions) {
    this.#begin = new Promise((resolve, reject) => {
      this.#beginning = { resolve, reject };
    });
    this.#helper = spawn("python3", [fileURLToPath(HELPER)]);
    this.#helper.once("error", (error) => this.#break(new TargetError(error.message)));
    let complaint = "";
    this.#helper.stderr.on("data", (text: Buffer) => {
      complaint += text.toString();
    });
    this.#helper.once("close", () =>
      this.#break(new TargetError(`the helper has ended: ${complaint.trim()}`)),
    );
    createInterface({ input: this.#helper.stdout }).on("line", (line) =>
      this.#told(JSON.parse(line) as Message),
    );
    const { local, remote } = options.addresses;
    const sysctls = { ...COLLECTION_DEFAULTS, ...Object.fromEntries(options.sysctls) };
    this.#send({ local: dotted(local), remote: dotted(remote), mtu: options.mtu, sysctls });
  }

  async ready(): Promise<void> {
    await this.#begin;
    this.#start = monotonic() + HEAD_START;
  }

  now(): number {
    return this.#start === 0 ? 0 : Math.max(monotonic() - this.#start, 0);
  }

  async wait(until: number, done: () => boolean): Promise<void> {
    for (;;) {
      if (this.#broken !== undefined) throw this.#broken;
      const left = (until - this.now()) / 1000;
      if (done() || left <= 0) return;
      await this.#news(Math.min(left, 1_000));
    }
  }

  async inject(datagram: Uint8Array, at: number): Promise<number> {
    const { at: live = 0 } = await this.#ask({
      do: "inject",
      at: at + this.#start,
      datagram: Buffer.from(datagram).toString("hex"),
    });
    return live - this.#start;
  }

  async call(name: string, given: readonly Value[], at: number, waits: boolean): Promise<PendingCall> {
    let outcome: Outcome | undefined;
    const call = { began: at, outcome: (): Outcome | undefined => outcome };
    const answer = this.#ask({ do: "call", name, given: given.map(plain), at: at + this.#start }).then(
      (message) => {
        call.began = (message.began ?? 0) - this.#start;
        outcome = {
          result: message.result ?? 0,
          errno: message.errno ?? undefined,
          outputs: message.outputs ?? {},
          at: (message.at ?? 0) - this.#start,
        };
        this.#wake();
      },
    );
    answer.catch((error: Error) => this.#break(error));
    if (waits) await pause(Math.max((at - this.now()) / 1000, 0) + BEGUN);
    else await Promise.race([answer, pause(LONGEST_CALL, undefined, { ref: false })]);
    return call;
  }

  emissions(): readonly Emission[] {
    const taken = this.#emissions;
    this.#emissions = [];
    return taken;
  }

  async info(descriptor: number): Promise<Readonly<Record<string, number>>> {
    return (await this.#ask({ do: "info", fd: descriptor })).info ?? {};
  }

  async configure(sysctls: ReadonlyMap<string, string>): Promise<void> {
    await this.#ask({ do: "sysctls", sysctls: Object.fromEntries(sysctls) });
  }

  async close(): Promise<void> {
    this.#helper.removeAllListeners("close");
    const ended = new Promise((resolve) => this.#helper.once("close", resolve));
    this.#helper.kill("SIGKILL"); // calls may wait in it
    await ended;
  }

  #send(message: object): void {
    this.#helper.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #ask(command: object): Promise<Message> {
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) reject(this.#broken);
      this.#answers.set(id, (message) => {
        if (message.broken === undefined) resolve(message);
        else reject(new TargetError(message.broken));
      });
      this.#send({ ...command, id });
    });
  }

  #told(message: Message): void {
    if (message.sent !== undefined) {
      const datagram = Uint8Array.from(Buffer.from(message.sent, "hex"));
      this.#emissions.push({ at: (message.at ?? 0) - this.#start, datagram, reason: undefined });
      this.#wake();
    } else if (message.ready === true) this.#beginning?.resolve();
    else if (message.id !== undefined) this.#answers.get(message.id)?.(message);
    else if (message.broken !== undefined) this.#break(new TargetError(message.broken));
  }

  #break(error: Error): void {
    this.#broken ??= error;
    this.#beginning?.reject(this.#broken);
    for (const answer of this.#answers.values()) answer({ broken: this.#broken.message });
    this.#answers.clear();
    this.#wake();
  }

  /** Something is told, or so many milliseconds pass. */
  #news(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** CLOCK_MONOTONIC in microseconds, as the helper has it. */
function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** As JSON has it: what is left to the target is null. */
function plain(value: Value): unknown {
  return value === undefined ? null : value;
}
