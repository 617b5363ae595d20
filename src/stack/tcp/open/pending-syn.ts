/**
 * What is remembered of a connection that a peer is opening, until the handshake is complete: much less than a
 * connection takes (the SYN cache of BSD, the limbo of Plan 9).
 */
import type { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { SeqNum } from "../../base/seq.ts";
import type { Instant } from "../../base/time.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { Route } from "../../contract/network.ts";
import type { Flow } from "../../demux/flow-table.ts";
import type { TcpHeader } from "../../wire/tcp.ts";
import type { DeadlineHolder, Deadlines } from "../connection/deadlines.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb, TcbHost } from "../connection/tcb.ts";
import { ecnOfSyn } from "../send/ecn.ts";

/** The listener that a half-open connection is for. */
export interface PendingOwner {
  readonly host: TcbHost;
  /** Inherited by the connection. */
  readonly options: TcpOptions;
  /** Its half-open connections. */
  readonly halfOpen: HalfOpenQueue;
  /** SEGMENT ARRIVES in SYN-RECEIVED: the TCB, once it is established. */
  arrivesPending(pending: PendingSyn, segment: Segment): Tcb | Drop;
  /** Its answer has been without an answer for too long. */
  synAckDue(pending: PendingSyn, now: Instant): void;
  /** Sends what it has noted. */
  sendDue(pending: PendingSyn): void;
}

/** Half-open connections of one listener, oldest first. */
export interface HalfOpenQueue {
  oldest: PendingSyn | undefined;
  newest: PendingSyn | undefined;
  size: number;
}

/** A connection in SYN-RECEIVED: what the SYN said, and what we answered. */
export class PendingSyn implements Flow, DeadlineHolder {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  flowHash = 0;
  flowNext: Flow | undefined = undefined;
  readonly listener: PendingOwner;
  readonly route: Route;
  readonly iss: SeqNum;
  readonly irs: SeqNum;
  readonly mss: number;
  /** -1 without the option. */
  windowScale: number;
  sackOk: boolean;
  readonly timestampsOk: boolean;
  ecnOk: boolean;
  tsRecent: number;
  readonly tsOffset: number;
  readonly window: number;
  readonly since: Instant;
  retries = 0;
  /** The answer has been answered, but the application wants text first (TCP_DEFER_ACCEPT). */
  deferred = false;
  /** It is in no queue: the peer keeps it, in a cookie (`syn-cookies.ts`). */
  isCookie = false;
  /** The headers of the SYN, where the listener keeps them (TCP_SAVE_SYN). */
  savedSyn: Uint8Array | undefined = undefined;
  /** What is to be sent at the end of the entry: the flags SYN and ACK, ACK, or nothing. */
  due = 0;
  deadlines: Deadlines;
  /** The listener's queue, oldest first. */
  newer: PendingSyn | undefined = undefined;
  older: PendingSyn | undefined = undefined;

  /** @param header - the SYN's */
  constructor(listener: PendingOwner, route: Route, header: TcpHeader, iss: SeqNum, tsOffset: number) {
    const { config, context, deadlines } = listener.host;
    this.listener = listener;
    this.route = route;
    this.localAddress = route.source;
    this.localPort = header.destinationPort;
    this.remoteAddress = route.destination;
    this.remotePort = header.sourcePort;
    this.iss = iss;
    this.irs = header.seq;
    this.mss = header.mss;
    this.windowScale = config.windowScaling ? header.windowScale : -1;
    this.sackOk = config.sack && header.sackPermitted;
    this.timestampsOk = config.timestamps && header.hasTimestamps;
    this.ecnOk = config.ecn !== "off" && ecnOfSyn(header.flags, false);
    this.tsRecent = header.tsVal;
    this.tsOffset = tsOffset;
    this.window = header.window;
    this.since = context.now;
    this.deadlines = deadlines.none;
  }

  /** Nothing of it is kept here: of its options only those remain that the cookie, or its timestamp, has room for. */
  becomeCookie(): void {
    this.isCookie = true;
    if (this.timestampsOk) return;
    this.windowScale = -1;
    this.sackOk = false;
    this.ecnOk = false;
  }

  expired(now: Instant): void {
    this.listener.synAckDue(this, now);
  }
}
