/** The table of connections, for people: what `netstat` shows. */
import type { SocketAddress, TcpState } from "../contract/endpoint.ts";
import type { Flow } from "../demux/flow-table.ts";
import { Tcb } from "./connection/tcb.ts";
import { TimeWait } from "./end/time-wait.ts";
import type { TcpListener } from "./open/listener.ts";

/** One line of a table of connections. */
export interface TcpConnection {
  readonly local: SocketAddress;
  readonly remote: SocketAddress | undefined;
  readonly state: TcpState;
  /** Octets that have arrived and were not read; of a listener, connections that wait for `accept`. */
  readonly receiveQueue: number;
  /** Octets written that the peer has not acknowledged; of a listener, how many connections may wait. */
  readonly sendQueue: number;
}

export function listenerRow(listener: TcpListener): TcpConnection {
  const { local, queue, backlog } = listener;
  return { local, remote: undefined, state: "listen", receiveQueue: queue.length, sendQueue: backlog };
}

export function flowRow(flow: Flow): TcpConnection {
  const local = { address: flow.localAddress, port: flow.localPort };
  const remote = { address: flow.remoteAddress, port: flow.remotePort };
  if (!(flow instanceof Tcb)) {
    const state = flow instanceof TimeWait ? "time-wait" : "syn-received";
    return { local, remote, state, receiveQueue: 0, sendQueue: 0 };
  }
  const { state, rcv, snd } = flow;
  return { local, remote, state, receiveQueue: rcv.ring.length, sendQueue: snd.ring.length };
}
