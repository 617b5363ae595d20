/**
 * The transmission control block: what one connection remembers (RFC 9293 §3.3.1), under the RFC's names.
 * One class, one shape: every field has its kind of value from the start, since V8 makes the code that
 * reads them fast only then. The functions that work on it are in the files by role: `arrives`, `ack`,
 * `receive`, `send`, `loss`, `timers`, `handshake`.
 */
import { ByteRing, type RingPool } from "../../base/byte-ring.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Ranges } from "../../base/ranges.ts";
import { type SeqNum, seqDistance, seqMin } from "../../base/seq.ts";
import type { Duration, Instant } from "../../base/time.ts";
import type { Endpoint, Failure, TcpOptions, TcpState } from "../../contract/endpoint.ts";
import type { Route } from "../../contract/network.ts";
import type { TransportContext, Wakeable } from "../../contract/transport.ts";
import type { Flow } from "../../demux/flow-table.ts";
import type { CongestionControl } from "../congestion/congestion.ts";
import type { TcpConfig } from "./config.ts";
import type { TcpCounters } from "./counters.ts";
import type { DeadlineHolder, DeadlinePool, Deadlines } from "./deadlines.ts";
import type { Loan } from "./loan.ts";
import type { RateReduction } from "./prr.ts";
import { RttEstimator } from "./rtt.ts";

/** Shared by all connections that never saw a segment out of order; never written to. */
export const NO_SEQUENCES: SeqNum[] = [];

/** What a connection needs of the protocol that runs it. */
export interface TcbHost {
  readonly context: TransportContext;
  readonly config: TcpConfig;
  readonly counters: TcpCounters;
  readonly rings: RingPool;
  readonly deadlines: DeadlinePool;
  /** The connection has something to send: `output` is to be called at the end of the entry. */
  noteOutput(tcb: Tcb): void;
  /** The connection has left the table: it is CLOSED. */
  remove(tcb: Tcb): void;
  /** A small object takes the connection's place in the table for 2 MSL. */
  enterTimeWait(tcb: Tcb): void;
  /** A congestion controller as the connection's options name it, for segments of `mss` octets. */
  newCongestion(options: TcpOptions, mss: number): CongestionControl;
  /** The window that such a controller begins with. */
  initialWindow(options: TcpOptions, mss: number): number;
  /** What is due of the connection's timers is to be done. */
  timersDue(tcb: Tcb, now: Instant): void;
}

/** The application's side of a connection. */
export interface TcbUser extends Endpoint, Wakeable {
  /** The buffer of a reader that waits, once there has been one. */
  readonly loan: Loan | undefined;
  connectionFailed(failure: Failure): void;
}

/** Which loss recovery is under way (RFC 6675, RFC 6298 §5). */
export const Recovery = { none: 0, fast: 1, timeout: 2 } as const;
export type Recovery = (typeof Recovery)[keyof typeof Recovery];

export class Tcb implements Flow, DeadlineHolder {
  // Identity.
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  flowHash = 0;
  flowNext: Flow | undefined = undefined;
  readonly host: TcbHost;
  /** Undefined once the application has closed: the connection is an orphan. */
  user: TcbUser | undefined = undefined;
  options: TcpOptions;
  route: Route;
  state: TcpState = "closed";
  /** Opened actively: decides where a reset in SYN-RECEIVED leads (RFC 9293 MUST-11). */
  active = false;

  // Send sequence variables. Data that is sent or waits is in `sendRing`, which starts at `sendRingSeq`.
  iss: SeqNum;
  sndUna: SeqNum;
  sndNxt: SeqNum;
  /** SND.WND, already scaled. */
  sndWnd = 0;
  sndWl1: SeqNum = 0 as SeqNum;
  sndWl2: SeqNum = 0 as SeqNum;
  /** The largest window that the peer ever offered: for the sender's SWS rule (RFC 9293 §3.8.6.2.1). */
  sndMaxWnd = 0;
  /** Snd.Wind.Shift; 0 without the option. */
  sndWindShift = 0;
  /** Octets of text in a full-sized segment, options already taken off. */
  sndMss = 536;
  /** What the peer's MSS option said; 536 without it (MUST-15). */
  peerMss = 536;
  /** SND.UP: the octet behind the last urgent one; means something while `sendingUrgent`. */
  sndUp: SeqNum = 0 as SeqNum;
  sendingUrgent = false;
  readonly sendRing: ByteRing;
  sendRingSeq: SeqNum;
  /** The application has said that no more will come: a FIN follows what is queued. */
  finQueued = false;
  finSent = false;
  /** The end of the last small segment that was sent: for Nagle as Minshall has it. */
  sndSml: SeqNum;

