/**
 * TIME-WAIT (RFC 9293 §3.10.7.4): a connection that is over, remembered for 2 MSL in a small object, so that
 * its last ACK can be repeated and its old duplicates meet somebody who knows them.
 */
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import { Send } from "../../base/send.ts";
import { type SeqNum, seqBefore } from "../../base/seq.ts";
import { type Instant, later, NEVER } from "../../base/time.ts";
import { Timer, type TimerOwner } from "../../base/timer-queue.ts";
import type { Flow } from "../../demux/flow-table.ts";
import { ACK } from "../../wire/tcp.ts";
import type { TcpConfig } from "../connection/config.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import type { ConnectionTable } from "../demux/connection-table.ts";
import { type BareSender, bareHeader, sendBare } from "../send/bare.ts";
import { timestampAt } from "../send/emit.ts";

/** What is left of a connection. */
export class TimeWait implements Flow {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  flowHash = 0;
  flowNext: Flow | undefined = undefined;
  readonly sndNxt: SeqNum;
  readonly rcvNxt: SeqNum;
  readonly timestampsOk: boolean;
  readonly tsRecent: number;
  readonly tsOffset: number;
  readonly trafficClass: number;
  expiry: Instant = NEVER;
  /** The list of all, in the order of expiry. */
  newer: TimeWait | undefined = undefined;
  older: TimeWait | undefined = undefined;
  /** An ACK is to be sent at the end of the entry. */
  ackDue = false;
  /** Answers since the last whole second: two hosts in TIME-WAIT must not storm. */
  answeredAt: Instant = -1_000_000 as Instant;

  constructor(tcb: Tcb) {
    this.localAddress = tcb.localAddress;
    this.localPort = tcb.localPort;
    this.remoteAddress = tcb.remoteAddress;
    this.remotePort = tcb.remotePort;
    this.sndNxt = tcb.snd.nxt;
    this.rcvNxt = tcb.rcv.nxt;
    this.timestampsOk = tcb.timestampsOk;
    this.tsRecent = tcb.rcv.tsRecent;
    this.tsOffset = tcb.tsOffset;
    this.trafficClass = tcb.options.trafficClass;
  }
}

/** All connections in TIME-WAIT, in the order of expiry, with one timer. */
export class TimeWaitList implements TimerOwner {
  readonly #sender: BareSender;
  readonly #config: TcpConfig;
  readonly #noteFlush: () => void;
  /** Those whose ACK is due, and some whose was. */
  readonly #noted: TimeWait[] = [];
  readonly #flows: ConnectionTable;
  readonly #timer: Timer;
  #oldest: TimeWait | undefined;
  #newest: TimeWait | undefined;
  #size = 0;

  /** @param noteFlush - `flush` is to be called at the end of the entry */
  constructor(sender: BareSender, config: TcpConfig, flows: ConnectionTable, noteFlush: () => void) {
    this.#sender = sender;
    this.#config = config;
    this.#flows = flows;
    this.#noteFlush = noteFlush;
    this.#timer = new Timer(sender.context.timers, this, true);
  }

  get size(): number {
    return this.#size;
  }

  /** Takes the place of `tcb` in the table. The oldest gives way when there are too many. */
  enter(tcb: Tcb): void {
    const entry = new TimeWait(tcb);
    this.#flows.replace(tcb, entry);
    this.#append(entry);
    if (this.#size > this.#config.maxTimeWait && this.#oldest !== undefined) {
      this.#sender.counters.timeWaitRecycled++;
      this.remove(this.#oldest);
    }
  }

  remove(entry: TimeWait): void {
    entry.ackDue = false;
    this.#unlink(entry);
    this.#flows.remove(entry);
    this.#arm();
  }

  expired(now: Instant): void {
    while (this.#oldest !== undefined && this.#oldest.expiry <= now) {
      this.#sender.trace?.fired(this.#oldest, "time-wait");
      this.remove(this.#oldest);
    }
  }

  /**
   * SEGMENT ARRIVES in TIME-WAIT. A repeated FIN is acknowledged again and restarts the 2 MSL; other text is
   * told where we are; a reset at exactly RCV.NXT ends it (RFC 5961 §3.2).
   */
  arrives(entry: TimeWait, segment: Segment): Drop {
    if (segment.hasRst) {
      if (segment.seq !== entry.rcvNxt) return Drop.resetInTimeWait;
      this.remove(entry);
      return Drop.none;
    }
    if (segment.length === 0 && segment.seq === entry.rcvNxt) return Drop.ackInTimeWait;
    const finAgain = segment.hasFin && !segment.hasSyn;
    if (finAgain) {
      this.#unlink(entry);
      this.#append(entry);
    } else if (this.#sender.context.now - entry.answeredAt < 500_000) return Drop.rateLimited;
    entry.answeredAt = this.#sender.context.now;
    this.#noteAck(entry);
    return finAgain ? Drop.none : Drop.textInTimeWait;
  }

  #noteAck(entry: TimeWait): void {
    this.#sender.trace?.noted(entry, 0, Send.ackTimeWait, entry.ackDue);
    if (!entry.ackDue) this.#noted.push(entry);
    entry.ackDue = true;
    this.#noteFlush();
  }

  /** Sends the ACKs that were noted. */
  flush(): void {
    if (this.#noted.length === 0) return;
    for (let i = 0; i < this.#noted.length; i++) {
      const entry = this.#noted[i] as TimeWait;
      if (entry.ackDue) this.#acknowledge(entry);
      entry.ackDue = false;
    }
    this.#noted.length = 0;
  }

  #acknowledge(entry: TimeWait): void {
    const { context } = this.#sender;
    const route = context.route(entry.remoteAddress, entry.localAddress);
    if (route === undefined) return;
    const header = bareHeader(entry.localPort, entry.remotePort, entry.sndNxt, entry.rcvNxt, ACK);
    header.window = 0xffff;
    header.hasTimestamps = entry.timestampsOk;
    header.tsVal = timestampAt(context.now, entry.tsOffset);
    header.tsEcr = entry.tsRecent;
    const why = this.#sender.trace?.due(entry, 0) ?? Send.unknown;
    sendBare(this.#sender, route, entry.trafficClass, why);
  }

  #append(entry: TimeWait): void {
    entry.expiry = later(this.#sender.context.now, this.#config.timeWait);
    this.#sender.trace?.armed(entry, "time-wait", entry.expiry);
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#size++;
    this.#arm();
  }

  #unlink(entry: TimeWait): void {
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    entry.older = entry.newer = undefined;
    this.#size--;
  }

  #arm(): void {
    const expiry = this.#oldest?.expiry ?? NEVER;
    if (expiry === this.#timer.deadline) return;
    if (expiry === NEVER) this.#timer.cancel();
    else this.#timer.set(expiry);
  }
}

/**
 * Whether a SYN may open a new connection in the place of one in TIME-WAIT: only if it is certainly newer, by
 * its timestamp or its sequence number (RFC 6191 §2, RFC 1122 §4.2.2.13).
 */
export function mayReopen(entry: TimeWait, segment: Segment): boolean {
  if (!segment.hasSyn || segment.hasAck || segment.hasRst) return false;
  const { header: syn } = segment;
  if (entry.timestampsOk && syn.hasTimestamps) {
    const age = (syn.tsVal - entry.tsRecent) | 0;
    if (age !== 0) return age > 0;
  }
  return seqBefore(entry.rcvNxt, syn.seq);
}
