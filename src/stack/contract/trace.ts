/** Observers of what the stack does. */
import type { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";

/**
 * What a tracer is told. Every method is optional; arguments are lent. Every call site is guarded: no
 * tracer, no cost. A tracer must not call the stack.
 */
export interface Tracer {
  /** `layer` is the one that dropped it: "ethernet", "arp", "ipv4", "icmp", "udp", "tcp", "interface". */
  dropped?(layer: string, packet: Packet, reason: Drop): void;
  /** A frame as it came from (`in`) or goes to (`out`) the link of interface `name`. */
  frame?(name: string, direction: "in" | "out", packet: Packet): void;
  /** A TCP connection, named as `local > remote`, changed its state. */
  stateChanged?(connection: string, from: string, to: string): void;
}
