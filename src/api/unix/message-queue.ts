/**
 * What has come for an AF_UNIX socket and is not yet read: messages, or octets of a stream. What is on its way counts
 * against the sender's SO_SNDBUF, so reading gives room to the sender, who is told when the reading is done.
 */
import { MSG_PEEK, MSG_TRUNC } from "../constants.ts";
import { errno } from "../errors.ts";
import type { Received } from "../operations.ts";
import type { Chunk, Sender } from "./chunk.ts";
import { giveBack } from "./chunk-stores.ts";
import { describe, dropRights } from "./rights.ts";

/** What a receive wants besides octets. */
export interface Wish {
  readonly flags: number;
  readonly details: Received | undefined;
  /** SO_PASSCRED. */
  readonly credentials: boolean;
  /** Of a message that is only looked at: so many octets of what is there are passed over (SO_PEEK_OFF). */
  readonly skip?: number;
}

/** The queue of one socket. */
export class MessageQueue {
  readonly #chunks: Chunk[] = [];
  /** Octets of the first chunk that are taken already. */
  #read = 0;
  #octets = 0;

  /** Messages that wait. */
  get count(): number {
    return this.#chunks.length;
  }

  /** Octets that wait, of all of them. */
  get octets(): number {
    return this.#octets;
  }

  /** Octets of the first message. */
  get first(): number {
    return this.#chunks[0]?.bytes.length ?? 0;
  }

  push(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.#octets += chunk.bytes.length;
    chunk.sender.unsent += chunk.bytes.length;
  }

  /** Reads the first message, which is there; -EAGAIN if fewer octets than `wish.skip` are there to be looked at. What does not fit is lost. With MSG_TRUNC its whole length, else what fitted. */
  message(into: Uint8Array, start: number, end: number, wish: Wish): number {
    const peek = (wish.flags & MSG_PEEK) !== 0;
    let passed = peek ? (wish.skip ?? 0) : 0;
    let index = 0;
    while (passed > 0 && passed >= this.#lengthAt(index)) passed -= this.#lengthAt(index++);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return -errno.EAGAIN;
    const whole = chunk.bytes.length - passed;
    const count = Math.min(whole, end - start);
    into.set(
      passed === 0 && count === whole ? chunk.bytes : chunk.bytes.subarray(passed, passed + count),
      start,
    );
    describe(chunk, wish.details, wish.credentials, peek);
    if (count < whole && wish.details !== undefined) wish.details.flags |= MSG_TRUNC;
    if (!peek) this.#take(chunk, whole);
    return (wish.flags & MSG_TRUNC) !== 0 ? whole : count;
  }

  /** Reads octets of one chunk after the other, up to the end of one that has sockets with it. */
  stream(into: Uint8Array, start: number, end: number, wish: Wish): number {
    const peek = (wish.flags & MSG_PEEK) !== 0;
    let at = start;
    let index = 0;
    let skip = this.#read;
    while (at < end) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      const hadRights = chunk.rights.length > 0;
      if (at === start || hadRights) describe(chunk, wish.details, wish.credentials && at === start, peek);
      const count = Math.min(chunk.bytes.length - skip, end - at);
      into.set(chunk.bytes.subarray(skip, skip + count), at);
      at += count;
      if (peek) index++;
      else this.#take(chunk, count);
      skip = peek ? 0 : this.#read;
      if (hadRights) break;
    }
    return at - start;
  }

  /** Throws everything away. Those who had sent it, for the caller to notify when it has changed all that it will. */
  clear(): Set<Sender> {
    const senders = new Set<Sender>();
    for (const { bytes, rights, sender } of this.#chunks.splice(0)) {
      dropRights(rights);
      sender.unsent -= bytes.length - this.#read;
      this.#read = 0;
      senders.add(sender);
    }
    this.#octets = 0;
    return senders;
  }

  /** Octets of that message; more than any number where there is none. */
  #lengthAt(index: number): number {
    return this.#chunks[index]?.bytes.length ?? Number.POSITIVE_INFINITY;
  }

  #take(chunk: Chunk, octets: number): void {
    this.#read += octets;
    this.#octets -= octets;
    if (this.#read === chunk.bytes.length) {
      this.#chunks.shift();
      this.#read = 0;
      giveBack(chunk.bytes);
    }
    chunk.sender.unsent -= octets;
    chunk.sender.notify();
  }
}
