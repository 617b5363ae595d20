/** The table of connections, for people: what `netstat` shows. */
import type { SocketAddress } from "../contract/socket-address.ts";
import type { TcpState } from "../contract/tcp-state.ts";
import type { Flow } from "../demux/flow-table.ts";
import { cwnd } from "./connection/congestion-window.ts";
import { Tcb } from "./connection/tcb.ts";
import { TimeWait } from "./end/time-wait.ts";
import type { TcpListener } from "./open/listener.ts";

/** One line of a table of connections. */
export interface TcpConnection {
  /** This host's end. */
  readonly local: SocketAddress;
  /** The peer's end; undefined of a listener. */
  readonly remote: SocketAddress | undefined;
  /** As RFC 9293 §3.3.2 names it. */
  readonly state: TcpState;
  /** Octets that have arrived and were not read; of a listener, connections that wait for `accept`. */
  readonly receiveQueue: number;
  /** Octets written that the peer has not acknowledged; of a listener, how many connections may wait. */
  readonly sendQueue: number;
  /** Octets of text that were sent, and that came in order; 0 before ESTABLISHED. */
  readonly bytesSent: number;
  /** Octets of text that came in order. */
  readonly bytesReceived: number;
  /** Segments that were sent again. */
  readonly totalRetransmits: number;
  /** SRTT in microseconds; 0 before the first measurement. */
  readonly smoothedRtt: number;
  /** cwnd in octets; 0 where there is none yet. */
  readonly congestionWindow: number;
}

/** Of what has no TCB. */
const NOTHING_YET = {
  bytesSent: 0,
  bytesReceived: 0,
  totalRetransmits: 0,
  smoothedRtt: 0,
  congestionWindow: 0,
} as const;

/** The row of a listener. */
export function listenerRow(listener: TcpListener): TcpConnection {
  const { local, queue, backlog } = listener;
  return {
    local,
    remote: undefined,
    state: "listen",
    receiveQueue: queue.length,
    sendQueue: backlog,
    ...NOTHING_YET,
  };
}

/** The row of a connection, in whatever state; of one at rest, its control block. */
export function flowRow(flow: Flow): TcpConnection {
  const local = { address: flow.localAddress, port: flow.localPort };
  const remote = { address: flow.remoteAddress, port: flow.remotePort };
  if (!(flow instanceof Tcb)) {
    const state = flow instanceof TimeWait ? "time-wait" : "syn-received";
    return { local, remote, state, receiveQueue: 0, sendQueue: 0, ...NOTHING_YET };
  }
  const { state, rcv, snd, bytesSent, bytesReceived, totalRetransmits } = flow;
  return {
    local,
    remote,
    state,
    receiveQueue: rcv.ring.length,
    sendQueue: snd.ring.length,
    bytesSent,
    bytesReceived,
    totalRetransmits,
    smoothedRtt: flow.rtt.smoothed,
    congestionWindow: cwnd(flow),
  };
}
