/** Waits for real processes: they may take long on a busy machine, and a test that gives up says for what it waited. */
import { clearTimeout, setTimeout } from "node:timers";

/** Less than the time limit of the tests with real processes, so that it is this that tells. */
const PATIENCE = 150_000;

/**
 * `promise`, or after 150 s an error.
 *
 * @param what - ends the sentence "waited for …"
 * @param state - what has been seen meanwhile, for people
 */
export async function patiently<T>(promise: Promise<T>, what: string, state: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited ${PATIENCE / 1000} s for ${what}; so far:\n${state()}`));
    }, PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
