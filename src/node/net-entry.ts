/**
 * `tapstack/net`: what `node:net` exports, over the stack that was chosen by `use`; and `createNet`, for
 * programs with stacks of their own. A program that imports `node:net` runs over it when its import is
 * replaced by this one, which is why there is a default export.
 */
import { chosenContext, createNet, use } from "./create.ts";
import { createNetFrom, type Net } from "./net.ts";

const net: Net = createNetFrom(chosenContext);

export const adopt: Net["adopt"] = net.adopt;
export const BlockList: Net["BlockList"] = net.BlockList;
export const connect: Net["connect"] = net.connect;
export const createConnection: Net["createConnection"] = net.createConnection;
export const createServer: Net["createServer"] = net.createServer;
export const getDefaultAutoSelectFamily: Net["getDefaultAutoSelectFamily"] = net.getDefaultAutoSelectFamily;
export const getDefaultAutoSelectFamilyAttemptTimeout: Net["getDefaultAutoSelectFamilyAttemptTimeout"] =
  net.getDefaultAutoSelectFamilyAttemptTimeout;
export const isIP: Net["isIP"] = net.isIP;
export const isIPv4: Net["isIPv4"] = net.isIPv4;
export const isIPv6: Net["isIPv6"] = net.isIPv6;
export const Server: Net["Server"] = net.Server;
export const setDefaultAutoSelectFamily: Net["setDefaultAutoSelectFamily"] = net.setDefaultAutoSelectFamily;
export const setDefaultAutoSelectFamilyAttemptTimeout: Net["setDefaultAutoSelectFamilyAttemptTimeout"] =
  net.setDefaultAutoSelectFamilyAttemptTimeout;
export const Socket: Net["Socket"] = net.Socket;
export const SocketAddress: Net["SocketAddress"] = net.SocketAddress;
/** Node's old name of `Socket`. */
export const Stream: Net["Socket"] = net.Socket;

export { type ConnectorOptions, createConnector, createHttpAgent, createHttpsAgent } from "./agents.ts";
export type { NetOptions } from "./create.ts";
export type { EndpointHost } from "./host.ts";
export type { HostTable, Lookup } from "./lookup.ts";
export type { Net } from "./net.ts";
export { openPort, type PortOptions } from "./port.ts";
export { createNet, use };
export default net;
