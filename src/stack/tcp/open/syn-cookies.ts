/**
 * SYN cookies (RFC 4987 §3.6): a SYN|ACK whose sequence number tells what a half-open connection would have to
 * remember, so that nothing is. The ACK of the client brings it back. The same 32 bits as Linux's, but for the last 24:
 *
 *     ISS = F(flow) + IRS + (period << 24) + (index of the MSS << 21) + F(flow, period, IRS, index) >> 11
 *
 * F is a secret function, and a period a minute: a cookie is good until the end of the minute after its own. Linux
 * adds the index to the secret number, and so takes the neighbours of a cookie as well: where the ACK is lost and a
 * first text of one octet too, the next octet would open the connection, and the first would never be missed.
 *
 * Of the options only the MSS has room, by a table. Where the client has timestamps, the six lowest bits of ours carry
 * what was negotiated besides, as on Linux.
 */
import { type SeqNum, seqAdd, seqDistance } from "../../base/seq.ts";
import { type Duration, type Instant, seconds } from "../../base/time.ts";
import type { Route } from "../../contract/network.ts";
import { CWR, ECE, SYN, type TcpHeader } from "../../wire/tcp.ts";
import { MAX_WINDOW_SHIFT } from "../receive/window.ts";
import { type FlowSecret, FOR_COOKIE } from "./flow-secret.ts";

/** How long cookies of one secret number are made. */
const PERIOD: Duration = seconds(60);

/** A cookie is taken in the period in which it was made, and in so many after that. */
const LATER_PERIODS = 1;

/** For so long an ACK may be that of a cookie: afterwards none of it is looked at. */
export const COOKIE_LIFE: Duration = seconds(120);

/** Where the period and the index of the MSS are in a cookie; the rest is secret. */
const PERIOD_SHIFT = 24;
const INDEX_SHIFT = 21;

/**
 * The sizes that a client's MSS is rounded down to: a segment must never be larger than it said. From the least that is
 * believed, over what each host of either family takes at least, tunnels and Ethernet, to jumbo frames. A guess hits
 * with 8 of 2^24 numbers in each of two periods.
 */
const SIZES: readonly number[] = [48, 216, 512, 1200, 1360, 1440, 1460, 8940];
const INDEX_MASK = 7;

/** In the lowest bits of a timestamp: the window scale, 15 for none, SACK, ECN. */
const SCALE_MASK = 15;
const NO_SCALE = 15;
const SACK_BIT = 16;
const ECN_BIT = 32;
const TIMESTAMP_MASK = 63;

/** What the timestamp of a cookie says of what was negotiated. */
export interface CookieOptions {
  /** -1 without the option. */
  readonly windowScale: number;
  readonly sackOk: boolean;
  readonly ecnOk: boolean;
}

/** Makes and reads cookies. */
export class SynCookies {
  readonly #secret: FlowSecret;

  constructor(secret: FlowSecret) {
    this.#secret = secret;
  }

  /**
   * The ISS that answers a SYN.
   *
   * @param irs - its sequence number
   * @param mss - the client's
   */
  make(now: Instant, route: Route, localPort: number, remotePort: number, irs: SeqNum, mss: number): SeqNum {
    const period = periodOf(now);
    const index = sizeIndex(mss);
    const base = this.#base(route, localPort, remotePort);
    const proof = this.#proof(route, localPort, remotePort, irs, period, index);
    return seqAdd(irs, (base + (period << PERIOD_SHIFT) + (index << INDEX_SHIFT) + proof) | 0);
  }

  /**
   * The MSS that a cookie tells; 0 if it is none, or too old.
   *
   * @param iss - what an ACK says that our SYN had
   * @param irs - what it says that the client's had
   */
  read(now: Instant, route: Route, localPort: number, remotePort: number, irs: SeqNum, iss: SeqNum): number {
    const cookie = (seqDistance(irs, iss) - this.#base(route, localPort, remotePort)) | 0;
    const newest = periodOf(now);
    const age = (newest - (cookie >>> PERIOD_SHIFT)) & 255;
    if (age > LATER_PERIODS) return 0;
    const index = (cookie >>> INDEX_SHIFT) & INDEX_MASK;
    const proof = cookie & ((1 << INDEX_SHIFT) - 1);
    if (proof !== this.#proof(route, localPort, remotePort, irs, newest - age, index)) return 0;
    return SIZES[index] as number;
  }

  /** What is added to all cookies of a flow: the period does not show. */
  #base({ source, destination }: Route, localPort: number, remotePort: number): number {
    return this.#secret.of(source, localPort, destination, remotePort, FOR_COOKIE);
  }

  /** What nobody can tell of another cookie. */
  #proof(
    { source, destination }: Route,
    localPort: number,
    remotePort: number,
    irs: SeqNum,
    period: number,
    index: number,
  ): number {
    const purpose = FOR_COOKIE + period * SIZES.length + index;
    return this.#secret.of(source, localPort, destination, remotePort, purpose, irs) >>> (32 - INDEX_SHIFT);
  }
}

/** The number of the period, from 1 on. */
function periodOf(now: Instant): number {
  return 1 + Math.floor(now / PERIOD);
}

/** The largest size that is not larger than `mss`. */
function sizeIndex(mss: number): number {
  let index = SIZES.length - 1;
  while (index > 0 && (SIZES[index] as number) > mss) index--;
  return index;
}

/** The newest timestamp up to `latest` whose lowest bits carry the options. */
export function cookieTimestamp(latest: number, { windowScale, sackOk, ecnOk }: CookieOptions): number {
  const scale = windowScale < 0 ? NO_SCALE : Math.min(windowScale, MAX_WINDOW_SHIFT);
  const bits = scale | (sackOk ? SACK_BIT : 0) | (ecnOk ? ECN_BIT : 0);
  const stamp = (latest & ~TIMESTAMP_MASK) | bits;
  return bits > (latest & TIMESTAMP_MASK) ? (stamp - TIMESTAMP_MASK - 1) | 0 : stamp;
}

/**
 * Makes `syn` the SYN that `ack`, the ACK of a cookie, tells of.
 *
 * @param mss - what the cookie told
 * @param echo - TSecr of the ACK, without the offset of the flow
 */
export function restoreSyn(syn: TcpHeader, ack: TcpHeader, mss: number, echo: number): TcpHeader {
  syn.clear();
  syn.sourcePort = ack.sourcePort;
  syn.destinationPort = ack.destinationPort;
  syn.seq = seqAdd(ack.seq, -1);
  syn.flags = SYN;
  syn.mss = mss;
  if (!ack.hasTimestamps) return syn;
  syn.hasTimestamps = true;
  syn.tsVal = ack.tsVal;
  const scale = echo & SCALE_MASK;
  if (scale !== NO_SCALE) syn.windowScale = scale;
  syn.sackPermitted = (echo & SACK_BIT) !== 0;
  if (echo & ECN_BIT) syn.flags |= ECE | CWR;
  return syn;
}
