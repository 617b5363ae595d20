/**
 * A UDP socket of the stack as the handle below a `dgram.Socket`; stands for Node's `UDP`. Node's side of the
 * contract is lib/dgram.js and lib/internal/dgram.js.
 */
import { AsyncResource } from "node:async_hooks";
import { IPV4_ANY, IPV6_ANY } from "../stack/base/index.ts";
import type { Failure, MutableSocketAddress, UdpEndpoint } from "../stack/index.ts";
import { describeAddress, type Place, parseAs, wildcard } from "./addresses.ts";
import {
  handleFacts,
  ownerOf,
  type Request,
  setOwner,
  UDP_IPV6ONLY,
  UDP_REUSEADDR,
  UDP_REUSEPORT,
} from "./binding.ts";
import { UV_EBADF, UV_ENOTSUP, uvError } from "./errno.ts";
import { queueClose, queueTurn } from "./event-turns.ts";
import { Hold } from "./keeper.ts";
import type { NetContext } from "./net-context.ts";
import { bytesOf, type HandleLookup, sendTo } from "./udp-calls.ts";
import { UdpOptionCalls } from "./udp-option-calls.ts";

/** The largest datagram of UDP over IPv4. */
const LARGEST = 65_507;

/** Datagrams that are told of in one event: libuv's number. */
const MOST_TOLD = 32;

const scratch = Buffer.allocUnsafeSlow(65_536);

/** Stands for Node's `UDP`. */
export class UdpHandle extends UdpOptionCalls {
  /** Set by Node; `size` is negative for an error. */
  onmessage: ((size: number, handle: UdpHandle, octets?: Buffer, from?: object) => void) | undefined;
  onerror: ((status: number, handle: UdpHandle, error: Error) => void) | undefined;
  lookup: HandleLookup;
  readonly fd: number = -1;

  #context = new AsyncResource("TAPSTACKUDP");
  readonly #from: MutableSocketAddress = { address: IPV4_ANY, port: 0 };
  #udp: UdpEndpoint | undefined;
  #receiving = false;
  #scheduled = false;
  #referenced = true;
  readonly #hold: Hold;
  #closing = false;
  #onClosed: (() => void) | undefined;
  /** Datagrams told of in the present event. */
  #told = 0;

  constructor(net: NetContext, family: 4 | 6, lookup: HandleLookup) {
    super(net, family);
    this.#hold = new Hold(net.keeper);
    this.lookup = lookup;
  }

  /** Node's old name of the socket that the handle belongs to. */
  get owner(): unknown {
    return ownerOf(this);
  }

  set owner(socket: object) {
    setOwner(this, socket);
  }

  getAsyncId(): number {
    return this.#context.asyncId();
  }

  /** What comes later belongs to the context of this call, and to a resource of a new number. */
  asyncReset(_resource?: object): void {
    this.#context = new AsyncResource("TAPSTACKUDP");
  }

  getProviderType(): number {
    return handleFacts().udp;
  }

  /** Of Node 24 and later, for its inspector. */
  getAsyncContextFrameForDebuggingOnly(): never {
    throw new Error("a UDP socket of a stack has no context frame of Node's to show");
  }

  open(_fd: number): number {
    return UV_ENOTSUP;
  }

  /**
   * @param port - Node leaves it to C++ to make a number of what the program gave, even of a function
   * @param flags - of Node's `UDP`: UDP_REUSEADDR, UDP_REUSEPORT
   */
  bind(address: string, port: unknown, flags = 0): number {
    return this.#bind(this.parse(address), port, flags);
  }

  bind6(address: string, port: unknown, flags = 0): number {
    return this.#bind(parseAs(this.net.host, 6, address), port, flags);
  }

