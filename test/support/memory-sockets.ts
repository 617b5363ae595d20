/**
 * Sockets without a stack beneath them, for services that are tested by themselves: octets written at one
 * end are moved to the other every millisecond, at a given rate. Only what services use is there.
 */
import {
  type DatagramInfo,
  type Failure,
  type Instant,
  IPV4_ANY,
  type IpAddress,
  ipv4,
  type MutableSocketAddress,
  type SocketAddress,
  type TcpEndpoint,
  type TcpInfo,
  type TcpOptions,
  type TcpState,
  TimerQueue,
  timer,
  type UdpEndpoint,
  type UdpOptions,
  Xoshiro128,
} from "../../src/stack/index.ts";

const BUFFER = 262_144;

/** The network and all its hosts: one namespace of ports, since addresses play no part here. */
export class MemorySockets {
  readonly timers: TimerQueue = new TimerQueue();
  readonly random: Xoshiro128 = new Xoshiro128(1);
  /** Datagrams for which this is true are lost. */
  loses: (count: number) => boolean = () => false;
  readonly listeners: Map<number, MemoryTcp> = new Map();
  readonly datagramSockets: Map<number, MemoryUdp> = new Map();
  readonly open: Set<MemoryTcp> = new Set();
  readonly address: IpAddress = ipv4(0x0a00_0001);
  #now = 0;
  #ports = 40_000;
  #datagrams: (() => void)[] = [];
  #sent = 0;

  /** @param octetsPerMillisecond - for each connection and direction */
  constructor(octetsPerMillisecond = 125_000) {
    const tick = timer(this.timers, (now) => {
      for (const connection of [...this.open]) connection.carry(octetsPerMillisecond);
      const datagrams = this.#datagrams;
      this.#datagrams = [];
      for (const deliver of datagrams) deliver();
      tick.set((now + 1000) as Instant);
    });
    tick.set(1000 as Instant);
  }

  now(): Instant {
    return this.#now as Instant;
  }

  openTcp(): MemoryTcp {
    return new MemoryTcp(this);
  }

  openUdp(): MemoryUdp {
    return new MemoryUdp(this);
  }

  freshPort(): number {
    return this.#ports++;
  }

