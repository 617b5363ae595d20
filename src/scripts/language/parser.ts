/**
 * Reads packetdrill's language: options, an optional command, events with their times, an optional last command. The
 * grammar is that of packetdrill's `syntax.md`, up to ICMP, UDP, `poll`, messages and ECN; what is beyond it is refused
 * by name, with its place.
 */
import { Cursor } from "./cursor.ts";
import { tokens } from "./lexer.ts";
import { parseExpression, parseList } from "./parse-expression.ts";
import { parsePacket } from "./parse-packet.ts";
import type { Action, CallAction, Script, ScriptEvent, ShellAction, When } from "./syntax.ts";

const SECOND = 1_000_000;

/** Reads a script. @throws ScriptSyntaxError, with line and column */
export function parseScript(text: string): Script {
  const cursor = new Cursor(tokens(text));
  const options = parseOptions(cursor);
  const before = parseShell(cursor);
  const events: ScriptEvent[] = [];
  while (!isEnd(cursor)) events.push(parseEvent(cursor, text));
  const after = parseShell(cursor);
  if (cursor.peek().kind !== "end") throw cursor.wanted("the end of the script");
  return { options, before, events, after };
}

function isEnd(cursor: Cursor): boolean {
  const { kind } = cursor.peek();
  return kind === "end" || kind === "shell";
}

function parseOptions(cursor: Cursor): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  while (cursor.peek().kind === "option") {
    const name = cursor.next().text;
    options.set(name, cursor.take("=") ? cursor.next().text : "");
  }
  return options;
}

function parseShell(cursor: Cursor): ShellAction | undefined {
  if (cursor.peek().kind !== "shell") return undefined;
  const { text, line, column } = cursor.next();
  return { kind: "shell", command: text, place: { line, column } };
}

function parseEvent(cursor: Cursor, source: string): ScriptEvent {
  const first = cursor.peek();
  const place = { line: first.line, column: first.column };
  const from = first.end - first.text.length;
  const when = parseWhen(cursor);
  const action = parseAction(cursor);
  const text = source.slice(from, cursor.last.end).replace(/\s+/g, " ");
  return { place, when, action, text };
}

function parseWhen(cursor: Cursor): When {
  if (cursor.take("*")) return { base: "any", from: 0, to: Number.POSITIVE_INFINITY };
  const base = cursor.take("+") ? "last" : "start";
  const from = parseTime(cursor);
  if (!cursor.take("~")) return { base, from, to: from };
  if (base === "last") cursor.expect("+");
  const to = parseTime(cursor);
  if (to < from) throw cursor.wrong("the range ends before it begins", cursor.last);
  return { base, from, to };
}

function parseTime(cursor: Cursor): number {
  const token = cursor.peek();
  if (token.kind !== "integer" && token.kind !== "float") throw cursor.wanted("a time in seconds");
  if (token.value < 0) throw cursor.wrong("a time is not negative");
  cursor.next();
  return Math.round(token.value * SECOND);
}

function parseAction(cursor: Cursor): Action {
  const token = cursor.peek();
  const place = { line: token.line, column: token.column };
  if (token.kind === "code") return { kind: "code", code: cursor.next().text, place };
  if (cursor.is("<") || cursor.is(">")) return parsePacket(cursor);
  return parseShell(cursor) ?? parseCall(cursor);
}

function parseCall(cursor: Cursor): CallAction {
  const end = cursor.take("...", "ellipsis") ? parseTime(cursor) : undefined;
  const token = cursor.peek();
  const name = cursor.word("a packet, a call, a command or code");
  cursor.expect("(");
  const given = parseList(cursor, ")");
  cursor.expect("=");
  const result = parseExpression(cursor);
  const errno = cursor.peek().kind === "word" ? cursor.next().text : undefined;
  parseNote(cursor);
  const place = { line: token.line, column: token.column };
  return { kind: "call", place, name, arguments: given, result, errno, end };
}

/** A note in parentheses is for people. */
function parseNote(cursor: Cursor): void {
  if (!cursor.take("(")) return;
  while (!cursor.take(")")) {
    if (cursor.peek().kind === "end") throw cursor.wanted('")"');
    cursor.next();
  }
}
