/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed function of short messages that nobody without the key
 * can predict. 64-bit words are kept as two 32-bit halves, since BigInt would cost fifty times as much; and the halves
 * of the state as variables, since an array of them is read and written four times in each of sixteen rounds.
 */

/** Rounds for each word of the message, and at the end. */
const PER_WORD = 2;
const FINAL = 4;

/** SipHash-2-4 with a key of its own. */
export class SipHash {
  /** The lower and upper 32 bits of the last hash, as signed integers. */
  low = 0;
  high = 0;
  readonly #key: Int32Array;

  /** @param key - 128 bits as four 32-bit words, the least significant first */
  constructor(key: readonly [number, number, number, number]) {
    this.#key = new Int32Array(key);
  }

  /** Hashes the first `octets` octets of `view`; the result is in `low` and `high`. */
  hash(view: DataView, octets: number): void {
    const key = this.#key;
    // "somepseudorandomlygeneratedbytes", XORed with the key
    let v0 = (key[0] as number) ^ 0x70736575;
    let v0High = (key[1] as number) ^ 0x736f6d65;
    let v1 = (key[2] as number) ^ 0x6e646f6d;
    let v1High = (key[3] as number) ^ 0x646f7261;
    let v2 = (key[0] as number) ^ 0x6e657261;
    let v2High = (key[1] as number) ^ 0x6c796765;
    let v3 = (key[2] as number) ^ 0x79746573;
    let v3High = (key[3] as number) ^ 0x74656462;

    const messageRounds = PER_WORD * ((octets >>> 3) + 1);
    let low = 0;
    let high = 0;
    for (let round = 0; round < messageRounds + FINAL; round++) {
      if (round === messageRounds) v2 ^= 0xff;
      else if (round < messageRounds && round % PER_WORD === 0) {
        const at = (round / PER_WORD) * 8;
        low = at + 8 <= octets ? view.getInt32(at, true) : lastWord(view, at, octets, 0);
        high = at + 8 <= octets ? view.getInt32(at + 4, true) : lastWord(view, at, octets, 4);
        v3 ^= low;
        v3High ^= high;
      }
      // SipRound, as in figure 2.1 of the paper: v0 += v1, v1 <<<= 13, v1 ^= v0, v0 <<<= 32, and so on.
      const sum0 = (v0 + v1) | 0;
      const sum0High = (v0High + v1High + carry(sum0, v1)) | 0;
      const turned1 = ((v1 << 13) | (v1High >>> 19)) ^ sum0;
      const turned1High = ((v1High << 13) | (v1 >>> 19)) ^ sum0High;
      const sum2 = (v2 + v3) | 0;
      const sum2High = (v2High + v3High + carry(sum2, v3)) | 0;
      const turned3 = ((v3 << 16) | (v3High >>> 16)) ^ sum2;
      const turned3High = ((v3High << 16) | (v3 >>> 16)) ^ sum2High;
      v0 = (sum0High + turned3) | 0;
      v0High = (sum0 + turned3High + carry(v0, turned3)) | 0;
      v3 = ((turned3 << 21) | (turned3High >>> 11)) ^ v0;
      v3High = ((turned3High << 21) | (turned3 >>> 11)) ^ v0High;
      v2High = (sum2 + turned1) | 0;
      v2 = (sum2High + turned1High + carry(v2High, turned1)) | 0;
      v1 = ((turned1 << 17) | (turned1High >>> 15)) ^ v2High;
      v1High = ((turned1High << 17) | (turned1 >>> 15)) ^ v2;
      if (round < messageRounds && round % PER_WORD === PER_WORD - 1) {
        v0 ^= low;
        v0High ^= high;
      }
    }
    this.low = v0 ^ v1 ^ v2 ^ v3;
    this.high = v0High ^ v1High ^ v2High ^ v3High;
  }
}

/** What the sum of two lower halves, one of them `part`, carries into the upper ones. */
function carry(sum: number, part: number): number {
  return sum >>> 0 < part >>> 0 ? 1 : 0;
}

/** Four octets of the last word: what octets are left, and the length in its highest octet. */
function lastWord(view: DataView, word: number, octets: number, half: number): number {
  let value = half === 4 ? (octets & 255) << 24 : 0;
  for (let at = word + half; at < Math.min(octets, word + half + 4); at++)
    value |= view.getUint8(at) << (8 * (at - word - half));
  return value;
}
