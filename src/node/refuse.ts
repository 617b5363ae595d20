/** A program that cannot be put on a stack is told so in one line, without a stack of calls, and does not start. */
export function refuseToStart(why: string): never {
  process.stderr.write(`tapstack/register: ${why}\n`);
  process.exit(1);
}
