/** What TCP counts: names as in RFC 4022 where it has one, and as in Linux's netstat for the rest. */
import { DropCounters } from "../../contract/counters.ts";

export class TcpCounters {
  activeOpens = 0;
  passiveOpens = 0;
  attemptFails = 0;
  estabResets = 0;
  inSegs = 0;
  outSegs = 0;
  retransSegs = 0;
  inErrs = 0;
  outRsts = 0;
  // Beyond RFC 4022:
  inCsumErrors = 0;
  timeouts = 0;
  fastRetransmits = 0;
  sackRecoveries = 0;
  lostRetransmits = 0;
  tailProbes = 0;
  undos = 0;
  delayedAcks = 0;
  challengeAcks = 0;
  outOfOrderQueued = 0;
  outOfOrderDropped = 0;
  duplicateSegs = 0;
  pawsDropped = 0;
  windowProbes = 0;
  keepAliveProbes = 0;
  listenOverflows = 0;
  synQueueOverflows = 0;
  timeWaitRecycled = 0;
  /** Resets that were not sent, since too many were due at once. */
  resetsSuppressed = 0;
  abortOnTimeout = 0;
  abortOnClose = 0;
  ecnReductions = 0;
  /** Segments, text of segments whose rest was taken, and half-open connections. */
  readonly drops: DropCounters = new DropCounters();
}
