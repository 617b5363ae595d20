/**
 * `tapstack/net`: what `node:net` exports, over the stack that was chosen by `use`; and `createNet`, for
 * programs with stacks of their own. A program that imports `node:net` runs over it when its import is
 * replaced by this one, which is why there is a default export, and why every type of `node:net` is here too.
 *
 * @module tapstack/net
 */
import type * as nodeNet from "node:net";
import { chosenContext, createNet, use } from "./create.ts";
import { createNetFrom, type Net } from "./net.ts";

/** `node:net` on the stack that was chosen by `use`. */
const net: Net = createNetFrom(chosenContext);

/**
 * The types of `node:net`, for `import net from "tapstack/net"; let socket: net.Socket`. Those that Node got after
 * version 20 are exported by name only, since the types of an older Node do not have them.
 */
declare namespace net {
  /** As `AddressInfo` of `node:net`. */
  export type AddressInfo = nodeNet.AddressInfo;
  /** As `BlockList` of `node:net`. */
  export type BlockList = nodeNet.BlockList;
  /** As `DropArgument` of `node:net`. */
  export type DropArgument = nodeNet.DropArgument;
  /** As `IpcNetConnectOpts` of `node:net`. */
  export type IpcNetConnectOpts = nodeNet.IpcNetConnectOpts;
  /** As `IpcSocketConnectOpts` of `node:net`. */
  export type IpcSocketConnectOpts = nodeNet.IpcSocketConnectOpts;
  /** As `IPVersion` of `node:net`. */
  export type IPVersion = nodeNet.IPVersion;
  /** As `ListenOptions` of `node:net`. */
  export type ListenOptions = nodeNet.ListenOptions;
  /** As `LookupFunction` of `node:net`. */
  export type LookupFunction = nodeNet.LookupFunction;
  /** As `NetConnectOpts` of `node:net`. */
  export type NetConnectOpts = nodeNet.NetConnectOpts;
  /** As `OnReadOpts` of `node:net`. */
  export type OnReadOpts = nodeNet.OnReadOpts;
  /** As `Server` of `node:net`. */
  export type Server = nodeNet.Server;
  /** As `ServerOpts` of `node:net`. */
  export type ServerOpts = nodeNet.ServerOpts;
  /** As `Socket` of `node:net`. */
  export type Socket = nodeNet.Socket;
  /** As `SocketAddress` of `node:net`. */
  export type SocketAddress = nodeNet.SocketAddress;
  /** As `SocketAddressInitOptions` of `node:net`. */
  export type SocketAddressInitOptions = nodeNet.SocketAddressInitOptions;
  /** As `SocketConnectOpts` of `node:net`. */
  export type SocketConnectOpts = nodeNet.SocketConnectOpts;
  /** As `SocketConstructorOpts` of `node:net`. */
  export type SocketConstructorOpts = nodeNet.SocketConstructorOpts;
  /** As `SocketReadyState` of `node:net`. */
  export type SocketReadyState = nodeNet.SocketReadyState;
  /** As `Socket` of `node:net`. */
  export type Stream = nodeNet.Socket;
  /** As `TcpNetConnectOpts` of `node:net`. */
  export type TcpNetConnectOpts = nodeNet.TcpNetConnectOpts;
  /** As `TcpSocketConnectOpts` of `node:net`. */
  export type TcpSocketConnectOpts = nodeNet.TcpSocketConnectOpts;
}

/** Puts a server that Node made on the stack: see `Net.adopt`. */
export const adopt: Net["adopt"] = net.adopt;
/** Node's `net.BlockList`, unchanged. */
export const BlockList: Net["BlockList"] = net.BlockList;
/** An instance of it. */
export type BlockList = nodeNet.BlockList;
/** `net.connect`: a new socket of the stack, which connects. */
export const connect: Net["connect"] = net.connect;
/** `net.createConnection`: as `connect`. */
export const createConnection: Net["createConnection"] = net.createConnection;
/** `net.createServer`: a server that will listen on the stack. */
export const createServer: Net["createServer"] = net.createServer;
/** Node's own, unchanged: its setting is the process's. */
export const getDefaultAutoSelectFamily: Net["getDefaultAutoSelectFamily"] = net.getDefaultAutoSelectFamily;
/** Node's own, unchanged: its setting is the process's, in milliseconds. */
export const getDefaultAutoSelectFamilyAttemptTimeout: Net["getDefaultAutoSelectFamilyAttemptTimeout"] =
  net.getDefaultAutoSelectFamilyAttemptTimeout;
/** Node's own, unchanged: 4, 6, or 0 if it is no address. */
export const isIP: Net["isIP"] = net.isIP;
/** Node's own, unchanged. */
export const isIPv4: Net["isIPv4"] = net.isIPv4;
/** Node's own, unchanged. */
export const isIPv6: Net["isIPv6"] = net.isIPv6;
/** The class of servers that listen on the stack; Node's `net.Server` is its ancestor. */
export const Server: Net["Server"] = net.Server;
/** An instance of it. */
export type Server = nodeNet.Server;
/** Node's own, unchanged: its setting is the process's. */
export const setDefaultAutoSelectFamily: Net["setDefaultAutoSelectFamily"] = net.setDefaultAutoSelectFamily;
/** Node's own, unchanged: its setting is the process's, in milliseconds. */
export const setDefaultAutoSelectFamilyAttemptTimeout: Net["setDefaultAutoSelectFamilyAttemptTimeout"] =
  net.setDefaultAutoSelectFamilyAttemptTimeout;
/** The class of sockets of the stack; Node's `net.Socket` is its ancestor. */
export const Socket: Net["Socket"] = net.Socket;
/** An instance of it. */
export type Socket = nodeNet.Socket;
/** Node's `net.SocketAddress`, unchanged. */
export const SocketAddress: Net["SocketAddress"] = net.SocketAddress;
/** An instance of it. */
export type SocketAddress = nodeNet.SocketAddress;
/** Node's old name of `Socket`. */
export const Stream: Net["Socket"] = net.Socket;
/** An instance of it. */
export type Stream = nodeNet.Socket;

export type * from "node:net";
export {
  type Connector,
  type ConnectorOptions,
  type ConnectorTarget,
  createConnector,
  createHttpAgent,
  createHttpsAgent,
} from "./agents.ts";
export type { NetOptions } from "./create.ts";
export type { HostTable, Lookup, LookupCallback } from "./lookup.ts";
export type { Net } from "./net.ts";
export type { EndpointHost, HostInterface } from "./net-context.ts";
export { openPort, type PortOptions } from "./socket-port.ts";
export { createNet, use };
export default net;
