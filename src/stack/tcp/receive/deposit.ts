/**
 * Copies text straight into the buffer that a waiting reader has lent. What the reader does not take goes back into
 * the ring.
 */
import { tellCall } from "../connection/calls.ts";
import type { Loan } from "../connection/loan.ts";
import type { Tcb } from "../connection/tcb.ts";

/**
 * Stores text that is next in order, `from[start..end)`, in the loan as far as it goes; how many octets. Only
 * while the ring is empty, as what is in there comes first, and while nothing is urgent.
 */
export function deposit(tcb: Tcb, loan: Loan, from: Uint8Array, start: number, end: number): number {
  const { rcv } = tcb;
  const { into, at } = loan;
  const octets = Math.min(end - start, loan.end - at);
  if (octets === 0 || rcv.ring.length > 0 || rcv.discarding || rcv.urgentState !== 0) return 0;
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
  if (octets > 0) tellCall(tcb.host.context, tcb, "read", octets, octets);
  return octets;
}

/** Ends the loan: what has come goes in front of what is in the ring. */
export function recall(tcb: Tcb, loan: Loan): void {
  if (loan.octets > 0) tcb.rcv.ring.prepend(loan.into, loan.start, loan.at);
  loan.finish();
}
