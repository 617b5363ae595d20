/** What a tracer is told of the calls of an application. */
import type { CallName } from "../../contract/trace-events.ts";
import type { TransportContext } from "../../contract/transport.ts";
import type { Tcb } from "./tcb.ts";

/**
 * The application calls, and that is done at once, as nothing waits here. What follows is caused by that.
 *
 * @param octets - of text that it is about
 * @param done - those that are taken, or read; -1: it would have to wait
 */
export function tellCall(
  { trace }: TransportContext,
  tcb: Tcb | undefined,
  call: CallName,
  octets: number,
  done: number,
): void {
  if (trace === undefined) return;
  const id = trace.called("tcp", call, octets, tcb);
  trace.ended("tcp", id, call, done, tcb);
}

/** There is no room for any of what the application would write: it has to wait. */
export function tellRefused(context: TransportContext, tcb: Tcb, octets: number): undefined {
  tellCall(context, tcb, "write", octets, -1);
}
