/** `tapstack replay`: a recorded run once more, in virtual time: the same frames, and why. */
import { readFileSync, writeFileSync } from "node:fs";
import {
  Capture,
  linkedPacket,
  packetsOf,
  READ_LINKS,
  type ReadCapture,
  readCapture,
  TextTrace,
} from "../drivers/observe/index.ts";
import { EventRing } from "../events/index.ts";
import {
  compareCapture,
  type Replayed,
  type Run,
  readRun,
  replay,
  reportOf,
  toTest,
} from "../record/index.ts";
import type { Clock, Instant, Link, Tracer } from "../stack/index.ts";
import { writeCapture } from "./capture-file.ts";
import { type Parsed, parseArguments } from "./parse-arguments.ts";
import { Output } from "./standard-output.ts";
import { UsageError } from "./usage-error.ts";

const HELP = `Usage: tapstack replay RUN [options]
       tapstack replay CAPTURE --as server|client

Plays a run again that 'tapstack serve --record RUN' has kept: the same frames come at the same times, and the stack must
send the same, octet for octet. No time passes, no device is opened. The exit status is 1 where something differs.

  --trace              every frame and every decision, with its reason, as lines
  --verbose            … and timers, windows and calls
  --pcap FILE          capture it, for Wireshark, with reasons
  --steps N            only the first N lines of the run
  --to-test FILE       write a mocha test that holds what the run has sent
  --title TEXT         what that test is called
  --help               this text

Of a capture of anybody's (pcap or pcapng), each TCP conversation is played with this stack in the place of one end: the
other end's segments come as they came then, and what this stack sends is compared with what was sent. The exit status is
1 where something differs.

  --as SIDE            server or client: the end that this stack takes (default server)
  --all                every segment, not only those that differ

To look at it in a debugger: node --inspect-brk $(which tapstack) replay RUN
`;

const OPTIONS = {
  trace: { type: "boolean", default: false },
  verbose: { type: "boolean", short: "v", default: false },
  pcap: { type: "string" },
  steps: { type: "string" },
  "to-test": { type: "string" },
  title: { type: "string" },
  as: { type: "string" },
  all: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Given = Parsed<typeof OPTIONS>["values"];

/** Runs the subcommand; its exit status. */
export async function replayRun(args: readonly string[]): Promise<number> {
  const { values: given, positionals } = parseArguments(args, OPTIONS);
  if (positionals.length > 1) throw new UsageError(`one run at a time, not ${positionals.length}`);
  const [path] = positionals;
  if (given.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (path === undefined) throw new UsageError("replay needs the file of a run");
  const capture = readIfCapture(path, given.as !== undefined);
  if (capture !== undefined) return await compare(path, capture, given);
  const run = readFile(path);
  if (given["to-test"] !== undefined) return writeTest(run, path, given["to-test"], given.title);
  const output = new Output(process.stdout, Number.POSITIVE_INFINITY);
  const replayed = await play(run, given, output);
  output.line(summary(replayed));
  await output.close();
  return replayed.divergence === undefined ? 0 : 1;
}

/** Plays the conversations of a capture against this stack. */
async function compare(path: string, capture: ReadCapture, { as = "server", all }: Given): Promise<number> {
  if (as !== "server" && as !== "client") throw new UsageError(`--as is server or client, not ${as}`);
  const output = new Output(process.stdout, Number.POSITIVE_INFINITY);
  for (const line of leftOut(capture)) process.stderr.write(`tapstack: ${path}${line}\n`);
  const comparisons = compareCapture(capture, as);
  if (comparisons.length === 0) output.line("there is no TCP conversation with its SYN in this capture");
  for (const comparison of comparisons) for (const line of reportOf(comparison, all)) output.line(line);
  await output.close();
  return comparisons.every(({ onlyTheirs, onlyOurs }) => onlyTheirs + onlyOurs === 0) ? 0 : 1;
}

/** What of it cannot be played, and why. */
function leftOut(capture: ReadCapture): readonly string[] {
  const packets = packetsOf(capture);
  const cut = packets.filter(({ bytes, length }) => bytes.length < length).length;
  const strange = packets.filter((packet) => linkedPacket(packet) === undefined);
  const types = [...new Set(strange.map(({ interface: on }) => on.linkType))].join(", ");
  return [
    ...(capture.damage === undefined ? [] : [`, at ${capture.damage.offset}: ${capture.damage.what}`]),
    ...(cut === 0 ? [] : [`: ${cut} of ${packets.length} packets were not kept whole, and are left out`]),
    ...(strange.length === 0
      ? []
      : [
          `: ${strange.length} of ${packets.length} packets are of links of type ${types}: only ${READ_LINKS} are read`,
        ]),
  ];
}

/** The capture; undefined if it does not begin as one, unless it must. */
function readIfCapture(path: string, must: boolean): ReadCapture | undefined {
  try {
    return readCapture(readFileSync(path));
  } catch (error) {
    if (error instanceof SyntaxError && !must) return undefined;
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
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
