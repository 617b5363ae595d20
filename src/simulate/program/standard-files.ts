/**
 * Descriptors 0, 1 and 2 for those who use them by `fs`, as loggers do: what is written belongs to the host's log, and there is
 * nothing to read. Done below `fs`, where all of its functions come together.
 */
import { setImmediate } from "../../drivers/node/own-timers.ts";
import { bindingMembers } from "./inside.ts";

type Call = (this: unknown, ...given: unknown[]) => unknown;
type Write = (fd: 1 | 2, octets: Uint8Array) => void;

/** What a write was given, behind its descriptor, as octets. */
const WRITES: Readonly<Record<string, (given: readonly unknown[]) => Uint8Array>> = {
  writeBuffer: ([view, offset, length]) => {
    const octets = octetsOf(view as ArrayBufferView);
    const from = Number(offset ?? 0);
    return octets.subarray(from, from + Number(length ?? octets.length - from));
  },
  writeBuffers: ([views]) => Buffer.concat((views as readonly ArrayBufferView[]).map(octetsOf)),
  writeString: ([text, , encoding]) => Buffer.from(String(text), (encoding ?? "utf8") as BufferEncoding),
  writeFileUtf8: ([text]) => Buffer.from(String(text)),
};

/** What reads give at the end of a file. */
const READS: Readonly<Record<string, unknown>> = { read: 0, readBuffers: 0, readFileUtf8: "" };

/** @param write - to the log of the host */
export function replaceStandardFiles(write: Write): void {
  const members = bindingMembers("fs");
  for (const [name, octetsFrom] of Object.entries(WRITES)) {
    replace(members, name, (fd, given) => {
      if (fd !== 1 && fd !== 2) return undefined;
      const octets = octetsFrom(given);
      write(fd, octets);
      return octets.length;
    });
  }
  for (const [name, end] of Object.entries(READS))
    replace(members, name, (fd) => (fd === 0 ? end : undefined));
}

/** @param answer - undefined where the real file is meant */
function replace(
  members: Record<string, unknown>,
  name: string,
  answer: (fd: unknown, given: readonly unknown[]) => unknown,
): void {
  const call = members[name];
  if (typeof call !== "function") return; // not of this version of Node
  members[name] = function standard(this: unknown, ...given: unknown[]): unknown {
    const result = answer(given[0], given.slice(1));
    if (result === undefined) return (call as Call).apply(this, given);
    const request = given.find(isRequest);
    if (request === undefined) return result;
    setImmediate(() => request.oncomplete(null, result));
    return undefined;
  };
}

interface FileRequest {
  oncomplete(error: unknown, result: unknown): void;
}

function isRequest(value: unknown): value is FileRequest {
  return (
    typeof value === "object" && value !== null && typeof Reflect.get(value, "oncomplete") === "function"
  );
}

function octetsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
