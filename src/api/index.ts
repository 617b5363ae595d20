/** The socket interface: what an application writes against. */
export {
  formatSockaddr,
  type InetSockaddr,
  inetSockaddr,
  makeSocketAddress,
  NO_ADDRESS,
  type NoAddress,
  type PacketSockaddr,
  type Sockaddr,
  sockaddrAddr,
  sockaddrFam,
  sockaddrPath,
  sockaddrPort,
  type UnixSockaddr,
  unixSockaddr,
} from "./address.ts";
export * from "./constants.ts";
export { type Errno, errno, errnoName, SocketError, strerror } from "./errors.ts";
export type { ControlMessage, Credentials, OptionValue } from "./operations.ts";
export type { ReceivedMessage } from "./receiving.ts";
export { Socket } from "./socket.ts";
export { createSockets, type SocketsOptions } from "./sockets.ts";
export type { OutgoingMessage, SocketAndAddress, Sockets } from "./sockets-interface.ts";
export type { SocketInterface, SocketStack } from "./stack.ts";
export { UnixNamespace } from "./unix/namespace.ts";
export type { AbortSignalLike, WaitClock, WaitOptions } from "./wait.ts";
