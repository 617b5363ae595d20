/** Text to octets and back (RFC 3629), since the core libraries of ECMAScript have no codec for it. */

/** The octets of `text` in UTF-8. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const octets: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0xfffd;
    if (code < 0x80) octets.push(code);
    else if (code < 0x800) octets.push(0xc0 | (code >> 6), tail(code, 0));
    else if (code < 0x1_0000) octets.push(0xe0 | (code >> 12), tail(code, 6), tail(code, 0));
    else octets.push(0xf0 | (code >> 18), tail(code, 12), tail(code, 6), tail(code, 0));
  }
  return Uint8Array.from(octets);
}

/** What is no UTF-8 becomes U+FFFD. */
export function decodeUtf8(octets: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < octets.length; ) {
    const length = lengthBy(octets[at] ?? 0);
    const code = scalarAt(octets, at, length);
    parts.push(code < 0 ? "\ufffd" : String.fromCodePoint(code));
    at += code < 0 ? 1 : length;
  }
  return parts.join("");
}

/** Octets of the character that `first` begins; 0 if none begins so. */
function lengthBy(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** The character of `length` octets; -1 if they are none. */
function scalarAt(octets: Uint8Array, at: number, length: number): number {
  if (length === 0 || at + length > octets.length) return -1;
  const first = octets[at] ?? 0;
  if (length === 1) return first;
  let code = first & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const octet = octets[at + i] ?? 0;
    if ((octet & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (octet & 0x3f);
  }
  return isScalar(code, length) ? code : -1;
}

function tail(code: number, shift: number): number {
  return 0x80 | ((code >> shift) & 0x3f);
}

/** Neither a surrogate, nor too large, nor written longer than need be. */
function isScalar(code: number, length: number): boolean {
  const least = [0, 0, 0x80, 0x800, 0x1_0000][length] ?? 0;
  return code >= least && code <= 0x10_ffff && !(code >= 0xd800 && code <= 0xdfff);
}
