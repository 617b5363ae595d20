/** What arrives goes to JavaScript (`onread` of lib/internal/stream_base_commons.js) without a copy. */
import type { StreamEndpoint } from "../stack/index.ts";
import { reportRead } from "./binding.ts";
import { UV_EOF, uvError } from "./errno.ts";
import { ReadSlab } from "./read-slab.ts";

/** Set by Node: takes what was read. It may return the buffer for the next read (`onread` of net.Socket). */
export type OnRead = (buffer?: ArrayBuffer) => Uint8Array | undefined;

/** A handle, as far as reading for JavaScript goes. */
export interface ScriptReader {
  bytesRead: number;
  readonly onread: OnRead | undefined;
  readStop(): number;
}

const slab = new ReadSlab();

/**
 * Hands over what the endpoint has: octets, or its end, or the failure of it.
 *
 * @param user - the buffer into which the program wants it, if it has given one
 * @returns another buffer of the program's for the next read, if it gave one
 */
export function readForScript(
  reader: ScriptReader,
  endpoint: StreamEndpoint,
  user: Uint8Array | undefined,
): Uint8Array | undefined {
  if (user === undefined) slab.prepare(endpoint.available);
  const start = user === undefined ? slab.start : 0;
  const into = user ?? slab.octets;
  const count = endpoint.read(into, start, user === undefined ? slab.end : user.length);
  if (count === undefined || count === 0) {
    readNothing(reader, endpoint, count);
    return undefined;
  }
  reader.bytesRead += count;
  if (user === undefined) slab.consume(count);
  reportRead(count, start);
  return reader.onread?.(user === undefined ? (into.buffer as ArrayBuffer) : undefined);
}

/** Tells of the end of the stream. */
export function endForScript(reader: ScriptReader): void {
  reader.readStop();
  reportRead(UV_EOF, 0);
  reader.onread?.(undefined);
}

/** The end of the stream, or a failure; neither comes twice. */
function readNothing(reader: ScriptReader, endpoint: StreamEndpoint, count: 0 | undefined): void {
  const failure = count === 0 ? undefined : endpoint.takeFailure();
  if (count === undefined && failure === undefined) return;
  if (failure === undefined) {
    endForScript(reader);
    return;
  }
  reader.readStop();
  reportRead(uvError(failure), 0);
  reader.onread?.(undefined);
}
