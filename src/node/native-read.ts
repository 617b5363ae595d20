/** What arrives while C++ (TLS, HTTP/2, the parser of HTTP) may sit on top of a handle goes by way of Node's JSStream. */
import type { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import type { StreamEndpoint } from "../stack/index.ts";
import { type NativeStream, ownerOf } from "./binding.ts";
import { uvError } from "./errno.ts";
import { tlsAbove } from "./tls-above.ts";

/** C++ copies what it is handed, so that one buffer serves all. */
const scratch = Buffer.allocUnsafeSlow(65_536);

/** A handle, as far as reading for C++ goes. */
export interface NativeReader extends NativeStream {
  bytesRead: number;
  readStop(): number;
}

/**
 * Hands over what the endpoint has: octets, or its end.
 *
 * @returns 0, or the negative errno of a failure, of which a JSStream cannot tell C++: see `failAbove`
 */
export function readForNative(reader: NativeReader, endpoint: StreamEndpoint): number {
  const count = endpoint.read(scratch);
  if (count !== undefined && count > 0) {
    reader.bytesRead += count;
    reader.readBuffer(scratch.subarray(0, count));
    return 0;
  }
  const failure = count === 0 ? undefined : endpoint.takeFailure();
  if (count === undefined && failure === undefined) return 0;
  if (failure === undefined) endForNative(reader);
  else reader.readStop();
  return failure === undefined ? 0 : uvError(failure);
}

/** Tells C++ of the end of the stream. */
export function endForNative(reader: NativeReader): void {
  reader.readStop();
  reader.emitEOF();
}

/**
 * The socket on top is destroyed with the error that it would have got from C++. Where nobody listens for errors it is
 * destroyed without: nobody looks at a socket that something else has taken over.
 */
export function failAbove(stream: NativeStream, status: number): void {
  const owner = tlsAbove(stream) ?? (ownerOf(stream) as Socket | null | undefined);
  if (!owner) return;
  const code = getSystemErrorName(status);
  const error = Object.assign(new Error(`read ${code}`), { errno: status, code, syscall: "read" });
  owner.destroy(owner.listenerCount("error") > 0 ? error : undefined);
}
