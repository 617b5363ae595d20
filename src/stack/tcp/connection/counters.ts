/** What TCP counts: names as in RFC 4022 where it has one, and as in Linux's netstat for the rest. */
import { DropCounters } from "../../contract/counters.ts";

/** What TCP counts. */
export class TcpCounters {
  /** Connections that this host has begun. */
  activeOpens = 0;
  /** Connections that a peer has begun. */
  passiveOpens = 0;
  /** Connections that came to nothing before they were established. */
  attemptFails = 0;
  /** Established connections that were reset. */
  estabResets = 0;
  /** Segments received; a super-segment counts as those that it holds. */
  inSegs = 0;
  /** Segments sent, without retransmissions; a super-segment counts as those that it is cut into. */
  outSegs = 0;
  /** Segments sent again. */
  retransSegs = 0;
  /** Segments received that were bad. */
  inErrs = 0;
  /** Segments sent with RST. */
  outRsts = 0;
  // Beyond RFC 4022:
  /** Segments received with a wrong checksum. */
  inCsumErrors = 0;
  /** Expiries of the retransmission timer. */
  timeouts = 0;
  /** Recoveries from loss that began before the retransmission timer expired. */
  fastRetransmits = 0;
  /** Those of them in which SACK was in use. */
  sackRecoveries = 0;
  /** Retransmissions that were lost as well. */
  lostRetransmits = 0;
  /** Tail loss probes sent (RFC 8985 §7). */
  tailProbes = 0;
  /** Reductions of the window that were taken back, as nothing had been lost. */
  undos = 0;
  /** Those of them that took back a timeout (RFC 3522, RFC 5682), before what was outstanding had gone again. */
  spuriousTimeouts = 0;
  /** ACKs sent when their delay was over. */
  delayedAcks = 0;
  /** Challenge ACKs sent (RFC 5961). */
  challengeAcks = 0;
  /** Segments that came before their turn, and were kept. */
  outOfOrderQueued = 0;
  /** Segments that came before their turn, and for which there was no room. */
  outOfOrderDropped = 0;
  /** Segments with text that had come before. */
  duplicateSegs = 0;
  /** Segments older than what was seen (RFC 7323 §5). */
  pawsDropped = 0;
  /** Paths that swallow large segments, and say nothing. */
  blackHoles = 0;
  /** Probes of a closed window sent. */
  windowProbes = 0;
  /** Keep-alive probes sent. */
  keepAliveProbes = 0;
  /** Connections refused because the listener's backlog was full. */
  listenOverflows = 0;
  /** Half-open connections that had to give way. */
  synQueueOverflows = 0;
  /** SYNs answered with a cookie (RFC 4987 §3.6). */
  synCookiesSent = 0;
  /** Connections that a cookie has brought. */
  synCookiesReceived = 0;
  /** ACKs that brought none, while some were under way. */
  synCookiesFailed = 0;
  /** Connections in TIME-WAIT that a new one has replaced. */
  timeWaitRecycled = 0;
  /** Resets that were not sent, since too many were due at once. */
  resetsSuppressed = 0;
  /** Connections given up because the peer did not answer. */
  abortOnTimeout = 0;
  /** Connections reset because of text that nobody would read, when or after they were closed. */
  abortOnClose = 0;
  /** Reductions of the window because of ECN (RFC 3168 §6.1.2). */
  ecnReductions = 0;
  /** Segments, text of segments whose rest was taken, and half-open connections. */
  readonly drops: DropCounters = new DropCounters();
}
