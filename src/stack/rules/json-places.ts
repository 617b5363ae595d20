/** Where in a JSON text a value stands: for messages about rules in a file. */

/** A path into the text: names of members, and indices. */
export type JsonPath = readonly (string | number)[];

/** As people write it: `forward.rules[2].sourcePort`. */
export function formatPath(path: JsonPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Line and column, both from 1, of the value at `path` in a text that `JSON.parse` has taken; of what is nearest to it. */
export function placeOf(text: string, path: JsonPath): { readonly line: number; readonly column: number } {
  const scanner = new Scanner(text);
  scanner.find(path);
  return placeAt(text, scanner.found);
}

/** Line and column of an index. */
export function placeAt(text: string, index: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, index).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Goes through a well-formed text. */
class Scanner {
  found = 0;
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Goes to the value at `path`, which begins at `found`. */
  find(path: JsonPath): void {
    this.#blanks();
    this.found = this.#at;
    const [step, ...rest] = path;
    if (step === undefined) return;
    const open = this.#text[this.#at];
    if (open === "{") this.#members((name) => name === step && this.#enter(rest));
    else if (open === "[") this.#elements((index) => index === step && this.#enter(rest));
  }

  #enter(rest: JsonPath): true {
    this.find(rest);
    return true;
  }

  #members(visit: (name: string) => boolean): void {
    this.#at++;
    for (;;) {
      this.#blanks();
      if (this.#text[this.#at] === "}") return;
      const begin = this.#at;
      this.#skip();
      const name = JSON.parse(this.#text.slice(begin, this.#at)) as string;
      this.#blanks();
      this.#at++; // the colon
      this.#blanks();
      if (visit(name)) return;
      this.#skip();
      this.#blanks();
      if (this.#text[this.#at] === ",") this.#at++;
    }
  }

  #elements(visit: (index: number) => boolean): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#blanks();
      if (this.#text[this.#at] === "]") return;
      if (visit(index)) return;
      this.#skip();
      this.#blanks();
      if (this.#text[this.#at] === ",") this.#at++;
    }
  }

  /** Over one value. */
  #skip(): void {
    const open = this.#text[this.#at];
    if (open === '"') this.#string();
    else if (open === "{" || open === "[") this.#nested();
    else while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #string(): void {
    this.#at++;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    this.#at++;
  }

  #nested(): void {
    let depth = 0;
    do {
      const octet = this.#text[this.#at];
      if (octet === '"') {
        this.#string();
        continue;
      }
      if (octet === "{" || octet === "[") depth++;
      else if (octet === "}" || octet === "]") depth--;
      this.#at++;
    } while (depth > 0);
  }

  #blanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}
