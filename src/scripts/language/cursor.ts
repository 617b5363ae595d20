/** Walks over tokens, and says what it would have liked to find. */
import type { Token, TokenKind } from "./lexer.ts";
import { type Place, ScriptSyntaxError } from "./place.ts";

/** Where a parser is. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token that comes `ahead` after the next one. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  /** The token that was taken last; of the first, itself. */
  get last(): Token {
    return this.#tokens[Math.max(this.#at - 1, 0)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Whether the next token is this one. */
  is(text: string, kind: TokenKind = "symbol"): boolean {
    const token = this.peek();
    return token.kind === kind && token.text === text;
  }

  /** Takes the next token if it is this one. */
  take(text: string, kind: TokenKind = "symbol"): boolean {
    if (!this.is(text, kind)) return false;
    this.#at++;
    return true;
  }

  /** The same of a word. */
  takeWord(text: string): boolean {
    return this.take(text, "word");
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.wanted(`"${text}"`);
  }

  /** An integer, and its value. */
  integer(what = "a number"): number {
    if (this.peek().kind !== "integer") throw this.wanted(what);
    return this.next().value;
  }

  word(what: string): string {
    if (this.peek().kind !== "word") throw this.wanted(what);
    return this.next().text;
  }

  /** What goes wrong if the next token is not what was wanted. */
  wanted(what: string): ScriptSyntaxError {
    const token = this.peek();
    const found = token.kind === "end" ? "the end of the script" : `"${token.text.split("\n")[0]}"`;
    return this.wrong(`expected ${what}, found ${found}`, token);
  }

  wrong(message: string, place: Place = this.peek()): ScriptSyntaxError {
    return new ScriptSyntaxError(message, { line: place.line, column: place.column });
  }
}
