/**
 * TCP and UDP endpoints without a stack: all of one host, joined in memory, exactly to the contract of
 * src/stack/contract/endpoint.ts. For tests of what stands on endpoints.
 */
import {
  type DatagramInfo,
  type Failure,
  type Instant,
  IPV4_ANY,
  IPV4_LOOPBACK,
  type IpAddress,
  type MutableSocketAddress,
  NO_HEADERS,
  PLAIN,
  type SocketAddress,
  type TcpEndpoint,
  type TcpInfo,
  type TcpOptions,
  type TcpState,
  type UdpEndpoint,
  type UdpOptions,
} from "../../src/stack/index.ts";

const TCP_DEFAULTS: TcpOptions = {
  reuseAddress: false,
  reusePort: false,
  sendBuffer: 65_536,
  receiveBuffer: 65_536,
  hopLimit: 0,
  trafficClass: 0,
  interfaceName: "",
  dontRoute: false,
  leastHopLimit: 0,
  freeBind: false,
  transparent: false,
  mark: 0,
  shape: PLAIN,
  noDelay: false,
  cork: false,
  maxSegment: 0,
  keepAlive: false,
  keepIdle: 7_200_000_000,
  keepInterval: 75_000_000,
  keepCount: 9,
  userTimeout: 0,
  synCount: 6,
  linger2: 60_000_000,
  deferAccept: 0,
  quickAck: false,
  congestion: "fixed",
  linger: -1,
  oobInline: false,
  receiveLowWater: 1,
  windowClamp: 0,
  unsentLowWater: 0,
  saveSyn: false,
};

const UDP_DEFAULTS: UdpOptions = {
  reuseAddress: false,
  reusePort: false,
  sendBuffer: 212_992,
  receiveBuffer: 212_992,
  hopLimit: 0,
  trafficClass: 0,
  interfaceName: "",
  dontRoute: false,
  leastHopLimit: 0,
  freeBind: false,
  transparent: false,
  mark: 0,
  shape: PLAIN,
  broadcast: false,
  mtuDiscovery: "want",
  dontFragment: false,
  multicastHopLimit: 1,
  multicastLoop: true,
  multicastInterface: "",
  noChecksum: false,
  receiveErrors: false,
  receiveHeaders: false,
};

/** 127.0.0.0/8 and the wildcard are this host's addresses. */
function isLocal(address: IpAddress): boolean {
  return address.isAny || address.word3 >>> 24 === 127;
}

export class MemoryHost {
  readonly listeners: Map<number, MemoryTcp> = new Map<number, MemoryTcp>();
  readonly datagrams: Map<number, MemoryUdp> = new Map<number, MemoryUdp>();
  readonly interfaces: readonly {
    name: string;
    addresses: { address: IpAddress; prefixLength: number }[];
  }[] = [{ name: "lo", addresses: [{ address: IPV4_LOOPBACK, prefixLength: 8 }] }];
  connections(): readonly never[] {
    return [];
  }
  #nextPort = 32_768;

  openTcp(): MemoryTcp {
    return new MemoryTcp(this);
  }

  openUdp(): MemoryUdp {
    return new MemoryUdp(this);
  }

  ephemeral(): number {
    this.#nextPort = this.#nextPort >= 60_999 ? 32_768 : this.#nextPort + 1;
    return this.#nextPort;
  }
}

export class MemoryTcp implements TcpEndpoint {
  state: TcpState = "closed";
  options: TcpOptions = { ...TCP_DEFAULTS };
  local: SocketAddress | undefined;
  remote: SocketAddress | undefined;
  failure: Failure | undefined;
  readonly atMark: boolean = false;
  readonly urgentPending: boolean = false;
  readonly unsent: number = 0;
  available = 0;
  readonly #host: MemoryHost;
  #wake: (() => void) | undefined;
  #peer: MemoryTcp | undefined;
  readonly #received: Uint8Array[] = [];
  #ended = false;
  #finished = false;
  #discarding = false;
  #closed = false;
  #backlog = 0;
  readonly #accepted: MemoryTcp[] = [];

  constructor(host: MemoryHost) {
    this.#host = host;
  }

  get connected(): boolean {
    return this.#peer !== undefined && this.failure === undefined;
  }

  get readable(): boolean {
    if (this.state === "listen") return this.#accepted.length > 0;
    return this.available > 0 || this.#ended || this.failure !== undefined;
  }

