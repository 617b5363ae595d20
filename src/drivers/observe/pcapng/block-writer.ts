/** Blocks of a pcapng file, put together in one buffer that is used again and again. Numbers are little-endian. */
import { encodeUtf8 } from "../../../stack/base/utf8.ts";

/** Octets of a header and a trailer of a block: its type, and its length twice. */
const FRAME = 12;

/** Puts one block together: `begin`, what is in it, `end`. */
export class BlockWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  #view: DataView<ArrayBuffer> = new DataView(this.#bytes.buffer);
  #at = 0;

  /** A new block; what was put together before is gone. */
  begin(type: number): this {
    this.#at = 0;
    return this.word(type).word(0);
  }

  half(value: number): this {
    this.#room(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  word(value: number): this {
    this.#room(4);
    this.#view.setUint32(this.#at, value >>> 0, true);
    this.#at += 4;
    return this;
  }

  /** Octets, filled up to a multiple of four. */
  octets(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    const count = end - start;
    this.#room(count + 3);
    this.#bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.#at);
    this.#at += count;
    while ((this.#at & 3) !== 0) this.#bytes[this.#at++] = 0;
    return this;
  }

  /** An option whose value is octets. @throws RangeError beyond 65,535 */
  option(code: number, value: Uint8Array): this {
    if (value.length > 0xffff) throw new RangeError(`an option of ${value.length} octets: 65,535 at most`);
    return this.half(code).half(value.length).octets(value);
  }

  /** An option whose value is text; what is too long is cut off. */
  text(code: number, value: string): this {
    const octets = encodeUtf8(value);
    if (octets.length <= 0xffff) return this.option(code, octets);
    let end = 0xffff; // not amid a character
    while (((octets[end] ?? 0) & 0xc0) === 0x80) end--;
    return this.option(code, octets.subarray(0, end));
  }

  /** An option whose value is a number of 32 bits. */
  number(code: number, value: number): this {
    return this.half(code).half(4).word(value);
  }

  /** An option whose value is a number of 64 bits, as the words of a time are, or low word first. */
  pair(code: number, first: number, second: number): this {
    return this.half(code).half(8).word(first).word(second);
  }

  /** Text with an enterprise number in front. */
  customText(code: number, enterprise: number, value: string): this {
    const octets = encodeUtf8(value);
    return this.half(code)
      .half(octets.length + 4)
      .word(enterprise)
      .octets(octets);
  }

  /** The end of the options, where there are any. */
  endOptions(): this {
    return this.word(0);
  }

  /** The block, which is the caller's. */
  end(): Uint8Array<ArrayBuffer> {
    this.#room(4);
    const length = this.#at + 4;
    this.#view.setUint32(4, length, true);
    this.word(length);
    return this.#bytes.slice(0, this.#at);
  }

  #room(octets: number): void {
    const needed = this.#at + octets + FRAME;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(needed * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
