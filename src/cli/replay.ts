/** `tapstack replay`: a recorded run once more, in virtual time: the same frames, and why. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Capture, TextTrace } from "../drivers/observe/index.ts";
import { EventRing } from "../events/index.ts";
import { type Replayed, type Run, readRun, replay, toTest } from "../record/index.ts";
import type { Clock, Instant, Link, Tracer } from "../stack/index.ts";
import { writeCapture } from "./capture-file.ts";
import { UsageError } from "./options.ts";
import { Output } from "./output.ts";

const HELP = `Usage: tapstack replay RUN [options]

Plays a run again that 'tapstack serve --record RUN' has kept: the same frames come at the same times, and the stack must
send the same, octet for octet. No time passes, no device is opened. The exit status is 1 where something differs.

  --trace              every frame and every decision, with its reason, as lines
  --verbose            … and timers, windows and calls
  --pcap FILE          capture it, for Wireshark, with reasons
  --steps N            only the first N lines of the run
  --to-test FILE       write a mocha test that holds what the run has sent
  --title TEXT         what that test is called
  --help               this text

To look at it in a debugger: node --inspect-brk $(which tapstack) replay RUN
`;

interface Given {
  readonly trace: boolean;
  readonly verbose: boolean;
  readonly pcap?: string;
  readonly steps?: string;
  readonly "to-test"?: string;
  readonly title?: string;
  readonly help: boolean;
}

/** Runs the subcommand; its exit status. */
export async function replayRun(args: readonly string[]): Promise<number> {
  const { given, path } = readArguments(args);
  if (given.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (path === undefined) throw new UsageError("replay needs the file of a run");
  const run = readFile(path);
  if (given["to-test"] !== undefined) return writeTest(run, path, given["to-test"], given.title);
  const output = new Output(process.stdout, Number.POSITIVE_INFINITY);
  const replayed = await play(run, given, output);
  output.line(summary(replayed));
  await output.close();
  return replayed.divergence === undefined ? 0 : 1;
}

/** Plays it, with whoever is to look on. */
async function play(run: Run, given: Given, output: Output): Promise<Replayed> {
  const steps = given.steps === undefined ? undefined : readSteps(given.steps);
  let now: () => Instant = () => 0 as Instant;
  const clock: Clock = { now: () => now() };
  const traced = given.trace || given.verbose;
  const trace = traced
    ? new TextTrace({ line: (text) => output.line(text), clock, verbose: given.verbose })
    : undefined;
  const pieces: Uint8Array[] = [];
  const capture =
    given.pcap === undefined
      ? undefined
      : new Capture({ clock, events: new EventRing(), write: (bytes) => pieces.push(bytes) });
  const tracer: Tracer | undefined = capture?.tracer(trace) ?? trace;
  const replayed = replay(run, {
    steps,
    tracer,
    watch: (name: string, link: Link) => capture?.watch(name, link) ?? link,
    clock: (of) => {
      now = () => of.now();
    },
  });
  capture?.finish();
  if (given.pcap !== undefined) await writeCapture(given.pcap, new Uint8Array(Buffer.concat(pieces)));
  return replayed;
}

function summary({ divergence, framesSent, framesReceived, steps, time }: Replayed): string {
  const whole = `${steps} steps, ${framesReceived} frames received, ${framesSent} sent`;
  if (divergence === undefined) return `${whole}: octet for octet as recorded`;
  const { line, expected, seen } = divergence;
  return `${whole}: line ${line} differs at ${(time / 1e6).toFixed(6)} s: recorded ${expected}, now ${seen}`;
}

function writeTest(run: Run, path: string, to: string, title: string | undefined): number {
  try {
    writeFileSync(to, toTest(run, { title: title ?? `sends what it sent in ${path}` }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw new UsageError(`--to-test ${to}: ${(error as Error).message}`);
    process.stderr.write(`tapstack: ${error.message}\n`);
    return 1;
  }
  return 0;
}

function readFile(path: string): Run {
  try {
    return readRun(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

function readSteps(text: string): number {
  if (/^[0-9]{1,10}$/.test(text)) return Number(text);
  throw new UsageError(`--steps ${text}: expected a number`);
}

function readArguments(args: readonly string[]): {
  readonly given: Given;
  readonly path: string | undefined;
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        trace: { type: "boolean", default: false },
        verbose: { type: "boolean", short: "v", default: false },
        pcap: { type: "string" },
        steps: { type: "string" },
        "to-test": { type: "string" },
        title: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (positionals.length > 1) throw new Error(`one run at a time, not ${positionals.length}`);
    return { given: values as Given, path: positionals[0] };
  } catch (error) {
    throw new UsageError((error as Error).message.split(/[.\n]/)[0] ?? "");
  }
}
