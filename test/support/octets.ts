/** Octets written as hexadecimal text, for golden tests, and the other way round. */
import { Packet } from "../../src/stack/base/packet.ts";

/** Octets of hexadecimal `text`; white space is ignored. */
export function octets(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) throw new Error(`not octets: ${text}`);
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Hexadecimal text of `bytes[from..to)`, in groups of two octets as tcpdump shows them. */
export function hex(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
  let text = "";
  for (let i = from; i < to; i++) {
    if (i > from && (i - from) % 2 === 0) text += " ";
    text += (bytes[i] as number).toString(16).padStart(2, "0");
  }
  return text;
}

/** A packet whose octets, from `at` on, are `bytes`; the rest of the store is filled with `filler`. */
export function packetOf(bytes: Uint8Array | string, at = 0, filler = 0): Packet {
  const content = typeof bytes === "string" ? octets(bytes) : bytes;
  const packet = new Packet((at + content.length + 7) & ~3);
  packet.bytes.fill(filler);
  packet.bytes.set(content, at);
  packet.start = at;
  packet.end = at + content.length;
  packet.network = at;
  return packet;
}

/** A view of exactly `bytes`, so that reading one octet outside throws. */
export function exactView(bytes: Uint8Array | string): DataView {
  const content = typeof bytes === "string" ? octets(bytes) : bytes;
  return new DataView(content.buffer, content.byteOffset, content.byteLength);
}
