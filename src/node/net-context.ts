/** What the entry points need of a stack, and what one of them carries to the handles that it makes. */
import type { UnixStreamEndpoint } from "../api/index.ts";
import type { InterfaceAddress, TcpEndpoint, TcpState, Turns, UdpEndpoint } from "../stack/index.ts";
import type { ProcessHolder } from "./keeper.ts";
import type { HostTable, Lookup } from "./lookup.ts";

/** Opens endpoints: a `Stack`, or whatever a test puts in its place. */
export interface EndpointHost {
  /** A TCP endpoint in CLOSED. */
  openTcp(): TcpEndpoint;
  /** A UDP endpoint. */
  openUdp(): UdpEndpoint;
  /** Whether it speaks IPv6. */
  readonly hasIpv6?: boolean;
  /** All interfaces, for the names and addresses of those that multicast leaves by. */
  readonly interfaces: readonly HostInterface[];
  /** Who gives the application its turn. */
  readonly turns?: Turns | undefined;
  /** For knowing when everything has been delivered. */
  connections(): readonly { readonly state: TcpState }[];
}

/** What Node's modules need to know of an interface. */
export interface HostInterface {
  /** As it was attached: `eth0`. */
  readonly name: string;
  /** From 1, in the order of creation. */
  readonly index?: number;
  /** Its addresses, each with its prefix. */
  readonly addresses: readonly InterfaceAddress[];
}

/** States in which the peer has yet to acknowledge what was written before the connection was shut down. */
const UNFINISHED: ReadonlySet<string> = new Set(["fin-wait-1", "closing", "last-ack"]);

/** Whether something that was written before a shutdown or `close` is not yet acknowledged. */
export function hasUnfinished(host: EndpointHost): boolean {
  return host.connections().some(({ state }) => UNFINISHED.has(state));
}

/** The name of the interface that has this address: where a multicast group is joined. */
export function interfaceWith(host: EndpointHost, address: string): string | undefined {
  return host.interfaces.find((one) => one.addresses.some((has) => has.address.toString() === address))?.name;
}

/** Where path sockets live. */
export interface UnixHost {
  openStream(): UnixStreamEndpoint;
  /** Removes a path, if it is there. */
  unlink(path: string): void;
}

/** All that handles share. */
export interface NetContext {
  readonly host: EndpointHost;
  readonly unix: UnixHost;
  /** Counts what keeps the process alive. */
  readonly keeper: ProcessHolder;
  /** Names that need no asking. */
  readonly table: HostTable;
  readonly lookup: Lookup;
}
