/**
 * How Node's lib/net.js and a handle speak with each other is nowhere promised, and has changed (Node 26). So it is tried
 * out before the first socket: a `net.Socket` of Node's on a handle of ours writes, fills up, drains, ends and fails,
 * once by JavaScript and once by C++, and each outcome must be the one that a program relies on. A Node that this does
 * not fit is refused, rather than served with writes that never complete or that nobody holds back.
 */
import net from "node:net";
import type { Failure, SocketAddress, StreamEndpoint } from "../stack/index.ts";
import { JSStream, makeWriteRequest, type Request } from "./binding.ts";
import { StreamHandle } from "./stream-handle.ts";
import { watchTls } from "./tls-above.ts";

/** A connection of which the probe plays the other side. */
class ProbeEndpoint implements StreamEndpoint {
  readonly local: SocketAddress | undefined = undefined;
  readonly remote: SocketAddress | undefined = undefined;
  readonly connected = true;
  readonly unsent = 0;
  failure: Failure | undefined;
  /** Octets for which there is room. */
  room = 0;
  taken = "";
  incoming = "";
  ended = false;
  finished = false;

  get available(): number {
    return this.incoming.length;
  }

  get readable(): boolean {
    return this.incoming !== "" || this.ended || this.failure !== undefined;
  }

  get writable(): boolean {
    return this.room > 0 || this.failure !== undefined;
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }

  read(into: Uint8Array, start = 0, end: number = into.length): number | undefined {
    if (this.incoming === "") return this.ended ? 0 : undefined;
    const octets = Buffer.from(this.incoming).subarray(0, end - start);
    into.set(octets, start);
    this.incoming = this.incoming.slice(octets.length);
    return octets.length;
  }

  write(from: Uint8Array, start = 0, end: number = from.length): number | undefined {
    const count = Math.min(this.room, end - start);
    if (this.failure !== undefined || count === 0) return undefined;
    this.room -= count;
    this.taken += Buffer.from(from.subarray(start, start + count)).toString();
    return count;
  }

  finish(): void {
    this.finished = true;
  }

  onChange(): void {}
  discard(): void {}
  close(): void {}
  abort(): void {}
}

class ProbeHandle extends StreamHandle {
  constructor(endpoint: StreamEndpoint) {
    super({ hold: () => undefined, release: () => undefined }, endpoint);
  }

  protected override acceptOne(): undefined {
    return undefined;
  }

  protected override release(): void {}
}

/** What of `net.Socket` is called, without the stream that would make turns of the event loop of it. */
interface SocketInside extends net.Socket {
  readonly _readableState: { readonly ended: boolean };
}

type WriteBuffer = (this: StreamHandle, request: Request, octets: Uint8Array) => unknown;

let done = false;

/**
 * Tries out once what the handles rely on.
 *
 * @throws Error in one line, on a Node that does not fit
 */
export function probeNode(): void {
  if (done) return;
  done = true;
  try {
    watchTls();
    probeWrites();
    probeReads();
    probeEnd();
    probeNative();
  } catch (error) {
    done = false;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `tapstack: Node ${process.version} speaks with the handles of sockets in a way that is not known (${reason}); known are Node 20.19, 22, 24 and 26`,
    );
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

interface Rig {
  readonly endpoint: ProbeEndpoint;
  readonly handle: ProbeHandle;
  readonly socket: SocketInside;
}

function open(): Rig {
  const endpoint = new ProbeEndpoint();
  const handle = new ProbeHandle(endpoint);
  const socket = new net.Socket({ handle, manualStart: true, allowHalfOpen: true } as object) as SocketInside;
  socket.on("error", () => undefined);
  return { endpoint, handle, socket };
}

/** The outcome of a write so far: how often it was called back, and with which error. */
function write(
  socket: net.Socket,
  chunk: Buffer | string,
  encoding: string,
): { calls: number; code: string } {
  const outcome = { calls: 0, code: "" };
  socket._write(chunk, encoding as BufferEncoding, (error) => {
    outcome.calls += 1;
    outcome.code = (error as NodeJS.ErrnoException | null | undefined)?.code ?? "";
  });
  return outcome;
}

function probeWrites(): void {
  const { endpoint, handle, socket } = open();
  endpoint.room = 3;
  const fits = write(socket, "\u00e9a", "utf8");
  check(endpoint.taken === "\u00e9a" && fits.calls === 1 && fits.code === "", "a write that fits");
  endpoint.room = 1;
  const large = write(socket, Buffer.from("xyz"), "buffer");
  check(large.calls === 0 && handle.writeQueueSize === 2, "a write that fills the connection");
  endpoint.room = 2;
  handle.turn();
  check(endpoint.taken === "\u00e9axyz" && large.calls === 1 && large.code === "", "a write that drains");
  const late = write(socket, "late", "latin1");
  endpoint.failure = "reset";
  handle.turn();
  check(late.calls === 1 && late.code === "ECONNRESET", "a write that fails later");
  endpoint.failure = "broken-pipe";
  const failed = write(socket, "more", "utf8");
  check(failed.calls === 1 && failed.code === "EPIPE", "a write that fails at once");
}

function probeReads(): void {
  const { endpoint, handle, socket } = open();
  handle.readStart();
  endpoint.incoming = "hello";
  handle.turn();
  check(String(socket.read()) === "hello", "a read");
  handle.readStart();
  endpoint.failure = "reset";
  handle.turn();
  const error = socket.errored as NodeJS.ErrnoException | null;
  check(socket.destroyed && error?.code === "ECONNRESET", "a read that fails");
}

function probeEnd(): void {
  const { endpoint, handle, socket } = open();
  let finals = 0;
  socket._final(() => {
    finals += 1;
  });
  handle.turn();
  check(endpoint.finished && finals === 1, "the end of what is written");
  handle.readStart();
  endpoint.ended = true;
  handle.turn();
  check(socket._readableState.ended && !socket.destroyed, "the end of what is read");
}

/** C++ calls `onwrite` of a JSStream, and is told by `finishWrite`; what it reads comes by `readBuffer`. */
function probeNative(): void {
  const { endpoint, handle, socket } = open();
  check(handle.isStreamBase, "a stream that C++ can use");
  // Not all of it at once: HTTP/2 and TLS can bear that, each in its way, but this caller would use what is gone.
  endpoint.room = 4;
  let status: unknown;
  const request = makeWriteRequest();
  const answer = (Reflect.get(JSStream.prototype, "writeBuffer") as WriteBuffer).call(
    handle,
    request,
    Buffer.from("native"),
  );
  const pending = typeof answer === "object" && answer !== null ? (answer as Request) : request;
  pending.oncomplete = (result) => {
    status = result;
  };
  check(endpoint.taken === "nati" && status === undefined, "a write by C++");
  endpoint.room = 2;
  handle.bareTurn();
  check(endpoint.taken === "native" && status === 0, "a write by C++ that completes");
  handle.readStart();
  endpoint.incoming = "octets";
  handle.bareTurn();
  check(String(socket.read()) === "octets", "a read by way of C++");
}
