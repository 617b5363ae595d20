/** STATUS (RFC 9293 §3.10.6): what TCP tells of a connection. */
import type { TcpState } from "./tcp-state.ts";

/** What TCP knows of a connection (TCP_INFO). Times in microseconds, sizes in octets. */
export interface TcpInfo {
  /** As RFC 9293 §3.3.2 names it. */
  readonly state: TcpState;
  /** SRTT (RFC 6298); 0 before the first measurement. */
  readonly smoothedRtt: number;
  /** RTTVAR (RFC 6298). */
  readonly rttVariation: number;
  /** RTO, with its backing off. */
  readonly retransmissionTimeout: number;
  /** cwnd. */
  readonly congestionWindow: number;
  /** Slow start threshold; Infinity until the first slow start has ended. */
  readonly slowStartThreshold: number;
  /** The name of the congestion control. */
  readonly congestion: string;
  /** The largest segment that is sent. */
  readonly sendMss: number;
  /** The largest segment that was offered to the peer. */
  readonly receiveMss: number;
  /** SND.WND: what the peer takes. */
  readonly sendWindow: number;
  /** RCV.WND: what was offered to the peer. */
  readonly receiveWindow: number;
  /** The shift of the peer's window (RFC 7323 §2); 0 without. */
  readonly sendScale: number;
  /** The shift of the own window; 0 without. */
  readonly receiveScale: number;
  /** Timestamps are in use (RFC 7323 §3). */
  readonly timestamps: boolean;
  /** SACK is in use (RFC 2018). */
  readonly sack: boolean;
  /** Octets sent and not yet acknowledged. */
  readonly outstanding: number;
  /** Expiries of the retransmission timer since data was last acknowledged. */
  readonly retransmits: number;
  /** Segments sent again, in all. */
  readonly totalRetransmits: number;
  /** Octets of text sent, without retransmissions. */
  readonly bytesSent: number;
  /** Octets of text received in order. */
  readonly bytesReceived: number;
  /** Octets of text that the peer has acknowledged. */
  readonly bytesAcknowledged: number;
  /** Segments sent. */
  readonly segmentsSent: number;
  /** Segments received. */
  readonly segmentsReceived: number;
  /** Something was lost, and is being sent again. */
  readonly inRecovery: boolean;
  /** What for: what the acknowledgments said ("fast"), or the timer ("timeout"); "disorder": perhaps, soon. */
  readonly recovery: "none" | "disorder" | "fast" | "timeout";
  /** Octets that the peer has SACKed (RFC 2018). */
  readonly sacked: number;
  /** Octets that are thought to be lost, also if they have been sent again. */
  readonly lost: number;
  /** Octets that are out a second time: sent again in recovery, and neither acknowledged nor SACKed since. */
  readonly resent: number;
  /** How far segments have been seen to overtake one another, in segments, as far as it is remembered; at least 3. */
  readonly reordering: number;
  /** The full-sized segment of the peer's, as far as it was seen; less than `receiveMss`, perhaps. */
  readonly peerSegment: number;
}
