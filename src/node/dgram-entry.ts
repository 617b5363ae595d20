/**
 * `tapstack/dgram`: what `node:dgram` exports, over the stack that was chosen by `use`; and `createDgram`, for
 * programs with stacks of their own. The default export is there for programs that import `node:dgram` so.
 */
import { chosenContext, createDgram, use } from "./create.ts";
import { createDgramFrom, type Dgram } from "./dgram.ts";

const dgram: Dgram = createDgramFrom(chosenContext);

export const createSocket: Dgram["createSocket"] = dgram.createSocket;
export const Socket: Dgram["Socket"] = dgram.Socket;

export type { NetOptions } from "./create.ts";
export type { Dgram } from "./dgram.ts";
export { createDgram, use };
export default dgram;
