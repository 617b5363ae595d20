/** Strings as octets: UTF-8 (RFC 3629). The core has no `TextEncoder`, which belongs to its hosts. */

/** Octets of `text` in UTF-8. A lone surrogate counts as the three octets of U+FFFD. */
export function utf8Length(text: string): number {
  let octets = 0;
  for (const character of text) octets += lengthOf(character.codePointAt(0) ?? 0);
  return octets;
}

/** `text` in UTF-8; a lone surrogate becomes U+FFFD, as `TextEncoder` has it. */
export function utf8(text: string): Uint8Array {
  const octets = new Uint8Array(utf8Length(text));
  let at = 0;
  for (const character of text) {
    const given = character.codePointAt(0) ?? 0;
    const point = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given;
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

function lengthOf(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
}
