/** What sockets need of a stack; `Stack` has it. */
import type { InterfaceAddress, TcpEndpoint, UdpEndpoint } from "../stack/index.ts";
import type { WaitClock } from "./wait.ts";

/** What sockets need to know of an interface. */
export interface SocketInterface {
  readonly name: string;
  readonly index: number;
  readonly addresses: readonly InterfaceAddress[];
}

/** The stack that sockets are bound to. */
export interface SocketStack extends WaitClock {
  readonly interfaces: readonly SocketInterface[];
  openTcp(): TcpEndpoint;
  openUdp(): UdpEndpoint;
}
