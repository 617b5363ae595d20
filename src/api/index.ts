/**
 * The socket interface: what an application writes against.
 *
 * @module tapstack
 */
export {
  formatSockaddr,
  type Inet6Sockaddr,
  type InetSockaddr,
  inet6Sockaddr,
  inetSockaddr,
  makeSocketAddress,
  NO_ADDRESS,
  type NoAddress,
  type PacketSockaddr,
  type Sockaddr,
  sockaddrAddr,
  sockaddrFam,
  sockaddrFlowInfo,
  sockaddrPath,
  sockaddrPort,
  sockaddrScopeId,
  type UnixSockaddr,
  unixSockaddr,
} from "./address.ts";
export { closePort, duplicatePort, Port } from "./buffered-ports.ts";
export { accept, close, connect, tryAccept } from "./connecting.ts";
export * from "./constants.ts";
export { type AddressInfo, AddressInfoError, gaiStrerror, getaddrinfo } from "./databases/address-info.ts";
export { Databases, LookupError } from "./databases/databases.ts";
export { getnameinfo, type NameInfo } from "./databases/name-info.ts";
export type { HostEntry, NetworkEntry, ProtocolEntry, ServiceEntry } from "./databases/tables.ts";
export { type Errno, errno, errnoName, SocketError, strerror } from "./errors.ts";
export { EventSet, type SocketEvent } from "./event-set.ts";
export { fcntl, ioctl } from "./fcntl.ts";
export * from "./guile.ts";
export {
  bind,
  dup,
  getpeername,
  getsockname,
  getsockopt,
  listen,
  setsockopt,
  shutdown,
  sockatmark,
} from "./immediate.ts";
export {
  htonl,
  htons,
  inetAton,
  inetLnaof,
  inetMakeaddr,
  inetNetof,
  inetNtoa,
  inetNtop,
  inetPton,
  ntohl,
  ntohs,
} from "./inet/conversions.ts";
export type { ExtendedError } from "./inet/error-queue.ts";
export type { ControlMessage, SocketKind } from "./operations.ts";
export type { Credentials, OptionValue } from "./options/option-value.ts";
export type {
  GroupOptions,
  HeaderOptions,
  HeaderOptions6,
  Icmp6LevelOptions,
  IpLevelOptions,
  Ipv6LevelOptions,
  OptionGiven,
  OptionLevel,
  OptionTaken,
  OptionTypes,
  RawLevelOptions,
  ReadableOption,
  SettableOption,
  SocketLevelOptions,
  TcpLevelOptions,
  UdpLevelOptions,
} from "./options/types.ts";
export type { PollRequest, PollResult, SelectResult } from "./poll.ts";
export {
  type ReceivedMessage,
  recvfromInto,
  recvInto,
  recvmsg,
  tryRecvfromInto,
  tryRecvInto,
} from "./receiving.ts";
export { type Message, type OutgoingMessage, send, sendmsg, sendto, trySend } from "./sending.ts";
export { Socket } from "./socket.ts";
export type { SocketInterface, SocketStack } from "./socket-stack.ts";
export { createSockets, type SocketsOptions } from "./sockets.ts";
export type { SocketAndAddress, Sockets } from "./sockets-interface.ts";
export { type GroupAddress, getsourcefilter, setsourcefilter } from "./source-filters.ts";
export { UnixNamespace } from "./unix/namespace.ts";
export { UnixStreamEndpoint } from "./unix/unix-stream-endpoint.ts";
export type { AbortSignalLike, WaitClock, WaitOptions } from "./wait.ts";
export { waitingCalls } from "./waiting.ts";
export {
  type OctetSink,
  type OctetSource,
  type ReadableController,
  type WebStreamConstructors,
  type WebStreamOptions,
  webStreams,
} from "./web-streams.ts";
