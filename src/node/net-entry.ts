/**
 * `tapstack/net`: what `node:net` exports, over the stack that was chosen by `use`; and `createNet`, for
 * programs with stacks of their own. A program that imports `node:net` runs over it when its import is
 * replaced by this one, which is why there is a default export, and why every type of `node:net` is here too.
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
  export type AddressInfo = nodeNet.AddressInfo;
  export type BlockList = nodeNet.BlockList;
  export type DropArgument = nodeNet.DropArgument;
  export type IpcNetConnectOpts = nodeNet.IpcNetConnectOpts;
  export type IpcSocketConnectOpts = nodeNet.IpcSocketConnectOpts;
  export type IPVersion = nodeNet.IPVersion;
  export type ListenOptions = nodeNet.ListenOptions;
  export type LookupFunction = nodeNet.LookupFunction;
  export type NetConnectOpts = nodeNet.NetConnectOpts;
  export type OnReadOpts = nodeNet.OnReadOpts;
  export type Server = nodeNet.Server;
  export type ServerOpts = nodeNet.ServerOpts;
  export type Socket = nodeNet.Socket;
  export type SocketAddress = nodeNet.SocketAddress;
  export type SocketAddressInitOptions = nodeNet.SocketAddressInitOptions;
  export type SocketConnectOpts = nodeNet.SocketConnectOpts;
  export type SocketConstructorOpts = nodeNet.SocketConstructorOpts;
  export type SocketReadyState = nodeNet.SocketReadyState;
  export type Stream = nodeNet.Socket;
  export type TcpNetConnectOpts = nodeNet.TcpNetConnectOpts;
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
/** The same as `connect`. */
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
export { type ConnectorOptions, createConnector, createHttpAgent, createHttpsAgent } from "./agents.ts";
export type { NetOptions } from "./create.ts";
export type { EndpointHost } from "./host.ts";
export type { HostTable, Lookup } from "./lookup.ts";
export type { Net } from "./net.ts";
export { openPort, type PortOptions } from "./port.ts";
export { createNet, use };
export default net;
