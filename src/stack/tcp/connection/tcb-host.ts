/** What a connection needs of the protocol that runs it, and of the application's side. */
import type { RingPool } from "../../base/byte-ring.ts";
import type { Instant } from "../../base/time.ts";
import type { Endpoint, Failure, TcpOptions } from "../../contract/endpoint.ts";
import type { TransportContext, Wakeable } from "../../contract/transport.ts";
import type { CongestionControl } from "../congestion/congestion.ts";
import type { Loan } from "../receive/loan.ts";
import type { TcpConfig } from "./config.ts";
import type { TcpCounters } from "./counters.ts";
import type { DeadlinePool } from "./deadlines.ts";
import type { Tcb } from "./tcb.ts";

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
