/** A TCP socket of the stack as the handle below a `net.Socket` or `net.Server`; stands for Node's `TCP`. */

import { IPV4_ANY, parseIpv4, seconds } from "../stack/base/index.ts";
import type { Failure, StreamEndpoint, TcpEndpoint } from "../stack/index.ts";
import { graft, handleFacts, type Request, TCP_PROTOTYPE, TCP_REUSEPORT } from "./binding.ts";
import {
  UV_EADDRINUSE,
  UV_EAFNOSUPPORT,
  UV_EBADF,
  UV_EINVAL,
  UV_ENOTCONN,
  UV_ENOTSUP,
  uvError,
} from "./errno.ts";
import { describeAddress, type NetContext } from "./host.ts";
import { StreamHandle } from "./stream-handle.ts";

/** What libuv sets where the program says nothing: a second between probes, ten of them. */
const KEEPALIVE_INTERVAL = 1;
const KEEPALIVE_COUNT = 10;

/** Stands for Node's `TCP`. */
export class TcpHandle extends StreamHandle {
  readonly #net: NetContext;
  #tcp: TcpEndpoint | undefined;
  /** libuv reports that a port is taken only when the socket listens or connects. */
  #delayed = 0;

  constructor(net: NetContext, accepted?: TcpEndpoint) {
    super(net.keeper, accepted);
    this.#net = net;
    this.#tcp = accepted;
  }

  /** Descriptors belong to the kernel, and this socket does not. */
  open(_fd: number): number {
    return UV_ENOTSUP;
  }

  /** @param flags - of Node's `TCP`: TCP_REUSEPORT */
  bind(address: string, port: number, flags = 0): number {
    const at = parseIpv4(address);
    if (at === undefined) return UV_EINVAL;
    const status = this.#status((tcp) => {
      // As libuv: a server can be started again while old connections are in TIME-WAIT.
      tcp.configure({ reuseAddress: true, reusePort: (flags & TCP_REUSEPORT) !== 0 });
      return tcp.bind({ address: at, port: port | 0 });
    });
    if (status !== UV_EADDRINUSE) return status;
    this.#delayed = status;
    return 0;
  }

  bind6(address: string, port: number, flags = 0): number {
    const mapped = mappedIpv4(address);
    return mapped === undefined ? UV_EAFNOSUPPORT : this.bind(mapped, port, flags);
  }

  listen(backlog: number): number {
    if (this.#delayed !== 0) return this.#delayed;
    const status = this.#status((tcp) => tcp.listen(backlog));
    if (status === 0) this.startListening();
    return status;
  }

  connect(request: Request, address: string, port: number): number {
    const to = parseIpv4(address);
    if (to === undefined) return UV_EINVAL;
    if (this.#delayed !== 0) return this.#delayed;
    const status = this.#status((tcp) => tcp.connect({ address: to, port }));
    if (status === 0) this.expectConnect(request);
    return status;
  }

  connect6(request: Request, address: string, port: number): number {
    const mapped = mappedIpv4(address);
    return mapped === undefined ? UV_EAFNOSUPPORT : this.connect(request, mapped, port);
  }

  getsockname(out: Record<string, unknown>): number {
    if (this.#delayed !== 0) return this.#delayed;
    if (this.#tcp === undefined) return UV_EBADF;
    const { local } = this.#tcp;
    describeAddress(out, local ?? { address: IPV4_ANY, port: 0 });
    return 0;
  }

  getpeername(out: Record<string, unknown>): number {
    if (this.#delayed !== 0) return this.#delayed;
    if (this.#tcp === undefined) return UV_EBADF;
    const { remote } = this.#tcp;
    if (remote === undefined) return UV_ENOTCONN;
    describeAddress(out, remote);
    return 0;
  }

  setNoDelay(enable: boolean): number {
    return this.#status((tcp) => tcp.configure({ noDelay: enable }));
  }

  /**
   * As libuv: turned on also where a number is none that the kernel takes, as 0 is.
   *
   * @param idle - seconds of silence before the first probe
   * @param interval - seconds between probes
   * @param count - probes without an answer after which the connection is given up
   */
  setKeepAlive(
    enable: boolean,
    idle: number,
    interval: number = KEEPALIVE_INTERVAL,
    count: number = KEEPALIVE_COUNT,
  ): number {
    return this.#status((tcp) => {
      const switched = tcp.configure({ keepAlive: enable });
      if (!enable || switched !== undefined) return switched;
      if (Math.min(idle, interval, count) < 1) return "invalid";
      return tcp.configure({
        keepIdle: seconds(idle),
        keepInterval: seconds(interval),
        keepCount: count,
      });
    });
  }

  /** @param value - the octet of the IP header: of its two ECN bits TCP disposes itself (RFC 3168) */
  setTypeOfService(value: number): number {
    if (this.#tcp === undefined) return UV_EBADF;
    return this.#status((tcp) => tcp.configure({ trafficClass: value & 0xfc }));
  }

  getTypeOfService(): number {
    return this.#tcp?.options.trafficClass ?? UV_EBADF;
  }

  override getProviderType(): number {
    return handleFacts().tcp;
  }

  protected override acceptOne(): TcpHandle | undefined {
    const accepted = this.#tcp?.accept();
    return accepted === undefined ? undefined : new TcpHandle(this.#net, accepted);
  }

  protected override release(endpoint: StreamEndpoint, abort: boolean): void {
    this.#tcp = undefined;
    if (abort) endpoint.abort();
    else endpoint.close();
  }

  /** Does something with the endpoint, which a first use opens. */
  #status(action: (tcp: TcpEndpoint) => Failure | undefined): number {
    if (this.closing) return UV_EBADF;
    if (this.#tcp === undefined) {
      this.#tcp = this.#net.host.openTcp();
      this.attach(this.#tcp);
    }
    return uvError(action(this.#tcp));
  }
}

graft(TcpHandle.prototype, TCP_PROTOTYPE);

/** The IPv4 address inside ::ffff:a.b.c.d: the only IPv6 that the stack knows. */
export function mappedIpv4(address: string): string | undefined {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
}
