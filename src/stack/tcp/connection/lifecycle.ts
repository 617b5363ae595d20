/** What happens to a connection as a whole: its states, its end. */
import type { Failure } from "../../contract/failures.ts";
import type { TcpState } from "../../contract/tcp-state.ts";
import { noteChange } from "./notes.ts";
import type { Tcb } from "./tcb.ts";

/** Enters a state: the tracer and the user are told. */
export function setState(tcb: Tcb, state: TcpState): void {
  const from = tcb.state;
  tcb.state = state;
  tcb.host.context.trace?.stateChanged(tcb, from, state);
  noteChange(tcb);
}

/**
 * The connection is over: nothing of it is sent any more, its timers and send buffer are gone. What the
 * application has not read stays readable, and `failure` is told behind it, as in Linux: RFC 9293 §3.10.7.4
 * would flush it, but it was acknowledged, so the peer counts on its having been delivered.
 */
export function terminate(tcb: Tcb, failure: Failure | undefined): void {
  retire(tcb);
  if (tcb.user === undefined) tcb.rcv.ring.clear();
  tcb.due = 0;
  tcb.duplicateAcksDue = 0;
  const wasInTable = tcb.state !== "closed" && tcb.state !== "time-wait";
  if (tcb.state !== "closed") setState(tcb, "closed");
  if (wasInTable) tcb.host.remove(tcb);
  if (failure !== undefined) tcb.user?.connectionFailed(failure);
}

/** Drops what only a connection that still sends needs: timers, the send buffer, the scoreboard. */
export function retire(tcb: Tcb): void {
  tcb.host.deadlines.giveBack(tcb);
  tcb.host.notQuiet(tcb);
  tcb.host.trace?.settled(tcb);
  tcb.host.recoveries.giveBack(tcb);
  tcb.snd.ring.clear();
  tcb.rcv.early = undefined;
}
