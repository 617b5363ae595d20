/** How much memory the command's process takes for objects that will not live long. */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Octets, both halves together: V8 comes to this within its first second. Bulk is a third slower with what it begins with. */
const ENOUGH = 8 * 1024 * 1024;

/** Milliseconds between looks at whether it has come to that. */
const INTERVAL = 100;

/**
 * V8 lets its young generation grow up to 32 MB when much of it outlives a collection, as the control blocks
 * do while thousands of connections are opened; and then keeps it, though the stack makes next to no garbage.
 * The growth factor is looked at each time that it would grow, and so can end that in a process that runs;
 * the options that bound the size by itself are read only before it starts.
 */
export function boundYoungGeneration(): void {
  if (endGrowth()) return;
  const timer = setInterval(() => {
    if (endGrowth()) clearInterval(timer);
  }, INTERVAL);
  timer.unref();
}

/** Once it is large enough. Whether it is. */
function endGrowth(): boolean {
  const young = getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
  if (young === undefined || young.space_size < ENOUGH) return false;
  setFlagsFromString("--semi-space-growth-factor=1");
  return true;
}
