/**
 * Initial sequence numbers that an attacker off the path cannot guess (RFC 6528 §3): a clock of 4 µs, so that
 * the numbers of one flow rise from connection to connection, plus a secret function of the flow.
 */
import type { IpAddress } from "../../base/ip-address.ts";
import { type SeqNum, seqNum } from "../../base/seq.ts";
import type { Instant } from "../../base/time.ts";
import { type FlowSecret, FOR_SEQUENCE, FOR_TIMESTAMP } from "./flow-secret.ts";

/** Microseconds per step of the clock (RFC 9293 §3.4.1). */
const STEP = 4;

/** Chooses initial sequence numbers and offsets of timestamps (RFC 6528). */
export class IsnGenerator {
  readonly #secret: FlowSecret;

  constructor(secret: FlowSecret) {
    this.#secret = secret;
  }

  /** ISN = M + F(flow, secret), for a connection that begins at `now`. */
  next(now: Instant, local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): SeqNum {
    const clock = Math.floor(now / STEP) | 0;
    return seqNum(clock + this.#secret.of(local, localPort, remote, remotePort, FOR_SEQUENCE));
  }

  /** What to add to the timestamp clock of a flow, so that it does not show how long we have been up (RFC 7323 §5.4). */
  offset(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
    return this.#secret.of(local, localPort, remote, remotePort, FOR_TIMESTAMP);
  }
}
