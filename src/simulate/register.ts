/**
 * `node --import tapstack/simulate/register program.js`: the program runs in virtual time, on a host of its own.
 *
 * - `TAPSTACK_SCENARIO`: a module whose default export, or whose export `scenario`, is given the world and the
 *   program's host before anything runs: it adds hosts, links and faults. Without it the program is alone.
 * - `TAPSTACK_SEED`: where all chance comes from; 1 by default.
 * - `TAPSTACK_HOSTNAME`: what the host is called; `program` by default.
 *
 * It ends as the program ends; or, when nothing is left that could happen, with a line that says who waits for what.
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { SimulationError } from "./errors.ts";
import type { Host } from "./host.ts";
import { lineText } from "./host-log.ts";
import { World } from "./world.ts";

/** What a module named by `TAPSTACK_SCENARIO` exports: by default, or as `scenario`. */
export type Surroundings = (world: World, program: Host) => unknown;

/** Whether the program of this process is simulated: false where there is none, and in the threads of a simulation. */
export const simulated: boolean = isMainThread && process.argv[1] !== undefined;

if (simulated) process.exit(await runProgram(process.argv[1] as string, process.argv.slice(2)));

async function runProgram(program: string, args: readonly string[]): Promise<number> {
  const { TAPSTACK_SCENARIO: scenario, TAPSTACK_SEED: seed = "1" } = process.env;
  const name = process.env["TAPSTACK_HOSTNAME"] ?? "program";
  const world = new World({
    seed: Number(seed),
    onLine: (line) => {
      const own = line.host === name;
      if (own && line.stream === "stdout") process.stdout.write(`${line.text}\n`);
      else if (own && line.stream === "stderr") process.stderr.write(`${line.text}\n`);
      else if (!own) process.stderr.write(`${lineText(line)}\n`);
    },
  });
  const host = world.host(name, { program, args });
  try {
    if (scenario !== undefined) await (await surroundings(scenario))(world, host);
    await world.until(() => !host.running);
    return host.exitCode ?? 1;
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    process.stderr.write(`tapstack: ${error.message}\n`);
    return 1;
  } finally {
    await world.close();
  }
}

async function surroundings(path: string): Promise<Surroundings> {
  const module = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  const found = module["default"] ?? module["scenario"];
  if (typeof found === "function") return found as Surroundings;
  throw new SimulationError(`${path} exports no scenario: a function, by default or as "scenario"`);
}
