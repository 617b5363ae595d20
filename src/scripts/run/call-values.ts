/** Expressions of calls to values, and what a call has come to against what it should. */
import { ScriptSyntaxError } from "../language/place.ts";
import type { Expression } from "../language/syntax.ts";
import { constantOf } from "./constants.ts";
import type { Value } from "./target.ts";

/** The value of an expression. @throws ScriptSyntaxError for names that nobody knows */
export function evaluate(expression: Expression): Value {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "text":
      return expression.value;
    case "rest":
      return undefined;
    case "name":
      return numberOfName(expression);
    case "or":
      return expression.parts.reduce((sum, part) => Number(BigInt(sum) | BigInt(integerOf(part))), 0);
    case "list":
      return expression.items.map(evaluate);
    case "struct":
      return Object.fromEntries(
        expression.fields.map(({ name, value }, index) => [name ?? String(index), evaluate(value)]),
      );
    case "apply":
      return applied(expression);
  }
}

/** The number that an expression comes to. */
function integerOf(expression: Expression): number {
  const value = evaluate(expression);
  if (typeof value === "number") return value;
  throw new ScriptSyntaxError("a number is wanted here", expression.place);
}

function numberOfName(expression: Expression & { readonly kind: "name" }): number {
  const value = constantOf(expression.name);
  if (value === undefined) throw new ScriptSyntaxError(`${expression.name} is not known`, expression.place);
  return value;
}

/** `htons(8080)` is 8080: ports are in host order here; `inet_addr("192.0.2.1")` is the address as a number. */
function applied(expression: Expression & { readonly kind: "apply" }): Value {
  const [given] = expression.of;
  if (given !== undefined && expression.name === "htons") return integerOf(given);
  if (given !== undefined && expression.name === "inet_addr") {
    const address = addressOf(String(evaluate(given)));
    if (address !== undefined) return address;
  }
  throw new ScriptSyntaxError(`${expression.name}() is not understood here`, expression.place);
}

/** An IPv4 address as a number; undefined if it is none. */
export function addressOf(text: string): number | undefined {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Whether `seen` is what was `wanted`; what was not written down may be anything. */
export function agrees(wanted: Value, seen: Value): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(seen)) return false;
    return (
      wanted.length <= seen.length && wanted.every((item: Value, index) => agrees(item, seen[index] as Value))
    );
  }
  if (typeof wanted === "object") {
    if (typeof seen !== "object" || Array.isArray(seen)) return false;
    const fields = seen as Readonly<Record<string, Value>>;
    return Object.entries(wanted).every(([name, value]) => !(name in fields) || agrees(value, fields[name]));
  }
  return wanted === seen;
}

/** A value as a script would write it. */
export function formatValue(value: Value): string {
  if (value === undefined) return "...";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map((item: Value) => formatValue(item)).join(", ")}]`;
  const fields = Object.entries(value).map(([name, field]) => `${name}=${formatValue(field as Value)}`);
  return `{${fields.join(", ")}}`;
}
