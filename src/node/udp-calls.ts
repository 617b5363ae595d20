/** Parts of a UDP handle's calls. */
import type { Failure, UdpEndpoint } from "../stack/index.ts";
import type { Place } from "./addresses.ts";

/** What an `int` holds: sizes of queues are that in C. */
export const LARGEST_INT: number = 2 ** 31 - 1;

/** Node's own lookup for a socket: with the family already filled in. */
export type HandleLookup = (
  address: string,
  callback: (error: Error | null, address?: string) => void,
) => void;

/** Sends to an address, through the interface that it is only valid on. */
export function sendTo(
  udp: UdpEndpoint,
  octets: Uint8Array,
  { address, interfaceName }: Place,
  port: number,
): number | Failure {
  if (interfaceName === "" || udp.sendWith === undefined) return udp.send(octets, { address, port });
  return udp.sendWith(octets, { interfaceName }, { address, port });
}

/** The octets of any view. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}

/** Says in `context` why a call has failed, as libuv does, and gives nothing. */
export function refuse(
  context: Record<string, unknown>,
  errno: number,
  code: string,
  message: string,
  syscall: string,
): undefined {
  Object.assign(context, { errno, code, message, syscall });
  return undefined;
}
