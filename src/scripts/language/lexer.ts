/**
 * Tokens of packetdrill's language. White space and the ends of lines mean nothing but between tokens; comments are
 * those of C++.
 */
import { type Place, ScriptSyntaxError } from "./place.ts";

/** What kind of token it is; "symbol" is a single character. */
export type TokenKind =
  | "word"
  | "integer"
  | "float"
  | "address"
  | "string"
  | "code"
  | "shell"
  | "option"
  | "ellipsis"
  | "symbol"
  | "end";

/** One token. */
export interface Token extends Place {
  readonly kind: TokenKind;
  /** As written; of strings, code and commands what is between the quotes. */
  readonly text: string;
  /** Of numbers. */
  readonly value: number;
  /** Index behind its last character. */
  readonly end: number;
  /** White space is between this and the token before it. */
  readonly spaced: boolean;
}

/** In the order in which they are tried: what is longer comes first. */
const RULES: readonly (readonly [TokenKind | "skip", RegExp])[] = [
  ["skip", /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y],
  ["code", /%\{([\s\S]*?)\}%/y],
  ["shell", /`((?:\\.|[^`\\])*)`/sy],
  ["string", /"((?:\\.|[^"\\])*)"/sy],
  ["option", /--([A-Za-z0-9_]+)/y],
  ["ellipsis", /\.\.\./y],
  ["address", /\d{1,3}(?:\.\d{1,3}){3}/y],
  ["integer", /0x[0-9A-Fa-f]+/y],
  ["float", /-?\d*\.\d+/y],
  ["word", /[A-Za-z_]\w*|\d+[A-Za-z_]\w*/y],
  ["integer", /-?\d+/y],
  ["symbol", /\S/y],
];

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };

/** All tokens of `text`; the last is of kind "end". @throws ScriptSyntaxError for quotes that do not end */
export function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  const starts = lineStarts(text);
  let spaced = true;
  let at = 0;
  while (at < text.length) {
    const [kind, match] = matchAt(text, at);
    const end = at + match[0].length;
    if (kind === "skip") spaced = true;
    else {
      const place = placeOf(starts, at);
      checkClosed(kind, match[0], place);
      found.push(token(kind, match, place, end, spaced));
      spaced = false;
    }
    at = end;
  }
  found.push({ kind: "end", text: "the end", value: 0, end: at, spaced, ...placeOf(starts, at) });
  return found;
}

function token(kind: TokenKind, match: RegExpExecArray, place: Place, end: number, spaced: boolean): Token {
  const inside = match[1] ?? match[0];
  const text = kind === "string" ? unescaped(inside) : inside;
  const value = kind === "integer" || kind === "float" ? Number(match[0]) : 0;
  return { kind, text, value, end, spaced, ...place };
}

function matchAt(text: string, at: number): [TokenKind | "skip", RegExpExecArray] {
  for (const [kind, pattern] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return [kind, match];
  }
  throw new Error("the last rule matches whatever is no white space");
}

function checkClosed(kind: TokenKind, text: string, place: Place): void {
  if (kind === "symbol" && (text === '"' || text === "`")) {
    throw new ScriptSyntaxError(`${text} is opened and never closed`, place);
  }
}

function unescaped(text: string): string {
  return text.replace(/\\x([0-9A-Fa-f]{2})|\\(.)/gs, (_all, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function placeOf(starts: readonly number[], at: number): Place {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: at - (starts[low] ?? 0) + 1 };
}
