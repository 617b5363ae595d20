/**
 * Writes of a handle for which its endpoint had no room yet, in order, and their requests; and how Node is told what
 * has become of a write, of which there are two ways:
 *
 * - Node 20 to 25 hand in a request. The answer is 0 or a negative errno; whether the request is yet to complete is
 *   said in `streamBaseState`.
 * - Node 26 hands in null. The answer is a number when the write is done (0) or has failed; where something is left
 *   it is a request of ours, on which Node then puts what is to be called.
 *
 * Which of the two it is shows at each call, so that a program of either kind may drive a handle.
 */
import type { StreamEndpoint } from "../stack/index.ts";
import { makeWriteRequest, type NativeStream, type Request, reportWrite } from "./binding.ts";
import { UV_ECANCELED, UV_EPIPE, uvError } from "./errno.ts";
import { queueDone, type Turning } from "./event-turns.ts";

interface PendingWrite {
  readonly request: Request;
  readonly octets: Uint8Array;
  /** Octets that the endpoint has taken. */
  taken: number;
  /** C++ waits for it, not JavaScript. */
  readonly native: boolean;
}

/** What a write answers: a request that is yet to complete, 0, or a negative errno. */
export type WriteAnswer = number | Request;

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

  /** C++ waits for the first write. */
  get nextIsNative(): boolean {
    return this.#writes[0]?.native === true;
  }

  /** Writes at once what there is room for, and queues the rest: as libuv does. For JavaScript above. */
  write(endpoint: StreamEndpoint, request: Request | null, octets: Uint8Array): WriteAnswer {
    const taken = this.empty ? put(endpoint, octets, 0) : 0;
    if (taken < 0) {
      reportWrite(0, false);
      return taken;
    }
    const later = taken < octets.length || !this.empty;
    const pending = later ? (request ?? makeWriteRequest()) : undefined;
    if (pending !== undefined) this.#queue(pending, octets, taken, false);
    reportWrite(octets.length, later);
    return request === null && pending !== undefined ? pending : 0;
  }

  /**
   * The same for C++ above, which knows a write only as something that completes by `finishWrite`.
   *
   * @param atOnce - C++ can bear that it completes within this call, as what libuv does at once: HTTP/2, which would
   *   otherwise take a write for under way, and keep back or lose what it has to say. TLS cannot, and gets it ahead
   *   of the next immediates, also when the handle is closed by then: as the immediate that it sets over libuv.
   */
  writeNative(endpoint: StreamEndpoint, request: Request, octets: Uint8Array, atOnce: boolean): number {
    const taken = this.empty ? put(endpoint, octets, 0) : 0;
    if (taken < 0) return taken;
    if (taken < octets.length || !this.empty) this.#queue(request, octets, taken, true);
    else if (atOnce) this.#handle.finishWrite(request, 0);
    else queueDone(new NativeDone(this.#handle, request));
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

  #queue(request: Request, octets: Uint8Array, taken: number, native: boolean): void {
    this.#writes.push({ request, octets, taken, native });
    this.octets += octets.length - taken;
  }

  #finish(write: PendingWrite, status: number): void {
    if (write.native) this.#handle.finishWrite(write.request, status);
    else write.request.oncomplete?.(status, this.#handle, undefined);
  }
}

/** The news for C++ that a write was done at once. */
class NativeDone implements Turning {
  readonly #handle: NativeStream;
  readonly #request: Request;

  constructor(handle: NativeStream, request: Request) {
    this.#handle = handle;
    this.#request = request;
  }

  /** For `queueDone` only. */
  turn(): boolean {
    this.#handle.finishWrite(this.#request, 0);
    return false;
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
