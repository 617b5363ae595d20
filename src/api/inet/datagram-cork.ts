/**
 * Datagrams that are put together from several calls: MSG_MORE and UDP_CORK (udp(7)). The destination and the control
 * data are those of the first call; the datagram leaves with the first call that says that nothing more comes.
 */
import { errno } from "../errors.ts";

/** Sends one datagram: octets sent, or a negated errno. */
type Push<T> = (datagram: Uint8Array, to: T | undefined) => number;

/** What one socket holds back of a datagram to `T`. */
export class DatagramCork<T> {
  /** The largest datagram of the protocol. */
  readonly #most: number;
  #parts: Uint8Array[] = [];
  #octets = 0;
  #to: T | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Something is held back. */
  get pending(): boolean {
    return this.#parts.length > 0;
  }

  /** Holds `from[start..end)` back. Its octets, or a negated errno, with which all is dropped. */
  hold(from: Uint8Array, start: number, end: number, to: T | undefined): number {
    if (!this.pending) this.#to = to;
    if (this.#octets + end - start > this.#most) {
      this.drop();
      return -errno.EMSGSIZE;
    }
    this.#parts.push(new Uint8Array(from.subarray(start, end)));
    this.#octets += end - start;
    return end - start;
  }

  /** Sends what is held back with `from[start..end)` behind it: as `hold`. Without room, nothing has changed. */
  finish(from: Uint8Array, start: number, end: number, push: Push<T>): number {
    const to = this.#to;
    const held = this.hold(from, start, end, to);
    if (held < 0) return held;
    const status = push(this.#whole(), to);
    if (status === -errno.EAGAIN) {
      this.#parts.pop();
      this.#octets -= held;
      return status;
    }
    this.drop();
    return status < 0 ? status : held;
  }

  /** Sends what is held back, if anything is: 0, or a negated errno. */
  flush(push: Push<T>): number {
    if (!this.pending) return 0;
    const status = push(this.#whole(), this.#to);
    this.drop();
    return Math.min(status, 0);
  }

  /** Forgets what is held back. */
  drop(): void {
    this.#parts = [];
    this.#octets = 0;
    this.#to = undefined;
  }

  #whole(): Uint8Array {
    const whole = new Uint8Array(this.#octets);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
