/**
 * One group on one link: what routers are told about it, and when. RFC 3376 §5 and RFC 3810 §6 say the same for the
 * two families. Older routers know members but no sources: RFC 2236 §6 and RFC 2710 §5.
 */
import type { IpAddress } from "../base/ip-address.ts";
import { below, type Random } from "../base/random.ts";
import { Send } from "../base/send.ts";
import { type Duration, type Instant, later, NEVER, seconds } from "../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../base/timer-queue.ts";
import { NOBODY, type SourceWish } from "../contract/multicast.ts";
import type { Layer } from "../contract/reasons/row.ts";
import type { Trace } from "../contract/trace.ts";
import {
  ALLOW_NEW_SOURCES,
  BLOCK_OLD_SOURCES,
  CHANGE_TO_EXCLUDE_MODE,
  CHANGE_TO_INCLUDE_MODE,
  MODE_IS_EXCLUDE,
  MODE_IS_INCLUDE,
} from "../wire/group-record.ts";
import { isAmong, mergedWish } from "./merged-wish.ts";
import type { AnyRecord } from "./packing.ts";

/** Unsolicited Report Interval (RFC 3376 §8.11, RFC 3810 §9.11), and that of RFC 2236 §8.10 and RFC 2710 §7.10. */
const UNSOLICITED_INTERVAL: Duration = seconds(1);
const OLD_UNSOLICITED_INTERVAL: Duration = seconds(10);
/** Sources that queries have asked about and that wait for an answer; more, and the whole group is told of. */
const MOST_ASKED = 256;

/** What a group needs of its link. */
export interface GroupHost {
  readonly now: Instant;
  readonly timers: TimerQueue;
  readonly random: Random;
  readonly trace: Trace | undefined;
  readonly layer: Layer;
  /** A router that knows no sources is there. */
  readonly older: boolean;
  /** The link is down: nobody can be told. */
  readonly suspended: boolean;
  /** Robustness Variable: so often a change is told. */
  readonly robustness: number;
  sendRecords(records: readonly AnyRecord[], why: Send): void;
  /** As an older router knows it: the group has a member, or no longer. */
  sendOldReport(group: IpAddress, why: Send): void;
  sendOldLeave(group: IpAddress, why: Send): void;
  /** Nobody listens any more, and the routers have been told so often enough. */
  ended(reporter: GroupReporter): void;
}

/** A source that is heard now, or no longer, and how often that is still to be told. */
interface SourceChange {
  readonly source: IpAddress;
  left: number;
}

/** One group on one link. */
export class GroupReporter implements TimerOwner {
  readonly group: IpAddress;
  readonly #host: GroupHost;
  readonly #members: Set<SourceWish> = new Set();
  readonly #timer: Timer;
  /** What was told last, or is being told. */
  #wish: SourceWish = NOBODY;
  /** So often it is still to be told that the mode has changed (RFC 3376 §5.1). */
  #modeLeft = 0;
  #changes: SourceChange[] = [];
  /** When a change is told again, and when a query is answered. */
  #tellAt: Instant = NEVER;
  #answerAt: Instant = NEVER;
  /** The sources that queries have asked about; empty: about the group. */
  #asked: IpAddress[] = [];
  /** Older: the report that is due answers a query. */
  #queried = false;
  /** Older: we were the last to report the group, so it is for us to say when we leave (RFC 2236 §3, RFC 2710 §4). */
  #reportedLast = true;

  constructor(host: GroupHost, group: IpAddress) {
    this.#host = host;
    this.group = group;
    this.#timer = new Timer(host.timers, this, true);
  }

  /** Whether anybody is heard in it. */
  get listens(): boolean {
    return this.#wish.mode === "exclude" || this.#wish.sources.length > 0;
  }

  join(member: SourceWish): void {
    this.#members.add(member);
    this.changed();
  }

  leave(member: SourceWish): void {
    this.#members.delete(member);
    this.changed();
  }

