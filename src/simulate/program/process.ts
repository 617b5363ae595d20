/** The program's `process` and `os`: what they say of the machine, and how the program ends. */

import { createRequire, syncBuiltinESMExports } from "node:module";
import { constants } from "node:os";
import type { Writable } from "node:stream";
import { inspect } from "node:util";
import { takeCoverage } from "node:v8";
import { setImmediate } from "../../drivers/node/own-timers.ts";
import { type Beginning, CALL, type ProgramData } from "../channel/index.ts";
import { fatal, nodesUncaught, replaceUncaught } from "./inside.ts";
import type { KernelClient } from "./kernel-client.ts";

const require = createRequire(import.meta.url);

/** The number that a shell gives to the end by this signal: 128 and its number. */
const SIGNALLED = 128;

/** Signals that end no program. */
const IGNORED: ReadonlySet<string> = new Set(["SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"]);

/** Exit status of a program of which a listener for uncaught exceptions has thrown, as Node has it. */
const THREW_AGAIN = 7;

/** What `process` shows and does in a program. */
export class SimulatedProcess {
  readonly #kernel: KernelClient;
  /** Hands over for good. */
  readonly #leave: () => never;

  constructor(data: ProgramData, kernel: KernelClient, leave: () => never) {
    this.#kernel = kernel;
    this.#leave = leave;
    process.argv = [process.argv[0] as string, data.program, ...data.args];
    process.execArgv = [];
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, data.env);
    process.cwd = (): string => data.cwd;
    for (const [name, value] of [
      ["pid", data.pid],
      ["ppid", 1],
    ] as const) {
      // By a getter: where Node has one of its own, a value would not replace it.
      Object.defineProperty(process, name, { get: () => value, configurable: true, enumerable: true });
    }
    this.#replaceOutput(1, process.stdout);
    this.#replaceOutput(2, process.stderr);
    this.#replaceExit();
  }

  /** What the host is called, and what interfaces it has. */
  begin({ hostname, interfaces }: Beginning): void {
    const os = require("node:os") as Record<string, unknown>;
    os["hostname"] = (): string => hostname;
    os["uptime"] = (): number => process.uptime();
    os["networkInterfaces"] = (): object => networkInterfaces(interfaces);
    syncBuiltinESMExports();
  }

  /** A signal that somebody has sent: the program's listeners, or what the signal does without them. */
  signal(name: string): void {
    const signal = name as NodeJS.Signals;
    const { signals } = (require("node:os") as typeof import("node:os")).constants;
    const number = signals[signal] ?? 0;
    if (process.listenerCount(name) === 0 && IGNORED.has(name)) return;
    if (name === "SIGKILL" || process.listenerCount(name) === 0) this.#gone(SIGNALLED + number);
    const emit = process.emit as (name: string, signal: string, number: number) => boolean;
    try {
      emit.call(process, name, signal, number);
    } catch (error) {
      fatal(error);
    }
  }

  /** Octets of coverage are written to the file that Node would write them to at its end. */
  flush(): void {
    if (process.env["NODE_V8_COVERAGE"] !== undefined) takeCoverage();
  }

  /** The program ends: its listeners are called, and nothing of it runs any more. */
  exit(code: number): never {
    process.exitCode = code;
    if (Reflect.get(process, "_exiting") !== true) {
      Reflect.set(process, "_exiting", true);
      process.emit("exit", code);
    }
    return this.#gone(Number(process.exitCode ?? code));
  }

  #gone(code: number): never {
    this.flush();
    this.#kernel.queue(CALL.exit, 0, code);
    return this.#leave();
  }

  #replaceExit(): void {
    process.exit = (code): never => this.exit(Number(code ?? process.exitCode ?? 0));
    Reflect.set(process, "reallyExit", (code: number): never => this.#gone(code));
    process.abort = (): never => this.#gone(SIGNALLED + 6);
    process.kill = (pid, signal = "SIGTERM"): true => this.#kill(pid, signal);
    const uncaught = nodesUncaught();
    replaceUncaught((error, fromPromise) => {
      try {
        if (uncaught(error, fromPromise)) return true;
      } catch (thrown) {
        this.#report(thrown);
        return this.#gone(THREW_AGAIN);
      }
      this.#report(error);
      return this.#gone(Number(process.exitCode) || 1); // those who listen for the exit have heard of it
    });
  }

  #report(error: unknown): void {
    process.stderr.write(`Uncaught ${error instanceof Error ? (error.stack ?? error) : inspect(error)}\n`);
  }

  /** To itself, or its group, in which nobody else is. */
  #kill(pid: number, signal: string | number): true {
    const number = Number(pid);
    // biome-ignore lint/suspicious/noDoubleEquals: as Node: a number or its text
    if (pid != (number | 0))
      throw wrongArgument("ERR_INVALID_ARG_TYPE", `The "pid" argument must be of type number.`);
    const name = signal === 0 ? undefined : nameOfSignal(signal);
    if (number !== 0 && Math.abs(number) !== process.pid) {
      throw Object.assign(new Error("kill ESRCH"), {
        code: "ESRCH",
        syscall: "kill",
        errno: -constants.errno.ESRCH,
      });
    }
    if (name !== undefined) setImmediate(() => this.signal(name));
    return true;
  }

  #replaceOutput(fd: 1 | 2, stream: Writable): void {
    const write = (octets: Uint8Array): void => this.#kernel.log(fd, octets);
    Object.assign(stream, {
      fd,
      _writev: null,
      _write: (chunk: Uint8Array | string, encoding: BufferEncoding, done: () => void): void => {
        write(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
        done();
      },
    });
  }
}

/** @throws TypeError for what is no signal, as Node's */
function nameOfSignal(signal: string | number): string {
  for (const [name, number] of Object.entries(constants.signals))
    if (signal === name || signal === number) return name;
  if (typeof signal === "string") throw wrongArgument("ERR_UNKNOWN_SIGNAL", `Unknown signal: ${signal}`);
  throw Object.assign(new Error("kill EINVAL"), {
    code: "EINVAL",
    syscall: "kill",
    errno: -constants.errno.EINVAL,
  });
}

function wrongArgument(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}

/** Without those of IPv6, for which a simulated program has no sockets. */
function networkInterfaces(interfaces: Beginning["interfaces"]): Record<string, object[]> {
  const described = (name: string, mac: string, address: string, prefixLength: number): object => ({
    address,
    netmask: netmask(prefixLength),
    family: "IPv4",
    mac,
    internal: name === "lo",
    cidr: `${address}/${prefixLength}`,
  });
  return Object.fromEntries(
    interfaces.map(({ name, mac, addresses }) => [
      name,
      addresses
        .filter(({ address }) => !address.includes(":"))
        .map(({ address, prefixLength }) => described(name, mac, address, prefixLength)),
    ]),
  );
}

function netmask(prefixLength: number): string {
  const mask = prefixLength === 0 ? 0 : -1 << (32 - prefixLength);
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join(".");
}
