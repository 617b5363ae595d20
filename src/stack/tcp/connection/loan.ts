/**
 * The buffer of a reader that waits, lent to the connection: what comes next in order is copied right there,
 * instead of into the ring and out of it again. What fills and empties it is in `receive/deposit.ts`.
 *
 * A loan holds something only within an entry: at its end the reader is woken, and takes what is there by
 * reading into the same place. What it does not take goes in front of the ring, as if it had come there. So the
 * reader's buffer is touched only between its being lent and its being read into or withdrawn.
 */

const NOTHING: Uint8Array = new Uint8Array(0);

/** One per socket, used again and again. While nothing is lent, there is no room in it. */
export class Loan {
  into: Uint8Array = NOTHING;
  start = 0;
  /** Where the next octet goes. */
  at = 0;
  end = 0;

  /** Octets that have come, and were not taken yet. */
  get octets(): number {
    return this.at - this.start;
  }

  /** The connection may fill `into[start..end)` from now on. */
  begin(into: Uint8Array, start: number, end: number): void {
    this.into = into;
    this.start = start;
    this.at = start;
    this.end = end;
  }

  finish(): void {
    this.begin(NOTHING, 0, 0);
  }
}
