/**
 * The transmission control block: what one connection remembers (RFC 9293 §3.3.1), in three records, under the
 * RFC's names: `snd`, `rcv`, and `recovery`, which is lent while something is outstanding. Each record has one
 * shape: every field has its kind of value from the start, since V8 makes the code that reads them fast only then.
 * The functions that work on them are in the rooms: `arrives`, `receive`, `send`, `recovery`, `open`, `end`.
 */
import type { RingPool } from "../../base/byte-ring.ts";
import type { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import type { SeqNum } from "../../base/seq.ts";
import type { Instant } from "../../base/time.ts";
import type { Endpoint } from "../../contract/endpoint.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { Failure } from "../../contract/failures.ts";
import type { Route } from "../../contract/network.ts";
import type { TcpState } from "../../contract/tcp-state.ts";
import type { TransportContext, Wakeable } from "../../contract/transport.ts";
import type { Flow } from "../../demux/flow-table.ts";
import type { CongestionControl } from "../congestion/congestion.ts";
import type { TcpConfig } from "./config.ts";
import type { TcpCounters } from "./counters.ts";
import type { DeadlineHolder, DeadlinePool, Deadlines } from "./deadlines.ts";
import type { Loan } from "./loan.ts";
import { ReceiveRecord } from "./receive-record.ts";
import type { Recovery, RecoveryPool } from "./recovery-record.ts";
import { RttEstimator } from "./rtt.ts";
import { SendRecord } from "./send-record.ts";
import type { TcpTrace } from "./tcp-trace.ts";

/** What a connection needs of the protocol that runs it. */
export interface TcbHost {
  readonly context: TransportContext;
  readonly config: TcpConfig;
  readonly counters: TcpCounters;
  readonly rings: RingPool;
  /** Undefined: nobody traces. */
  readonly trace: TcpTrace<Tcb> | undefined;
  readonly deadlines: DeadlinePool;
  readonly recoveries: RecoveryPool;
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
  /** A segment, or text of one whose rest is taken, goes no further: counts that and tells the tracer. */
  dropped(packet: Packet | undefined, reason: Drop): void;
  /** What is due of the connection's timers is to be done. */
  timersDue(tcb: Tcb, now: Instant): void;
  /** The connection waits for nothing: if that stays so, it may rest. */
  noteQuiet(tcb: Tcb): void;
  /** The connection is over: it will not rest. */
  notQuiet(tcb: Tcb): void;
}

/** The application's side of a connection. */
export interface TcbUser extends Endpoint, Wakeable {
  /** The buffer of a reader that waits, once there has been one. */
  readonly loan: Loan | undefined;
  connectionFailed(failure: Failure): void;
  /** From now on this is the connection: at rest, or with a control block of its own. */
  adopt(connection: Tcb | AtRest): void;
}

/** What stands in the table of connections for one that rests, and with its user: see `resting.ts`. */
export interface AtRest extends Flow {
  readonly resting: true;
  readonly state: "established";
  readonly route: Route;
  readonly options: TcpOptions;
  readonly user: TcbUser;
  /** Where its numbers are. */
  readonly row: number;
}

/** The transmission control block: all that is known of one connection. */
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

  readonly snd: SendRecord;
  readonly rcv: ReceiveRecord;
  /** While something is outstanding, or was lost not long ago. Lent: see `lending.ts`. */
  recovery: Recovery | undefined = undefined;
  /** The connection's own while it waits for something; else shared, and all NEVER. Lent: see `lending.ts`. */
  deadlines: Readonly<Deadlines>;
  readonly rtt: RttEstimator;

  /** Bits of `Due`: what is to be sent at the end of the entry. */
  due = 0;
  /** Duplicate ACKs that are due for segments out of order, each to be sent by itself (RFC 5681 §4.2). */
  duplicateAcksDue = 0;
  /** In the protocol's list of those that have something to send. */
  dirty = false;
  /** Its neighbours among the quiet ones (`rest.ts`); it stands there only if `isQuiet`. */
  isQuiet = false;
  quietBefore: Tcb | undefined = undefined;
  quietAfter: Tcb | undefined = undefined;

  // Options: offered while in SYN-SENT, in force afterwards.
  scaleOk = false;
  ecnOk = false;
  sackOk = false;
  timestampsOk = false;
  tsOffset = 0;

  challengeCount = 0;
  challengeSince: Instant = 0 as Instant;
  // Times are here, and not in the records: V8 changes the shape of an object when a time outgrows an integer.
  /** Since when TS.Recent is what it is. */
  tsRecentAt: Instant = 0 as Instant;
  /** When text was sent last: the congestion window goes stale from then on (RFC 5681 §4.1). */
  lastTextAt: Instant = 0 as Instant;
  lastSentAt: Instant = 0 as Instant;
  lastHeardAt: Instant = 0 as Instant;
  /** Retransmissions in a row without progress. */
  retries = 0;
  persistBackoff = 0;
  keepProbes = 0;
  /** An error that an ICMP message told of: reported if the connection then times out (RFC 9293 SHLD-25). */
  softFailure: Failure | undefined = undefined;

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
    this.snd = new SendRecord(iss, host.rings, route.defaultMss);
    this.rcv = new ReceiveRecord(host.rings, route.defaultMss);
    this.rtt = new RttEstimator(host.config.minRto, host.config.maxRto);
    this.deadlines = host.deadlines.none;
  }

  get resting(): false {
    return false;
  }

  get now(): Instant {
    return this.host.context.now;
  }

  expired(now: Instant): void {
    this.host.timersDue(this, now);
  }
}