  // Receive sequence variables. What the application has not read is in `receiveRing`, which ends at RCV.NXT.
  irs: SeqNum = 0 as SeqNum;
  rcvNxt: SeqNum = 0 as SeqNum;
  /** The right edge that was advertised: RCV.NXT + RCV.WND. It never moves back (SHLD-14). */
  rcvAdv: SeqNum = 0 as SeqNum;
  rcvWindShift = 0;
  /** The largest text seen so far: what "full-sized" means for the delayed ACK. */
  rcvMss = 536;
  rcvUp: SeqNum = 0 as SeqNum;
  /** 0: no urgent data; 1: announced; 2: its octet has arrived and waits in `urgentOctet`; 3: it was read. */
  urgentState = 0;
  urgentOctet = 0;
  readonly receiveRing: ByteRing;
  /** What arrived beyond RCV.NXT. */
  early: Ranges | undefined = undefined;
  /** A FIN that arrived early stands here; means something while `finSeen`. */
  finSeq: SeqNum = 0 as SeqNum;
  finSeen = false;
  /** The peer's FIN was reached: nothing more will come. */
  finReceived = false;
  /** The application reads no more (shutdown): text is acknowledged and forgotten. */
  discarding = false;

  // Acknowledgment that is due.
  ackNow = false;
  /** The peer's FIN is to be acknowledged in this entry, but an application that closes at once may add its own. */
  ackAfterWake = false;
  /** Duplicate ACKs that are due for segments out of order, each to be sent by itself (RFC 5681 §4.2). */
  duplicateAcksDue = 0;
  /** Octets of text since the last ACK was sent. */
  unackedText = 0;
  /** The segments that arrived out of order last, newest first: in that order SACK names their blocks. */
  recentEarly: SeqNum[] = NO_SEQUENCES;
  /** D-SACK (RFC 2883): the duplicate that is to be reported; none while equal. */
  dsackLeft: SeqNum = 0 as SeqNum;
  dsackRight: SeqNum = 0 as SeqNum;
  challengeCount = 0;
  challengeSince: Instant = 0 as Instant;

  // Options: offered while in SYN-SENT, in force afterwards.
  scaleOk = false;
  ecnOk = false;
  /** CE has come: ECE goes back until CWR comes. */
  ecnEcho = false;
  /** The window was reduced because of ECE: CWR is to go out. */
  ecnReduced = false;
  /** What was outstanding at the last reduction: one reduction per window. */
  ecnRecover: SeqNum;
  sackOk = false;
  timestampsOk = false;
  tsRecent = 0;
  tsRecentAt: Instant = 0 as Instant;
  /** Last.ACK.sent (RFC 7323 §4.3). */
  lastAckSent: SeqNum = 0 as SeqNum;
  tsOffset = 0;

  // Loss recovery. Of the outstanding octets, those in [highRxt, lostEdge) that are not SACKed are to be sent again.
  recovery: Recovery = Recovery.none;
  /** RecoveryPoint (RFC 6675), recover (RFC 6582): recovery ends when this is acknowledged. */
  recover: SeqNum;
  highRxt: SeqNum;
  lostEdge: SeqNum;
  sacked: Ranges | undefined = undefined;
  dupAcks = 0;
  /** SND.NXT when the segment at SND.UNA was sent again last: SACKs from beyond show that it was lost again. */
  headRxtAt: SeqNum;
  /** The segment at SND.UNA is to be sent once more, out of turn. */
  headLost = false;
  /** SND.NXT when a segment other than the first was sent again last. */
  holeRxtAt: SeqNum;
  /** What is sent again from here on was so after the segment at SND.UNA; and some of that has been SACKed. */
  headRxtEdge: SeqNum;
  laterRxtSacked = false;
  /** Octets of which no ACK had said that they have arrived, when output ended last. */
  flight = 0;
  /** How much recovery sends; most connections never need to know. */
  prr: RateReduction | undefined = undefined;
  /** Made when it first matters: most connections never send enough for a window to hold them back. See `cc`. */
  congestion: CongestionControl | undefined = undefined;
  /** Output ended because of the congestion window: only then may it grow. */
  cwndLimited = false;

  // Reordering: see `reordering.ts`.
  /** The path has been seen to reorder. */
  reordered = false;
  /** RACK.reo_wnd_mult; when it grew last; recoveries until it is 1 again. */
  reorderingMultiple = 1;
  reorderingRound: SeqNum;
  reorderingLeft = 0;
  /** At `holesAt`, what still is a hole below `holesEdge` is lost. */
  holesEdge: SeqNum;
  /** Octets sent again for the last loss that D-SACK has not shown to have come twice; all are within [undoFrom, undoTo). */
  undoable = false;
  undoOctets = 0;
  undoFrom: SeqNum;
  undoTo: SeqNum;

  // Tail loss probe: see `tail.ts`.
  /** `rtoAt` is the probe's time, and `timeoutAt` that of the timeout. */
  tailArmed = false;
  tailDue = false;
  /** A probe is out, and ends at `tailEnd`; `tailAgain` when it was a retransmission. */
  tailActive = false;
  tailAgain = false;
  tailEnd: SeqNum;

  // Round-trip time: one octet is timed at a time (Karn: none that was sent twice).
  readonly rtt: RttEstimator;
  timing = false;
  timedSeq: SeqNum = 0 as SeqNum;
  timedAt: Instant = 0 as Instant;
  /** What the last ACK of new data has measured, by that octet or by its timestamp; 0 if by neither. */
  currRtt: Duration = 0 as Duration;
  lastSentAt: Instant = 0 as Instant;
  /** When text was sent last: the congestion window goes stale from then on (RFC 5681 §4.1). */
  lastTextAt: Instant = 0 as Instant;
  lastHeardAt: Instant = 0 as Instant;