  #bind(at: Place | number, port: unknown, flags: number): number {
    if (typeof at === "number") return at;
    const address = wildcard(at.address, (flags & UDP_IPV6ONLY) !== 0);
    return this.apply((udp) => {
      if ((flags & UDP_REUSEADDR) !== 0) udp.configure({ reuseAddress: true });
      if ((flags & UDP_REUSEPORT) !== 0) udp.configure({ reusePort: true });
      if (at.interfaceName !== "") udp.configure({ interfaceName: at.interfaceName });
      return udp.bind({ address, port: Number(port) & 0xffff });
    });
  }

  connect(address: string, port: number): number {
    return this.#connect(this.parse(address), port);
  }

  connect6(address: string, port: number): number {
    return this.#connect(parseAs(this.net.host, 6, address), port);
  }

  #connect(to: Place | number, port: number): number {
    if (typeof to === "number") return to;
    return this.apply((udp) => {
      if (to.interfaceName !== "") udp.configure({ interfaceName: to.interfaceName });
      return udp.connect({ address: to.address, port });
    });
  }

  disconnect(): number {
    return this.apply((udp) => udp.connect(undefined));
  }

  /**
   * Connected: `(request, list, count, told)`; else `(request, list, count, port, address, told)`. As Node's: the size
   * and one where it is sent at once, as it always is here, and then no request completes.
   */
  send(_request: Request, list: readonly Uint8Array[], _count: number, ...rest: unknown[]): number {
    return this.#send(list, rest, this.family);
  }

  send6(_request: Request, list: readonly Uint8Array[], _count: number, ...rest: unknown[]): number {
    return this.#send(list, rest, 6);
  }

  #send(list: readonly Uint8Array[], rest: readonly unknown[], family: 4 | 6): number {
    const [port, address] = rest.length > 1 ? (rest as [number, string]) : [0, ""];
    const to = rest.length > 1 ? parseAs(this.net.host, family, address) : undefined;
    if (typeof to === "number") return to;
    const octets = list.length === 1 ? bytesOf(list[0] as Uint8Array) : Buffer.concat(list.map(bytesOf));
    if (this.#closing) return UV_EBADF;
    const udp = this.#open();
    // Node binds before it sends; who uses the handle itself may not have.
    if (this.family === 6 && udp.local === undefined) udp.bind({ address: IPV6_ANY, port: 0 });
    const sent = to === undefined ? udp.send(octets) : sendTo(udp, octets, to, port);
    // Where the queues are full, a datagram is lost in them, as on any network.
    if (typeof sent === "string" && sent !== "would-wait") return uvError(sent);
    return octets.length + 1;
  }

  recvStart(): number {
    this.#receiving = true;
    this.#changed();
    return 0;
  }

  recvStop(): number {
    this.#receiving = false;
    this.#changed();
    return 0;
  }

  getsockname(out: Record<string, unknown>): number {
    const local = this.#udp?.local;
    if (local === undefined) return UV_EBADF;
    describeAddress(out, this.net.host, local, this.family);
    return 0;
  }

  getpeername(out: Record<string, unknown>): number {
    const remote = this.#udp?.remote;
    if (remote === undefined) return uvError("not-connected");
    describeAddress(out, this.net.host, remote, this.family);
    return 0;
  }

  /** Nothing waits: see `send`. */
  getSendQueueSize(): number {
    return 0;
  }

  getSendQueueCount(): number {
    return 0;
  }

  close(callback?: () => void): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#onClosed = callback;
    const udp = this.#udp;
    this.#udp = undefined;
    udp?.onChange(undefined);
    udp?.close();
    this.#changed();
    queueClose(this);
  }

  /** For `queueClose` only. */
  closed(): void {
    this.#context.runInAsyncScope(() => this.#onClosed?.());
  }

  ref(): void {
    this.#referenced = true;
    this.#changed();
  }

  unref(): void {
    this.#referenced = false;
    this.#changed();
  }

  hasRef(): boolean {
    return this.#referenced && !this.#closing;
  }

  #open(): UdpEndpoint {
    if (this.#udp === undefined) {
      this.#udp = this.net.host.openUdp();
      this.#udp.onChange(() => this.#schedule());
    }
    return this.#udp;
  }

  protected override get endpoint(): UdpEndpoint | undefined {
    return this.#udp;
  }

  protected override apply(action: (udp: UdpEndpoint) => Failure | undefined): number {
    return this.#closing ? UV_EBADF : uvError(action(this.#open()));
  }

  #changed(): void {
    this.#hold.change(this.#receiving && this.#referenced && !this.#closing);
    this.#schedule();
  }

  /** A turn of its own for what has come, for the reason that `StreamHandle` gives. */
  #schedule(): void {
    if (this.#scheduled || !this.#receiving || this.#udp?.readable !== true) return;
    this.#scheduled = true;
    queueTurn(this, false);
  }

  /** A datagram, and as long as there are more, another: for `queueTurn` only. */
  turn(): boolean {
    let goesOn = false;
    if (this.#receiving && this.#udp?.readable === true && this.#told < MOST_TOLD) {
      this.#told += 1;
      try {
        this.#context.runInAsyncScope(UdpHandle.#receive, undefined, this, this.#udp);
        goesOn = true;
      } finally {
        if (!goesOn) this.#eventEnds();
      }
    } else this.#eventEnds();
    return goesOn;
  }

  #eventEnds(): void {
    this.#told = 0;
    this.#scheduled = false;
    this.#schedule();
  }

  /** The name of the interface that the datagram that was received last came by, if that matters. */
  #through(udp: UdpEndpoint): string | undefined {
    if (this.family === 4) return undefined; // and a simulated program's endpoint does not know
    const { interfaceIndex } = udp.lastReceived;
    return this.net.host.interfaces.find(({ index }) => index === interfaceIndex)?.name;
  }

  static #receive(handle: UdpHandle, udp: UdpEndpoint): void {
    const failure = udp.takeFailure();
    if (failure !== undefined) {
      // Linux tells an unconnected socket nothing; a connected one gets the ICMP error at its next call.
      handle.onmessage?.(uvError(failure), handle);
      return;
    }
    const length = udp.receive(scratch, handle.#from);
    if (length === undefined) return;
    const octets = Buffer.from(scratch.subarray(0, Math.min(length, LARGEST)));
    const from: Record<string, unknown> = {};
    describeAddress(from, handle.net.host, handle.#from, handle.family, handle.#through(udp));
    handle.onmessage?.(length, handle, octets, from);
  }
}