  get writable(): boolean {
    return this.failure !== undefined || this.#finished || this.#room > 0;
  }

  get #room(): number {
    if (this.#peer === undefined) return 0;
    return Math.max(0, this.options.sendBuffer - this.#peer.available);
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) this.#ended = true;
    return failure;
  }

  onChange(wake: (() => void) | undefined): void {
    this.#wake = wake;
  }

  configure(changes: Partial<TcpOptions>): Failure | undefined {
    this.options = { ...this.options, ...changes };
    return undefined;
  }

  bind(at: SocketAddress): Failure | undefined {
    if (this.local !== undefined) return "invalid";
    if (!isLocal(at.address)) return "address-not-available";
    if (at.port !== 0 && this.#host.listeners.has(at.port)) return "address-in-use";
    this.local = { address: at.address, port: at.port || this.#host.ephemeral() };
    return undefined;
  }

  listen(backlog: number): Failure | undefined {
    if (this.local === undefined) this.bind({ address: IPV4_ANY, port: 0 });
    const port = this.local?.port ?? 0;
    if (this.#host.listeners.has(port)) return "address-in-use";
    this.#host.listeners.set(port, this);
    this.#backlog = backlog;
    this.state = "listen";
    return undefined;
  }

  connect(to: SocketAddress): Failure | undefined {
    if (this.state !== "closed") return "in-progress";
    if (!isLocal(to.address)) return "network-unreachable";
    if (this.local === undefined) this.bind({ address: IPV4_ANY, port: 0 });
    this.local = { address: IPV4_LOOPBACK, port: this.local?.port ?? 0 };
    this.remote = { address: to.address.isAny ? IPV4_LOOPBACK : to.address, port: to.port };
    this.state = "syn-sent";
    queueMicrotask(() => this.#establish(to.port));
    return undefined;
  }

  #establish(port: number): void {
    if (this.#closed || this.state !== "syn-sent") return;
    const listener = this.#host.listeners.get(port);
    if (listener === undefined || listener.#accepted.length >= listener.#backlog) {
      this.#fail("refused");
      return;
    }
    const other = new MemoryTcp(this.#host);
    other.options = { ...listener.options };
    other.local = this.remote;
    other.remote = this.local;
    other.#peer = this;
    this.#peer = other;
    this.state = "established";
    other.state = "established";
    listener.#accepted.push(other);
    this.#changed();
    listener.#changed();
  }

  accept(): MemoryTcp | undefined {
    return this.#accepted.shift();
  }

  read(into: Uint8Array, start = 0, end: number = into.length, peek = false): number | undefined {
    const first = this.#received[0];
    if (first === undefined) return this.failure === undefined && this.#ended ? 0 : undefined;
    const count = Math.min(first.length, end - start);
    into.set(first.subarray(0, count), start);
    if (peek) return count;
    if (count === first.length) this.#received.shift();
    else this.#received[0] = first.subarray(count);
    this.available -= count;
    if (this.#peer !== undefined) this.#peer.#changed();
    return count;
  }

  lend(): void {}

  withdraw(): void {}

  skip(most: number): number | undefined {
    return this.read(new Uint8Array(Math.min(most, 65_536)));
  }

  write(from: Uint8Array, start = 0, end: number = from.length): number | undefined {
    if (this.failure !== undefined) return undefined;
    if (this.#finished || this.#peer === undefined) {
      if (this.#finished || this.state === "closed") this.failure = "broken-pipe";
      return undefined;
    }
    const count = Math.min(this.#room, end - start);
    if (count === 0) return undefined;
    const peer = this.#peer;
    if (peer.#closed) {
      this.#fail("reset");
      return count;
    }
    if (!peer.#discarding) {
      peer.#received.push(from.slice(start, start + count));
      peer.available += count;
      peer.#changed();
    }
    return count;
  }

  writeUrgent(from: Uint8Array, start?: number, end?: number): number | undefined {
    return this.write(from, start, end);
  }

  readUrgent(): number {
    return -1;
  }

  finish(): void {
    if (this.#finished || this.#peer === undefined) return;
    this.#finished = true;
    this.state = this.state === "close-wait" ? "last-ack" : "fin-wait-2";
    this.#peer.#end();
  }

  discard(): void {
    this.#discarding = true;
    this.#received.length = 0;
    this.available = 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.state === "listen" && this.local !== undefined) this.#host.listeners.delete(this.local.port);
    for (const waiting of this.#accepted.splice(0)) waiting.abort();
    if (this.available > 0 && this.#peer !== undefined) this.#peer.#fail("reset");
    this.finish();
    this.state = "closed";
  }

  abort(): void {
    this.#closed = true;
    this.state = "closed";
    if (this.#peer !== undefined) this.#peer.#fail("reset");
  }

  info(): TcpInfo {
    throw new Error("the memory host measures nothing");
  }

  #end(): void {
    this.#ended = true;
    if (this.state === "established") this.state = "close-wait";
    this.#changed();
  }

  #fail(failure: Failure): void {
    if (this.#closed) return;
    this.failure = failure;
    this.state = "closed";
    this.#received.length = 0;
    this.available = 0;
    this.#changed();
  }

  #changed(): void {
    this.#wake?.();
  }
}

interface Datagram {
  readonly octets: Uint8Array;
  readonly from: SocketAddress;
}

export class MemoryUdp implements UdpEndpoint {
  options: UdpOptions = { ...UDP_DEFAULTS };
  local: SocketAddress | undefined;
  remote: SocketAddress | undefined;
  failure: Failure | undefined;
  readonly errorsQueued: number = 0;
  readonly writable: boolean = true;
  readonly lastReceived: DatagramInfo = {
    destination: IPV4_LOOPBACK,
    interfaceIndex: 1,
    hopLimit: 64,
    trafficClass: 0,
    arrivedAt: 0 as Instant,
    lostBefore: 0,
    mark: 0,
    headers: NO_HEADERS,
  };
  readonly #host: MemoryHost;
  readonly #received: Datagram[] = [];
  #wake: (() => void) | undefined;

  constructor(host: MemoryHost) {
    this.#host = host;
  }

  takeError(): undefined {
    return undefined;
  }

  get readable(): boolean {
    return this.#received.length > 0 || this.failure !== undefined;
  }

  get available(): number | undefined {
    return this.#received[0]?.octets.length;
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }

  onChange(wake: (() => void) | undefined): void {
    this.#wake = wake;
  }

  configure(changes: Partial<UdpOptions>): Failure | undefined {
    this.options = { ...this.options, ...changes };
    return undefined;
  }

  bind(at: SocketAddress): Failure | undefined {
    if (this.local !== undefined) return "invalid";
    if (!isLocal(at.address)) return "address-not-available";
    if (at.port !== 0 && this.#host.datagrams.has(at.port)) return "address-in-use";
    this.local = { address: at.address, port: at.port || this.#host.ephemeral() };
    this.#host.datagrams.set(this.local.port, this);
    return undefined;
  }

  connect(to: SocketAddress | undefined): Failure | undefined {
    if (to !== undefined && this.local === undefined) this.bind({ address: IPV4_ANY, port: 0 });
    this.remote = to;
    return undefined;
  }

  receive(into: Uint8Array, from?: MutableSocketAddress, start = 0, end?: number): number | undefined {
    const datagram = this.#received.shift();
    if (datagram === undefined) return undefined;
    into.set(datagram.octets.subarray(0, (end ?? into.length) - start), start);
    if (from !== undefined) Object.assign(from, datagram.from);
    return datagram.octets.length;
  }

  send(octets: Uint8Array, to?: SocketAddress, start = 0, end: number = octets.length): number | Failure {
    const target = to ?? this.remote;
    if (target === undefined) return "destination-required";
    if (end - start > 65_507) return "message-too-long";
    if (!isLocal(target.address)) return "network-unreachable";
    if (this.local === undefined) this.bind({ address: IPV4_ANY, port: 0 });
    const peer = this.#host.datagrams.get(target.port);
    if (peer === undefined) {
      if (this.remote !== undefined) this.failure = "refused";
      this.#wake?.();
      return end - start;
    }
    const from = { address: IPV4_LOOPBACK, port: this.local?.port ?? 0 };
    peer.#received.push({ octets: octets.slice(start, end), from });
    peer.#wake?.();
    return end - start;
  }

  joinGroup(): Failure | undefined {
    return undefined;
  }

  leaveGroup(): Failure | undefined {
    return undefined;
  }

  shutdown(): void {}

  close(): void {
    if (this.local !== undefined) this.#host.datagrams.delete(this.local.port);
  }

  abort(): void {
    this.close();
  }
}
