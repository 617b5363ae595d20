/** A TCP socket of the stack as the handle below a `net.Socket` or `net.Server`; stands for Node's `TCP`. */

import { IPV4_ANY, seconds } from "../stack/base/index.ts";
import type { Failure, SocketAddress, StreamEndpoint, TcpEndpoint } from "../stack/index.ts";
import { describeAddress, parseAs, wildcard } from "./addresses.ts";
import { graft, handleFacts, type Request, TCP_IPV6ONLY, TCP_PROTOTYPE, TCP_REUSEPORT } from "./binding.ts";
import { UV_EADDRINUSE, UV_EALREADY, UV_EBADF, UV_ENOTCONN, UV_ENOTSUP, uvError } from "./errno.ts";
import type { NetContext } from "./net-context.ts";
import { StreamHandle } from "./stream-handle.ts";

/** What libuv sets where the program says nothing: a second between probes, ten of them. */
const KEEPALIVE_INTERVAL = 1;
const KEEPALIVE_COUNT = 10;

/** Stands for Node's `TCP`. */
export class TcpHandle extends StreamHandle {
  readonly #net: NetContext;
  /** That of the address that it was bound or connected to first, or its listener was. */
  #family: 4 | 6;
  #tcp: TcpEndpoint | undefined;
  /** libuv reports that a port is taken only when the socket listens or connects. */
  #delayed = 0;

  constructor(net: NetContext, accepted?: TcpEndpoint, family: 4 | 6 = 4) {
    super(net.keeper, accepted);
    this.#net = net;
    this.#family = family;
    this.#tcp = accepted;
  }

  /** Descriptors belong to the kernel, and this socket does not. */
  open(_fd: number): number {
    return UV_ENOTSUP;
  }

  /** @param flags - of Node's `TCP`: TCP_REUSEPORT */
  bind(address: string, port: number, flags = 0): number {
    return this.#bind(4, address, port, flags & ~TCP_IPV6ONLY);
  }

  /** @param flags - TCP_IPV6ONLY as well */
  bind6(address: string, port: number, flags = 0): number {
    return this.#bind(6, address, port, flags);
  }

  #bind(family: 4 | 6, text: string, port: number, flags: number): number {
    const at = parseAs(this.#net.host, family, text);
    if (typeof at === "number") return at;
    const address = wildcard(at.address, (flags & TCP_IPV6ONLY) !== 0);
    const status = this.#status((tcp) => {
      // As libuv: a server can be started again while old connections are in TIME-WAIT.
      tcp.configure({ reuseAddress: true, reusePort: (flags & TCP_REUSEPORT) !== 0 });
      if (at.interfaceName !== "") tcp.configure({ interfaceName: at.interfaceName });
      return tcp.bind({ address, port: port | 0 });
    });
    if (status === 0 || status === UV_EADDRINUSE) this.#family = family;
    if (status !== UV_EADDRINUSE) return status;
    this.#delayed = status;
    return 0;
  }

  listen(backlog: number): number {
    if (this.#delayed !== 0) return this.#delayed;
    const status = this.#status((tcp) => tcp.listen(backlog));
    if (status === 0) this.startListening();
    return status;
  }

  connect(request: Request, address: string, port: number): number {
    return this.#connect(4, request, address, port);
  }

  connect6(request: Request, address: string, port: number): number {
    return this.#connect(6, request, address, port);
  }

  #connect(family: 4 | 6, request: Request, text: string, port: number): number {
    const to = parseAs(this.#net.host, family, text);
    if (typeof to === "number") return to;
    if (this.connecting) return UV_EALREADY;
    if (this.#delayed !== 0) return this.#delayed;
    const status = this.#status((tcp) => {
      if (to.interfaceName !== "") tcp.configure({ interfaceName: to.interfaceName });
      return tcp.connect({ address: to.address, port });
    });
    if (status !== 0) return status;
    this.#family = family;
    this.expectConnect(request);
    return 0;
  }

  getsockname(out: Record<string, unknown>): number {
    if (this.#delayed !== 0) return this.#delayed;
    if (this.#tcp === undefined) return UV_EBADF;
    const { local } = this.#tcp;
    this.#describe(out, local ?? { address: IPV4_ANY, port: 0 });
    return 0;
  }

  getpeername(out: Record<string, unknown>): number {
    if (this.#delayed !== 0) return this.#delayed;
    if (this.#tcp === undefined) return UV_EBADF;
    const { remote } = this.#tcp;
    if (remote === undefined) return UV_ENOTCONN;
    this.#describe(out, remote);
    return 0;
  }

  #describe(out: Record<string, unknown>, at: SocketAddress): void {
    const through = this.#tcp?.options.interfaceName;
    describeAddress(out, this.#net.host, at, this.#family, through === "" ? undefined : through);
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
    return accepted === undefined ? undefined : new TcpHandle(this.#net, accepted, this.#family);
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
