/**
 * Programs that are written for Node, as virtual time needs to know them: their events come in immediates, and what
 * they have given to others (files, compression) comes back in real time, while virtual time stands still.
 */
import { setImmediate, setTimeout } from "../drivers/node/own-timers.ts";
import type { Application } from "../stack/index.ts";
import { bareTurnsPending } from "./bare-turn.ts";

/** Rounds of the event loop in one settling: a program that spins on `setImmediate` must not hold time for ever. */
const MOST_ROUNDS = 1_000;

/** The last wait of `rest` is 2 to this power in milliseconds: all are a quarter of a second. */
const LONGEST_REST = 7;

/** What is asked of Node's own threads and comes back by itself. Timers are not among it: they are real ones here. */
const WORK = /^(?:FSReq|GetAddrInfo|GetNameInfo|QueryReq)/;

/** All programs of this process, since they share one event loop. */
export const NODE_PROGRAMS: Application = {
  async settle(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!isBusy()) return;
    }
  },
  async rest(attempt: number): Promise<boolean> {
    if (attempt > LONGEST_REST) return false;
    await new Promise((resolve) => setTimeout(resolve, 2 ** attempt));
    return true;
  },
  waits: () => [],
};

/** Whether Node has something to do that ends by itself. */
function isBusy(): boolean {
  return (
    bareTurnsPending() ||
    process.getActiveResourcesInfo().some((name) => name === "Immediate" || WORK.test(name))
  );
}
