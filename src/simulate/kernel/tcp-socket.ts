/** One TCP socket of a program, on the side of its stack: what the program has been told, and what it must hear. */
import type { SocketAddress, TcpEndpoint } from "../../stack/index.ts";
import { type End, FAILURE_SHIFT, FLAG, type Mailbox, NEWS, numberOf } from "../channel/index.ts";
import { json } from "./text.ts";

/** The most octets of one socket that a program is lent at a time. */
const PIECE = 65_536;

const scratch = new Uint8Array(PIECE);

/** Room that one socket's news may take in a mailbox. */
export const TCP_NEWS: number = PIECE + 1024;

/** A TCP socket of a program, on the world's side. */
export class TcpSocket {
  readonly id: number;
  readonly endpoint: TcpEndpoint;
  /** The line of the program that has made it, or its listener. */
  readonly site: string;
  /** Octets that the program was handed and has not read: they stay in the stack until it has. */
  #lent = 0;
  /** What it was told last. */
  #bits = 0;
  #room = 0;
  #connecting = false;
  /** It has used up all the room that it knew of, and waits for more. */
  #starved = false;

  constructor(id: number, endpoint: TcpEndpoint, site: string) {
    this.id = id;
    this.site = site;
    this.endpoint = endpoint;
    this.#room = endpoint.options.sendBuffer;
  }

  get listening(): boolean {
    return this.endpoint.state === "listen";
  }

  /** The program waits for what has happened: it must be woken. The rest can wait until it runs anyway. */
  get mustBeTold(): boolean {
    const { endpoint } = this;
    if (this.#connecting) return endpoint.connected || endpoint.failure !== undefined;
    if (this.#starved && endpoint.writable) return true;
    return this.#lent === 0 && (this.#bits & FLAG.ended) === 0 && endpoint.readable;
  }

  /** Its room may grow without a word from the endpoint. */
  get filling(): boolean {
    return this.endpoint.unsent > 0;
  }

  /** What is going on, for reports. */
  describe(): string {
    const { local, remote, state } = this.endpoint;
    const from = local === undefined ? "unbound" : ends(local);
    const what = remote === undefined ? `${from} ${state}` : `${from} to ${ends(remote)} ${state}`;
    return withSite(what, this.site);
  }

  beginConnect(): void {
    this.#connecting = true;
  }

  /** Octets that the program had room for. The endpoint takes all, unless it has failed in the meantime. */
  write(octets: Uint8Array): void {
    const taken = this.endpoint.write(octets);
    if (taken !== undefined && taken < octets.length) {
      throw new Error(`${this.describe()}: took ${taken} octets of ${octets.length} that it had room for`);
    }
    this.#room -= octets.length;
    this.#starved = this.#room <= 0;
  }

  consume(octets: number): void {
    this.endpoint.skip(octets);
    this.#lent -= octets;
  }

  /** Connections that wait are accepted; `open` gives each a socket, which is told of at once. */
  tellConnections(news: Mailbox, open: (endpoint: TcpEndpoint) => TcpSocket): void {
    while (news.fits(2 * TCP_NEWS)) {
      const accepted = this.endpoint.accept();
      if (accepted === undefined) return;
      const socket = open(accepted);
      const { local, remote } = accepted;
      if (local === undefined || remote === undefined) throw new Error("an accepted connection has two ends");
      news.put(NEWS.accepted, this.id, socket.id, 0, json([end(local), end(remote)]));
      socket.tellState(news);
    }
  }

  /** Brings the program's mirror up to date. */
  tellState(news: Mailbox): void {
    const { endpoint } = this;
    const failure = numberOf(endpoint.failure === undefined ? undefined : endpoint.takeFailure());
    const octets = failure === 0 && this.#lent === 0 ? endpoint.read(scratch, 0, PIECE, true) : undefined;
    if (octets !== undefined && octets > 0) {
      this.#lent = octets;
      news.put(NEWS.data, this.id, 0, 0, scratch.subarray(0, octets));
    }
    const bits = this.#state(octets === 0);
    const room = endpoint.options.sendBuffer - endpoint.unsent;
    if (bits !== this.#bits || room !== this.#room || failure !== 0) {
      news.put(NEWS.state, this.id, bits | (failure << FAILURE_SHIFT), room);
    }
    if ((bits & FLAG.connected) !== 0 || failure !== 0) this.#connecting = false;
    this.#bits = bits;
    this.#room = room;
    // A little room does not wake its writer, who waits until a third of the buffer is free.
    this.#starved = (this.#starved || room <= 0) && !endpoint.writable;
  }

  #state(ended: boolean): number {
    const { endpoint } = this;
    const maySend = endpoint.state === "established" || endpoint.state === "close-wait";
    return (
      (endpoint.connected ? FLAG.connected : 0) |
      (maySend ? FLAG.maySend : 0) |
      (ended ? FLAG.ended : this.#bits & FLAG.ended)
    );
  }
}

/** One end of a connection, as it is told to a program. */
export function end({ address, port }: SocketAddress): End {
  return { address: address.toString(), port };
}

/** What is told of a socket, and where it was made. */
export function withSite(what: string, site: string): string {
  return site === "" ? what : `${what} (${site})`;
}

function ends({ address, port }: SocketAddress): string {
  return `${address.toString()}:${port}`;
}
