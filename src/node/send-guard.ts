/**
 * A socket or server may be sent to another process by `child.send(message, socket)`: its handle's descriptor goes with
 * the message. A handle of ours has none, and what C++ would take for one is something else: it would read at random. So
 * the call is stopped where all ways of sending come together, at the channel between the processes.
 */
import { PIPE_PROTOTYPE } from "./binding.ts";
import { notSendable } from "./node-errors.ts";
import { StreamHandle } from "./stream-handle.ts";
import { UdpHandle } from "./udp-handle.ts";

type Write = (this: object, request: object, text: string, handle?: unknown) => number;

const METHOD = "writeUtf8String";

let guarded = false;

/** From now on, who sends a handle of ours gets an error that says why that cannot be. */
export function guardSending(): void {
  if (guarded) return;
  guarded = true;
  const owner = ownerOf(PIPE_PROTOTYPE);
  const write = Reflect.get(owner, METHOD) as Write;
  const value: Write = function writeUtf8String(request, text, handle) {
    if (handle === undefined) return write.call(this, request, text);
    if (StreamHandle.isOne(handle) || handle instanceof UdpHandle) throw notSendable();
    return write.call(this, request, text, handle);
  };
  Object.defineProperty(owner, METHOD, { value, writable: true, configurable: true });
}

/** The prototype that has it itself. */
function ownerOf(prototype: object): object {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, METHOD)) return at;
  }
  throw new Error(`tapstack/net needs "${METHOD}" of Node's Pipe, which ${process.version} has not`);
}
