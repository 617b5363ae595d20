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
  readonly name: string;
  readonly index: number;
  readonly addresses: readonly InterfaceAddress[];
  /** The station address, where the link has such. */
  readonly mac?: MacAddress | undefined;
}

/** The stack that sockets are bound to. */
export interface SocketStack {
  /** Time and timers for calls that wait. */
  contextFor(name: string): WaitClock;
  readonly interfaces: readonly SocketInterface[];
  openTcp(): TcpEndpoint;
  openUdp(): UdpEndpoint;
  /** Absent: there is no SOCK_RAW. */
  openRaw?(protocol: number): RawEndpoint;
  /** Absent: there is no AF_PACKET. */
  openPacket?(on: SocketInterface): PacketEndpoint;
}
