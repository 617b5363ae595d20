/** What the states of a connection (RFC 9293 §3.3.2) permit. */
import type { TcpState } from "../../contract/tcp-state.ts";

/** A state in which the application's data may still be sent. */
export function maySend(state: TcpState): boolean {
  return state === "established" || state === "close-wait";
}

/** A state in which the peer's data may still come. */
export function mayReceive(state: TcpState): boolean {
  return state === "established" || state === "fin-wait-1" || state === "fin-wait-2";
}

/** Handshake over, and not yet TIME-WAIT or CLOSED. */
export function isSynchronized(state: TcpState): boolean {
  return state !== "closed" && state !== "listen" && state !== "syn-sent" && state !== "syn-received";
}
