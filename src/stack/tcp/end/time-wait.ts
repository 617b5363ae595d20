/**
 * TIME-WAIT (RFC 9293 §3.10.7.4): a connection that is over, remembered for 2 MSL in a small object, so that
 * its last ACK can be repeated and its old duplicates meet somebody who knows them.
 */
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import { type SeqNum, seqBefore } from "../../base/seq.ts";
import { type Instant, later, NEVER } from "../../base/time.ts";
import { Timer, type TimerOwner } from "../../base/timer-queue.ts";
import type { TransportContext } from "../../contract/transport.ts";
import type { Flow } from "../../demux/flow-table.ts";
import { ACK, TcpHeader } from "../../wire/tcp.ts";
import type { TcpConfig } from "../connection/config.ts";
import type { TcpCounters } from "../connection/counters.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import type { ConnectionTable } from "../demux/connection-table.ts";
import { emitBare } from "../send/emit.ts";

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

const header = new TcpHeader();

/** All connections in TIME-WAIT, in the order of expiry, with one timer. */
export class TimeWaitList implements TimerOwner {
  readonly #context: TransportContext;
  readonly #config: TcpConfig;
  readonly #counters: TcpCounters;
  readonly #flows: ConnectionTable;
  readonly #timer: Timer;
  #oldest: TimeWait | undefined;
  #newest: TimeWait | undefined;
  #size = 0;

  constructor(context: TransportContext, config: TcpConfig, counters: TcpCounters, flows: ConnectionTable) {
    this.#context = context;
    this.#config = config;
    this.#counters = counters;
    this.#flows = flows;
    this.#timer = new Timer(context.timers, this);
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
      this.#counters.timeWaitRecycled++;
      this.remove(this.#oldest);
    }
  }

  remove(entry: TimeWait): void {
    this.#unlink(entry);
    this.#flows.remove(entry);
    this.#arm();
  }

  expired(now: Instant): void {
    while (this.#oldest !== undefined && this.#oldest.expiry <= now) this.remove(this.#oldest);
  }

  /**
   * SEGMENT ARRIVES in TIME-WAIT. A repeated FIN is acknowledged again and restarts the 2 MSL; other text is
   * told where we are; a reset at exactly RCV.NXT ends it (RFC 5961 §3.2).
   */
  arrives(entry: TimeWait, segment: Segment): Drop {
    if (segment.hasRst) {
      if (segment.seq === entry.rcvNxt) this.remove(entry);
      return Drop.ignored;
    }
    if (segment.length === 0 && segment.seq === entry.rcvNxt) return Drop.ignored;
    if (segment.hasFin && !segment.hasSyn) {
      this.#unlink(entry);
      this.#append(entry);
    } else if (this.#context.now - entry.answeredAt < 500_000) return Drop.rateLimited;
    entry.answeredAt = this.#context.now;
    this.#acknowledge(entry);
    return Drop.none;
  }

  #acknowledge(entry: TimeWait): void {
    const route = this.#context.route(entry.remoteAddress, entry.localAddress);
    if (route === undefined) return;
    header.clear();
    header.sourcePort = entry.localPort;
    header.destinationPort = entry.remotePort;
    header.seq = entry.sndNxt;
    header.ack = entry.rcvNxt;
    header.flags = ACK;
    header.window = 0xffff;
    header.hasTimestamps = entry.timestampsOk;
    header.tsVal = (Math.floor(this.#context.now / 1000) + entry.tsOffset) | 0;
    header.tsEcr = entry.tsRecent;
    this.#counters.outSegs++;
    emitBare(this.#context, route, header, entry.trafficClass);
  }

  #append(entry: TimeWait): void {
    entry.expiry = later(this.#context.now, this.#config.timeWait);
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
