/** The error of a rule that cannot be: what is wrong, and where. */
import { formatPath, type JsonPath } from "./json-places.ts";

/** Thrown for rules that cannot be; nothing has been changed then. */
export class RuleError extends Error {
  override readonly name: string = "RuleError";
  /** Where in the rules: `forward.rules[2].sourcePort`. */
  readonly path: string;
  /** Of rules that were given as text, from 1; else 0. */
  readonly line: number;
  readonly column: number;

  constructor(path: JsonPath, problem: string, place: { readonly line: number; readonly column: number }) {
    const where = formatPath(path);
    const prefix = place.line > 0 ? `line ${place.line}, column ${place.column}: ` : "";
    super(`${prefix}${where === "" ? "" : `${where}: `}${problem}`);
    this.path = where;
    this.line = place.line;
    this.column = place.column;
  }
}
