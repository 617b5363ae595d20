/** The MTUs that occur on the Internet, for routers that do not say theirs. RFC 1191 §5, §7.1. */

/** RFC 1191 §7.1, table 7-1. */
const PLATEAUS: readonly number[] = [65_535, 32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];

/** The MTU to try when a router refused `length` octets but did not say what it takes (RFC 1191 §5). */
export function plateauBelow(length: number): number {
  for (const plateau of PLATEAUS) if (plateau < length) return plateau;
  return 68;
}
