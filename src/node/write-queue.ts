/** Writes of a handle for which its endpoint had no room yet, in order, and their requests. */
import type { StreamEndpoint } from "../stack/index.ts";
import { type NativeStream, type Request, reportWrite } from "./binding.ts";
import { UV_ECANCELED, UV_EPIPE, uvError } from "./errno.ts";

interface PendingWrite {
  readonly request: Request;
  readonly octets: Uint8Array;
  /** Octets that the endpoint has taken. */
  taken: number;
  /** C++ waits for it, not JavaScript. */
  readonly native: boolean;
}

/** What Node has written and the endpoint has not yet taken. */
export class WriteQueue {
  /** Octets that wait for room. */
  octets = 0;
  readonly #handle: NativeStream;
  readonly #writes: PendingWrite[] = [];

  constructor(handle: NativeStream) {
    this.#handle = handle;
  }

  get empty(): boolean {
    return this.#writes.length === 0;
  }

  /**
   * Writes at once what there is room for, and queues the rest: as libuv does. Says to Node how it went.
   *
   * @returns 0, or the negative errno with which the write has failed
   */
  write(endpoint: StreamEndpoint, request: Request, octets: Uint8Array, native: boolean): number {
    const taken = this.empty ? put(endpoint, octets, 0) : 0;
    if (taken < 0 && !native) {
      reportWrite(0, false);
      return taken;
    }
    // C++ must not see its request complete, or fail, before it has been told that it was accepted.
    const later = native || taken < octets.length;
    if (later) {
      const queued = { request, octets, taken: Math.max(taken, 0), native };
      this.#writes.push(queued);
      this.octets += octets.length - queued.taken;
    }
    reportWrite(octets.length, later);
    return 0;
  }

  /** Whether `proceed` would get anywhere. */
  isReady(endpoint: StreamEndpoint): boolean {
    const first = this.#writes[0];
    return first !== undefined && (first.taken === first.octets.length || endpoint.writable);
  }

  /** Goes on with the first write, and completes its request if that was the last of it. */
  proceed(endpoint: StreamEndpoint): void {
    const write = this.#writes[0];
    if (write === undefined) return;
    const taken = put(endpoint, write.octets, write.taken);
    if (taken >= 0) {
      write.taken += taken;
      this.octets -= taken;
      if (write.taken < write.octets.length) return;
    }
    this.#writes.shift();
    this.octets -= write.octets.length - write.taken;
    this.#finish(write, Math.min(taken, 0));
  }

  /** The handle is closed: nothing that waits will be written. */
  cancel(): void {
    this.octets = 0;
    for (const write of this.#writes.splice(0)) this.#finish(write, UV_ECANCELED);
  }

  #finish(write: PendingWrite, status: number): void {
    if (write.native) this.#handle.finishWrite(write.request, status);
    else write.request.oncomplete?.(status, this.#handle, undefined);
  }
}

/** Octets that the endpoint took, 0 when it has no room; or the negative errno of why it never will. */
function put(endpoint: StreamEndpoint, octets: Uint8Array, from: number): number {
  if (from === octets.length) return 0;
  const count = endpoint.write(octets, from, octets.length);
  if (count !== undefined) return count;
  if (endpoint.failure === undefined) return endpoint.writable ? UV_EPIPE : 0;
  return uvError(endpoint.takeFailure());
}
