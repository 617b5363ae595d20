/** Arguments of commands, by Node's parser; what cannot be meant is a {@link UsageError}. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What the parser makes of options: their values, and what stands beside them. */
export type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: T }>
>;

/** Reads `args`; words beside options are kept. Throws a {@link UsageError}. */
export function parseArguments<const T extends Options>(args: readonly string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw usageError(error);
  }
}

/** Reads `args`, which are options alone. Throws a {@link UsageError}. */
export function parseOptions<const T extends Options>(
  args: readonly string[],
  options: T,
): Parsed<T>["values"] {
  try {
    return parseArgs({ args: [...args], allowPositionals: false, options }).values as Parsed<T>["values"];
  } catch (error) {
    throw usageError(error);
  }
}

/** The parser explains itself, in the first of perhaps several sentences. */
function usageError(error: unknown): UsageError {
  return new UsageError((error as Error).message.split(/[.\n]/)[0] ?? "");
}

/** The whole number that `--option` was given as `text`. Throws a {@link UsageError}. */
export function readInteger(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${option} ${text}: expected a number from ${least} to ${most}`);
}
