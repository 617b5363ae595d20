/** Arguments and results of calls as JSON: numbers, texts and plain objects are themselves, the rest has a mark. */
import { IpAddress, MacAddress, PacketFilter, parseIp, parseMac } from "../stack/index.ts";

/** What JSON holds. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Octets in base64 (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  for (let at = start; at < end; at += 3) {
    const left = end - at;
    const word =
      ((bytes[at] ?? 0) << 16) |
      ((left > 1 ? (bytes[at + 1] ?? 0) : 0) << 8) |
      (left > 2 ? (bytes[at + 2] ?? 0) : 0);
    text += `${DIGITS[word >> 18]}${DIGITS[(word >> 12) & 63]}`;
    text += left > 1 ? DIGITS[(word >> 6) & 63] : "=";
    text += left > 2 ? DIGITS[word & 63] : "=";
  }
  return text;
}

/** The octets. @throws SyntaxError for what is no base64 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (text.length % 4 !== 0) throw new SyntaxError(`no base64: ${text.length} characters`);
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let at = 0, to = 0; at < text.length; at += 4) {
    const word = wordAt(text, at, text.length - padding);
    for (let shift = 16; shift >= 0 && to < bytes.length; shift -= 8) bytes[to++] = word >> shift;
  }
  return bytes;
}

/** Three octets in four digits; behind `end` there are none. */
function wordAt(text: string, at: number, end: number): number {
  let word = 0;
  for (let i = at; i < at + 4; i++) {
    const value = i < end ? DIGITS.indexOf(text[i] ?? "") : 0;
    if (value < 0) throw new SyntaxError(`no base64: "${text.slice(at, at + 4)}"`);
    word = (word << 6) | value;
  }
  return word;
}

/**
 * A value of a call.
 *
 * @throws TypeError for what cannot be kept: a function, an object that is more than its fields
 */
export function toJson(value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : { $number: String(value) };
  if (value instanceof IpAddress) return { $ip: value.toString() };
  if (value instanceof MacAddress) return { $mac: value.toString() };
  if (value instanceof PacketFilter) return { $filter: value.program };
  if (value instanceof Uint8Array) return { $octets: toBase64(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object") {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return Object.fromEntries(fields.map(([name, field]) => [name, toJson(field)]));
  }
  throw new TypeError(`${typeof value === "function" ? "a function" : String(value)} cannot be recorded`);
}

/** The value again. @throws SyntaxError for a mark that nobody knows */
export function fromJson(json: Json): unknown {
  if (json === null) return undefined;
  if (typeof json !== "object") return json;
  if (isList(json)) return json.map(fromJson);
  const [first] = Object.entries(json);
  if (first?.[0].startsWith("$") !== true) {
    return Object.fromEntries(Object.entries(json).map(([name, field]) => [name, fromJson(field)]));
  }
  const [mark, of] = first;
  switch (mark) {
    case "$number":
      return Number(of);
    case "$ip":
      return parseIp(String(of));
    case "$mac":
      return parseMac(String(of));
    case "$filter":
      return new PacketFilter(of as unknown as PacketFilter["program"]);
    case "$octets":
      return fromBase64(String(of));
    case "$room":
      return new Uint8Array(Number(of));
    default:
      throw new SyntaxError(`a recorded value of the kind ${mark} is not known`);
  }
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
