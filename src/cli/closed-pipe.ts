/** What a command does when nobody reads any more what it prints: `tapstack script tests | head` is no mistake. */

/** 128 and the number of SIGPIPE: the exit status of Unix commands whose reader has gone away. */
const STATUS_NOBODY_READS = 141;

/** Commands that have something else to do than to print. */
const GO_ON: ReadonlySet<string> = new Set(["serve", "route", "iperf3", "lab"]);

/** Ends the process without a word when its reader goes away; `command` goes on if it serves others. */
export function endQuietly(command: string): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (!GO_ON.has(command)) process.exit(STATUS_NOBODY_READS);
    });
  }
}
