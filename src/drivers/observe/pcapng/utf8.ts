/** UTF-8 (RFC 3629), for programs that have no TextEncoder: the language alone knows none. */

const REPLACEMENT = 0xfffd;
/** What the first octet begins with, by how many more there are. */
const LEADS: readonly number[] = [0, 0xc0, 0xe0, 0xf0];
/** What is written with so many more, at least. */
const LEAST: readonly number[] = [0, 0x80, 0x800, 0x1_0000];

/** The octets of `text`; half a surrogate pair becomes U+FFFD. */
export function toUtf8(text: string): Uint8Array<ArrayBuffer> {
  const octets: number[] = [];
  for (const character of text) {
    const code = scalar(character.codePointAt(0) ?? REPLACEMENT);
    const more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x1_0000 ? 2 : 3;
    octets.push((LEADS[more] ?? 0) | (code >> (6 * more)));
    for (let at = more - 1; at >= 0; at--) octets.push(0x80 | ((code >> (6 * at)) & 0x3f));
  }
  return Uint8Array.from(octets);
}

/** The text of `octets`; what is no UTF-8 becomes U+FFFD, an octet at a time. */
export function fromUtf8(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; ) {
    const first = octets[at] ?? 0;
    const more = continuations(first);
    const code = more < 0 ? -1 : continued(octets, at, more);
    text += String.fromCodePoint(code < 0 ? REPLACEMENT : code);
    at += code < 0 ? 1 : more + 1;
  }
  return text;
}

/** How many octets go on with what begins so; -1: nothing does. */
function continuations(first: number): number {
  if (first < 0x80) return 0;
  if (first < 0xc0 || first > 0xf4) return -1;
  return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/** The character that begins at `at` and goes on for `more` octets; -1 if that is none. */
function continued(octets: Uint8Array, at: number, more: number): number {
  let code = (octets[at] ?? 0) & (more === 0 ? 0x7f : 0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const next = octets[at + i] ?? 0;
    if ((next & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (next & 0x3f);
  }
  const tooShort = code < (LEAST[more] ?? 0);
  return tooShort || code > 0x10_ffff || scalar(code) !== code ? -1 : code;
}

function scalar(code: number): number {
  return code >= 0xd800 && code <= 0xdfff ? REPLACEMENT : code;
}
