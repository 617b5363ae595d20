/**
 * `tapstack/dgram`: what `node:dgram` exports, over the stack that was chosen by `use`; and `createDgram`, for
 * programs with stacks of their own. The default export is there for programs that import `node:dgram` so; it has
 * the types of `node:dgram` as members.
 *
 * @module tapstack/dgram
 */
import type * as nodeDgram from "node:dgram";
import { chosenContext, createDgram, use } from "./create.ts";
import { createDgramFrom, type Dgram } from "./dgram.ts";

/** `node:dgram` on the stack that was chosen by `use`. */
const dgram: Dgram = createDgramFrom(chosenContext);

/**
 * The types of `node:dgram`, for `import dgram from "tapstack/dgram"; let socket: dgram.Socket`. Those that Node got
 * after version 20 are exported by name only, since the types of an older Node do not have them.
 */
declare namespace dgram {
  /** As `BindOptions` of `node:dgram`. */
  export type BindOptions = nodeDgram.BindOptions;
  /** As `RemoteInfo` of `node:dgram`. */
  export type RemoteInfo = nodeDgram.RemoteInfo;
  /** As `Socket` of `node:dgram`. */
  export type Socket = nodeDgram.Socket;
  /** As `SocketOptions` of `node:dgram`. */
  export type SocketOptions = nodeDgram.SocketOptions;
  /** As `SocketType` of `node:dgram`. */
  export type SocketType = nodeDgram.SocketType;
}

/** `dgram.createSocket`: a UDP socket of the stack. */
export const createSocket: Dgram["createSocket"] = dgram.createSocket;
/** The class of UDP sockets of the stack; Node's `dgram.Socket` is its ancestor. */
export const Socket: Dgram["Socket"] = dgram.Socket;
/** An instance of it. */
export type Socket = nodeDgram.Socket;

export type * from "node:dgram";
export type { NetOptions } from "./create.ts";
export type { Dgram } from "./dgram.ts";
export { createDgram, use };
export default dgram;
