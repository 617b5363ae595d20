/** All groups that this host listens to on one link, of one family: RFC 3376 §5, RFC 3810 §6. */
import { AddressMap } from "../base/address-map.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { below, type Random } from "../base/random.ts";
import { Send } from "../base/send.ts";
import { type Duration, type Instant, later, NEVER, seconds } from "../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../base/timer-queue.ts";
import type { SourceWish } from "../contract/multicast.ts";
import type { Layer } from "../contract/reasons/row.ts";
import type { Services } from "../contract/services.ts";
import type { Trace } from "../contract/trace.ts";
import { type GroupHost, GroupReporter } from "./group-reporter.ts";
import type { AnyRecord } from "./packing.ts";

/** Robustness Variable, Query Interval and Query Response Interval, before a router has named its own (RFC 3376 §8, RFC 3810 §9). */
const ROBUSTNESS = 2;
const QUERY_INTERVAL = 125;
const RESPONSE_INTERVAL: Duration = seconds(10);
/** Groups of one link that are told of; a socket layer has bounds of its own. */
const MAX_GROUPS = 4096;

/** How the messages of one family are sent on the link. */
export interface ReportSender {
  readonly layer: Layer;
  /** A router that knows no sources is there. */
  readonly older: boolean;
  sendRecords(records: readonly AnyRecord[], why: Send): void;
  sendOldReport(group: IpAddress, why: Send): void;
  sendOldLeave(group: IpAddress, why: Send): void;
}

/** The groups of one link. */
export class LinkReporter implements GroupHost, TimerOwner {
  robustness: number = ROBUSTNESS;
  suspended = false;
  readonly #services: Services;
  readonly #sender: ReportSender;
  readonly #groups: AddressMap<GroupReporter> = new AddressMap();
  /** When a query about all groups is answered. */
  readonly #timer: Timer;
  #queryInterval = QUERY_INTERVAL;

  constructor(services: Services, sender: ReportSender) {
    this.#services = services;
    this.#sender = sender;
    this.#timer = new Timer(services.timers, this, true);
  }

  get now(): Instant {
    return this.#services.now;
  }

  get timers(): TimerQueue {
    return this.#services.timers;
  }

  get random(): Random {
    return this.#services.random;
  }

  get trace(): Trace | undefined {
    return this.#services.trace;
  }

  get layer(): Layer {
    return this.#sender.layer;
  }

  get older(): boolean {
    return this.#sender.older;
  }

  /** So long after the last query of an older router it is still there (RFC 3376 §8.12, RFC 3810 §9.12). */
  get olderTimeout(): Duration {
    return (this.robustness * seconds(this.#queryInterval) + RESPONSE_INTERVAL) as Duration;
  }

  // ── members ──────────────────────────────────────────────────────────────────────────────────────────

  /** One more member of a group. To be called within an entry, as all that follows. */
  joined(group: IpAddress, member: SourceWish): void {
    let reporter = this.#groups.get(group);
    if (reporter === undefined) {
      if (this.#groups.size >= MAX_GROUPS) return;
      reporter = new GroupReporter(this, group);
      this.#groups.set(group, reporter);
    }
    reporter.join(member);
  }

  left(group: IpAddress, member: SourceWish): void {
    this.#groups.get(group)?.leave(member);
  }

  /** What a member of the group wants to hear has changed. */
  changed(group: IpAddress): void {
    this.#groups.get(group)?.changed();
  }

  ended(reporter: GroupReporter): void {
    this.#groups.delete(reporter.group);
  }

  /** No group has a member. */
  get empty(): boolean {
    return this.#groups.size === 0;
  }

  /** The link is down, or gone: nothing is told, and whoever listens there then knows nothing. */
  suspend(): void {
    this.suspended = true;
    this.#armGeneral(NEVER);
    for (const reporter of [...this.#groups.values()]) reporter.suspend();
  }

  /** It is up again. */
  resume(): void {
    this.suspended = false;
    for (const reporter of [...this.#groups.values()]) reporter.changed();
  }

  // ── routers ──────────────────────────────────────────────────────────────────────────────────────────

  /** A router of another version than before has been heard (RFC 3376 §7.2.1, RFC 3810 §8.2.1). */
  versionChanged(): void {
    this.#armGeneral(NEVER);
    for (const reporter of [...this.#groups.values()]) reporter.forgetPending();
  }

  /** What a router says of itself in a query; 0 where it does not say. */
  adopt(robustness: number, queryInterval: number): void {
    this.robustness = robustness === 0 ? ROBUSTNESS : robustness;
    this.#queryInterval = queryInterval === 0 ? QUERY_INTERVAL : queryInterval;
  }

  /** A router asks about all groups, and wants to know within `longest`. */
  queriedAll(longest: Duration): void {
    if (this.older) {
      for (const reporter of this.#groups.values()) reporter.queried(this.#within(longest), []);
      return;
    }
    const at = this.#within(longest);
    if (this.#groups.size > 0 && at < this.#timer.deadline) this.#armGeneral(at);
  }

  /** About one group; of `sources` alone, if there are any. */
  queried(group: IpAddress, longest: Duration, sources: readonly IpAddress[]): void {
    const at = this.#within(longest);
    // What answers for all groups answers for this one (RFC 3376 §5.2, rule 1).
    if (this.older || at < this.#timer.deadline) this.#groups.get(group)?.queried(at, sources);
  }

  /** Another member of the group on this link has reported it. */
  reportedByAnother(group: IpAddress): void {
    this.#groups.get(group)?.reportedByAnother();
  }

  expired(): void {
    this.trace?.fired(this.layer, this, "membership");
    const records: AnyRecord[] = [];
    for (const { currentState } of this.#groups.values())
      if (currentState !== undefined) records.push(currentState);
    if (records.length > 0) this.sendRecords(records, Send.groupReportQueried);
  }

  // ── for groups ───────────────────────────────────────────────────────────────────────────────────────

  sendRecords(records: readonly AnyRecord[], why: Send): void {
    this.#sender.sendRecords(records, why);
  }

  sendOldReport(group: IpAddress, why: Send): void {
    this.#sender.sendOldReport(group, why);
  }

  sendOldLeave(group: IpAddress, why: Send): void {
    this.#sender.sendOldLeave(group, why);
  }

  /** Left to chance, so that not all hosts answer at once. */
  #within(longest: Duration): Instant {
    return later(this.now, (1 + below(this.random, Math.max(1, longest))) as Duration);
  }

  #armGeneral(at: Instant): void {
    if (at === this.#timer.deadline) return;
    if (at === NEVER) this.#timer.cancel();
    else this.#timer.set(at);
    this.trace?.armed(this.layer, this, "membership", at);
  }
}
