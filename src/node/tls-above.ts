/**
 * Node's `TLSSocket` on top of handles of ours: which socket is on top of which handle; and, for a whole program that
 * runs on the stack, handles of ours for those that would make one of libuv's by themselves (`tls.connect`,
 * `new TLSSocket().connect`). Such a socket then is what it is over libuv: one socket with options, events and errors of
 * its own, and not one that wraps another.
 */
import tls from "node:tls";
import { isNodeTcp, type NativeStream, type NodeHandle, setNativeOnRead, setOwner } from "./binding.ts";

/** `TLSSocket.prototype._wrapHandle(wrap, handle, …)`: puts C++ on a handle, which it makes unless there is one. */
type WrapHandle = (
  this: TlsInside,
  wrap: object | null | undefined,
  handle: NativeStream | NodeHandle | null | undefined,
  ...rest: unknown[]
) => unknown;

interface TlsInside extends tls.TLSSocket {
  readonly _tlsOptions: { readonly pipe?: unknown };
}

/** Makes a handle of the stack: for a path socket, or else for TCP. */
export type HandleMaker = (pipe: boolean) => NativeStream;

const above: WeakMap<object, tls.TLSSocket> = new WeakMap();
let make: HandleMaker | undefined;

/** The TLS socket whose handle sits on this one. */
export function tlsAbove(handle: object): tls.TLSSocket | undefined {
  return above.get(handle);
}

/** From now on, a TLS socket that has nothing below it gets what `maker` makes. */
export function makeHandlesForTls(maker: HandleMaker): void {
  make = maker;
}

let watching = false;

/** Takes note of TLS sockets from now on. Nothing changes for those over handles of libuv's. */
export function watchTls(): void {
  if (watching) return;
  watching = true;
  const prototype: object = tls.TLSSocket.prototype;
  const nodeWrapHandle = Reflect.get(prototype, "_wrapHandle") as WrapHandle | undefined;
  if (nodeWrapHandle === undefined) throw new Error("TLSSocket.prototype has no _wrapHandle");
  Reflect.set(prototype, "_wrapHandle", function wrapHandle(this: TlsInside, wrap, handle, ...rest): unknown {
    const below = wrap || make === undefined ? handle : ours(this, handle, make);
    if (below) above.set(below, this);
    return nodeWrapHandle.call(this, wrap, below, ...rest);
  } satisfies WrapHandle);
}

/** Without a handle, or with a fresh one of libuv's with which Node tries a further address: one of ours. */
function ours(
  socket: TlsInside,
  handle: NativeStream | NodeHandle | null | undefined,
  maker: HandleMaker,
): NativeStream | NodeHandle {
  if (handle && !isNodeTcp(handle)) return handle;
  handle?.close();
  const made = maker(Boolean(socket._tlsOptions.pipe));
  // A TLS socket that was destroyed before it was told to connect takes itself off a handle that connects all the same.
  // Who reads from that handle finds nobody: it ends the connection, where over libuv it can end the process.
  setNativeOnRead(made, () => socket.destroy());
  setOwner(made, socket);
  return made;
}
