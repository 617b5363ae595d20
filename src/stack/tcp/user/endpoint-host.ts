/** What an endpoint needs of TCP: everything that a listener does, and where its ports and connections are noted. */

import type { Route } from "../../contract/network.ts";
import type { SocketAddress } from "../../contract/socket-address.ts";
import type { Listeners } from "../../demux/listeners.ts";
import type { PortHolder, PortTable, PortUse } from "../../demux/port-table.ts";
import type { AtRest, Tcb } from "../connection/tcb.ts";
import type { ListenerHost, TcpListener } from "../open/listener.ts";

/** What an endpoint needs of its TCP. */
export interface EndpointHost extends ListenerHost {
  readonly ports: PortTable<PortHolder>;
  readonly listeners: Listeners<TcpListener>;
  /** Whether a connection with these ends would be the only one. */
  isFree(route: Route, localPort: number, remotePort: number): boolean;
  /** Whether connections of any state hold this port, at that address or any that it stands for. */
  usesAt(at: SocketAddress): boolean;
  /** The ports with connections; of those only that have these ends, if they are given. */
  portUse(route?: Route, remotePort?: number): PortUse;
  /** Makes a control block of a connection at rest again. */
  wakeUp(resting: AtRest): Tcb;
  /** `tcb` is entered into the table of connections. */
  addFlow(tcb: Tcb): void;
  /** Whether a congestion controller of that name can be chosen. */
  hasCongestion(name: string): boolean;
}
