/** The end of a command that runs until a signal comes. */

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Milliseconds in which several signals are taken for one. */
const SAME_SIGNAL = 300;

/**
 * The exit status: 0 after SIGINT, SIGTERM or SIGHUP, or what `ended` gives before. A second signal ends at once; but not
 * one that comes with the first, as when both the terminal and npm pass on the same Ctrl-C.
 */
export async function signalled(ended: Promise<number>): Promise<number> {
  let firstAt = Number.POSITIVE_INFINITY;
  const stopped = new Promise<number>((resolve) => {
    const stop = (): void => {
      if (performance.now() - firstAt > SAME_SIGNAL) process.exit(1);
      firstAt = Math.min(firstAt, performance.now());
      resolve(0);
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
  return await Promise.race([ended, stopped]);
}
