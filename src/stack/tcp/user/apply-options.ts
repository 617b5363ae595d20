/** Options of a TCP socket: whether their values make sense, and what a change does to a live connection. */
import { Send } from "../../base/send.ts";
import { accepts } from "../../base/settings.ts";
import { PLAIN } from "../../contract/datagram-shape.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { Failure } from "../../contract/failures.ts";
import { startKeepAlive } from "../arrives/expiries.ts";
import { Due, setMode } from "../connection/due.ts";
import { schedule } from "../connection/lending.ts";
import { noteAck, noteOutput } from "../connection/notes.ts";
import { OPTION_RULES } from "../connection/rules.ts";
import { isSynchronized } from "../connection/states.ts";
import type { Tcb } from "../connection/tcb.ts";
import { windowOpened } from "../receive/window.ts";
import { renewRoute, updateSendMss } from "../send/send-route.ts";

/** Why one of `changes` cannot be: there is no such option, or its value makes no sense. */
export function optionsProblem(changes: Partial<TcpOptions>): Failure | undefined {
  return accepts(OPTION_RULES, changes) ? undefined : "invalid";
}

/**
 * The options that the connections of a listener have of its own: all but the options of IP, as on Linux, since they are of what
 * it sends itself (RFC 1122 §4.2.3.8).
 */
export function inheritedOptions(options: TcpOptions): TcpOptions {
  if (options.shape.ipv4Options.length === 0) return options;
  return { ...options, shape: { ...options.shape, ipv4Options: PLAIN.ipv4Options } };
}

/** Puts `options` in force; `changes` tells which of them are new. */
export function applyOptions(tcb: Tcb, options: TcpOptions, changes: Partial<TcpOptions>): void {
  const { snd } = tcb;
  tcb.options = options;
  if (changes.congestion !== undefined) snd.congestion = undefined;
  if (changes.userTimeout !== undefined) schedule(tcb);
  // As on Linux, rules may send it another way; and what IP adds, the segments have less.
  if (changes.mark !== undefined || changes.shape !== undefined) renewRoute(tcb);
  if (!isSynchronized(tcb.state)) return;
  if (changes.shape !== undefined) updateSendMss(tcb);
  if (changes.keepAlive !== undefined || changes.keepIdle !== undefined) {
    startKeepAlive(tcb);
    schedule(tcb);
  }
  if (changes.noDelay === true) setMode(tcb, Due.push); // tcp(7): flushes what is there, also on a cork
  if (changes.noDelay === true || changes.cork === false) noteOutput(tcb);
  if (changes.quickAck === true && tcb.rcv.unackedText > 0) noteAck(tcb, Send.ackQuick);
  if (changes.receiveBuffer !== undefined || changes.windowClamp !== undefined) windowOpened(tcb);
}
