/** Arguments and results of calls: numbers, names, strings, lists and structures. */
import type { Cursor } from "./cursor.ts";
import type { Expression, Field } from "./syntax.ts";

/** Expressions with commas between them, up to and with `close`. */
export function parseList(cursor: Cursor, close: string): readonly Expression[] {
  const items: Expression[] = [];
  if (cursor.take(close)) return items;
  do items.push(parseExpression(cursor));
  while (cursor.take(","));
  cursor.expect(close);
  return items;
}

/** One expression, with `|` between its parts. */
export function parseExpression(cursor: Cursor): Expression {
  const first = parsePart(cursor);
  if (!cursor.is("|")) return first;
  const parts = [first];
  while (cursor.take("|")) parts.push(parsePart(cursor));
  return { kind: "or", parts, place: first.place };
}

function parsePart(cursor: Cursor): Expression {
  const token = cursor.peek();
  const place = { line: token.line, column: token.column };
  switch (token.kind) {
    case "ellipsis":
      cursor.next();
      return { kind: "rest", place };
    case "integer":
      return { kind: "number", value: cursor.next().value, place };
    case "string":
      return { kind: "text", value: parseText(cursor), place };
    case "word":
      return parseName(cursor);
    default:
      if (cursor.take("[")) return { kind: "list", items: parseList(cursor, "]"), place };
      if (cursor.take("{")) return { kind: "struct", fields: parseFields(cursor), place };
      throw cursor.wanted("a value");
  }
}

/** Neighbouring strings are one; `"abc"...` means that more may follow, and is read as the string. */
function parseText(cursor: Cursor): string {
  let text = "";
  while (cursor.peek().kind === "string") text += cursor.next().text;
  cursor.take("...", "ellipsis");
  return text;
}

function parseName(cursor: Cursor): Expression {
  const { text: name, line, column } = cursor.next();
  const place = { line, column };
  if (!cursor.is("(") || cursor.peek().spaced) return { kind: "name", name, place };
  cursor.next();
  return { kind: "apply", name, of: parseList(cursor, ")"), place };
}

function parseFields(cursor: Cursor): readonly Field[] {
  const fields: Field[] = [];
  if (cursor.take("}")) return fields;
  do fields.push(parseField(cursor));
  while (cursor.take(","));
  cursor.expect("}");
  return fields;
}

/** `name=value`, or `name(size)=value`, whose size the value tells as well, or a value alone. */
function parseField(cursor: Cursor): Field {
  const value = parseExpression(cursor);
  if (!cursor.take("=")) return { name: undefined, value };
  if (value.kind !== "name" && value.kind !== "apply") throw cursor.wrong("a field has a name", value.place);
  return { name: value.name, value: parseExpression(cursor) };
}
