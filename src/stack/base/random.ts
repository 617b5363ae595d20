/**
 * Chance, as the whole stack sees it: a generator that somebody seeds. The same seed gives the same draws
 * on every machine, so a failing run can be repeated from its seed alone.
 */

/** The only source of chance. */
export interface Random {
  /** 32 independent bits, as a signed integer. */
  bits(): number;
  /** A generator of its own for one subsystem: a new draw in ARP must not change TCP's sequence numbers. */
  fork(name: string): Random;
}

/** An integer in `[0, bound)`, `bound` at most 2^32. Its bias is below bound / 2^32, nothing here minds that. */
export function below(random: Random, bound: number): number {
  return Math.floor(((random.bits() >>> 0) / 0x1_0000_0000) * bound);
}

/** A number in `[0, 1)` with 32 bits of resolution. */
export function fraction(random: Random): number {
  return (random.bits() >>> 0) / 0x1_0000_0000;
}

/** xoshiro128** 1.1 (Blackman and Vigna): fast and of good quality, but not for keys against an attacker. */
export class Xoshiro128 implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  readonly #seed: number;

  /** @param seed - any number; its 32-bit integer part is used */
  constructor(seed: number) {
    this.#seed = seed | 0;
    // SplitMix32 spreads a small seed over the 128 bits of state, and never gives the all-zero state.
    let state = seed | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) | 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  bits(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result | 0;
  }

  fork(name: string): Random {
    let hash = this.#seed ^ 0x811c9dc5; // FNV-1a: depends on the seed and the name, not on earlier draws
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return new Xoshiro128(hash);
  }
}
