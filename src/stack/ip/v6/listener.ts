/** One group that this host listens to on one link: the states of RFC 3810 §6, and of RFC 2710 §5 beside old routers. */
import type { IpAddress } from "../../base/ip-address.ts";
import { below, type Random } from "../../base/random.ts";
import { Send } from "../../base/send.ts";
import { type Duration, type Instant, later, NEVER, seconds } from "../../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../../base/timer-queue.ts";
import type { Trace } from "../../contract/trace.ts";

/** Robustness Variable (RFC 3810 §9.1): a change is told so often. */
const ROBUSTNESS = 2;
/** Unsolicited Report Interval of version 2 (RFC 3810 §9.11), and of version 1 (RFC 2710 §7.10). */
const UNSOLICITED_INTERVAL: Duration = seconds(1);
const UNSOLICITED_INTERVAL_V1: Duration = seconds(10);

/** What a listener needs of its link. */
export interface ListenerHost {
  readonly now: Instant;
  readonly timers: TimerQueue;
  readonly random: Random;
  readonly trace: Trace | undefined;
  /** A router of version 1 is there. */
  readonly old: boolean;
  /** Tells the routers that the group is listened to, or no longer. */
  tellChange(listener: Listener, why: Send): void;
  /** Answers a query about the group; of `sources`, if the query named some. */
  answer(listener: Listener, sources: readonly IpAddress[], why: Send): void;
  /** All has been told of who listens no longer. */
  ended(listener: Listener): void;
}

/** One group on one link. */
export class Listener implements TimerOwner {
  readonly group: IpAddress;
  /** Nobody here listens any more: the routers are being told. */
  leaving = false;
  /** Of version 1: we were the last to report the group, so it is for us to say when we leave (RFC 2710 §4). */
  reportedLast = true;
  readonly #host: ListenerHost;
  readonly #timer: Timer;
  #changesLeft: number = ROBUSTNESS;
  #queried = false;
  readonly #sources: IpAddress[] = [];

  constructor(host: ListenerHost, group: IpAddress) {
    this.#host = host;
    this.group = group;
    this.#timer = new Timer(host.timers, this, true);
  }

  /** Tells at once, and again, in case the first is lost. */
  begin(): void {
    this.#change(Send.groupReport);
  }

  /** The last one here has left. */
  leave(): void {
    this.leaving = true;
    this.#queried = false;
    this.#changesLeft = this.#host.old ? 1 : ROBUSTNESS;
    this.#change(Send.groupLeave);
  }

  /** A router asks for the group within `longest`; for `sources` of it alone, if there are any. */
  queried(longest: Duration, sources: readonly IpAddress[]): void {
    if (this.leaving) return;
    // RFC 3810 §6.2: a query for the whole group takes in one for some sources, and several of those are one.
    if (sources.length === 0) this.#sources.length = 0;
    else if (!this.#queried || this.#sources.length > 0) this.#sources.push(...sources);
    this.#queried = true;
    const due = later(this.#host.now, (1 + below(this.#host.random, Math.max(1, longest))) as Duration);
    if (due < this.#timer.deadline) this.#arm(due);
  }

  /** Version 1: the router need know of one listener only. */
  reportedByAnother(): void {
    if (!this.#host.old || !this.#timer.armed || this.leaving) return;
    this.#arm(NEVER);
    this.#queried = false;
    this.reportedLast = false;
  }

  expired(): void {
    this.#host.trace?.fired("mld", this, "membership");
    if (this.#queried) {
      this.#queried = false;
      this.reportedLast = true;
      this.#host.answer(this, this.#sources.splice(0), Send.groupReportQueried);
      if (this.#changesLeft > 0) this.#again();
      return;
    }
    this.#change(this.leaving ? Send.groupLeave : Send.groupReport);
  }

  end(): void {
    this.#arm(NEVER);
  }

  #change(why: Send): void {
    this.#changesLeft--;
    if (!this.leaving) this.reportedLast = true;
    this.#host.tellChange(this, why);
    if (this.#changesLeft > 0) this.#again();
    else if (this.leaving) this.#host.ended(this);
  }

  #again(): void {
    const { now, random, old } = this.#host;
    const longest = old ? UNSOLICITED_INTERVAL_V1 : UNSOLICITED_INTERVAL;
    this.#arm(later(now, (1 + below(random, longest)) as Duration));
  }

  #arm(at: Instant): void {
    if (at === NEVER) this.#timer.cancel();
    else this.#timer.set(at);
    this.#host.trace?.armed("mld", this, "membership", at);
  }
}
