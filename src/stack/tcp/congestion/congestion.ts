/** The contract of congestion control. The controllers themselves are listed in registry.ts. */
import type { Duration, Instant } from "../../base/time.ts";

/** What the sender knows at the moment of an event. Lent until the call returns. */
export interface SenderView {
  /** The instant of the event. */
  readonly now: Instant;
  /** Octets per full-sized segment. */
  readonly mss: number;
  /** Octets thought to be in the network: sent, not acknowledged, neither SACKed nor lost (RFC 6675 §4). */
  readonly inFlight: number;
  /** 0 before the first measurement. */
  readonly smoothedRtt: Duration;
  /** The round-trip time that the ACK at hand has measured; 0 if it has measured none. */
  readonly currRtt: Duration;
  /**
   * The congestion window, and not the application or the peer's window, was what ended the last output. A
   * window that is not used says nothing about the path, and must not grow (RFC 7661 §4.2, RFC 9438 §4.2).
   */
  readonly cwndLimited: boolean;
}

/**
 * Decides how many octets may be in flight. Loss detection and retransmission are not its business: TCP
 * calls it with the outcome. All sizes are octets.
 */
export interface CongestionControl {
  /** As `TcpOptions.congestion` has it. */
  readonly name: string;
  /** The congestion window, cwnd: at least one segment, a whole number. */
  readonly window: number;
  /** The slow start threshold, ssthresh; Infinity until the first slow start has ended. */
  readonly threshold: number;
  /**
   * `octets` of new data were acknowledged, outside of fast recovery. A controller is made when this first
   * happens while the window is full, or when something is first lost: it is not told of what was before.
   */
  acknowledged(octets: number, sender: SenderView): void;
  /** The first loss of a window was detected by duplicate ACKs or SACK: recovery begins. */
  lossDetected(sender: SenderView): void;
  /** All that was outstanding when recovery began has been acknowledged. */
  recovered(sender: SenderView): void;
  /** The retransmission timer expired, for the first time since data was last acknowledged. */
  timedOut(sender: SenderView): void;
  /** Sending resumes after nothing was sent for longer than the retransmission timeout (RFC 5681 §4.1). */
  idle(sender: SenderView): void;
  /** The last loss or timeout has turned out to be none: only reordering or delay. */
  undo?(): void;
}

/** Makes a controller for a connection whose segments have `mss` octets. */
export type CongestionFactory = (mss: number) => CongestionControl;
