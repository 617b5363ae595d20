/** Text and JSON in mailboxes. */
import { TextDecoder, TextEncoder } from "node:util";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `value` as octets of JSON. */
export function json(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** `text` as octets. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The octets are in shared memory, which a decoder does not take: they are copied first. */
export function text(octets: Uint8Array): string {
  return decoder.decode(octets.slice());
}
