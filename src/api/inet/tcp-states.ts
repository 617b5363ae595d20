/** What the states of RFC 9293 §3.3.2 mean to a reader. */
import type { TcpState } from "../../stack/index.ts";

/** The peer's FIN has come, and this end is not closed. */
export function peerHasFinished(state: TcpState): boolean {
  return state === "close-wait" || state === "last-ack" || state === "closing";
}
