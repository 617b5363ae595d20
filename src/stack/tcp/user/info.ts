/** STATUS (RFC 9293 §3.10.6): what TCP knows of a connection, for TCP_INFO and for people. */
import type { TcpInfo, TcpOptions, TcpState } from "../../contract/endpoint.ts";
import { Recovery, type Tcb } from "../connection/tcb.ts";

export function connectionInfo(tcb: Tcb | undefined, options: TcpOptions, state: TcpState): TcpInfo {
  if (tcb === undefined) return { ...NO_CONNECTION, congestion: options.congestion, state };
  return {
    state,
    smoothedRtt: tcb.rtt.smoothed,
    rttVariation: tcb.rtt.variation,
    retransmissionTimeout: tcb.rtt.timeout,
    congestionWindow: tcb.cwnd,
    slowStartThreshold: tcb.congestion?.threshold ?? Number.POSITIVE_INFINITY,
    congestion: tcb.congestion?.name ?? options.congestion,
    sendMss: tcb.sndMss,
    receiveMss: tcb.rcvMss,
    sendWindow: tcb.sndWnd,
    receiveWindow: tcb.rcvWnd,
    sendScale: tcb.sndWindShift,
    receiveScale: tcb.rcvWindShift,
    timestamps: tcb.timestampsOk,
    sack: tcb.sackOk,
    outstanding: tcb.outstanding,
    retransmits: tcb.retries,
    totalRetransmits: tcb.totalRetransmits,
    bytesSent: tcb.bytesSent,
    bytesReceived: tcb.bytesReceived,
    bytesAcknowledged: tcb.bytesAcknowledged,
    segmentsSent: tcb.segmentsSent,
    segmentsReceived: tcb.segmentsReceived,
    inRecovery: tcb.recovery !== Recovery.none,
  };
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
};
