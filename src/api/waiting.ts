/** Which calls wait, on which sockets: what a report of a deadlock says. */
import type { Turns } from "../stack/index.ts";
import { formatSockaddr, type Sockaddr } from "./address.ts";
import { AF_PACKET, AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from "./constants.ts";
import { Socket } from "./socket.ts";
import { waitersOf } from "./wait.ts";

/** Kinds of sockets that have a name of their own. */
const INET_KINDS: ReadonlyMap<number, string> = new Map([
  [SOCK_STREAM, "TCP"],
  [SOCK_DGRAM, "UDP"],
  [SOCK_RAW, "raw"],
]);
const FAMILIES: ReadonlyMap<number, string> = new Map([
  [AF_UNIX, "AF_UNIX"],
  [AF_PACKET, "packet"],
]);

/**
 * The calls that wait on sockets of `stack`, one line each: `recv! on TCP 10.0.0.1:49152, peer 10.0.0.2:7`. Empty
 * where whoever drives the stack does not want to know (`Turns.enlist`): nothing is noted then.
 */
export function waitingCalls(stack: { readonly turns?: Turns | undefined }): readonly string[] {
  if (stack.turns === undefined) return [];
  return waitersOf(stack.turns).map(({ request, handle }) => {
    const sockets = [...(request.watched ?? [handle])].flatMap((one) => describe(one) ?? []);
    return sockets.length === 0 ? request.syscall : `${request.syscall} on ${sockets.join(" and ")}`;
  });
}

/** What `socket` is bound and connected to; undefined if it is none. */
function describe(socket: object): string | undefined {
  if (!(socket instanceof Socket)) return undefined;
  const operations = Socket.of(socket)?.operations;
  const kind = FAMILIES.get(socket.family) ?? INET_KINDS.get(socket.style) ?? "a socket";
  if (operations === undefined) return `${kind}, closed`;
  const local = operations.localAddress();
  const peer = operations.peerAddress();
  const at = isNamed(local) ? ` ${formatSockaddr(local)}` : "";
  return `${kind}${at}${typeof peer === "number" ? "" : `, peer ${formatSockaddr(peer)}`}`;
}

function isNamed(address: Sockaddr): boolean {
  return !("port" in address) || address.port !== 0;
}
