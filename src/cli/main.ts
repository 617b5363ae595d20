#!/usr/bin/env node
/** The command `tapstack`: finds the subcommand, and turns its outcome into an exit status. */
import { readFileSync } from "node:fs";
import { endQuietly } from "./closed-pipe.ts";
import { UsageError } from "./usage-error.ts";

const HELP = `Usage: tapstack COMMAND [options]

Commands:
  serve       serve with a TCP/IP stack of our own on a TAP device, or in memory
  route       pass datagrams on between several TAP devices, with a filter and translation of addresses
  iperf3      measure that stack, as iperf3 does and against any iperf3
  replay      play a run again that serve --record has kept, or make a test of it
  script      run packet scripts (packetdrill's language) against that stack, or against Linux
  why         tell why a frame of a capture was sent, or what became of it
  simulate    run programs of Node in virtual time, with many seeds
  lab         see TCP at work, in a page: why was this sent, and what if it had been lost?

Options:
  --help      this text; after a command, its options
  --version   the version
`;

/** Exit status of a mistake on the command line, as of most Unix commands. */
const STATUS_USAGE = 2;

/** The subcommands: each loads what it needs when it is called, since loading all takes longer than most of them. */
const COMMANDS: Readonly<Record<string, (rest: readonly string[]) => Promise<number>>> = {
  serve: async (rest) => (await import("./serve.ts")).serve(rest),
  route: async (rest) => (await import("./route.ts")).route(rest),
  iperf3: async (rest) => (await import("./iperf3.ts")).iperf3(rest),
  replay: async (rest) => (await import("./replay.ts")).replayRun(rest),
  script: async (rest) => (await import("./script.ts")).script(rest),
  why: async (rest) => (await import("./why.ts")).whyFrame(rest),
  simulate: async (rest) => (await import("./simulate.ts")).simulate(rest),
  lab: async (rest) => (await import("./lab.ts")).lab(rest),
};

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  endQuietly(command ?? "");
  if (command === "--version") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (command === undefined || ["help", "--help", "-h"].includes(command)) {
    process.stdout.write(HELP);
    return 0;
  }
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (run === undefined) throw new UsageError(`there is no command ${command}`);
  return await run(rest);
}

/** Whether a TAP was refused: a message for the user, and no bug. */
async function isTapError(error: unknown): Promise<boolean> {
  const { TapError } = await import("../drivers/node/index.ts");
  return error instanceof TapError;
}

function version(): string {
  const file = new URL("../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

try {
  process.exitCode = await main(process.argv.slice(2));
  // Lines that nobody has read by now must not keep the process.
  if (process.stdout.writableLength > 0) process.exit();
} catch (error) {
  // What else is thrown is a bug, and its stack trace wanted.
  if (error instanceof UsageError) {
    process.stderr.write(`tapstack: ${error.message} (--help lists what there is)\n`);
    process.exitCode = STATUS_USAGE;
  } else if (error instanceof Error && (await isTapError(error))) {
    process.stderr.write(`tapstack: ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
