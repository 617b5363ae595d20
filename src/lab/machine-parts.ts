/** What machines of a lab are made of: see `LabParts`. */
import type { VlanTrunk } from "../drivers/link/index.ts";
import type { BareStack, Firewall, Link, Router, Ruleset, StackOptions } from "../stack/index.ts";

/** What a machine runs, and what may be asked of it. */
export interface MachineParts {
  /** The stack that a machine runs. */
  readonly stack: (options: StackOptions) => BareStack;
  /** Which calls wait on a stack, for reports of a standstill. */
  readonly waits?: ((stack: BareStack) => readonly string[]) | undefined;
  /** `HostOptions.rules`. */
  readonly firewall?: ((router: Router, rules: Ruleset) => Firewall) | undefined;
  /** `CableOptions.vlans`. */
  readonly vlans?: ((link: Link) => VlanTrunk) | undefined;
}

/** @throws Error where `part` is missing */
export function handed<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw new Error(`this lab was made without the part "${name}"`);
  return part;
}
