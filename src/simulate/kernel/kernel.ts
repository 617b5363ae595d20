/**
 * What a kernel is to a process: the sockets of one program, beside the stack that they are on. It stands in
 * the scheduler's thread; the program holds mirrors of these sockets (program/tcp-mirror.ts).
 */
import {
  type Failure,
  type IpAddress,
  parseIp,
  type SocketAddress,
  type TcpEndpoint,
  type TcpOptions,
  type UdpEndpoint,
  type UdpOptions,
} from "../../stack/index.ts";
import { CALL, type Mailbox, NEWS, numberOf } from "../channel/index.ts";
import { end, TCP_NEWS, TcpSocket } from "./tcp-socket.ts";
import { json, text } from "./text.ts";
import { UDP_NEWS, UdpSocket } from "./udp-socket.ts";

/** Where endpoints come from: a stack. */
export interface EndpointSource {
  openTcp(): TcpEndpoint;
  openUdp(): UdpEndpoint;
}

/** Who is told of what the program does besides the network. */
export interface ProcessListener {
  /** The program must be woken. */
  awake(): void;
  /** Something happens between the program and a socket. */
  active(): void;
  /** It has written to descriptor 1 or 2. The octets are its own. */
  wrote(fd: number, octets: Uint8Array): void;
  /** A key of one of its connections over TLS, as a line of NSS's key log. */
  key(line: string): void;
  exited(code: number): void;
}

/** What a call gives that is asked rather than queued. */
interface Answer {
  readonly failure: Failure | undefined;
  readonly number?: number;
  readonly value?: unknown;
}

/** By then TCP has given up what it sent, in microseconds: it takes some 16 minutes, as on Linux. */
const GIVES_UP = 3_600_000_000;

const GOOD: Answer = { failure: undefined };

type Socket = TcpSocket | UdpSocket;

/** What a program's system calls come to, on the world's side. */
export class Kernel {
  readonly #source: EndpointSource;
  readonly #listener: ProcessListener;
  readonly #sockets: Map<number, Socket> = new Map();
  /** Sockets of which something may have to be told; a set keeps the order in which they changed. */
  readonly #changed: Set<Socket> = new Set();
  /** Sockets whose room grows without a change of their readiness. */
  readonly #filling: Set<TcpSocket> = new Set();
  /** Sockets that the program opens have even numbers, those that are accepted here odd ones. */
  #nextId = 1;

  constructor(source: EndpointSource, listener: ProcessListener) {
    this.#source = source;
    this.#listener = listener;
  }

  /** Does all that the program has asked for; if it waits for an answer, that is in `news`. */
  serve(calls: Mailbox, news: Mailbox): void {
    calls.drain((what, id, a, b, payload) => {
      if (what >= CALL.configure) this.#answer(news, id, this.#ask(what, id, a, b, payload));
      else this.#do(what, id, a, payload);
    });
  }

  /** Brings the program's mirrors up to date. */
  tell(news: Mailbox): void {
    for (const socket of this.#filling) this.#changed.add(socket);
    for (const socket of this.#changed) {
      if (!news.fits(2 * TCP_NEWS + UDP_NEWS)) {
        this.#listener.awake(); // the rest comes in the next turn
        return;
      }
      this.#changed.delete(socket);
      this.#tellOne(socket, news);
    }
  }

  /** The process is gone, its host is not: its sockets are closed as a kernel does it, by FIN or RST. */
  closeAll(): void {
    for (const socket of [...this.#sockets.values()]) {
      this.#forget(socket);
      socket.endpoint.close();
    }
  }

  /** The machine is gone: nobody is told anything. */
  forgetAll(): void {
    for (const socket of [...this.#sockets.values()]) this.#forget(socket);
  }

  /**
   * Microseconds after which a connection has either told of something or never will: what it has sent was given up by then,
   * and a peer that is gone was found by its probes.
   */
  get longestSilence(): number {
    let longest = GIVES_UP;
    for (const socket of this.#sockets.values()) {
      if (socket instanceof UdpSocket) continue;
      const { keepAlive, keepIdle, keepInterval, keepCount } = socket.endpoint.options;
      if (keepAlive) longest = Math.max(longest, keepIdle + keepInterval * keepCount + GIVES_UP);
    }
    return longest;
  }

  /** The open sockets, one a line. */
  describe(): readonly string[] {
    return [...this.#sockets.values()].map((socket) => socket.describe());
  }

  // ── calls ───────────────────────────────────────────────────────────────────────────────────────────

  #do(what: number, id: number, a: number, payload: Uint8Array): void {
    if (what === CALL.log) {
      this.#listener.wrote(a, payload.slice());
      return;
    }
    // Nothing happens between the program and its sockets by that: with a capture a run is the same as without.
    if (what === CALL.key) {
      this.#listener.key(text(payload));
      return;
    }
    this.#listener.active();
    if (what === CALL.exit) this.#listener.exited(a);
    else if (what === CALL.openTcp) this.#openTcp(id, this.#source.openTcp(), text(payload));
    else if (what === CALL.openUdp) this.#openUdp(id, text(payload));
    else if (what === CALL.close || what === CALL.abort) this.#close(id, what === CALL.abort);
    else this.#stream(this.#tcp(id), what, a, payload);
  }

  #stream(socket: TcpSocket, what: number, a: number, payload: Uint8Array): void {
    if (what === CALL.write) {
      socket.write(payload);
      this.#filling.add(socket);
      this.#note(socket);
    } else if (what === CALL.consumed) {
      socket.consume(a);
      this.#note(socket);
    } else if (what === CALL.finish) socket.endpoint.finish();
    else if (what === CALL.discard) socket.endpoint.discard();
    else if (what === CALL.set) socket.endpoint.configure(JSON.parse(text(payload)) as Partial<TcpOptions>);
    else throw new Error(`a program has made call ${what}, which there is not`);
  }

  #ask(what: number, id: number, a: number, b: number, payload: Uint8Array): Answer {
    this.#listener.active();
    const socket = this.#sockets.get(id);
    if (socket instanceof UdpSocket) return this.#askUdp(socket, what, a, b, payload);
    return this.#askTcp(this.#tcp(id), what, a, payload);
  }

  #askTcp(socket: TcpSocket, what: number, a: number, payload: Uint8Array): Answer {
    const { endpoint } = socket;
    switch (what) {
      case CALL.configure: {
        const failure = endpoint.configure(JSON.parse(text(payload)) as Partial<TcpOptions>);
        return { failure, value: endpoint.options };
      }
      case CALL.bind:
        return bound(endpoint, endpoint.bind(addressOf(payload, a)));
      case CALL.listen:
        return bound(endpoint, endpoint.listen(a));
      case CALL.connect: {
        const failure = endpoint.connect(addressOf(payload, a));
        if (failure === undefined) socket.beginConnect();
        return bound(endpoint, failure);
      }
      case CALL.info:
        return { failure: undefined, value: endpoint.info() };
      default:
        throw new Error(`a program has asked TCP for call ${what}, which there is not`);
    }
  }

  #askUdp(socket: UdpSocket, what: number, a: number, b: number, payload: Uint8Array): Answer {
    const { endpoint } = socket;
    switch (what) {
      case CALL.configure: {
        const failure = endpoint.configure(JSON.parse(text(payload)) as Partial<UdpOptions>);
        return { failure, value: endpoint.options };
      }
      case CALL.bind:
        return bound(endpoint, endpoint.bind(addressOf(payload, a)));
      case CALL.connect:
        return bound(endpoint, endpoint.connect(payload.length === 0 ? undefined : addressOf(payload, a)));
      case CALL.send:
        return sent(endpoint, a, b, payload);
      case CALL.membership: {
        const [group, name] = JSON.parse(text(payload)) as [string, string];
        const to = parse(group);
        return { failure: a === 1 ? endpoint.joinGroup(to, name) : endpoint.leaveGroup(to, name) };
      }
      case CALL.shutdown:
        endpoint.shutdown((a & 1) !== 0, (a & 2) !== 0);
        return GOOD;
      default:
        throw new Error(`a program has asked UDP for call ${what}, which there is not`);
    }
  }

