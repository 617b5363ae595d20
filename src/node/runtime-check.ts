/** Loaded before anything else of `tapstack/register`: a program that cannot be put on a stack is told so in one line. */
import { refusalOf } from "./runtime.ts";

const refusal = refusalOf(process);
if (refusal !== undefined) {
  process.stderr.write(`tapstack/register: ${refusal}\n`);
  process.exit(1);
}
