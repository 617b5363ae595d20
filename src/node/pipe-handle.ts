/** A path socket of the in-process AF_UNIX namespace as the handle below Node's; stands for Node's `Pipe`. */

import type { UnixStreamEndpoint } from "../api/index.ts";
import { setImmediate } from "../drivers/node/own-timers.ts";
import type { StreamEndpoint } from "../stack/index.ts";
import { graft, handleFacts, PIPE_PROTOTYPE, type Request } from "./binding.ts";
import { UV_EBADF, UV_EINVAL, UV_ENOTSUP, uvError } from "./errno.ts";
import type { NetContext } from "./net-context.ts";
import { StreamHandle } from "./stream-handle.ts";

/** Stands for Node's `Pipe`: a path socket of the process's own namespace. */
export class PipeHandle extends StreamHandle {
  /** Node tells a path socket by the want of these. */
  readonly getsockname: undefined = undefined;
  readonly getpeername: undefined = undefined;
  readonly #net: NetContext;
  #unix: UnixStreamEndpoint | undefined;
  /** Where it was bound. */
  #path: string | undefined;

  constructor(net: NetContext, accepted?: UnixStreamEndpoint) {
    super(net.keeper, accepted);
    this.#net = net;
    this.#unix = accepted;
  }

  open(_fd: number): number {
    return UV_ENOTSUP;
  }

  bind(path: string): number {
    const unix = this.#open();
    if (typeof unix === "number") return unix;
    const failure = unix.bind(path);
    if (failure === undefined) this.#path = path;
    return uvError(failure);
  }

  listen(backlog: number): number {
    if (this.#unix === undefined) return UV_EINVAL;
    const status = uvError(this.#unix.listen(backlog));
    if (status === 0) this.startListening();
    return status;
  }

  connect(request: Request, path: string): number {
    const unix = this.#open();
    if (typeof unix === "number") return unix;
    // libuv tells of a failure to connect by way of the request, never at once.
    const status = uvError(unix.connect(path));
    if (status === 0) this.expectConnect(request);
    else setImmediate(() => request.oncomplete?.(status, this, request, false, false));
    return 0;
  }

  /** Names of the namespace have no permissions: who can reach the process's memory may connect. */
  fchmod(_mode: number): number {
    return this.#unix === undefined ? UV_EBADF : 0;
  }

  setPendingInstances(_instances: number): void {}

  override getProviderType(): number {
    return handleFacts().pipe;
  }

  protected override acceptOne(): PipeHandle | undefined {
    const accepted = this.#unix?.accept();
    return accepted === undefined ? undefined : new PipeHandle(this.#net, accepted);
  }

  protected override release(endpoint: StreamEndpoint, abort: boolean): void {
    this.#unix = undefined;
    // As libuv: the path of a server goes with it.
    if (this.#path !== undefined) this.#net.unix.unlink(this.#path);
    if (abort) endpoint.abort();
    else endpoint.close();
  }

  #open(): UnixStreamEndpoint | number {
    if (this.closing) return UV_EBADF;
    if (this.#unix !== undefined) return this.#unix;
    this.#unix = this.#net.unix.openStream();
    this.attach(this.#unix);
    return this.#unix;
  }
}

graft(PipeHandle.prototype, PIPE_PROTOTYPE);
