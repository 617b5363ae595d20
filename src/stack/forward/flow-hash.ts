/**
 * Which of several equal ways a flow takes (RFC 2992 §2, RFC 6438): by its addresses, protocol and ports, so that
 * its segments stay in order. Fragments have no ports to go by, so all of a datagram's go by its addresses.
 */
import type { Passage } from "../contract/forwarding.ts";
import { hasPorts, PORTS_BYTES, readPorts } from "../wire/transport.ts";

/** A number for the flow, of 31 bits. */
export function flowHash(passage: Passage, whole: boolean, secret: number): number {
  const { packet, source, destination, protocol } = passage;
  let mixed =
    Math.imul(source.hash ^ secret, 0x9e3779b1) ^ Math.imul(destination.hash, 0x85ebca6b) ^ protocol;
  if (hasPorts(protocol) && whole && packet.transport + PORTS_BYTES <= packet.end)
    mixed ^= readPorts(packet.view, packet.transport);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 16)) >>> 1;
}
