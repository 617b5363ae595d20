/** What a checker is told that no event tells: what the hosts are called on their link, and what their programs hold. */
import type { Instant } from "../../../src/stack/index.ts";

/** A UDP port that a program has. */
export interface HeldPort {
  readonly since: Instant;
  readonly receiveBuffer: number;
  readonly shut: boolean;
}

/** One host. Addresses are the octets of the wire, in hexadecimal. */
export interface HostPremises {
  readonly station: string;
  readonly addresses: readonly string[];
  /** An address is in use only after it was probed, and announced. */
  readonly probes: boolean;
  /** TCP ports whose listeners wait for text. */
  readonly deferring: ReadonlySet<number>;
  /** When it lost its memory. */
  readonly restarts: readonly Instant[];
  /** By number. */
  readonly udpPorts: ReadonlyMap<number, HeldPort>;
}

/** By name. */
export type Premises = ReadonlyMap<string, HostPremises>;

/** Octets as hexadecimal. */
export function hex(bytes: Uint8Array, at: number, count: number): string {
  let text = "";
  for (let i = at; i < at + count; i++) text += ((bytes[i] ?? 0) + 256).toString(16).slice(1);
  return text;
}
