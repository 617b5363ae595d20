/** What sockets need of a stack; `Stack` has it. */
import type {
  InterfaceAddress,
  MacAddress,
  PacketEndpoint,
  RawEndpoint,
  TcpEndpoint,
  UdpEndpoint,
} from "../stack/index.ts";
import type { WaitClock } from "./wait.ts";

/** What sockets need to know of an interface. */
export interface SocketInterface {
  /** As it was attached: `eth0`. */
  readonly name: string;
  /** From 1, in the order of creation. */
  readonly index: number;
  /** Its addresses, each with its prefix. */
  readonly addresses: readonly InterfaceAddress[];
  /** The station address, where the link has such. */
  readonly mac?: MacAddress | undefined;
}

/** The stack that sockets are bound to. */
export interface SocketStack {
  /** Time and timers for calls that wait. */
  contextFor(name: string): WaitClock;
  /** All interfaces, the loopback interface included. */
  readonly interfaces: readonly SocketInterface[];
  /** A TCP endpoint in CLOSED. */
  openTcp(): TcpEndpoint;
  /** Whether there is an AF_INET6. */
  readonly hasIpv6?: boolean;
  /** Whether it was made with that part; absent: it has what it has calls for. */
  has?(part: "raw" | "packet"): boolean;
  /** A UDP endpoint. */
  openUdp(): UdpEndpoint;
  /** Absent: there is no SOCK_RAW. */
  openRaw?(protocol: number, family?: 4 | 6): RawEndpoint;
  /** Absent: there is no AF_PACKET. */
  openPacket?(on: SocketInterface): PacketEndpoint;
}
