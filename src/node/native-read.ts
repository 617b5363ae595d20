/** What arrives while C++ (TLS, HTTP/2, the parser of HTTP) may sit on top of a handle goes by way of Node's JSStream. */
import type { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import type { StreamEndpoint } from "../stack/index.ts";
import { type NativeStream, ownerOf } from "./binding.ts";
import { uvError } from "./errno.ts";

/** C++ copies what it is handed, so that one buffer serves all. */
const scratch = Buffer.allocUnsafeSlow(65_536);

/** A handle, as far as reading goes. */
interface Reader extends NativeStream {
  bytesRead: number;
  readStop(): number;
}

/** Hands over what the endpoint has: octets, or its end, or the failure of it. */
export function readForNative(reader: Reader, endpoint: StreamEndpoint): void {
  const count = endpoint.read(scratch);
  if (count !== undefined && count > 0) {
    reader.bytesRead += count;
    reader.readBuffer(scratch.subarray(0, count));
    return;
  }
  const failure = count === 0 ? undefined : endpoint.takeFailure();
  if (count === undefined && failure === undefined) return;
  reader.readStop();
  if (failure === undefined) reader.emitEOF();
  else failOwner(reader, uvError(failure));
}

/**
 * A JSStream has no way to tell C++ of a failure: the socket is destroyed instead, and what is on top of it
 * follows. With the error only where somebody listens: nobody looks at a socket that TLS has taken over.
 */
function failOwner(stream: NativeStream, status: number): void {
  const owner = ownerOf(stream) as Socket | null | undefined;
  if (!owner) return;
  const code = getSystemErrorName(status);
  const error = Object.assign(new Error(`read ${code}`), { errno: status, code, syscall: "read" });
  owner.destroy(owner.listenerCount("error") > 0 ? error : undefined);
}