  // Timers: see the accessors below.
  deadlines: Deadlines;
  /** Retransmissions in a row without progress. */
  retries = 0;
  persistBackoff = 0;
  /** The persist timer has expired: send something, however little the window or Nagle allow. */
  forceSend = false;
  keepProbes = 0;
  keepProbeDue = false;
  /** An error that an ICMP message told of: reported if the connection then times out (RFC 9293 SHLD-25). */
  softFailure: Failure | undefined = undefined;

  /** In the protocol's list of those that have something to send. */
  dirty = false;
  bytesSent = 0;
  bytesReceived = 0;
  bytesAcknowledged = 0;
  segmentsSent = 0;
  segmentsReceived = 0;
  totalRetransmits = 0;

  constructor(
    host: TcbHost,
    route: Route,
    localPort: number,
    remotePort: number,
    iss: SeqNum,
    options: TcpOptions,
  ) {
    this.host = host;
    this.route = route;
    this.localAddress = route.source;
    this.localPort = localPort;
    this.remoteAddress = route.destination;
    this.remotePort = remotePort;
    this.options = options;
    this.iss = iss;
    this.sndUna = iss;
    this.sndNxt = iss;
    this.sndSml = iss;
    this.sendRingSeq = ((iss + 1) | 0) as SeqNum;
    this.recover = iss;
    this.ecnRecover = iss;
    this.highRxt = iss;
    this.lostEdge = iss;
    this.headRxtAt = iss;
    this.holeRxtAt = iss;
    this.headRxtEdge = iss;
    this.holesEdge = iss;
    this.reorderingRound = iss;
    this.undoFrom = iss;
    this.undoTo = iss;
    this.tailEnd = iss;
    this.rtt = new RttEstimator(host.config.minRto, host.config.maxRto);
    this.sendRing = new ByteRing(host.rings);
    this.receiveRing = new ByteRing(host.rings);
    this.deadlines = host.deadlines.none;
  }

  // Deadlines, of which the earliest is in the queue; all are NEVER while none are lent.
  get rtoAt(): Instant {
    return this.deadlines.rtoAt;
  }
  set rtoAt(at: Instant) {
    this.host.deadlines.of(this, at).rtoAt = at;
  }
  get persistAt(): Instant {
    return this.deadlines.persistAt;
  }
  set persistAt(at: Instant) {
    this.host.deadlines.of(this, at).persistAt = at;
  }
  get ackAt(): Instant {
    return this.deadlines.ackAt;
  }
  set ackAt(at: Instant) {
    this.host.deadlines.of(this, at).ackAt = at;
  }
  /** Keep-alive, or the end of an orphan's FIN-WAIT-2. */
  get idleAt(): Instant {
    return this.deadlines.idleAt;
  }
  set idleAt(at: Instant) {
    this.host.deadlines.of(this, at).idleAt = at;
  }
  get holesAt(): Instant {
    return this.deadlines.holesAt;
  }
  set holesAt(at: Instant) {
    this.host.deadlines.of(this, at).holesAt = at;
  }
  get timeoutAt(): Instant {
    return this.deadlines.timeoutAt;
  }
  set timeoutAt(at: Instant) {
    this.host.deadlines.of(this, at).timeoutAt = at;
  }
  /** Since when nothing that is outstanding was acknowledged: for the user timeout. */
  get stalledSince(): Instant {
    return this.deadlines.stalledSince;
  }
  set stalledSince(at: Instant) {
    this.host.deadlines.of(this, at).stalledSince = at;
  }

  /** The congestion controller, for what it must be told of: made if there is none. */
  get cc(): CongestionControl {
    this.congestion ??= this.host.newCongestion(this.options, this.sndMss);
    return this.congestion;
  }

  get cwnd(): number {
    return this.congestion?.window ?? this.host.initialWindow(this.options, this.sndMss);
  }

  /** RCV.WND: what may still come. */
  get rcvWnd(): number {
    const window = seqDistance(this.rcvNxt, this.rcvAdv);
    return Math.max(window, 0);
  }

  /** Octets, SYN and FIN included, that were sent and not acknowledged. */
  get outstanding(): number {
    return seqDistance(this.sndUna, this.sndNxt);
  }

  /** The octet behind all that the application has written. */
  get sendEnd(): SeqNum {
    return ((this.sendRingSeq + this.sendRing.length) | 0) as SeqNum;
  }

  /**
   * The sequence number of an ACK or a reset. Usually SND.NXT; but the peer would not take a segment from
   * beyond its window, so when that has shrunk, or a probe went into a closed one, its right edge.
   */
  get acceptableSeq(): SeqNum {
    return seqMin(this.sndNxt, ((this.sndUna + this.sndWnd) | 0) as SeqNum);
  }

  get now(): Instant {
    return this.host.context.now;
  }

  expired(now: Instant): void {
    this.host.timersDue(this, now);
  }
}
