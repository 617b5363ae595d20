/**
 * What a simulated program cannot have fails with an error that names the call and the host, rather than
 * reach past the simulation to the real machine.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";

const require = createRequire(import.meta.url);

/** Calls that would start another process, or another thread with a clock of its own, or wait for the machine. */
const REFUSED: readonly (readonly [module: string, names: readonly string[], why: string])[] = [
  [
    "child_process",
    ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"],
    "another process would run in real time",
  ],
  ["worker_threads", ["Worker"], "another thread would run in real time"],
  ["fs", ["watch", "watchFile"], "the machine would tell of its files in real time"],
  ["fs/promises", ["watch"], "the machine would tell of its files in real time"],
  ["inspector", ["open"], "it would open a port of the machine"],
];

/** Methods of `process` that a thread cannot have. */
const PROCESS: readonly string[] = ["chdir", "setgid", "setuid", "setegid", "seteuid", "umask", "execve"];

/** A call that a simulated program cannot have. */
export class NotSimulatedError extends Error {
  override readonly name: string = "NotSimulatedError";
  readonly code: string = "ERR_NOT_SIMULATED";

  constructor(host: string, call: string, why: string) {
    super(`host ${host}: ${call} is not there in a simulation: ${why}`);
  }
}

/** Channels of a host are not heard on others, which are other machines: each has names of its own. */
function keepChannelsWithin(host: string): void {
  const threads = require("node:worker_threads") as { BroadcastChannel: typeof BroadcastChannel };
  const prefix = `${host} `;
  class HostChannel extends threads.BroadcastChannel {
    constructor(name: string) {
      super(`${prefix}${name}`);
      Object.defineProperty(this, "name", { value: `${name}` });
    }
  }
  Object.defineProperty(HostChannel, "name", { value: "BroadcastChannel" });
  threads.BroadcastChannel = HostChannel;
  globalThis.BroadcastChannel = HostChannel;
}

/** Refuses what would leave the simulation. */
export function refuse(host: string): void {
  for (const [module, names, why] of REFUSED) {
    const members = require(module) as Record<string, unknown>;
    for (const name of names) {
      members[name] = function refused(): never {
        throw new NotSimulatedError(host, `${module}.${name}`, why);
      };
    }
  }
  keepChannelsWithin(host);
  for (const name of PROCESS) {
    const original = Reflect.get(process, name) as (() => unknown) | undefined;
    if (original === undefined) continue;
    Reflect.set(process, name, function refused(...given: unknown[]): unknown {
      if (name === "umask" && given.length === 0) return original.call(process);
      throw new NotSimulatedError(host, `process.${name}`, "it would change the process that simulates");
    });
  }
  // To the program, this thread is a process of its own.
  Object.assign(require("node:worker_threads") as object, {
    isMainThread: true,
    parentPort: null,
    workerData: null,
    threadId: 0,
  });
  syncBuiltinESMExports();
}
