/**
 * Sets of ephemeral ports, one bit for each port. A free port is found by looking at 32 ports at a time. Where nearly
 * all ports are used, looking one by one would take 28,000 look-ups for each `connect`, and as many for each that
 * fails.
 */

/** RFC 6335 §6: the dynamic ports. Below them Linux's 32768 has become customary; RFC 6056 §3.2 wants many. */
export const FIRST_EPHEMERAL = 32_768;
const LAST_EPHEMERAL = 60_999;
/** How many there are. */
export const EPHEMERAL_PORTS: number = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1;

const WORDS = Math.ceil(EPHEMERAL_PORTS / 32);
/** In the last word, the bits beyond the last port. */
const BEYOND = -1 << (EPHEMERAL_PORTS % 32);

/** Some of the ephemeral ports. */
export class PortSet {
  readonly words: Int32Array = new Int32Array(WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Nothing happens for a port that is not ephemeral, or there already. */
  add(port: number): void {
    this.#change(port, true);
  }

  /** Nothing happens for a port that is not there. */
  delete(port: number): void {
    this.#change(port, false);
  }

  #change(port: number, there: boolean): void {
    const at = port - FIRST_EPHEMERAL;
    if (at < 0 || at >= EPHEMERAL_PORTS) return;
    const word = this.words[at >> 5] as number;
    const bit = 1 << (at & 31);
    if (((word & bit) !== 0) === there) return;
    this.words[at >> 5] = word ^ bit;
    this.#size += there ? 1 : -1;
  }
}

/** The first port from `start` on that neither set has, after the last one from the first on; 0 if there is none. */
export function firstInNeither(start: number, one: PortSet, other: PortSet): number {
  if (one.size === EPHEMERAL_PORTS || other.size === EPHEMERAL_PORTS) return 0;
  const begin = start - FIRST_EPHEMERAL;
  for (let i = 0; i <= WORDS; i++) {
    const word = ((begin >> 5) + i) % WORDS;
    let free = ~((one.words[word] as number) | (other.words[word] as number));
    if (word === WORDS - 1) free &= ~BEYOND;
    // Of the word in which it begins, the lower bits come last.
    if (i === 0) free &= -1 << (begin & 31);
    if (free !== 0) return FIRST_EPHEMERAL + word * 32 + lowestBit(free);
  }
  return 0;
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
