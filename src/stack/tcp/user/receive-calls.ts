/**
 * RECEIVE of RFC 9293 §3.10.4, as calls on a connection that a user has. What the user reads or skips makes room, and
 * may open the window. What stands in a buffer that a reader has lent is settled first.
 */
import type { CallName } from "../../contract/trace-events.ts";
import type { TransportContext } from "../../contract/transport.ts";
import { tellCall } from "../connection/calls.ts";
import type { Loan } from "../connection/loan.ts";
import type { Tcb } from "../connection/tcb.ts";
import { recall, redeem } from "../receive/deposit.ts";
import { readableOctets } from "../receive/receive.ts";
import { urgentBeforePeek } from "../receive/urgent.ts";
import { mayHaveOpened, windowOpened } from "../receive/window.ts";

/** The connection, with all that has come in its ring, and nothing in a reader's buffer. */
export function settled(tcb: Tcb | undefined, loan: Loan | undefined): Tcb | undefined {
  if (tcb !== undefined && loan !== undefined) recall(tcb, loan);
  return tcb;
}

/**
 * Copies what has come to `into[start..end)`; with `peek` it stays. Octets; 0 at the end of the stream, undefined while
 * there is none.
 */
export function readText(
  context: TransportContext,
  tcb: Tcb | undefined,
  loan: Loan | undefined,
  hasFailed: boolean,
  into: Uint8Array,
  start: number,
  end: number,
  peek: boolean,
): number | undefined {
  if (tcb === undefined) return undefined;
  const lent = peek || loan === undefined ? 0 : redeem(tcb, loan, into, start, end);
  settled(tcb, loan);
  const octets = readableOctets(tcb, end - start - lent, peek, hasFailed);
  if (octets === undefined || octets === 0) return lent > 0 ? lent : octets;
  tcb.rcv.ring.copyOut(peek ? urgentBeforePeek(tcb) : 0, octets, into, start + lent);
  if (!peek) consume(context, tcb, octets);
  return lent + octets;
}

/** Passes over `most` octets at most, as if they had been read. */
export function skipText(
  context: TransportContext,
  tcb: Tcb | undefined,
  loan: Loan | undefined,
  hasFailed: boolean,
  most: number,
): number | undefined {
  if (settled(tcb, loan) === undefined || tcb === undefined) return undefined;
  const octets = readableOctets(tcb, most, false, hasFailed);
  if (octets !== undefined && octets > 0) consume(context, tcb, octets);
  return octets;
}

/** Throws away what has come, and all that comes from now on. What came early stays noted: it was SACKed. */
export function discardText(context: TransportContext, tcb: Tcb): void {
  if (!tcb.host.config.shutDiscards) {
    tcb.rcv.readShut = true;
    tellCall(context, tcb, "discard", 0, 0);
    return;
  }
  tcb.rcv.discarding = true;
  const unread = tcb.rcv.ring.length;
  tcb.rcv.ring.clear();
  if (unread > 0) opened(context, tcb, "discard", 0);
  else tellCall(context, tcb, "discard", 0, 0); // the peer learns nothing new
}

function consume(context: TransportContext, tcb: Tcb, octets: number): void {
  tcb.rcv.ring.consume(octets);
  if (tcb.rcv.ring.length === 0 && tcb.rcv.early === undefined) tcb.rcv.ring.trim();
  if (mayHaveOpened(tcb)) opened(context, tcb, "read", octets);
  else tellCall(context, tcb, "read", octets, octets);
}

function opened(context: TransportContext, tcb: Tcb, call: CallName, octets: number): void {
  context.enter();
  tellCall(context, tcb, call, octets, octets);
  try {
    windowOpened(tcb);
  } finally {
    context.leave();
  }
}
