/**
 * How far a TCP connection has come, for somebody who only looks on: RFC 5382 §5 (REQ-1 to REQ-5), RFC 7857 §2. It
 * does not look at sequence numbers. Other segments follow a reset that its receiver does not believe, and these take
 * the reset back (RFC 7857 §2.2).
 */
import { ACK, FIN, RST, SYN, URG } from "../wire/tcp.ts";

/** What has been seen of a TCP connection. */
export class TcpProgress {
  #synOfCaller = false;
  #synOfCalled = false;
  #acknowledged = false;
  #finOfCaller = false;
  #finOfCalled = false;
  #reset = false;

  /** Between its handshake and its end: the longer timeout is for it. */
  get established(): boolean {
    return this.#acknowledged && !this.#reset && !(this.#finOfCaller && this.#finOfCalled);
  }

  /** Whether a segment with these flags can begin a connection: RFC 5382 REQ-1. */
  static begins(flags: number): boolean {
    return (flags & (SYN | ACK | RST | FIN)) === SYN;
  }

  /**
   * Whether these flags go together, as Linux's tcp_valid_flags has it. No host sends a segment without any, with SYN and FIN,
   * or with all of them: somebody looks for gaps in filters.
   */
  static isPlausible(flags: number): boolean {
    const first = flags & (SYN | RST | FIN);
    if (first === 0) return (flags & ACK) !== 0;
    if (first === FIN) return (flags & ACK) !== 0;
    return first === SYN ? (flags & (ACK | URG)) !== (ACK | URG) : first === RST && (flags & URG) === 0;
  }

  /** A connection that was under way before anybody looked on. */
  pickUp(): void {
    this.#synOfCaller = true;
    this.#synOfCalled = true;
    this.#acknowledged = true;
  }

  /** A segment with these flags passes. */
  pass(flags: number, isReply: boolean): void {
    if ((flags & RST) !== 0) {
      this.#reset = true;
      return;
    }
    if ((flags & SYN) !== 0) this.#syn(isReply);
    else if ((flags & ACK) !== 0 && this.#synOfCaller && this.#synOfCalled && !isReply)
      this.#acknowledged = true;
    this.#reset = false;
    if ((flags & FIN) === 0) return;
    if (isReply) this.#finOfCalled = true;
    else this.#finOfCaller = true;
  }

  /** A SYN at the end of one connection begins another between the same ports; both at once open one (REQ-2). */
  #syn(isReply: boolean): void {
    if (this.#reset || (this.#finOfCaller && this.#finOfCalled)) {
      this.#acknowledged = false;
      this.#synOfCaller = false;
      this.#synOfCalled = false;
      this.#finOfCaller = false;
      this.#finOfCalled = false;
    }
    if (isReply) this.#synOfCalled = true;
    else this.#synOfCaller = true;
  }
}
