/**
 * Node's timers and its clock as they were when this was loaded. Test frameworks put others in their place, to
 * move the program's time by hand; sockets go on in real time nevertheless, as those of the kernel do. So
 * nothing else in `src/drivers/node` and `src/node` may name a global timer or clock, which the linter checks.
 *
 * Constants, since an import by name from `node:timers` follows what is put into that module.
 */
import { performance } from "node:perf_hooks";
import timers from "node:timers";

/** Node's own, whatever stands in its place in this process. */
export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
/** Node's own. */
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
/** Node's own. */
export const setInterval: typeof timers.setInterval = timers.setInterval;
/** Node's own. */
export const clearInterval: typeof timers.clearInterval = timers.clearInterval;
/** Node's own. */
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;
/** Node's own. */
export const clearImmediate: typeof timers.clearImmediate = timers.clearImmediate;

/** Milliseconds since the process began, with fractions: `performance.now()`. */
export const monotonicNow: () => number = performance.now.bind(performance);
/** `process.nextTick`. */
export const nextTick: typeof process.nextTick = process.nextTick.bind(process);
