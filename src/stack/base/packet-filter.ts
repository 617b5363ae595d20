/**
 * Filters of packets: the classic BPF of McCanne and Jacobson (USENIX 1993), as SO_ATTACH_FILTER takes it and
 * `tcpdump -ddd` prints it. A program is checked once, so that running it needs no checks but of the packet's end.
 */

/** One instruction: code, jump if true, jump if false, and the constant k (unsigned). */
export type FilterInstruction = readonly [code: number, jt: number, jf: number, k: number];

/** BPF_MAXINSNS and BPF_MEMWORDS of Linux. */
const MOST_INSTRUCTIONS = 4096;
const MEMORY_WORDS = 16;

// Instruction classes, and the fields of a code.
const LD = 0;
const LDX = 1;
const ST = 2;
const STX = 3;
const ALU = 4;
const JMP = 5;
const RET = 6;
const MISC = 7;
const SIZE = 0x18;
const WORD = 0x00;
const HALF = 0x08;
const BYTE = 0x10;
const MODE = 0xe0;
const IMM = 0x00;
const ABS = 0x20;
const IND = 0x40;
const MEM = 0x60;
const LEN = 0x80;
const MSH = 0xa0;
/** The operand is the index register X, not k. */
const SRC_X = 0x08;
const OPERATION = 0xf0;
const DIV = 0x30;
const MOD = 0x90;

/** LD and LDX that there are: size and mode. MSH is four times the low half of an octet: the length of an IP header. */
const LOADS: ReadonlySet<number> = new Set([
  ...[IMM, MEM, LEN].map((mode) => LD | WORD | mode),
  ...[ABS, IND].flatMap((mode) => [WORD, HALF, BYTE].map((size) => LD | size | mode)),
  ...[IMM, MEM, LEN].map((mode) => LDX | WORD | mode),
  LDX | BYTE | MSH,
]);
/** ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR. */
const MOST_ALU = 0xa0;
/** JA, JEQ, JGT, JGE, JSET. */
const MOST_JUMP = 0x40;

/** Whether `program` always ends, and reads and writes only where it may. */
export function isFilter(program: unknown): program is readonly FilterInstruction[] {
  if (!Array.isArray(program) || program.length === 0 || program.length > MOST_INSTRUCTIONS) return false;
  if (!program.every((each, at) => isInstruction(each, at, program.length))) return false;
  return ((program.at(-1) as FilterInstruction)[0] & 7) === RET;
}

function isInstruction(given: unknown, at: number, length: number): boolean {
  if (!Array.isArray(given) || given.length !== 4 || !given.every(Number.isInteger)) return false;
  const [code, jt, jf, k] = given as [number, number, number, number];
  const inRange = code >= 0 && code <= 0xffff && jt >= 0 && jt <= 255 && jf >= 0 && jf <= 255;
  return (
    inRange && k >= 0 && k <= 0xffff_ffff && isKnown(code, k) && jumpsInside(code, jt, jf, k, at, length)
  );
}

function isKnown(code: number, k: number): boolean {
  const operation = code & OPERATION;
  switch (code & 7) {
    case LD:
    case LDX:
      // Negative offsets are the kernel's own data about a packet, which are not here.
      return (
        LOADS.has(code) && ((code & MODE) === MEM ? k < MEMORY_WORDS : (code & MODE) !== ABS || k < 2 ** 31)
      );
    case ST:
    case STX:
      return code < ALU && k < MEMORY_WORDS;
    case ALU:
      return (
        operation <= MOST_ALU &&
        !((operation === DIV || operation === MOD) && (code & SRC_X) === 0 && k === 0)
      );
    case JMP:
      return operation <= MOST_JUMP;
    case RET:
      return code === RET || code === (RET | 0x10);
    default:
      return code === MISC || code === (MISC | 0x80);
  }
}

function jumpsInside(code: number, jt: number, jf: number, k: number, at: number, length: number): boolean {
  if ((code & 7) !== JMP) return true;
  if ((code & OPERATION) === 0) return at + 1 + k < length;
  return at + 1 + Math.max(jt, jf) < length;
}

/** A filter that has been checked. */
export class PacketFilter {
  /** What it runs. */
  readonly program: readonly FilterInstruction[];
  readonly #memory: Uint32Array = new Uint32Array(MEMORY_WORDS);
  /** The accumulator and the index register. */
  #a = 0;
  #x = 0;

