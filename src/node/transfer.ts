/**
 * Node 24 and later post sockets and servers to worker threads, by moving their handles. A handle of ours cannot
 * move, since its stack belongs to one thread: who tries is told so, instead of "could not be cloned".
 */
import { findSymbol } from "./binding.ts";
import { notTransferable } from "./node-errors.ts";
import { StreamHandle } from "./stream-handle.ts";

type Transfer = (this: object) => unknown;

const SYMBOLS = ["messaging_transfer_list_symbol", "messaging_transfer_symbol"];

/**
 * Guards objects of a class, so far as Node's class can be posted.
 *
 * @param target - the prototype that gets the guards; may be Node's own
 * @param nodes - Node's prototype
 * @param handleOf - the handle of an object; without it all are of a stack
 */
export function guardTransfer(
  target: object,
  nodes: object,
  name: string,
  handleOf?: (object: object) => unknown,
): void {
  for (const description of SYMBOLS) {
    const symbol = findSymbol(nodes, description);
    if (symbol === undefined) continue;
    const transfer = Reflect.get(nodes, symbol) as Transfer;
    const value = function guarded(this: object): unknown {
      if (handleOf === undefined || StreamHandle.isOne(handleOf(this))) throw notTransferable(name);
      return transfer.call(this);
    };
    Object.defineProperty(target, symbol, { value, writable: true, configurable: true });
  }
}
