/** What IPv6 knows of one link, by default or from its routers: RFC 4861 §6.3.2. */
import { below, type Random } from "../../base/random.ts";
import { type Duration, type Instant, later, milliseconds, seconds } from "../../base/time.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import { IPV6_HEADER_BYTES, IPV6_MAX_PAYLOAD, IPV6_MIN_MTU } from "../../wire/ipv6.ts";

/** RFC 4861 §10. */
const REACHABLE_TIME: Duration = milliseconds(30_000);
const RETRANS_TIMER: Duration = milliseconds(1_000);
/** RFC 4861 §6.3.2: a new random ReachableTime every few hours, even without advertisements. */
const REACHABLE_AGE: Duration = seconds(2 * 3600);
/** The IANA parameter registry's default. */
const HOP_LIMIT = 64;

/** The variables of one link. */
export class LinkParameters {
  /** LinkMTU: octets of the largest datagram. */
  linkMtu: number;
  /** CurHopLimit. */
  curHopLimit: number = HOP_LIMIT;
  /** RetransTimer: between solicitations. */
  retransTimer: Duration = RETRANS_TIMER;
  #baseReachableTime: Duration = REACHABLE_TIME;
  #reachableTime: Duration;
  #reachableUntil: Instant = 0 as Instant;
  readonly #linkMtu: number;
  readonly #random: Random;

  constructor(on: NetworkInterface, random: Random) {
    this.#random = random;
    this.#linkMtu = Math.min(on.link.capabilities.mtu, IPV6_HEADER_BYTES + IPV6_MAX_PAYLOAD);
    this.linkMtu = this.#linkMtu;
    this.#reachableTime = REACHABLE_TIME;
  }

  /** A router says what BaseReachableTime is. Another than before has ReachableTime chosen anew. */
  adoptReachableTime(time: Duration): void {
    if (time === this.#baseReachableTime) return;
    this.#baseReachableTime = time;
    this.#reachableUntil = 0 as Instant;
  }

  /** ReachableTime: how long a confirmation holds, between half and one and a half of its base. */
  reachableTime(now: Instant): Duration {
    if (now >= this.#reachableUntil) {
      const base = this.#baseReachableTime;
      this.#reachableTime = (Math.floor(base / 2) + below(this.#random, base + 1)) as Duration;
      this.#reachableUntil = later(now, REACHABLE_AGE);
    }
    return this.#reachableTime;
  }

  /** A router says what the link's MTU is (RFC 4861 §6.3.4). False if that cannot be, or is so already. */
  adoptMtu(mtu: number): boolean {
    if (mtu < IPV6_MIN_MTU || mtu > this.#linkMtu || mtu === this.linkMtu) return false;
    this.linkMtu = mtu;
    return true;
  }
}