  later(deliver: () => void): void {
    if (!this.loses(++this.#sent)) this.#datagrams.push(deliver);
  }

  /** Lets `seconds` of virtual time pass. */
  run(seconds: number): void {
    const end = this.#now + seconds * 1e6;
    for (let next = this.timers.nextDeadline(); next <= end; next = this.timers.nextDeadline()) {
      this.#now = next;
      this.timers.advance(next);
    }
    this.#now = end;
  }
}

export class MemoryTcp implements TcpEndpoint {
  readonly #net: MemorySockets;
  #wake: (() => void) | undefined;
  #peer: MemoryTcp | undefined;
  #out: Uint8Array[] = [];
  #in: Uint8Array[] = [];
  #outOctets = 0;
  #inOctets = 0;
  #finished = false;
  #atEnd = false;
  #accepted: MemoryTcp[] = [];
  changes: Partial<TcpOptions>[] = [];
  state: TcpState = "closed";
  failure: Failure | undefined;
  local: SocketAddress | undefined;
  remote: SocketAddress | undefined;

  constructor(net: MemorySockets) {
    this.#net = net;
  }

  get connected(): boolean {
    return this.state === "established";
  }
  get readable(): boolean {
    return this.#inOctets > 0 || this.#atEnd || this.#accepted.length > 0;
  }
  get writable(): boolean {
    return this.connected && this.#outOctets < BUFFER;
  }
  get available(): number {
    return this.#inOctets;
  }
  get unsent(): number {
    return this.#outOctets;
  }
  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }
  onChange(wake: (() => void) | undefined): void {
    this.#wake = wake;
  }
  configure(changes: Partial<TcpOptions>): Failure | undefined {
    this.changes.push(changes);
    return undefined;
  }
  bind(at: SocketAddress): Failure | undefined {
    this.local = at;
    return this.#net.listeners.has(at.port) ? "address-in-use" : undefined;
  }
  listen(): Failure | undefined {
    this.state = "listen";
    this.#net.listeners.set(this.local?.port ?? 0, this);
    return undefined;
  }
  accept(): MemoryTcp | undefined {
    return this.#accepted.shift();
  }
  connect(to: SocketAddress): Failure | undefined {
    this.local = { address: this.#net.address, port: this.#net.freshPort() };
    this.remote = to;
    this.#net.later(() => {
      const listener = this.#net.listeners.get(to.port);
      if (listener === undefined) this.#fail("refused");
      else listener.#arrives(this);
    });
    return undefined;
  }
  read(into: Uint8Array, start = 0, end: number = into.length): number | undefined {
    if (this.#inOctets === 0) return this.#atEnd ? 0 : undefined;
    let at = start;
    for (let first = this.#in[0]; first !== undefined && at < end; first = this.#in[0]) {
      const count = Math.min(first.length, end - at);
      into.set(first.subarray(0, count), at);
      at += count;
      if (count === first.length) this.#in.shift();
      else this.#in[0] = first.subarray(count);
    }
    this.#inOctets -= at - start;
    return at - start;
  }

  lend(): void {}

  withdraw(): void {}

  skip(most: number): number | undefined {
    return this.read(new Uint8Array(Math.min(most, 65_536)));
  }

  write(from: Uint8Array, start = 0, end: number = from.length): number | undefined {
    const count = Math.min(end - start, BUFFER - this.#outOctets);
    if (!this.connected || this.#finished || count <= 0) return undefined;
    this.#out.push(from.slice(start, start + count));
    this.#outOctets += count;
    return count;
  }
  finish(): void {
    this.#finished = true;
  }
  close(): void {
    this.#wake = undefined;
    this.finish();
    if (this.state === "listen") this.#net.listeners.delete(this.local?.port ?? 0);
    if (this.#peer === undefined) this.state = "closed";
  }
  abort(): void {
    this.state = "closed";
    this.#net.open.delete(this);
    if (this.#peer !== undefined) this.#peer.#fail("reset");
  }
  /** Moves octets to the peer, and the FIN behind them. */
  carry(most: number): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    const had = this.#outOctets;
    let left = Math.min(most, BUFFER - peer.#inOctets);
    for (let first = this.#out[0]; first !== undefined && first.length <= left; first = this.#out[0]) {
      this.#out.shift();
      peer.#in.push(first);
      left -= first.length;
      this.#outOctets -= first.length;
      peer.#inOctets += first.length;
    }
    const [first] = this.#out;
    if (first !== undefined && left > 0) {
      peer.#in.push(first.subarray(0, left));
      this.#out[0] = first.subarray(left);
      this.#outOctets -= left;
      peer.#inOctets += left;
    }
    const ends = this.#finished && this.#outOctets === 0 && !peer.#atEnd;
    if (ends) {
      peer.#atEnd = true;
      this.#net.open.delete(this);
    }
    if (this.#outOctets < had || ends) {
      peer.#wake?.();
      this.#wake?.();
    }
  }
  info(): TcpInfo {
    return {
      ...({} as TcpInfo),
      smoothedRtt: 100,
      congestionWindow: 14_600,
      sendMss: 1460,
      congestion: "cubic",
      totalRetransmits: 3,
    };
  }
  get options(): Readonly<TcpOptions> {
    throw new Error("not here");
  }
  readonly atMark: boolean = false;
  readonly urgentPending: boolean = false;
  discard(): void {}
  writeUrgent(): undefined {}
  readUrgent(): number {
    return -1;
  }

  #arrives(from: MemoryTcp): void {
    const end = new MemoryTcp(this.#net);
    end.local = this.local;
    end.remote = from.local;
    for (const [one, other] of [
      [end, from],
      [from, end],
    ] as const) {
      one.#peer = other;
      one.state = "established";
      this.#net.open.add(one);
    }
    this.#accepted.push(end);
    this.#wake?.();
    from.#wake?.();
  }

  #fail(failure: Failure): void {
    if (this.state === "closed" && failure === "reset") return;
    this.failure = failure;
    this.state = "closed";
    this.#net.open.delete(this);
    this.#wake?.();
  }
}

export class MemoryUdp implements UdpEndpoint {
  readonly #net: MemorySockets;
  readonly #queue: { readonly octets: Uint8Array; readonly from: SocketAddress }[] = [];
  #wake: (() => void) | undefined;
  local: SocketAddress | undefined;
  remote: SocketAddress | undefined;
  failure: Failure | undefined;
  readonly errorsQueued: number = 0;
  readonly writable: boolean = true;

  constructor(net: MemorySockets) {
    this.#net = net;
  }

  takeError(): undefined {
    return undefined;
  }

  get readable(): boolean {
    return this.#queue.length > 0;
  }
  get available(): number | undefined {
    return this.#queue[0]?.octets.length;
  }
  takeFailure(): Failure | undefined {
    return undefined;
  }
  onChange(wake: (() => void) | undefined): void {
    this.#wake = wake;
  }
  bind(at: SocketAddress): Failure | undefined {
    this.local = { address: this.#net.address, port: at.port };
    if (this.#net.datagramSockets.has(at.port)) return "address-in-use";
    this.#net.datagramSockets.set(at.port, this);
    return undefined;
  }
  connect(to: SocketAddress | undefined): Failure | undefined {
    this.remote = to;
    return this.bind({ address: IPV4_ANY, port: this.#net.freshPort() });
  }
  receive(into: Uint8Array, from?: MutableSocketAddress): number | undefined {
    const first = this.#queue.shift();
    if (first === undefined) return undefined;
    into.set(first.octets.subarray(0, into.length));
    if (from !== undefined) Object.assign(from, first.from);
    return first.octets.length;
  }
  send(
    datagram: Uint8Array,
    to: SocketAddress | undefined = this.remote,
    start = 0,
    end: number = datagram.length,
  ): number | Failure {
    const octets = datagram.slice(start, end);
    const from = this.local;
    if (to === undefined || from === undefined) return "destination-required";
    this.#net.later(() => {
      const target = this.#net.datagramSockets.get(to.port);
      if (target === undefined) return;
      target.#queue.push({ octets, from });
      target.#wake?.();
    });
    return octets.length;
  }
  close(): void {
    this.#wake = undefined;
    if (this.local !== undefined) this.#net.datagramSockets.delete(this.local.port);
  }
  abort(): void {
    this.close();
  }
  get options(): Readonly<UdpOptions> {
    throw new Error("not here");
  }
  get lastReceived(): DatagramInfo {
    throw new Error("not here");
  }
  configure(): undefined {}
  shutdown(): void {}
  joinGroup(): Failure {
    return "not-supported";
  }
  leaveGroup(): Failure {
    return "not-supported";
  }
}
