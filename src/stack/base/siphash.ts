/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed function of short messages that nobody without the key
 * can predict. 64-bit words are kept as two 32-bit halves, since BigInt would cost fifty times as much.
 */

/** Halves of the state words v0 to v3: low half of v0, high half of v0, low half of v1, … */
const V0 = 0;
const V1 = 2;
const V2 = 4;
const V3 = 6;

/** SipHash-2-4 with a key of its own. */
export class SipHash {
  /** The lower and upper 32 bits of the last hash, as signed integers. */
  low = 0;
  high = 0;
  readonly #key: Int32Array;
  readonly #state: Int32Array = new Int32Array(8);

  /** @param key - 128 bits as four 32-bit words, the least significant first */
  constructor(key: readonly [number, number, number, number]) {
    this.#key = new Int32Array(key);
  }

  /** Hashes the first `octets` octets of `view`; the result is in `low` and `high`. */
  hash(view: DataView, octets: number): void {
    const state = this.#state;
    const key = this.#key;
    // "somepseudorandomlygeneratedbytes", XORed with the key
    const k0Low = key[0] as number;
    const k0High = key[1] as number;
    const k1Low = key[2] as number;
    const k1High = key[3] as number;
    state[V0] = k0Low ^ 0x70736575;
    state[V0 + 1] = k0High ^ 0x736f6d65;
    state[V1] = k1Low ^ 0x6e646f6d;
    state[V1 + 1] = k1High ^ 0x646f7261;
    state[V2] = k0Low ^ 0x6e657261;
    state[V2 + 1] = k0High ^ 0x6c796765;
    state[V3] = k1Low ^ 0x79746573;
    state[V3 + 1] = k1High ^ 0x74656462;

    const whole = octets & ~7;
    for (let at = 0; at < whole; at += 8) {
      compress(state, view.getInt32(at, true), view.getInt32(at + 4, true));
    }
    // The last word: what octets are left, and the length in its highest octet.
    let low = 0;
    let high = (octets & 255) << 24;
    for (let at = whole; at < octets; at++) {
      const shift = 8 * (at - whole);
      if (shift < 32) low |= view.getUint8(at) << shift;
      else high |= view.getUint8(at) << (shift - 32);
    }
    compress(state, low, high);

    state[V2] = (state[V2] as number) ^ 0xff;
    for (let i = 0; i < 4; i++) round(state);
    this.low = word(state, V0) ^ word(state, V1) ^ word(state, V2) ^ word(state, V3);
    this.high = word(state, V0 + 1) ^ word(state, V1 + 1) ^ word(state, V2 + 1) ^ word(state, V3 + 1);
  }
}

function word(state: Int32Array, at: number): number {
  return state[at] as number;
}

function compress(state: Int32Array, low: number, high: number): void {
  state[V3] = word(state, V3) ^ low;
  state[V3 + 1] = word(state, V3 + 1) ^ high;
  round(state);
  round(state);
  state[V0] = word(state, V0) ^ low;
  state[V0 + 1] = word(state, V0 + 1) ^ high;
}

function round(state: Int32Array): void {
  addRotateXor(state, V0, V1, 13);
  swapHalves(state, V0);
  addRotateXor(state, V2, V3, 16);
  addRotateXor(state, V0, V3, 21);
  addRotateXor(state, V2, V1, 17);
  swapHalves(state, V2);
}

/** `a += b; b = rotateLeft(b, bits) ^ a` on 64-bit words; `bits` below 32. */
function addRotateXor(state: Int32Array, a: number, b: number, bits: number): void {
  const bLow = word(state, b);
  const bHigh = word(state, b + 1);
  const low = (word(state, a) >>> 0) + (bLow >>> 0);
  const carry = low > 0xffff_ffff ? 1 : 0;
  state[a] = low | 0;
  state[a + 1] = (word(state, a + 1) + bHigh + carry) | 0;
  state[b] = ((bLow << bits) | (bHigh >>> (32 - bits))) ^ word(state, a);
  state[b + 1] = ((bHigh << bits) | (bLow >>> (32 - bits))) ^ word(state, a + 1);
}

/** Rotation by 32 bits. */
function swapHalves(state: Int32Array, a: number): void {
  const low = word(state, a);
  state[a] = word(state, a + 1);
  state[a + 1] = low;
}
