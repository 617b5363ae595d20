/**
 * Memory that sums its own octets: the loop of the Internet checksum (RFC 1071) in WebAssembly, sixteen octets at a
 * time. A frame of 1,500 octets takes a third of the time that the loop in `checksum.ts` takes, which does the same
 * and stays the reference: it is used where there is no WebAssembly, and for stores that are not such memory.
 *
 * The module is written out below, instruction by instruction, so that there is nothing to build and nothing to trust.
 */

/** What this file needs of WebAssembly, which is no part of ECMAScript: browsers and Node have it, others may not. */
declare const WebAssembly:
  | {
      validate(module: Uint8Array): boolean;
      Module: new (module: Uint8Array) => object;
      Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
      Instance: new (module: object, imports: object) => { readonly exports: { readonly sum: OctetSum } };
    }
  | undefined;

/**
 * The sum of the octets `[from, to)` of a store as 16-bit words, low octet first, an odd one at the end padded with a
 * zero; not folded, below 2^32 as an unsigned number for anything that fits into an IP datagram.
 */
export type OctetSum = (from: number, to: number) => number;

/** A store, all zeros, and the function that sums its octets. */
export interface SummingStore {
  readonly buffer: ArrayBuffer;
  readonly sum: OctetSum;
}

const PAGE = 65_536;

// Opcodes of the WebAssembly specification, §5.4; those with a prefix are of its vector instructions.
const I32 = 0x7f;
const V128 = 0x7b;
const BLOCK = [0x02, 0x40];
const LOOP = [0x03, 0x40];
const IF = [0x04, 0x40];
const END = 0x0b;
const BRANCH = 0x0c;
const BRANCH_IF = 0x0d;
const GET = 0x20;
const SET = 0x21;
const TEE = 0x22;
const CONST = 0x41;
const LOAD8 = [0x2d, 0, 0];
const LOAD16 = [0x2f, 0, 0];
const LESS = 0x48;
const NOT_LESS = 0x4e;
const ADD = 0x6a;
const SUBTRACT = 0x6b;
const VECTOR_LOAD = [0xfd, 0x00, 0, 0];
/** Pairs of sixteen-bit words, added to four sums of 32 bits: i32x4.extadd_pairwise_i16x8_u. */
const ADD_PAIRS = [0xfd, 0x7f];
const VECTOR_ADD = [0xfd, 0xae, 0x01];
const LANE = [0xfd, 0x1b];

// The function's variables: two parameters, two numbers, a vector.
const AT = 0;
const TO = 1;
const TOTAL = 2;
const LAST = 3;
const SUMS = 4;

const BODY = [
  ...[2, 2, I32, 1, V128],
  // last = to - 15
  ...[GET, TO, CONST, 15, SUBTRACT, SET, LAST],
  // while (at < last) { sums += pairs at `at`; at += 16 }
  ...[...BLOCK, GET, AT, GET, LAST, NOT_LESS, BRANCH_IF, 0, ...LOOP],
  ...[GET, SUMS, GET, AT, ...VECTOR_LOAD, ...ADD_PAIRS, ...VECTOR_ADD, SET, SUMS],
  ...[GET, AT, CONST, 16, ADD, TEE, AT, GET, LAST, LESS, BRANCH_IF, 0, END, END],
  // total = the four sums together
  ...[GET, SUMS, ...LANE, 0, GET, SUMS, ...LANE, 1, ADD, GET, SUMS, ...LANE, 2, ADD],
  ...[GET, SUMS, ...LANE, 3, ADD, SET, TOTAL],
  // while (at + 1 < to) { total += word at `at`; at += 2 }
  ...[...BLOCK, ...LOOP, GET, AT, CONST, 1, ADD, GET, TO, NOT_LESS, BRANCH_IF, 1],
  ...[GET, TOTAL, GET, AT, ...LOAD16, ADD, SET, TOTAL],
  ...[GET, AT, CONST, 2, ADD, SET, AT, BRANCH, 0, END, END],
  // if (at < to) total += the odd octet
  ...[GET, AT, GET, TO, LESS, ...IF, GET, TOTAL, GET, AT, ...LOAD8, ADD, SET, TOTAL, END],
  ...[GET, TOTAL, END],
];

/** A section of a module (§5.5): all of ours have less than 16,384 octets. */
function section(id: number, contents: readonly number[]): number[] {
  return [id, ...size(contents.length), ...contents];
}

/** A length as LEB128 (§5.2.2), in two octets. */
function size(octets: number): number[] {
  return [(octets & 0x7f) | 0x80, octets >>> 7];
}

function name(text: string): number[] {
  return [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
}

function assemble(): Uint8Array {
  return new Uint8Array([
    ...[0, ...name("asm").slice(1), 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, I32, 1, I32]), // a type: two numbers to one
    ...section(2, [1, ...name("store"), ...name("memory"), 2, 0, 0]), // the memory is handed in
    ...section(3, [1, 0]), // a function of that type,
    ...section(7, [1, ...name("sum"), 0, 0]), // which goes by this name,
    ...section(10, [1, ...size(BODY.length), ...BODY]), // and does this
  ]);
}

/** Compiled at its first use; false where that cannot be done. The same for everybody, and never changed. */
let compiled: object | false | undefined;

function compile(): object | false {
  if (typeof WebAssembly === "undefined") return false;
  const module = assemble();
  if (!WebAssembly.validate(module)) return false; // without vector instructions
  try {
    return new WebAssembly.Module(module);
  } catch {
    return false; // a page's content security policy may forbid it: the loop in TypeScript does the same
  }
}

/** A store of at least `octets`; undefined where there is no such memory, or no more of it. */
export function summingStore(octets: number): SummingStore | undefined {
  compiled ??= compile();
  if (compiled === false || typeof WebAssembly === "undefined") return undefined;
  const pages = Math.ceil(octets / PAGE);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages }); // never grows: views stay good
    const { exports } = new WebAssembly.Instance(compiled, { store: { memory } });
    return { buffer: memory.buffer, sum: exports.sum };
  } catch {
    return undefined; // address space is bounded, at some thousands of such stores in a process
  }
}
