/**
 * `Atomics.wait`, by which a program makes its thread sleep, and `Atomics.waitAsync`, in virtual time. A program has no other
 * thread that could wake it.
 */
import { clearTimeout, setTimeout } from "../../drivers/node/own-timers.ts";
import type { Loop } from "./loop.ts";
import { NotSimulatedError } from "./refusals.ts";

type Memory = Int32Array | BigInt64Array;
type Wait = (memory: Memory, index: number, value: number | bigint, timeout?: number) => string;
type Notify = (memory: Memory, index: number, count?: number) => number;
type WaitAsync = (
  memory: Memory,
  index: number,
  value: number | bigint,
  timeout?: number,
) => { readonly async: boolean; readonly value: string | Promise<string> };

/** Has waits take virtual time. @param host - its name, for errors */
export function replaceWaits(loop: Loop, host: string): void {
  const atomics = Atomics as unknown as { wait: Wait; waitAsync: WaitAsync; notify: Notify };
  const { wait, waitAsync, notify } = atomics;
  atomics.wait = (memory, index, value, timeout): string => {
    const answer = wait(memory, index, value, 0); // looks at what it is given, and at the word
    if (answer === "not-equal") return answer;
    const milliseconds = spanOf(timeout);
    if (milliseconds === Number.POSITIVE_INFINITY)
      throw new NotSimulatedError(host, "Atomics.wait", "no other thread could wake this one");
    loop.sleep(milliseconds * 1000);
    return answer;
  };
  atomics.waitAsync = (memory, index, value, timeout): ReturnType<WaitAsync> => {
    const milliseconds = spanOf(timeout);
    if (milliseconds <= 0) return waitAsync(memory, index, value, 0);
    const waiting = waitAsync(memory, index, value);
    if (!waiting.async || milliseconds === Number.POSITIVE_INFINITY) return waiting;
    let late = false;
    const answer = new Promise<string>((resolve) => {
      const timer = setTimeout(() => {
        late = true;
        resolve("timed-out");
      }, milliseconds).unref();
      void (waiting.value as Promise<string>).then((woken) => {
        clearTimeout(timer);
        // It still stands among those that wait: whoever wakes it means the next.
        if (late) notify(memory, index, 1);
        resolve(woken);
      });
    });
    return { async: true, value: answer };
  };
}

/** Milliseconds, as the language reads them. */
function spanOf(timeout: number | undefined): number {
  const milliseconds = timeout === undefined ? Number.NaN : Number(timeout);
  return Number.isNaN(milliseconds) ? Number.POSITIVE_INFINITY : Math.max(milliseconds, 0);
}
