/** Programs of the machine that tests have as peers. What a test cannot have, it is skipped for, and says so. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Skips the test, or all tests of the suite when called in `before`, if there is an obstacle. */
export function skipIf(context: Mocha.Context, obstacle: string | undefined): void {
  if (obstacle === undefined) return;
  console.log(`    skipped: ${obstacle}`);
  context.skip();
}

/** Skips the test unless all of these are there. */
export function need(context: Mocha.Context, ...programs: readonly string[]): void {
  skipIf(context, notInstalled(...programs));
}

/** Which of the programs are not there, in words; undefined if all are. */
export function notInstalled(...programs: readonly string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const missing = programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  return missing.length > 0 ? `${missing.join(", ")} not installed` : undefined;
}
