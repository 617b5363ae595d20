/** Observers of what the stack does. */
import type { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import type { TcpState } from "./endpoint.ts";
import type { Layer } from "./reasons/row.ts";

/**
 * What a tracer is told. Every method is optional; arguments are lent. Every call site is guarded: no
 * tracer, no cost. A tracer must not call the stack.
 */
export interface Tracer {
  /**
   * `layer` has dropped the packet, or part of its text; see the table of reasons. `packet` is undefined where only
   * what was in it was still there.
   */
  dropped?(layer: Layer, packet: Packet | undefined, reason: Drop): void;
  /** A frame as it came from (`in`) or goes to (`out`) the link of interface `name`. */
  frame?(name: string, direction: "in" | "out", packet: Packet): void;
  /** A TCP connection, named as `local > remote`, changed its state. */
  stateChanged?(connection: string, from: TcpState, to: TcpState): void;
}
