/**
 * What is remembered of a connection that a peer is opening, until the handshake is complete: much less than a
 * connection takes (the SYN cache of BSD, the limbo of Plan 9).
 */
import type { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { SeqNum } from "../../base/seq.ts";
import type { Instant } from "../../base/time.ts";
import type { Route } from "../../contract/network.ts";
import type { Flow } from "../../demux/flow-table.ts";
import type { DeadlineHolder, Deadlines } from "../connection/deadlines.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb, TcbHost } from "../connection/tcb.ts";
import { ecnOfSyn } from "../send/ecn.ts";

/** The listener that a half-open connection is for. */
export interface PendingOwner {
  readonly host: TcbHost;
  /** How many half-open connections it has. */
  pending: number;
  /** SEGMENT ARRIVES in SYN-RECEIVED: the TCB, once it is established. */
  arrivesPending(pending: PendingSyn, segment: Segment): Tcb | Drop;
  /** Its answer has been without an answer for too long. */
  synAckDue(pending: PendingSyn, now: Instant): void;
  /** Sends what it has noted. */
  sendDue(pending: PendingSyn): void;
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
  readonly windowScale: number;
  readonly sackOk: boolean;
  readonly timestampsOk: boolean;
  readonly ecnOk: boolean;
  tsRecent: number;
  readonly tsOffset: number;
  readonly window: number;
  readonly since: Instant;
  retries = 0;
  /** The answer has been answered, but the application wants text first (TCP_DEFER_ACCEPT). */
  deferred = false;
  /** What is to be sent at the end of the entry: the flags SYN and ACK, ACK, or nothing. */
  due = 0;
  deadlines: Deadlines;
  /** The protocol's list of all, oldest first. */
  newer: PendingSyn | undefined = undefined;
  older: PendingSyn | undefined = undefined;

  constructor(listener: PendingOwner, route: Route, segment: Segment, iss: SeqNum, tsOffset: number) {
    const { header } = segment;
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

  expired(now: Instant): void {
    this.listener.synAckDue(this, now);
  }
}