  /** What a member wants may be another thing now. */
  changed(): void {
    if (this.#host.suspended) {
      if (this.#members.size === 0) this.#host.ended(this);
      return;
    }
    const before = this.#wish;
    const listened = this.listens;
    this.#wish = mergedWish(this.#members);
    if (this.#host.older) this.#changedBesideOlder(listened);
    else if (this.#noteChanges(before)) this.#tell();
    else if (!this.listens && this.#tellAt === NEVER) this.#host.ended(this);
  }

  /** A query is to be answered at `at`; of `sources` alone, if there are any (RFC 3376 §5.2). */
  queried(at: Instant, sources: readonly IpAddress[]): void {
    if (!this.listens) return;
    if (this.#host.older) {
      if (this.#tellAt <= at) return; // a report is due before then anyway
      this.#queried = true;
      this.#tellAt = at;
    } else {
      const aboutAll = sources.length === 0 || (this.#answerAt !== NEVER && this.#asked.length === 0);
      this.#asked = aboutAll ? [] : [...this.#asked, ...sources.filter((one) => !isAmong(one, this.#asked))];
      if (this.#asked.length > MOST_ASKED) this.#asked = [];
      if (at < this.#answerAt) this.#answerAt = at;
    }
    this.#arm();
  }

  /** Older: another member has reported the group, and a router need know of one only. */
  reportedByAnother(): void {
    if (!this.#host.older || this.#tellAt === NEVER || !this.listens) return;
    this.#tellAt = NEVER;
    this.#queried = false;
    this.#reportedLast = false;
    this.#arm();
  }

  /** What the mode or the routers' version was is not any more: what was due is not (RFC 3376 §7.2.1). */
  forgetPending(): void {
    this.#modeLeft = 0;
    this.#changes = [];
    this.#asked = [];
    this.#queried = false;
    this.#tellAt = NEVER;
    this.#answerAt = NEVER;
    this.#arm();
    if (!this.listens) this.#host.ended(this);
  }

  /** The link is down: nobody has been told of anything. */
  suspend(): void {
    this.forgetPending();
    this.#wish = NOBODY;
    this.changed();
  }

  /** The record that says how things stand; undefined if nobody is heard. */
  get currentState(): AnyRecord | undefined {
    const { mode, sources } = this.#wish;
    if (!this.listens) return undefined;
    return { type: mode === "include" ? MODE_IS_INCLUDE : MODE_IS_EXCLUDE, group: this.group, sources };
  }

  expired(now: Instant): void {
    this.#host.trace?.fired(this.#host.layer, this, "membership");
    if (now >= this.#answerAt) this.#answer();
    if (now < this.#tellAt) this.#arm();
    else if (this.#host.older) this.#tellOlder();
    else this.#tell();
  }

  // ── version 3 of IGMP, version 2 of MLD ──────────────────────────────────────────────────────────────

  /** What has changed since `before`, and is to be told as often as the routers want it. Whether anything has. */
  #noteChanges(before: SourceWish): boolean {
    const { mode, sources } = this.#wish;
    const { robustness } = this.#host;
    if (mode !== before.mode) {
      this.#modeLeft = robustness;
      this.#changes = [];
      return true;
    }
    const changed = [
      ...sources.filter((one) => !isAmong(one, before.sources)),
      ...before.sources.filter((one) => !isAmong(one, sources)),
    ];
    const others = this.#changes.filter(({ source }) => !isAmong(source, changed));
    this.#changes = [...others, ...changed.map((source) => ({ source, left: robustness }))];
    return changed.length > 0;
  }

  /** Tells of all that has changed, and later once more, as often as need be. */
  #tell(): void {
    const records = this.#changeRecords();
    for (const change of this.#changes) change.left--;
    this.#changes = this.#changes.filter(({ left }) => left > 0);
    if (this.#modeLeft > 0) this.#modeLeft--;
    const more = this.#modeLeft > 0 || this.#changes.length > 0;
    this.#tellAt = more ? this.#within(UNSOLICITED_INTERVAL) : NEVER;
    this.#arm();
    this.#host.sendRecords(records, this.listens ? Send.groupReport : Send.groupLeave);
    if (!more && !this.listens) this.#host.ended(this);
  }

  /** A change of the mode goes with the whole list, and so tells of what has changed in that, too. */
  #changeRecords(): readonly AnyRecord[] {
    const { group } = this;
    const { mode, sources } = this.#wish;
    if (this.#modeLeft > 0) {
      return [{ type: mode === "include" ? CHANGE_TO_INCLUDE_MODE : CHANGE_TO_EXCLUDE_MODE, group, sources }];
    }
    const all = this.#changes.map(({ source }) => source);
    const heard = (source: IpAddress): boolean => isAmong(source, sources) === (mode === "include");
    const records = [
      { type: ALLOW_NEW_SOURCES, group, sources: all.filter(heard) },
      { type: BLOCK_OLD_SOURCES, group, sources: all.filter((source) => !heard(source)) },
    ];
    return records.filter((record) => record.sources.length > 0);
  }

  #answer(): void {
    const asked = this.#asked;
    this.#asked = [];
    this.#answerAt = NEVER;
    const record = asked.length === 0 ? this.currentState : this.#stateOf(asked);
    if (record !== undefined) this.#host.sendRecords([record], Send.groupReportQueried);
  }

  /** Of the sources that were asked about, those that are heard; undefined if there are none. */
  #stateOf(asked: readonly IpAddress[]): AnyRecord | undefined {
    const { mode, sources } = this.#wish;
    const heard = asked.filter((source) => isAmong(source, sources) === (mode === "include"));
    return heard.length === 0 ? undefined : { type: MODE_IS_INCLUDE, group: this.group, sources: heard };
  }

  // ── beside an older router ───────────────────────────────────────────────────────────────────────────

  #changedBesideOlder(listened: boolean): void {
    if (this.listens === listened) return;
    if (this.listens) {
      this.#reportedLast = true;
      this.#tellAt = this.#within(OLD_UNSOLICITED_INTERVAL); // once more, in case the first is lost
      this.#arm();
      this.#host.sendOldReport(this.group, Send.groupReport);
      return;
    }
    if (this.#reportedLast) this.#host.sendOldLeave(this.group, Send.groupLeave);
    this.forgetPending();
  }

  #tellOlder(): void {
    this.#tellAt = NEVER;
    this.#reportedLast = true;
    this.#host.sendOldReport(this.group, this.#queried ? Send.groupReportQueried : Send.groupReport);
    this.#queried = false;
    this.#arm();
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────────────

  #within(longest: Duration): Instant {
    return later(this.#host.now, (1 + below(this.#host.random, longest)) as Duration);
  }

  #arm(): void {
    const at = Math.min(this.#tellAt, this.#answerAt) as Instant;
    if (at === this.#timer.deadline) return;
    if (at === NEVER) this.#timer.cancel();
    else this.#timer.set(at);
    this.#host.trace?.armed(this.#host.layer, this, "membership", at);
  }
}
