/** What has failed, in words, with the line of the reader's own scenario in which it did. */

/** The name that the engine gives to what the reader has written: stacks of errors have it. */
export const EDITED = "edited-scenario.ts";

/** So many lines `new Function` puts before what it is given. */
const LINES_BEFORE = 2;

/** The message, and where the scenario is at fault also the line that was under way. */
export function failureWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = new RegExp(`${EDITED}:(\\d+)`).exec(error.stack ?? "")?.[1];
  return line === undefined ? error.message : `${error.message} (line ${Number(line) - LINES_BEFORE})`;
}
