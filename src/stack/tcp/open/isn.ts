/**
 * Initial sequence numbers that an attacker off the path cannot guess (RFC 6528 §3): a clock of 4 µs, so that
 * the numbers of one flow rise from connection to connection, plus a secret function of the flow.
 */
import type { IpAddress } from "../../base/ip-address.ts";
import type { Random } from "../../base/random.ts";
import { type SeqNum, seqNum } from "../../base/seq.ts";
import { SipHash } from "../../base/siphash.ts";
import type { Instant } from "../../base/time.ts";

/** Microseconds per step of the clock (RFC 9293 §3.4.1). */
const STEP = 4;

/** What a number is for, so that knowing one kind tells nothing of the other. */
const FOR_SEQUENCE = 1;
const FOR_TIMESTAMP = 2;

/** Two addresses of four words, two ports, and the purpose. */
const MESSAGE_BYTES = 40;

/** Chooses initial sequence numbers and offsets of timestamps (RFC 6528). */
export class IsnGenerator {
  readonly #hash: SipHash;
  readonly #message: DataView = new DataView(new ArrayBuffer(MESSAGE_BYTES));

  /** @param random - gives the secret key, 128 bits, at once */
  constructor(random: Random) {
    this.#hash = new SipHash([random.bits(), random.bits(), random.bits(), random.bits()]);
  }

  /** ISN = M + F(flow, secret), for a connection that begins at `now`. */
  next(now: Instant, local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): SeqNum {
    const clock = Math.floor(now / STEP) | 0;
    return seqNum(clock + this.#secretOf(local, localPort, remote, remotePort, FOR_SEQUENCE));
  }

  /** What to add to the timestamp clock of a flow, so that it does not show how long we have been up (RFC 7323 §5.4). */
  offset(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
    return this.#secretOf(local, localPort, remote, remotePort, FOR_TIMESTAMP);
  }

  #secretOf(
    local: IpAddress,
    localPort: number,
    remote: IpAddress,
    remotePort: number,
    purpose: number,
  ): number {
    const message = this.#message;
    local.write(message, 0);
    remote.write(message, 16);
    message.setUint16(32, localPort);
    message.setUint16(34, remotePort);
    message.setInt32(36, purpose);
    this.#hash.hash(message, MESSAGE_BYTES);
    return this.#hash.low;
  }
}
