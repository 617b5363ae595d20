/**
 * What goes wrong in a world is a list of interventions, as in the Lab: when, what, with whom, for how long. It can be
 * written to a file, read back and made smaller.
 */
import type { Intervention } from "../drivers/simulation/index.ts";

/** The intervention as a line of a scenario: `world.inject({ at: "2s", … });`. */
export function faultText(one: Intervention): string {
  const { at, when, for: lasting, do: what, ...rest } = one as unknown as Record<string, unknown>;
  const given = { at, when, for: lasting, do: what, ...rest };
  const fields = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${inCode(value)}`);
  return `world.inject({ ${fields.join(", ")} });`;
}

/** As somebody would write it in JavaScript. */
function inCode(value: unknown): string {
  if (typeof value === "function") return value.toString();
  if (Array.isArray(value)) return `[${value.map(inCode).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, of]) => `${name}: ${inCode(of)}`);
  return `{ ${fields.join(", ")} }`;
}

/** What the log says when it is over; undefined where the host says it itself. */
export function endText(one: Intervention): string | undefined {
  switch (one.do) {
    case "partition":
      return `healed: ${one.these.join(", ")} and ${one.those?.join(", ") ?? "all others"}`;
    case "impair":
      return `${"host" in one ? one.host : one.cable}: as before`;
    default:
      return undefined;
  }
}
