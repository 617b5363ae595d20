/** A stream whose every octet is known by its place. */

/** The octet at relative sequence number `at` of a stream, where a test does not say otherwise. Printable. */
export function patternAt(at: number): number {
  return 33 + ((at * 7 + (at >> 6)) % 94);
}

/** Octets `[from, from + count)` of a stream of the pattern. */
export function pattern(from: number, count: number): string {
  let text = "";
  for (let at = from; at < from + count; at++) text += String.fromCharCode(patternAt(at));
  return text;
}
