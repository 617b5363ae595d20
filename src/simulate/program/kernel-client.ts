/**
 * The kernel as a program's sockets see it: calls are queued to the end of the turn, or asked and answered at
 * once while the program's thread sleeps; news comes at the beginning of a turn. No virtual time passes in
 * between, so what a mirror shows is what the kernel has.
 */
import { TextDecoder, TextEncoder } from "node:util";
import type { Failure } from "../../stack/index.ts";
import { type Beginning, CALL, type Channel, failureOf, NEWS } from "../channel/index.ts";

/** Octets of one message of output: much less than a mailbox holds. */
const PIECE = 1 << 18;

type Call = (typeof CALL)[keyof typeof CALL];

/** What the world answers to a call. */
export interface Answer {
  readonly failure: Failure | undefined;
  readonly number: number;
  readonly value: unknown;
}

/** A socket's mirror in the program. */
export interface Mirror {
  /** @param bits - of `FLAG`; @param room - octets that a write would take */
  hasState(bits: number, room: number): void;
  /** Lent. */
  hasData(octets: Uint8Array): void;
  hasConnection(id: number, payload: Uint8Array): void;
  /** Lent. @param addressLength - the sender's address stands at the head of the payload */
  hasDatagram(addressLength: number, port: number, payload: Uint8Array): void;
}

/** Who is told of what concerns no socket. */
export interface NewsListener {
  begin(beginning: Beginning): void;
  /** Names or addresses are others now. */
  network(beginning: Beginning): void;
  signal(name: string): void;
  flush(): void;
  /** The wall clock jumps. */
  clock(milliseconds: number): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The program's side of its system calls. */
export class KernelClient {
  readonly #channel: Channel;
  /** Hands over to the world with what the program says of itself. */
  readonly #handOver: (why: "call") => void;
  readonly #mirrors: Map<number, Mirror> = new Map();
  #nextId = 0;

  constructor(channel: Channel, handOver: (why: "call") => void) {
    this.#channel = channel;
    this.#handOver = handOver;
  }

  /** A number for a new socket of this program: even; those that are accepted have odd ones. */
  newId(): number {
    this.#nextId += 2;
    return this.#nextId;
  }

  remember(id: number, mirror: Mirror): void {
    this.#mirrors.set(id, mirror);
  }

  /** The socket is closed: no more is heard of it. */
  forget(id: number): void {
    this.#mirrors.delete(id);
  }

  /** A new socket. @param site - the line of the program that makes it, for the world's reports */
  open(call: typeof CALL.openTcp | typeof CALL.openUdp, id: number, site: string | undefined): void {
    this.queue(call, id, 0, 0, site === undefined ? undefined : octetsOf(site));
  }

  queue(call: Call, id: number, a = 0, b = 0, payload?: Uint8Array): void {
    if (!this.#channel.calls.fits(payload?.length ?? 0)) this.#handOver("call");
    this.#channel.calls.put(call, id, a, b, payload);
  }

  /** Something was written to this descriptor. */
  log(fd: 1 | 2, octets: Uint8Array): void {
    for (let at = 0; at < octets.length; at += PIECE)
      this.queue(CALL.log, 0, fd, 0, octets.subarray(at, at + PIECE));
  }

  ask(call: Call, id: number, a = 0, b = 0, payload?: Uint8Array): Answer {
    this.queue(call, id, a, b, payload);
    this.#handOver("call");
    let answer: Answer | undefined;
    this.#channel.news.drain((what, _id, number, result, octets) => {
      if (what !== NEWS.answer) return;
      const value: unknown = octets.length === 0 ? undefined : JSON.parse(textOf(octets));
      answer = { failure: failureOf(number), number: result, value };
    });
    if (answer === undefined) throw new Error(`tapstack/simulate: call ${call} was not answered`);
    return answer;
  }

  /** At the beginning of a turn: mirrors are brought up to date. */
  hear(listener: NewsListener): void {
    this.#channel.news.drain((what, id, a, b, payload) => {
      if (what === NEWS.begin) listener.begin(JSON.parse(textOf(payload)) as Beginning);
      else if (what === NEWS.network) listener.network(JSON.parse(textOf(payload)) as Beginning);
      else if (what === NEWS.signal) listener.signal(textOf(payload));
      else if (what === NEWS.flush) listener.flush();
      else if (what === NEWS.clock) listener.clock(a);
      else this.#tell(this.#mirrors.get(id), what, a, b, payload);
    });
  }

  #tell(mirror: Mirror | undefined, what: number, a: number, b: number, payload: Uint8Array): void {
    if (mirror === undefined) return; // the program has closed it meanwhile
    if (what === NEWS.state) mirror.hasState(a, b);
    else if (what === NEWS.data) mirror.hasData(payload);
    else if (what === NEWS.accepted) mirror.hasConnection(a, payload);
    else if (what === NEWS.datagram) mirror.hasDatagram(a, b, payload);
  }
}

/** The octets of `text`. */
export function octetsOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The octets are in shared memory, which a decoder does not take: they are copied first. */
export function textOf(octets: Uint8Array): string {
  return decoder.decode(octets.slice());
}
