/** `tapstack script`: packet scripts against our stack, or against the kernel of this machine. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  linuxTarget,
  PROFILES,
  type ProfileName,
  runPacketScript,
  ScriptFailure,
  ScriptSyntaxError,
  TargetError,
} from "../scripts/index.ts";
import { parseArguments, readInteger } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

const HELP = `Usage: tapstack script FILE... [options]

Runs packet scripts: what a peer sends, what the stack answers, what the application calls, and when, in packetdrill's
language (docs/packet-scripts.md). Of a folder, all its .pkt files are run. The time of scripts is virtual.

  --profile NAME     constants of the stack: linux (default), or default: the stack's own
  --linux            run them against the kernel of this machine, in a namespace with a TAP (root, python3, ip)
  --lenient          take what systems differ in as it comes: order of options, PSH, further ACKs
  --open-end         what is sent after the last event is no failure
  --tolerance MS     milliseconds by which times may differ at least (default 4, or as a script says)
  --seed N           seed of everything random (default 1)
  --quiet            only failures, and the count
  --help             this text
`;

const OPTIONS = {
  profile: { type: "string" },
  linux: { type: "boolean" },
  lenient: { type: "boolean" },
  "open-end": { type: "boolean" },
  tolerance: { type: "string" },
  seed: { type: "string" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
} as const;

/** What the command line has asked for. */
export interface ScriptCommand {
  readonly files: readonly string[];
  readonly profile: ProfileName;
  /** Against the kernel of this machine. */
  readonly linux: boolean;
  readonly lenient: boolean;
  readonly openEnd: boolean;
  /** Microseconds; undefined: the default. */
  readonly tolerance: number | undefined;
  readonly seed: number;
  readonly quiet: boolean;
}

/** Exit status 0 if all scripts came true, else 1. */
export async function script(args: readonly string[]): Promise<number> {
  const command = readScriptOptions(args);
  if (command === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    return await runAll(command);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    process.stderr.write(`tapstack: ${error.message}\n`);
    return 1;
  }
}

async function runAll(command: ScriptCommand): Promise<number> {
  let failed = 0;
  for (const file of command.files) {
    const failure = await failureOf(file, command);
    if (failure !== undefined) {
      failed++;
      process.stdout.write(`not ok  ${failure}\n`);
    } else if (!command.quiet) process.stdout.write(`ok      ${file}\n`);
    await setImmediate(); // a reader that has gone away, or a signal, ends it here
  }
  const { length } = command.files;
  process.stdout.write(`${length - failed} of ${length} scripts came true\n`);
  return failed === 0 ? 0 : 1;
}

async function failureOf(file: string, command: ScriptCommand): Promise<string | undefined> {
  try {
    const target = command.linux ? linuxTarget() : undefined;
    const { profile, lenient, openEnd, tolerance, seed } = command;
    const options = { name: file, profile, lenient, openEnd, tolerance, seed, target };
    await runPacketScript(readFileSync(file, "utf8"), options);
    return undefined;
  } catch (error) {
    if (error instanceof ScriptFailure) return error.message;
    if (error instanceof ScriptSyntaxError) return `${file}:${error.message}`;
    throw error;
  }
}

/** Reads the arguments; "help" if that is what they ask for. Throws a {@link UsageError}. */
export function readScriptOptions(args: readonly string[]): ScriptCommand | "help" {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help === true) return "help";
  if (positionals.length === 0) throw new UsageError("script wants files, or folders of them");
  const { profile = "linux" } = values;
  if (!isProfile(profile))
    throw new UsageError(`--profile ${profile}: expected ${Object.keys(PROFILES).join(" or ")}`);
  return {
    files: positionals.flatMap(filesOf),
    profile,
    linux: values.linux ?? false,
    lenient: values.lenient ?? false,
    openEnd: values["open-end"] ?? false,
    tolerance:
      values.tolerance === undefined
        ? undefined
        : 1000 * readInteger("tolerance", values.tolerance, 0, 60_000),
    seed: readInteger("seed", values.seed ?? "1", 0, 2 ** 32 - 1),
    quiet: values.quiet ?? false,
  };
}

function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}

/** Of a folder, its scripts and those of folders in it, in order. */
function filesOf(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`there is no file ${path}`);
  if (!found.isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".pkt")).sort();
  if (files.length === 0) throw new UsageError(`${path} has no .pkt files`);
  return files.map((name) => join(path, name));
}
