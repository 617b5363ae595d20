/** STATUS (RFC 9293 §3.10.6): what TCP knows of a connection, for TCP_INFO and for people. */
import { type SeqNum, seqBefore, seqDistance } from "../../base/seq.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { TcpInfo } from "../../contract/tcp-info.ts";
import type { TcpState } from "../../contract/tcp-state.ts";
import { cwnd } from "../connection/congestion-window.ts";
import { Phase, type Recovery } from "../connection/recovery-record.ts";
import type { Tcb } from "../connection/tcb.ts";
import { announcedMss } from "../open/handshake.ts";

/** What TCP knows of a connection, as TCP_INFO has it. */
export function connectionInfo(tcb: Tcb | undefined, options: TcpOptions, state: TcpState): TcpInfo {
  if (tcb === undefined) return { ...NO_CONNECTION, congestion: options.congestion, state };
  return {
    state,
    smoothedRtt: tcb.rtt.smoothed,
    rttVariation: tcb.rtt.variation,
    retransmissionTimeout: tcb.rtt.timeout,
    congestionWindow: cwnd(tcb),
    slowStartThreshold: tcb.snd.congestion?.threshold ?? Number.POSITIVE_INFINITY,
    congestion: tcb.snd.congestion?.name ?? options.congestion,
    sendMss: tcb.snd.mss,
    receiveMss: announcedMss(tcb),
    sendWindow: tcb.snd.wnd,
    receiveWindow: tcb.rcv.wnd,
    sendScale: tcb.snd.windShift,
    receiveScale: tcb.rcv.windShift,
    timestamps: tcb.timestampsOk,
    sack: tcb.sackOk,
    outstanding: tcb.snd.outstanding,
    retransmits: tcb.retries,
    totalRetransmits: tcb.totalRetransmits,
    bytesSent: tcb.bytesSent,
    bytesReceived: tcb.bytesReceived,
    bytesAcknowledged: tcb.bytesAcknowledged,
    segmentsSent: tcb.segmentsSent,
    segmentsReceived: tcb.segmentsReceived,
    inRecovery: tcb.recovery !== undefined && tcb.recovery.phase !== Phase.none,
    recovery: recoveryOf(tcb.recovery),
    sacked: tcb.recovery?.scoreboard?.octets ?? 0,
    lost: lostOctets(tcb),
    resent: resentOctets(tcb),
    reordering: tcb.recovery?.reordering ?? 3,
    peerSegment: tcb.rcv.mss,
  };
}

function recoveryOf(recovery: Recovery | undefined): TcpInfo["recovery"] {
  if (recovery === undefined) return "none";
  if (recovery.phase !== Phase.none) return recovery.phase === Phase.fast ? "fast" : "timeout";
  return recovery.dupAcks > 0 || recovery.scoreboard !== undefined ? "disorder" : "none";
}

/** What is below `lostEdge`, and not SACKed. */
function lostOctets(tcb: Tcb): number {
  return tcb.recovery === undefined ? 0 : missingBelow(tcb, tcb.recovery, tcb.recovery.lostEdge);
}

/** What is below HighRxt, and not SACKed. */
function resentOctets(tcb: Tcb): number {
  return tcb.recovery === undefined ? 0 : missingBelow(tcb, tcb.recovery, tcb.recovery.highRxt);
}

/** In recovery: what of [SND.UNA, edge) is not SACKed. */
function missingBelow({ snd }: Tcb, { phase, scoreboard }: Recovery, edge: SeqNum): number {
  if (phase === Phase.none || !seqBefore(snd.una, edge)) return 0;
  return seqDistance(snd.una, edge) - (scoreboard?.octetsWithin(snd.una, edge) ?? 0);
}

/** Of a socket that has no connection (any more). */
const NO_CONNECTION: TcpInfo = {
  state: "closed",
  smoothedRtt: 0,
  rttVariation: 0,
  retransmissionTimeout: 0,
  congestionWindow: 0,
  slowStartThreshold: Number.POSITIVE_INFINITY,
  congestion: "",
  sendMss: 0,
  receiveMss: 0,
  sendWindow: 0,
  receiveWindow: 0,
  sendScale: 0,
  receiveScale: 0,
  timestamps: false,
  sack: false,
  outstanding: 0,
  retransmits: 0,
  totalRetransmits: 0,
  bytesSent: 0,
  bytesReceived: 0,
  bytesAcknowledged: 0,
  segmentsSent: 0,
  segmentsReceived: 0,
  inRecovery: false,
  recovery: "none",
  sacked: 0,
  lost: 0,
  resent: 0,
  reordering: 3,
  peerSegment: 0,
};
