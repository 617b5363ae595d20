/**
 * A set of sequence numbers as ordered disjoint ranges [left, right), safe across the wrap: what arrived out
 * of order, and what the peer has SACKed. All of a set lies within 2^31 of one another.
 */
import { type SeqNum, seqBefore, seqDistance, seqMax } from "./seq.ts";

/** Ranges of sequence numbers, in order, none touching another. */
export class Ranges {
  readonly #lefts: SeqNum[] = [];
  readonly #rights: SeqNum[] = [];
  #octets = 0;

  get count(): number {
    return this.#lefts.length;
  }

  /** Sequence numbers in the set. */
  get octets(): number {
    return this.#octets;
  }

  /** The bounds of range `i`, from 0, in order; `i` must be below `count`. */
  left(i: number): SeqNum {
    return this.#lefts[i] as SeqNum;
  }

  right(i: number): SeqNum {
    return this.#rights[i] as SeqNum;
  }

  /** Adds [left, right); touching ranges become one. How many numbers were not yet in the set. */
  add(left: SeqNum, right: SeqNum): number {
    const lefts = this.#lefts;
    const rights = this.#rights;
    let first = lefts.length;
    while (first > 0 && !seqBefore(rights[first - 1] as SeqNum, left)) first--;
    let last = first;
    let covered = 0;
    let from = left;
    let to = right;
    for (; last < lefts.length && !seqBefore(right, lefts[last] as SeqNum); last++) {
      const l = lefts[last] as SeqNum;
      const r = rights[last] as SeqNum;
      covered += seqDistance(l, r);
      if (seqBefore(l, from)) from = l;
      to = seqMax(to, r);
    }
    lefts.splice(first, last - first, from);
    rights.splice(first, last - first, to);
    const gained = seqDistance(from, to) - covered;
    this.#octets += gained;
    return gained;
  }

  /** Which range holds `seq`; -1 if none does. */
  indexOf(seq: SeqNum): number {
    for (let i = 0; i < this.#lefts.length; i++) {
      if (seqBefore(seq, this.left(i))) return -1;
      if (seqBefore(seq, this.right(i))) return i;
    }
    return -1;
  }

  /** Whether all of [left, right) is in the set. */
  covers(left: SeqNum, right: SeqNum): boolean {
    const i = this.indexOf(left);
    return i >= 0 && !seqBefore(this.right(i), right);
  }

  /** How many numbers of [left, right) are in the set. */
  octetsWithin(left: SeqNum, right: SeqNum): number {
    let sum = 0;
    for (let i = 0; i < this.#lefts.length && seqBefore(this.left(i), right); i++) {
      const from = seqMax(this.left(i), left);
      const to = seqBefore(this.right(i), right) ? this.right(i) : right;
      if (seqBefore(from, to)) sum += seqDistance(from, to);
    }
    return sum;
  }

  /** Removes everything before `seq`. */
  removeBefore(seq: SeqNum): void {
    let whole = 0;
    while (whole < this.#lefts.length && !seqBefore(seq, this.right(whole))) {
      this.#octets -= seqDistance(this.left(whole), this.right(whole));
      whole++;
    }
    if (whole > 0) {
      this.#lefts.splice(0, whole);
      this.#rights.splice(0, whole);
    }
    if (this.#lefts.length > 0 && seqBefore(this.left(0), seq)) {
      this.#octets -= seqDistance(this.left(0), seq);
      this.#lefts[0] = seq;
    }
  }

  clear(): void {
    this.#lefts.length = 0;
    this.#rights.length = 0;
    this.#octets = 0;
  }
}
