/** What a user of UDP holds (RFC 768 "User Interface", RFC 1122 §4.1.4). */
import type { IpAddress } from "../base/ip-address.ts";
import type { PacketFilter } from "../base/packet-filter.ts";
import type { DatagramInfo, DatagramWish } from "./datagram-info.ts";
import type { DatagramEndpoint } from "./endpoint.ts";
import type { UdpOptions } from "./endpoint-options.ts";
import type { Failure } from "./failures.ts";
import type { GroupMemberships } from "./multicast.ts";
import type { ErrorReporter } from "./queued-error.ts";
import type { SocketAddress } from "./socket-address.ts";

/** A UDP socket: `UdpProtocol.open()` makes one. */
export interface UdpEndpoint extends DatagramEndpoint, ErrorReporter {
  /** The options in force. */
  readonly options: Readonly<UdpOptions>;
  /** Changes options. "invalid" for a value that cannot be, or an option that there is not. */
  configure(changes: Partial<UdpOptions>): Failure | undefined;
  /** Port 0 asks for an ephemeral one. */
  bind(at: SocketAddress): Failure | undefined;
  /** Fixes the peer (and so the local address); undefined dissolves that (AF_UNSPEC). */
  connect(to: SocketAddress | undefined): Failure | undefined;
  /** No more will be received or sent (shutdown): reads then give end of stream, writes "broken-pipe". */
  shutdown(receive: boolean, send: boolean): void;
  /** Octets of the next datagram; undefined if there is none. */
  readonly available: number | undefined;
  /** What came with the datagram that was received last. */
  readonly lastReceived: DatagramInfo;
  /** As `send`, with wishes for this datagram alone. */
  sendWith?(
    datagram: Uint8Array,
    wish: DatagramWish,
    to?: SocketAddress,
    start?: number,
    end?: number,
  ): number | Failure;
  /** Octets of the largest IP datagram that passes to the connected peer unfragmented, as far as known; undefined: not connected. */
  readonly pathMtu?: number | undefined;
  /** Only what the filter keeps is received; undefined: everything. */
  attachFilter?(filter: PacketFilter | undefined): void;
  /** Its groups, and whom it hears in them. */
  readonly memberships?: GroupMemberships | undefined;
  /** Receives what is sent to the group, on the interface of that name; "": by the route. */
  joinGroup(group: IpAddress, interfaceName: string): Failure | undefined;
  /** Takes back a `joinGroup`. "address-not-available" if there was none. */
  leaveGroup(group: IpAddress, interfaceName: string): Failure | undefined;
}
