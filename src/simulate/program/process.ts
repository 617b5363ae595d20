/** The program's `process` and `os`: what they say of the machine, and how the program ends. */

import { createRequire, syncBuiltinESMExports } from "node:module";
import type { Writable } from "node:stream";
import { inspect } from "node:util";
import { takeCoverage } from "node:v8";
import { setImmediate } from "../../drivers/node/own-timers.ts";
import { type Beginning, CALL, type ProgramData } from "../channel/index.ts";
import type { KernelClient } from "./kernel-client.ts";

const require = createRequire(import.meta.url);

/** Octets of one message of output: much less than a mailbox holds. */
const PIECE = 1 << 18;

/** The number that a shell gives to the end by this signal: 128 and its number. */
const SIGNALLED = 128;

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
    const emit = process.emit as (name: string, signal: string, number: number) => boolean;
    if (name === "SIGKILL" || !emit.call(process, name, signal, number)) this.exit(SIGNALLED + number);
  }

  /** Octets of coverage are written to the file that Node would write them to at its end. */
  flush(): void {
    if (process.env["NODE_V8_COVERAGE"] !== undefined) takeCoverage();
  }

  /** The program ends: its listeners are called, and nothing of it runs any more. */
  exit(code: number): never {
    process.exitCode = code;
    Reflect.set(process, "_exiting", true);
    process.emit("exit", code);
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
    process.kill = (pid, signal = "SIGTERM"): true => {
      if (pid !== process.pid)
        throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH", syscall: "kill" });
      if (signal !== 0) setImmediate(() => this.signal(String(signal)));
      return true;
    };
    process.on("uncaughtException", (error: unknown) => {
      if (process.listenerCount("uncaughtException") > 1) return; // the program sees to it itself
      process.stderr.write(`Uncaught ${error instanceof Error ? (error.stack ?? error) : inspect(error)}\n`);
      this.exit(1);
    });
  }

  #replaceOutput(fd: 1 | 2, stream: Writable): void {
    const write = (octets: Uint8Array): void => {
      for (let at = 0; at < octets.length; at += PIECE) {
        this.#kernel.queue(CALL.log, 0, fd, 0, octets.subarray(at, at + PIECE));
      }
    };
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
