/**
 * The assertions of `%{ }%`: the part of Python that such scripts use. Statements are `assert EXPRESSION[, MESSAGE]` and
 * `NAME = EXPRESSION`, with comparisons in chains, `and`, `or`, `not`, arithmetic and bits. Nothing is evaluated but by this file.
 */
import { own } from "./own.ts";
import { type Place, ScriptSyntaxError } from "./place.ts";

/** What names mean. */
export interface Names {
  /** undefined: there is no such name. */
  value(name: string): number | undefined;
  /** Names that the code itself has given, here or before. */
  readonly variables: Map<string, number>;
}

/** An assertion that does not hold. */
export interface Broken {
  /** Its line within the script. */
  readonly line: number;
  readonly assertion: string;
  /** What each name in it was. */
  readonly values: Readonly<Record<string, number>>;
}

interface Word {
  readonly kind: "number" | "name" | "text" | "symbol" | "newline" | "end";
  readonly text: string;
  readonly at: number;
}

type Operator = (left: number, right: number) => number;

const TOKEN =
  /(?<skip>[ \t]+|\\\n|#[^\n]*)|(?<newline>[\n;])|(?<number>0x[0-9A-Fa-f]+|\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*)|(?<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<symbol><<|>>|<=|>=|==|!=|\/\/|[-+*/%&|^~()<>,=])/y;

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

/** From what binds loosest on: each level's operators. Bits of 53-bit numbers go by BigInt, as Python's have no bound. */
const LEVELS: readonly Readonly<Record<string, Operator>>[] = [
  { "|": (left, right) => Number(BigInt(left) | BigInt(right)) },
  { "^": (left, right) => Number(BigInt(left) ^ BigInt(right)) },
  { "&": (left, right) => Number(BigInt(left) & BigInt(right)) },
  { "<<": (left, right) => left * 2 ** right, ">>": (left, right) => Math.floor(left / 2 ** right) },
  { "+": (left, right) => left + right, "-": (left, right) => left - right },
  {
    "*": (left, right) => left * right,
    "/": (left, right) => left / right,
    "//": (left, right) => Math.floor(left / right),
    "%": (left, right) => left - right * Math.floor(left / right),
  },
];

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  abs: Math.abs,
  min: Math.min,
  max: Math.max,
};
const CONSTANTS: Readonly<Record<string, number>> = { True: 1, False: 0 };

/** The first assertion of `code` that does not hold; undefined if all do. @throws ScriptSyntaxError */
export function checkAssertions(code: string, place: Place, names: Names): Broken | undefined {
  return new Evaluator(code, place, names).run();
}

class Evaluator {
  readonly #code: string;
  readonly #place: Place;
  readonly #names: Names;
  readonly #words: readonly Word[];
  #at = 0;
  #values: Record<string, number> = {};
  /** Inside parentheses the end of a line means nothing. */
  #depth = 0;

  constructor(code: string, place: Place, names: Names) {
    this.#code = code;
    this.#place = place;
    this.#names = names;
    this.#words = this.#split();
  }

  run(): Broken | undefined {
    while (this.#peek().kind !== "end") {
      if (this.#peek().kind === "newline") this.#at++;
      else {
        const broken = this.#statement();
        if (broken !== undefined) return broken;
      }
    }
    return undefined;
  }

  #statement(): Broken | undefined {
    const first = this.#next();
    if (first.kind === "name" && this.#take("=")) {
      this.#names.variables.set(first.text, this.#or());
      this.#endOfStatement();
      return undefined;
    }
    if (first.text !== "assert")
      throw this.#wrong(`only "assert" and "NAME =" are understood, not "${first.text}"`, first.at);
    this.#values = {};
    const start = this.#peek().at;
    const holds = this.#or();
    const end = this.#peek().at;
    if (this.#take(",")) this.#message();
    this.#endOfStatement();
    if (holds !== 0) return undefined;
    const assertion = this.#code.slice(start, end).replace(/\s+/g, " ").trim();
    return { line: this.#lineOf(first.at), assertion, values: this.#values };
  }

  #endOfStatement(): void {
    const after = this.#peek();
    if (after.kind !== "newline" && after.kind !== "end")
      throw this.#wrong(`"${after.text}" is not expected`, after.at);
  }

  /** What Python would say when the assertion fails; its values are told anyway. */
  #message(): void {
    for (let depth = 0; ; ) {
      const word = this.#peek();
      if (word.kind === "end" || (word.kind === "newline" && depth === 0)) return;
      depth += word.text === "(" ? 1 : word.text === ")" ? -1 : 0;
      this.#at++;
    }
  }