  #answer(news: Mailbox, id: number, { failure, number = 0, value }: Answer): void {
    const payload = value === undefined ? undefined : json(value);
    news.put(NEWS.answer, id, numberOf(failure), number, payload);
  }

  #tcp(id: number): TcpSocket {
    const socket = this.#sockets.get(id);
    if (socket instanceof TcpSocket) return socket;
    throw new Error(`a program has called TCP socket ${id}, which is not open`);
  }

  /** @param site - the line of the program that has made it; empty where none is known */
  #openTcp(id: number, endpoint: TcpEndpoint, site: string): TcpSocket {
    const socket = new TcpSocket(id, endpoint, site);
    this.#sockets.set(id, socket);
    endpoint.onChange(() => this.#note(socket));
    return socket;
  }

  #openUdp(id: number, site: string): void {
    const socket = new UdpSocket(id, this.#source.openUdp(), site);
    this.#sockets.set(id, socket);
    socket.endpoint.onChange(() => this.#note(socket));
  }

  #close(id: number, abort: boolean): void {
    const socket = this.#sockets.get(id);
    if (socket === undefined) return;
    this.#forget(socket);
    if (abort) socket.endpoint.abort();
    else socket.endpoint.close();
  }

  #forget(socket: Socket): void {
    socket.endpoint.onChange(undefined);
    this.#sockets.delete(socket.id);
    this.#changed.delete(socket);
    if (socket instanceof TcpSocket) this.#filling.delete(socket);
  }

  // ── news ────────────────────────────────────────────────────────────────────────────────────────────

  #note(socket: Socket): void {
    this.#changed.add(socket);
    if (!socket.mustBeTold) return;
    this.#listener.active();
    this.#listener.awake();
  }

  #tellOne(socket: Socket, news: Mailbox): void {
    if (socket instanceof UdpSocket) {
      if (socket.tell(news)) return;
    } else if (socket.listening) {
      socket.tellConnections(news, (endpoint) => {
        const accepted = this.#openTcp(this.#nextId, endpoint, socket.site);
        this.#nextId += 2;
        return accepted;
      });
      if (!socket.endpoint.readable) return;
    } else {
      socket.tellState(news);
      if (!socket.filling) this.#filling.delete(socket);
      return;
    }
    this.#note(socket); // more than the box has room for
  }
}

function bound(endpoint: TcpEndpoint | UdpEndpoint, failure: Failure | undefined): Answer {
  return { failure, value: endpoint.local === undefined ? undefined : end(endpoint.local) };
}

function sent(endpoint: UdpEndpoint, addressLength: number, port: number, payload: Uint8Array): Answer {
  const to = addressLength === 0 ? undefined : addressOf(payload.subarray(0, addressLength), port);
  const result = endpoint.send(payload.slice(addressLength), to);
  if (typeof result !== "number") return { failure: result };
  return { ...bound(endpoint, undefined), number: result }; // it may have got a port by this
}

function addressOf(payload: Uint8Array, port: number): SocketAddress {
  return { address: parse(text(payload)), port };
}

function parse(address: string): IpAddress {
  const parsed = parseIp(address);
  if (parsed === undefined) throw new Error(`a program has sent the address ${address}, which is none`);
  return parsed;
}