  /** @param program - one for which `isFilter` is true */
  constructor(program: readonly FilterInstruction[]) {
    this.program = program;
  }

  /** Where what is kept of `bytes[from..to)` ends, counted from `from` as the program sees it; -1: nothing is kept. */
  cut(bytes: Uint8Array, from: number, to: number): number {
    const kept = this.run(bytes, from, to);
    return kept === 0 ? -1 : Math.min(from + kept, to);
  }

  /** Octets of `bytes[from..to)` to keep; 0: none. A load behind the end refuses the packet, as division by 0 does. */
  run(bytes: Uint8Array, from: number, to: number): number {
    this.#memory.fill(0);
    this.#a = 0;
    this.#x = 0;
    for (let at = 0; ; at++) {
      const instruction = this.program[at] as FilterInstruction;
      const [code, , , k] = instruction;
      if ((code & 7) === RET) return (code & 0x10) === 0 ? k : this.#a;
      if ((code & 7) === JMP) at += this.#jump(instruction);
      else if (!this.#execute(code, k, bytes, from, to)) return 0;
    }
  }

  /** How many instructions to pass over. */
  #jump([code, jt, jf, k]: FilterInstruction): number {
    if ((code & OPERATION) === 0) return k;
    return isTrue(code & OPERATION, this.#a, (code & SRC_X) === 0 ? k : this.#x) ? jt : jf;
  }

  /** False: the packet is refused. */
  #execute(code: number, k: number, bytes: Uint8Array, from: number, to: number): boolean {
    switch (code & 7) {
      case LD:
        this.#a = load(code, k, this.#x, this.#memory, bytes, from, to);
        return this.#a >= 0;
      case LDX:
        this.#x = load(code, k, this.#x, this.#memory, bytes, from, to);
        return this.#x >= 0;
      case ST:
        this.#memory[k] = this.#a;
        return true;
      case STX:
        this.#memory[k] = this.#x;
        return true;
      case ALU:
        this.#a = calculate(code & OPERATION, this.#a, (code & SRC_X) === 0 ? k : this.#x);
        return this.#a >= 0;
      default:
        if ((code & 0x80) === 0) this.#x = this.#a;
        else this.#a = this.#x;
        return true;
    }
  }
}

/** The value that is loaded; -1 behind the packet's end. */
function load(
  code: number,
  k: number,
  x: number,
  memory: Uint32Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  switch (code & MODE) {
    case IMM:
      return k;
    case MEM:
      return memory[k] ?? 0;
    case LEN:
      return to - from;
    case MSH:
      return from + k < to ? ((bytes[from + k] ?? 0) & 15) * 4 : -1;
    default:
      return octets(bytes, from + k + ((code & MODE) === IND ? x : 0), to, code & SIZE);
  }
}

function octets(bytes: Uint8Array, at: number, to: number, size: number): number {
  const count = size === WORD ? 4 : size === HALF ? 2 : 1;
  if (at + count > to) return -1;
  let value = 0;
  for (let index = 0; index < count; index++) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

/** Unsigned, modulo 2^32; -1: a division by 0. */
function calculate(operation: number, a: number, b: number): number {
  switch (operation) {
    case 0x00:
      return (a + b) >>> 0;
    case 0x10:
      return (a - b) >>> 0;
    case 0x20:
      return Math.imul(a, b) >>> 0;
    case DIV:
      return b === 0 ? -1 : Math.floor(a / b);
    case 0x40:
      return (a | b) >>> 0;
    case 0x50:
      return (a & b) >>> 0;
    case 0x60:
      return b > 31 ? 0 : (a << b) >>> 0;
    case 0x70:
      return b > 31 ? 0 : a >>> b;
    case 0x80:
      return -a >>> 0;
    case MOD:
      return b === 0 ? -1 : a % b;
    default:
      return (a ^ b) >>> 0;
  }
}

function isTrue(operation: number, a: number, b: number): boolean {
  switch (operation) {
    case 0x10:
      return a === b;
    case 0x20:
      return a > b;
    case 0x30:
      return a >= b;
    default:
      return (a & b) !== 0;
  }
}
