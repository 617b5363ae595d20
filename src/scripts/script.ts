/** Scripts as programs use them: read, run against a stack, and fail with all that there is to say. */
import { CALLABLE, checkSettings, FLAG, integer, oneOf, type Rules, TEXT } from "../stack/index.ts";
import { parseScript } from "./language/parser.ts";
import { runScript } from "./run/run-script.ts";
import type { TargetFactory } from "./run/target.ts";
import { PROFILES, type ProfileName } from "./stack/profiles.ts";
import { stackTarget } from "./stack/stack-target.ts";

/** How a script is run. */
export interface ScriptOptions {
  /** How reports call it. */
  readonly name?: string | undefined;
  /** Constants of the stack; "linux" by default, as the scripts of others expect. */
  readonly profile?: ProfileName | undefined;
  /** Takes what systems differ in as it comes. Off by default. */
  readonly lenient?: boolean | undefined;
  /** What is sent after the last event is no failure. Off by default. */
  readonly openEnd?: boolean | undefined;
  /** Microseconds by which times may differ at least; 4,000 by default, or as the script says. */
  readonly tolerance?: number | undefined;
  /** Of all chance; 1 by default. */
  readonly seed?: number | undefined;
  /** Runs it against something else than our stack. */
  readonly target?: TargetFactory | undefined;
}

const RULES: Rules<ScriptOptions> = {
  name: TEXT,
  profile: oneOf(Object.keys(PROFILES)),
  lenient: FLAG,
  openEnd: FLAG,
  tolerance: integer(0),
  seed: integer(0, 2 ** 32 - 1),
  target: CALLABLE,
};

/**
 * Runs the script in `text`; settles when it has come true.
 *
 * @throws {@link ScriptFailure} at the first event that does not come true
 * @throws {@link ScriptSyntaxError} for what cannot be read, or is not supported
 * @throws TypeError for an option that there is not, RangeError for a value that cannot be
 */
export async function runPacketScript(text: string, options: ScriptOptions = {}): Promise<void> {
  checkSettings("runPacketScript", options, RULES);
  const script = parseScript(text);
  const { profile = "linux", seed = 1, name = "script" } = options;
  const make = options.target ?? stackTarget({ tcp: PROFILES[profile], seed });
  const { lenient, openEnd, tolerance } = options;
  await runScript(script, make, { name, lenient, openEnd, tolerance });
}
