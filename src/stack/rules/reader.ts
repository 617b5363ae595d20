/** Reads the values of rules. Of a value that cannot be, it says what it is and where it stands. */
import { type IpAddress, parseIp } from "../base/ip-address.ts";
import { addressBits, prefixOf } from "../base/prefix.ts";
import { type JsonPath, placeOf } from "./json-places.ts";
import type { AddressRange, PortRange } from "./match.ts";
import { RuleError } from "./rule-error.ts";

/** A value of the rules, and where it is. */
export class Value {
  readonly value: unknown;
  readonly path: JsonPath;
  /** All of them; undefined if they were not given as text. */
  readonly #text: string | undefined;

  constructor(value: unknown, path: JsonPath, text: string | undefined) {
    this.value = value;
    this.path = path;
    this.#text = text;
  }

  get given(): boolean {
    return this.value !== undefined;
  }

  /** @throws RuleError always */
  fail(problem: string): never {
    const place = this.#text === undefined ? { line: 0, column: 0 } : placeOf(this.#text, this.path);
    throw new RuleError(this.path, problem, place);
  }

  /** The member of that name of an object that was checked by `only`. */
  member(name: string): Value {
    const value = this.value === undefined ? undefined : (Reflect.get(this.value as object, name) as unknown);
    return new Value(value, [...this.path, name], this.#text);
  }

  /** An object with members of these names only, or nothing at all. */
  only(names: readonly string[]): this {
    if (this.value === undefined) return this;
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) {
      this.fail(`${shown(this.value)} is no object`);
    }
    for (const name of Object.keys(this.value as object)) {
      if (!names.includes(name))
        this.member(name).fail(`there is no "${name}"; there are ${names.join(", ")}`);
    }
    return this;
  }

  /** The elements of an array; none if there is nothing. */
  elements(): readonly Value[] {
    if (this.value === undefined) return [];
    if (!Array.isArray(this.value)) this.fail(`${shown(this.value)} is no list`);
    return (this.value as unknown[]).map((one, index) => new Value(one, [...this.path, index], this.#text));
  }

  /** The elements of an array, or the one value that is none. */
  oneOrMore(): readonly Value[] {
    return Array.isArray(this.value) ? this.elements() : [this];
  }

  text(): string {
    return typeof this.value === "string" ? this.value : this.fail(`${shown(this.value)} is no text`);
  }

  oneOf<T extends string>(names: readonly T[]): T {
    const found = names.find((name) => name === this.value);
    return found ?? this.fail(`it is ${shown(this.value)}; there are ${names.join(", ")}`);
  }

  integer(least: number, most: number): number {
    const { value } = this;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.fail(`it is ${shown(value)}; it must be a whole number from ${least} to ${most}`);
  }

  flag(): boolean {
    return typeof this.value === "boolean"
      ? this.value
      : this.fail(`it is ${shown(this.value)}; it must be true or false`);
  }

  address(): IpAddress {
    return parseAddress(this.text()) ?? this.fail(`${shown(this.value)} is no address`);
  }

  /** A prefix or an address, perhaps with `!` in front. */
  range(): AddressRange {
    const text = this.text();
    const not = text.startsWith("!");
    const [, network = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(not ? text.slice(1) : text) ?? [];
    const address = parseAddress(network);
    if (address === undefined) this.fail(`${shown(text)} is no address, nor a prefix`);
    const bits = addressBits(address.family);
    const prefixLength = length === undefined ? bits : Number(length);
    if (prefixLength > bits) this.fail(`${shown(text)}: a prefix has at most ${bits} bits`);
    if (!prefixOf(address, prefixLength).equals(address)) {
      this.fail(`${shown(text)}: behind its ${prefixLength} bits a prefix has only zeros`);
    }
    return { address, prefixLength, not };
  }

  /** An address with the prefix of its network, as `10.0.0.1/24`. */
  interfaceAddress(): { readonly address: IpAddress; readonly prefixLength: number } {
    const text = this.text();
    const [, before = "", length = ""] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
    const address = parseAddress(before);
    if (
      address === undefined ||
      Number(length) > addressBits(address.family) ||
      address.isAny ||
      address.isMulticast
    ) {
      this.fail(`${shown(text)} is no address with its prefix, as 10.0.0.1/24`);
    }
    return { address, prefixLength: Number(length) };
  }

  port(): number {
    return this.integer(0, 65_535);
  }

  /** A port, or `"8000-8080"`. */
  ports(): PortRange {
    if (typeof this.value === "number") return { least: this.port(), most: this.port() };
    const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(this.value)) ?? [];
    const least = Number(from);
    const most = Number(to ?? from);
    if (from === undefined || most > 65_535 || least > most) {
      this.fail(`${shown(this.value)} is no port from 0 to 65535, nor a range as "8000-8080"`);
    }
    return { least, most };
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

/** An address of either family, as people write it. */
export function parseAddress(text: string): IpAddress | undefined {
  return parseIp(text);
}
