/**
 * The constants of TCP that an experiment may want to change, with the reason for each value. Times are
 * microseconds, sizes octets.
 */
import { type Duration, milliseconds, seconds } from "../../base/time.ts";
import { PLAIN } from "../../contract/datagram-shape.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";

/** Constants of TCP that an experiment may want to change. */
export interface TcpConfig {
  /** Lower and upper bound of the retransmission timeout (RFC 6298 §2.4, §2.5). */
  readonly minRto: Duration;
  /** Upper bound of the retransmission timeout (RFC 6298 §2.5). */
  readonly maxRto: Duration;
  /** How long an ACK may wait for company (RFC 9293 MUST-40: less than 0.5 s). */
  readonly delayedAck: Duration;
  /**
   * How many ACKs of text are sent at once at the start of a connection, after an idle time and after a loss, at most;
   * 0: all may be delayed. Linux's TCP_MAX_QUICKACKS.
   */
  readonly quickAcks: number;
  /** 2 MSL, the length of TIME-WAIT (RFC 9293 MUST-13). */
  readonly timeWait: Duration;
  /** Retransmissions of data before giving up: R2 (RFC 9293 §3.8.3). */
  readonly dataRetries: number;
  /** Retransmissions after which the path is suspected: R1. */
  readonly suspectRetries: number;
  /** Retransmissions of a SYN|ACK before the half-open connection is forgotten. */
  readonly synAckRetries: number;
  /** Half-open connections that each listener remembers at most. */
  readonly synQueue: number;
  /**
   * SYN cookies (RFC 4987 §3.6): "when-full" answers with them when a listener remembers as many half-open connections
   * as it may, "always" remembers none, with "never" the oldest gives way. Linux's net.ipv4.tcp_syncookies 1, 2 and 0.
   */
  readonly synCookies: "never" | "when-full" | "always";
  /** Established connections that a listener keeps for `accept` at most, whatever `listen` was told. */
  readonly maxBacklog: number;
  /**
   * Connections that wait for nothing and are kept as they are; of more than these, those that have been quiet longest
   * rest as mere numbers, which takes a third of the memory.
   */
  readonly keptAwake: number;
  /** Connections in TIME-WAIT that are remembered; the oldest gives way. */
  readonly maxTimeWait: number;
  /** Challenge ACKs that one connection may send in half a second (RFC 5961 §7). */
  readonly challengeLimit: number;
  /** Smallest MSS that is believed: a smaller one makes a sender drown in headers (CVE-2019-11479). */
  readonly minMss: number;
  /** Offer, and take, scaled windows (RFC 7323 §2). */
  readonly windowScaling: boolean;
  /** Offer, and take, timestamps (RFC 7323 §3). */
  readonly timestamps: boolean;
  /** Offer, and take, SACK (RFC 2018). */
  readonly sack: boolean;
  /** Probe the tail of a flight before the timeout (RFC 8985 §7). */
  readonly tailLossProbe: boolean;
  /** A tail probe waits for so long at the least, however short the path. Linux's TCP_TIMEOUT_MIN, two of its ticks. */
  readonly leastProbeWait: Duration;
  /** So much longer than RACK's reordering window a hole is waited for: as long as clocks of the host may be late. */
  readonly reorderingSlack: Duration;
  /**
   * What asks whether a closed window has opened: "text" sends an octet of what waits (RFC 9293 MUST-36), "old-number", as
   * Linux and BSD do, nothing but the number before SND.UNA, which is not acceptable and therefore answered.
   */
  readonly windowProbes: "text" | "old-number";
  /**
   * At the duplicate threshold all below the highest octet that was SACKed is lost (RFC 8985 §6.2 step 4: no reordering
   * was seen, the window is 0); false: only what has three segments beyond it (RFC 6675 §4).
   */
  readonly allBelowLost: boolean;
  /** The congestion window grows by what an ACK tells first, and not again by what SACKs or duplicates told before. */
  readonly growsByNews: boolean;
  /**
   * Text that comes after the application has shut its reading side is thrown away (POSIX: no further receptions); false: it
   * may still be read, as on Linux.
   */
  readonly shutDiscards: boolean;
  /**
   * After `suspectRetries` timeouts smaller segments are tried: the path may swallow large ones, and the errors that say
   * so (RFC 4821 §7.7). Linux's net.ipv4.tcp_mtu_probing 1.
   */
  readonly blackHoleDetection: boolean;
  /**
   * PSH also at the end of a burst of several segments, as Linux sets it: of so many at least (its tcp_min_tso_segs). 0:
   * only where nothing is left to be sent (RFC 9293 MUST-61).
   */
  readonly pushBursts: number;
  /** ECN (RFC 3168): "passive" takes it when the peer offers it, "active" offers it too. */
  readonly ecn: "off" | "passive" | "active";
}

/** The constants, where nothing else is asked for. */
export const DEFAULT_CONFIG: TcpConfig = {
  // RFC 6298 asks for 1 s, with the clocks of 1988 in mind; all of today's hosts use 200 ms or less, and the
  // delayed ACK of any peer (at most 0.5 s by rule, 40 to 200 ms in fact) is what bounds it from below.
  minRto: milliseconds(200),
  maxRto: seconds(60),
  delayedAck: milliseconds(40),
  quickAcks: 16,
  // MSL is 2 minutes in RFC 9293, but "an engineering choice"; 2 MSL = 60 s is what Linux and BSD keep.
  timeWait: seconds(60),
  // With a minimum RTO of 200 ms that is some 10 minutes, well above the 100 s of SHLD-11.
  dataRetries: 15,
  suspectRetries: 3, // SHLD-10
  synAckRetries: 5,
  synQueue: 4096,
  synCookies: "when-full", // they cost options where the client has no timestamps, and answers that are not repeated
  maxBacklog: 4096, // Linux's net.core.somaxconn
  keptAwake: 128, // more would have become old before they rest, and their memory be collected late
  maxTimeWait: 65_536,
  challengeLimit: 10,
  minMss: 48,
  windowScaling: true,
  timestamps: true,
  sack: true,
  tailLossProbe: true,
  leastProbeWait: milliseconds(10), // hosts have other things to do
  reorderingSlack: 0 as Duration,
  windowProbes: "text",
  allBelowLost: false,
  growsByNews: false,
  shutDiscards: true,
  blackHoleDetection: true, // without it, such a path hangs each connection (RFC 2923 §2.1)
  pushBursts: 0,
  ecn: "passive", // as Linux: some old middleboxes drop a SYN that offers it
};

/** The options of a new socket, where nothing else is asked for. */
export const DEFAULT_OPTIONS: TcpOptions = {
  reuseAddress: false,
  reusePort: false,
  sendBuffer: 1024 * 1024,
  receiveBuffer: 1024 * 1024,
  hopLimit: 0,
  trafficClass: 0,
  interfaceName: "",
  dontRoute: false,
  leastHopLimit: 0,
  freeBind: false,
  transparent: false,
  mark: 0,
  shape: PLAIN,
  noDelay: false,
  cork: false,
  maxSegment: 0,
  keepAlive: false,
  keepIdle: seconds(7200), // MUST-28
  keepInterval: seconds(75),
  keepCount: 9,
  userTimeout: 0,
  synCount: 7, // 1 + 2 + 4 + … + 60 s: above the 3 minutes of MUST-23
  linger2: seconds(60),
  deferAccept: 0,
  quickAck: false,
  congestion: "cubic",
  linger: -1,
  oobInline: false,
  receiveLowWater: 1,
  windowClamp: 0,
  unsentLowWater: 0,
  saveSyn: false,
};
