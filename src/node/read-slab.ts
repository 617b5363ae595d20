/**
 * Memory for what is read. Node's `net` hands each chunk to the program for good, so it cannot be reused; but
 * many small chunks can share one allocation, as with Node's own buffer pool.
 */
const SHARED = 65_536;
/** A larger chunk gets memory of its own, so that keeping a small one keeps little else alive. */
const SMALL = 4_096;
/** The most that one read event carries: as much as libuv's. */
const LARGEST = 65_536;

/** Buffers for what arrives, cut from large ones. */
export class ReadSlab {
  /** Where the next read goes: `octets[start..end)`. */
  octets: Uint8Array = Buffer.allocUnsafeSlow(SHARED);
  start = 0;
  end = 0;
  #shared: Uint8Array = this.octets;
  #used = 0;

  /** Makes room for `expected` octets, at least one. */
  prepare(expected: number): void {
    const wanted = Math.max(1, Math.min(expected, LARGEST));
    if (wanted > SMALL) {
      this.octets = Buffer.allocUnsafeSlow(wanted);
      this.start = 0;
    } else {
      if (this.#used + wanted > SHARED) {
        this.#shared = Buffer.allocUnsafeSlow(SHARED);
        this.#used = 0;
      }
      this.octets = this.#shared;
      this.start = this.#used;
    }
    this.end = this.start + wanted;
  }

  /** `count` of the prepared octets now belong to the program. */
  consume(count: number): void {
    if (this.octets !== this.#shared) return;
    // Chunks start at multiples of eight, so that typed arrays can be laid over them.
    this.#used = (this.start + count + 7) & ~7;
  }
}
