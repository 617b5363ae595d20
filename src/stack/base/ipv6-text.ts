/** IPv6 addresses as people write them: RFC 4291 §2.2 for reading, RFC 5952 for writing. */

const GROUPS = 8;

/**
 * The 128 bits, in four words, as RFC 5952 §4 has them: in lower case, without leading zeros, the longest run of
 * two or more zero groups (the first of equals) as `::`.
 */
export function formatIpv6(word0: number, word1: number, word2: number, word3: number): string {
  const groups = [word0, word1, word2, word3].flatMap((word) => [word >>> 16, word & 0xffff]);
  let start = -1;
  let length = 1;
  for (let i = 0; i < GROUPS; i++) {
    let end = i;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
    i = Math.max(i, end - 1);
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  if (start < 0) return text(0, GROUPS);
  return `${text(0, start)}::${text(start + length, GROUPS)}`;
}

/** The four words of an address as `inet_pton` takes it, the last 32 bits perhaps dotted; undefined if it is none. */
export function readIpv6Text(text: string): readonly [number, number, number, number] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 1 ? [] : readGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = GROUPS - head.length - tail.length;
  // `::` stands for one group at least (RFC 4291 §2.2 has it for "one or more").
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (at: number): number => ((groups[at] ?? 0) << 16) | (groups[at + 1] ?? 0) | 0;
  return [word(0), word(2), word(4), word(6)];
}

/** Groups with `:` between; at the end of the address there may be four decimal octets. */
function readGroups(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (mayEndDotted && index === parts.length - 1 && part.includes(".")) {
      const octets = readDotted(part);
      if (octets === undefined) return undefined;
      groups.push(octets >>> 16, octets & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups.length > GROUPS ? undefined : groups;
}

/** Four decimal octets with dots between, as a 32-bit word; undefined when `text` is none. */
export function readDotted(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let word = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    word = (word << 8) | Number(part);
  }
  return word;
}
