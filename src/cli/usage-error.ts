/** The error of a command line that cannot be meant. */

/** A mistake on the command line; the message is one line, for people. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