  #or(): number {
    let left = this.#and();
    while (this.#take("or")) {
      const right = this.#and();
      left = left === 0 ? right : left;
    }
    return left;
  }

  #and(): number {
    let left = this.#not();
    while (this.#take("and")) {
      const right = this.#not();
      left = left === 0 ? left : right;
    }
    return left;
  }

  #not(): number {
    return this.#take("not") ? Number(this.#not() === 0) : this.#comparison();
  }

  #comparison(): number {
    let left = this.#level(0);
    let compare = own(COMPARISONS, this.#peek().text);
    if (compare === undefined) return left;
    let holds = true;
    for (; compare !== undefined; compare = own(COMPARISONS, this.#peek().text)) {
      this.#next();
      const right = this.#level(0);
      holds = holds && compare(left, right);
      left = right;
    }
    return Number(holds);
  }

  #level(level: number): number {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#level(level + 1);
    for (let apply = this.#operator(operators); apply !== undefined; apply = this.#operator(operators)) {
      left = apply(left, this.#level(level + 1));
    }
    return left;
  }

  #operator(operators: Readonly<Record<string, Operator>>): Operator | undefined {
    const { kind, text } = this.#peek();
    const found = kind === "symbol" ? own(operators, text) : undefined;
    if (found !== undefined) this.#at++;
    return found;
  }

  #unary(): number {
    if (this.#take("-")) return -this.#unary();
    if (this.#take("+")) return this.#unary();
    if (this.#take("~")) return -this.#unary() - 1;
    return this.#primary();
  }

  #primary(): number {
    if (this.#take("(")) return this.#parenthesised();
    const word = this.#next();
    if (word.kind === "number") return Number(word.text);
    if (word.kind === "name") return this.#named(word);
    throw this.#wrong(
      word.kind === "end" ? "the code ends too early" : `"${word.text}" is no value`,
      word.at,
    );
  }

  #parenthesised(): number {
    this.#depth++;
    const value = this.#or();
    this.#depth--;
    this.#close();
    return value;
  }

  #named(word: Word): number {
    const call = own(FUNCTIONS, word.text);
    if (call !== undefined && this.#take("(")) {
      this.#depth++;
      const values = [this.#or()];
      while (this.#take(",")) values.push(this.#or());
      this.#depth--;
      this.#close();
      return call(...values);
    }
    const value =
      own(CONSTANTS, word.text) ?? this.#names.variables.get(word.text) ?? this.#names.value(word.text);
    if (value === undefined) throw this.#wrong(`${word.text} is not known here`, word.at);
    this.#values[word.text] = value;
    return value;
  }

  #close(): void {
    if (!this.#take(")")) throw this.#wrong('")" is missing', this.#peek().at);
  }

  #take(text: string): boolean {
    const word = this.#peek();
    if (word.text !== text || (word.kind !== "symbol" && word.kind !== "name")) return false;
    this.#at++;
    return true;
  }

  #peek(): Word {
    while (this.#depth > 0 && this.#words[this.#at]?.kind === "newline") this.#at++;
    return this.#words[this.#at] as Word;
  }

  #next(): Word {
    const word = this.#peek();
    if (word.kind !== "end") this.#at++;
    return word;
  }

  #split(): readonly Word[] {
    const words: Word[] = [];
    for (let at = 0; at < this.#code.length; ) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(this.#code);
      if (match === null) throw this.#wrong(`"${this.#code[at]}" is not understood`, at);
      const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
      if (kind !== "skip") words.push({ kind: kind as Word["kind"], text: match[0], at });
      at += match[0].length;
    }
    words.push({ kind: "end", text: "", at: this.#code.length });
    return words;
  }

  #lineOf(at: number): number {
    return this.#place.line + this.#code.slice(0, at).split("\n").length - 1;
  }

  #wrong(message: string, at: number): ScriptSyntaxError {
    const before = this.#code.slice(0, at);
    const line = this.#lineOf(at);
    const column = line === this.#place.line ? this.#place.column + 2 + at : at - before.lastIndexOf("\n");
    return new ScriptSyntaxError(message, { line, column });
  }
}
