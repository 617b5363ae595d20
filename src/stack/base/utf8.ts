/** Text as octets and back: UTF-8 (RFC 3629). ECMAScript alone has no codec for it; `TextEncoder` belongs to its hosts. */

const REPLACEMENT = 0xfffd;
/** The least that is written with so many octets: anything less is written longer than need be. */
const LEAST: readonly number[] = [0, 0, 0x80, 0x800, 0x1_0000];

/** Octets of `text` in UTF-8. A lone surrogate counts as the three octets of U+FFFD. */
export function utf8Length(text: string): number {
  let octets = 0;
  for (const character of text) octets += lengthOf(character.codePointAt(0) ?? 0);
  return octets;
}

/** `text` in UTF-8; a lone surrogate becomes U+FFFD, as `TextEncoder` has it. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(utf8Length(text));
  let at = 0;
  for (const character of text) {
    const given = character.codePointAt(0) ?? 0;
    const point = isSurrogate(given) ? REPLACEMENT : given;
    const length = lengthOf(point);
    // The last octets have six bits each; what is left goes to the first, behind as many ones as there are octets.
    for (let index = length - 1; index > 0; index--) {
      octets[at + index] = 0x80 | ((point >>> (6 * (length - 1 - index))) & 0x3f);
    }
    octets[at] = length === 1 ? point : ((0xf00 >>> length) & 0xff) | (point >>> (6 * (length - 1)));
    at += length;
  }
  return octets;
}

/** The text of `octets`; what is no UTF-8 becomes U+FFFD, an octet at a time. */
export function decodeUtf8(octets: Uint8Array): string {
  const characters: string[] = [];
  for (let at = 0; at < octets.length; ) {
    const length = lengthBy(octets[at] ?? 0);
    const point = pointAt(octets, at, length);
    characters.push(String.fromCodePoint(point < 0 ? REPLACEMENT : point));
    at += point < 0 ? 1 : length;
  }
  return characters.join("");
}

function lengthOf(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
}

/** Octets of the character that `first` begins; 0 if none begins so. */
function lengthBy(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** The character of `length` octets at `at`; -1 if they are none. */
function pointAt(octets: Uint8Array, at: number, length: number): number {
  if (length === 0 || at + length > octets.length) return -1;
  let point = (octets[at] ?? 0) & (length === 1 ? 0x7f : 0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const octet = octets[at + i] ?? 0;
    if ((octet & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (octet & 0x3f);
  }
  return point < (LEAST[length] ?? 0) || point > 0x10_ffff || isSurrogate(point) ? -1 : point;
}

function isSurrogate(point: number): boolean {
  return point >= 0xd800 && point <= 0xdfff;
}
