#!/usr/bin/env node
/** The command `tapstack`: finds the subcommand, and turns its outcome into an exit status. */
import { readFileSync } from "node:fs";
import { TapError } from "../drivers/node/index.ts";
import { iperf3 } from "./iperf3.ts";
import { lab } from "./lab.ts";
import { UsageError } from "./options.ts";
import { replayRun } from "./replay.ts";
import { route } from "./route.ts";
import { script } from "./script.ts";
import { serve } from "./serve.ts";
import { simulate } from "./simulate.ts";
import { whyFrame } from "./why.ts";

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

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "serve":
      return await serve(rest);
    case "route":
      return await route(rest);
    case "iperf3":
      return await iperf3(rest);
    case "replay":
      return await replayRun(rest);
    case "script":
      return await script(rest);
    case "why":
      return await whyFrame(rest);
    case "simulate":
      return await simulate(rest);
    case "lab":
      return await lab(rest);
    case "--version":
      process.stdout.write(`${version()}\n`);
      return 0;
    case undefined:
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(HELP);
      return 0;
    default:
      throw new UsageError(`there is no command ${command}`);
  }
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
  } else if (error instanceof TapError) {
    process.stderr.write(`tapstack: ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
