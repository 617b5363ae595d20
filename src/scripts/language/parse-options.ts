/** Options of TCP in angle brackets. */
import type { Cursor } from "./cursor.ts";
import type { TcpOption } from "./syntax.ts";

const NUMBER_MD5 = 19;
const NUMBER_FAST_OPEN = 34;
/** RFC 6994: an experiment, told by its own number. */
const NUMBER_EXPERIMENT = 254;
const EXPERIMENT_FAST_OPEN: readonly number[] = [0xf9, 0x89];

/** The options that are given; none if there are no brackets; undefined for `<...>`, any. */
export function parseTcpOptions(cursor: Cursor): readonly TcpOption[] | undefined {
  if (!cursor.take("<")) return [];
  if (cursor.take("...", "ellipsis")) {
    cursor.expect(">");
    return undefined;
  }
  const options: TcpOption[] = [];
  do options.push(parseOption(cursor));
  while (cursor.take(","));
  cursor.expect(">");
  return options;
}

function parseOption(cursor: Cursor): TcpOption {
  const kind = cursor.word("an option of TCP");
  switch (kind) {
    case "nop":
    case "eol":
    case "sackOK":
      return { kind };
    case "mss":
    case "wscale":
      return { kind, value: cursor.integer() };
    case "TS":
      return parseTimestamps(cursor);
    case "sack":
      return { kind, blocks: parseBlocks(cursor) };
    case "md5":
      return { kind: "raw", number: NUMBER_MD5, data: parseHex(cursor) };
    case "FO":
      return { kind: "raw", number: NUMBER_FAST_OPEN, data: parseHex(cursor) };
    case "FOEXP":
      return { kind: "raw", number: NUMBER_EXPERIMENT, data: [...EXPERIMENT_FAST_OPEN, ...parseHex(cursor)] };
    case "ECN":
      throw cursor.wrong("the option of AccECN is not supported", cursor.last);
    default:
      throw cursor.wrong(`${kind} is no option of TCP that is known`, cursor.last);
  }
}

function parseTimestamps(cursor: Cursor): TcpOption {
  if (!cursor.takeWord("val")) throw cursor.wanted('"val"');
  const val = cursor.integer();
  if (!cursor.takeWord("ecr")) throw cursor.wanted('"ecr"');
  return { kind: "TS", val, ecr: cursor.integer() };
}

function parseBlocks(cursor: Cursor): readonly (readonly [number, number])[] {
  const blocks: [number, number][] = [];
  while (cursor.peek().kind === "integer") {
    const left = cursor.integer();
    cursor.expect(":");
    blocks.push([left, cursor.integer()]);
  }
  if (blocks.length === 0) throw cursor.wanted("a block, as 1001:2001");
  return blocks;
}

function parseHex(cursor: Cursor): readonly number[] {
  if (cursor.peek().kind !== "word" && cursor.peek().kind !== "integer") return [];
  const { text } = cursor.next();
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(text))
    throw cursor.wrong(`${text} is not octets in hexadecimal`, cursor.last);
  return (text.match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16));
}
