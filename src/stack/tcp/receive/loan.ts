/**
 * The buffer of a reader that waits, lent to the connection: what comes next in order is copied right there,
 * instead of into the ring and out of it again.
 *
 * A loan holds something only within an entry: at its end the reader is woken, and takes what is there by
 * reading into the same place. What it does not take goes in front of the ring, as if it had come there. So the
 * reader's buffer is touched only between its being lent and its being read into or withdrawn.
 */
import type { Tcb } from "../connection/tcb.ts";

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

/**
 * Stores text that is next in order, `from[start..end)`, in the loan as far as it goes; how many octets. Only
 * while the ring is empty, as what is in there comes first, and while nothing is urgent.
 */
export function deposit(tcb: Tcb, loan: Loan, from: Uint8Array, start: number, end: number): number {
  const { into, at } = loan;
  const octets = Math.min(end - start, loan.end - at);
  if (octets === 0 || tcb.receiveRing.length > 0 || tcb.discarding || tcb.urgentState !== 0) return 0;
  if (into.length < loan.end) return 0; // its memory was transferred away meanwhile
  into.set(from.subarray(start, start + octets), at);
  loan.at = at + octets;
  return octets;
}

/** Ends the loan. The octets that are in `into[start..end)` because of it; what came to another place is recalled. */
export function redeem(tcb: Tcb, loan: Loan, into: Uint8Array, start: number, end: number): number {
  if (loan.into !== into || loan.start !== start || loan.at > end) recall(tcb, loan);
  const { octets } = loan;
  loan.finish();
  return octets;
}

/** Ends the loan: what has come goes in front of what is in the ring. */
export function recall(tcb: Tcb, loan: Loan): void {
  if (loan.octets > 0) tcb.receiveRing.prepend(loan.into, loan.start, loan.at);
  loan.finish();
}
