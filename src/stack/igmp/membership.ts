/** One group that this host is in, on one interface: the states of RFC 2236 §6. */
import type { IpAddress } from "../base/ip-address.ts";
import { below, type Random } from "../base/random.ts";
import { Send } from "../base/send.ts";
import { type Duration, type Instant, later, NEVER, seconds } from "../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../base/timer-queue.ts";
import type { Trace } from "../contract/trace.ts";

/** RFC 2236 §8.10: between the first report of a group and its repetition, at most. */
const UNSOLICITED_INTERVAL: Duration = seconds(10);

/** What a membership needs of the protocol. */
export interface MembershipHost {
  readonly now: Instant;
  readonly timers: TimerQueue;
  readonly random: Random;
  /** Tells the routers on the link of the interface that the group has a member here. */
  sendReport(membership: Membership, why: Send): void;
  readonly trace: Trace | undefined;
}

/** One group on one interface. */
export class Membership implements TimerOwner {
  readonly group: IpAddress;
  readonly interfaceIndex: number;
  /** We were the last to report the group: so it is for us to say when we leave (RFC 2236 §3). */
  reportedLast = true;
  readonly #host: MembershipHost;
  readonly #timer: Timer;
  /** The report that is due answers a query. */
  #queried = false;

  constructor(host: MembershipHost, group: IpAddress, interfaceIndex: number) {
    this.#host = host;
    this.group = group;
    this.interfaceIndex = interfaceIndex;
    this.#timer = new Timer(host.timers, this, true);
  }

  /** "Join group": a report at once, and a second one in case the first is lost. */
  joined(): void {
    this.#host.sendReport(this, Send.groupReport);
    this.#delay(UNSOLICITED_INTERVAL);
  }

  /**
   * "Query received": answers within `longest`, at a time left to chance so that not all members answer at
   * once; a report that is due before then anyway stays due.
   */
  queried(longest: Duration): void {
    if (this.#timer.deadline === NEVER || this.#timer.deadline > later(this.#host.now, longest)) {
      this.#queried = true;
      this.#delay(longest);
    }
  }

  /** "Report received": the router needs to know of one member only. */
  reportedByAnother(): void {
    if (!this.#timer.armed) return;
    this.#timer.cancel();
    this.#host.trace?.armed("igmp", this, "membership", NEVER);
    this.reportedLast = false;
  }

  expired(): void {
    this.reportedLast = true;
    this.#host.trace?.fired("igmp", this, "membership");
    this.#host.sendReport(this, this.#queried ? Send.groupReportQueried : Send.groupReport);
    this.#queried = false;
  }

  /** "Leave group", or the interface is gone. */
  end(): void {
    this.#timer.cancel();
    this.#host.trace?.armed("igmp", this, "membership", NEVER);
  }

  #delay(longest: Duration): void {
    const wait = (1 + below(this.#host.random, longest)) as Duration;
    this.#timer.set(later(this.#host.now, wait));
    this.#host.trace?.armed("igmp", this, "membership", this.#timer.deadline);
  }
}
