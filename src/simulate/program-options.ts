/** What a host's program is started with, from what the world and the host were made with. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { DiskData } from "./channel/index.ts";
import type { HostOptions } from "./host-options.ts";
import type { ProgramOptions } from "./program.ts";

/** What of a world's options its programs are concerned with. */
export interface WorldOfPrograms {
  /** What the clocks of all hosts show at first; the first of January 2026 by default. */
  readonly date?: Date;
  /** Real milliseconds that a program may run without yielding; 60 000 by default, for machines that are busy. */
  readonly patience?: number;
  /** Frames are kept. */
  readonly capture?: boolean;
  /** Flags of Node for the programs' threads. */
  readonly execArgv?: readonly string[];
}

const DATE = new Date(Date.UTC(2026, 0, 1));

/** @param number - of the host, from 1 */
export function programOptions(
  name: string,
  number: number,
  options: HostOptions,
  world: WorldOfPrograms,
  disk: DiskData | undefined,
): Omit<ProgramOptions, "seed"> {
  const { program, args = [], env = {}, clock = {}, cwd = process.cwd() } = options;
  const attended = process.getBuiltinModule("node:inspector")?.url() !== undefined;
  return {
    ...(typeof program === "function" && { source: program.toString() }),
    program: fileOf(program, join(cwd, `${name}.js`)),
    args,
    env: { ...definedOf(process.env), ...env },
    cwd,
    host: name,
    disk,
    pid: 1000 + number,
    tellsKeys: world.capture ?? false,
    epoch: (world.date ?? DATE).getTime() + (clock.offset ?? 0),
    drift: clock.drift ?? 0,
    patience: attended ? Number.POSITIVE_INFINITY : (world.patience ?? 60_000), // whoever debugs may take their time
    execArgv: world.execArgv ?? [],
    attended,
  };
}

/** @param inline - what a function takes for its file */
function fileOf(program: HostOptions["program"], inline: string): string {
  if (typeof program === "function") return inline;
  return program instanceof URL || program.startsWith("file:") ? fileURLToPath(program) : resolve(program);
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
