/** The calls that never wait: they return their value at once, or throw a `SocketError`. */
import type { Sockaddr } from "./address.ts";
import { parseTarget } from "./arguments.ts";
import { SHUT_RD, SHUT_RDWR } from "./constants.ts";
import { checked, failed, SocketError } from "./errors.ts";
import { getOption, setOption } from "./options/option-calls.ts";
import type {
  OptionGiven,
  OptionLevel,
  OptionTaken,
  ReadableOption,
  SettableOption,
} from "./options/types.ts";
import { opened, Socket } from "./socket.ts";

/** `bind`: see `Sockets.bind`. */
export function bind(socket: Socket, address: Sockaddr): void;
export function bind(socket: Socket, family: number, address: number | bigint | string, port?: number): void;
export function bind(socket: Socket, ...target: unknown[]): void {
  const description = opened(socket, "bind");
  const { address } = parseTarget("bind", target);
  if (address === undefined) throw new SocketError("EAFNOSUPPORT", "bind");
  checked(
    description.act((operations) => operations.bind(address)),
    "bind",
  );
}

/** `listen`: see `Sockets.listen`. */
export function listen(socket: Socket, backlog: number): void {
  const description = opened(socket, "listen");
  if (!Number.isInteger(backlog)) throw new SocketError("EINVAL", "listen");
  checked(
    description.act((operations) => operations.listen(backlog)),
    "listen",
  );
}

/** `shutdown`: see `Sockets.shutdown`. */
export function shutdown(socket: Socket, how: number): void {
  const description = opened(socket, "shutdown");
  if (!Number.isInteger(how) || how < SHUT_RD || how > SHUT_RDWR) throw new SocketError("EINVAL", "shutdown");
  checked(
    description.act((operations) => operations.shutdown(how)),
    "shutdown",
  );
}

/** `getsockname`: see `Sockets.getsockname`. */
export function getsockname(socket: Socket): Sockaddr {
  return opened(socket, "getsockname").operations.localAddress();
}

/** `getpeername`: see `Sockets.getpeername`. */
export function getpeername(socket: Socket): Sockaddr {
  const peer = opened(socket, "getpeername").operations.peerAddress();
  if (typeof peer === "number") throw failed(peer, "getpeername");
  return peer;
}

/** `getsockopt`: see `Sockets.getsockopt`. */
export function getsockopt<L extends OptionLevel, N extends ReadableOption<L>>(
  socket: Socket,
  level: L,
  name: N,
): OptionGiven<L, N> {
  const value = getOption(opened(socket, "getsockopt").operations, level, name as number);
  return value as OptionGiven<L, N>;
}

/** `setsockopt`: see `Sockets.setsockopt`. */
export function setsockopt<L extends OptionLevel, N extends SettableOption<L>>(
  socket: Socket,
  level: L,
  name: N,
  value: OptionTaken<L, N>,
): void {
  opened(socket, "setsockopt").act((operations) => setOption(operations, level, name as number, value));
}

/** `sockatmark`: see `Sockets.sockatmark`. */
export function sockatmark(socket: Socket): boolean {
  return checked(opened(socket, "sockatmark").operations.atMark(), "sockatmark") === 1;
}

/** `dup`: see `Sockets.dup`. */
export function dup(socket: Socket): Socket {
  return new Socket(opened(socket, "dup").retain());
}
