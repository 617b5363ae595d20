/** `node:net` and `node:dgram` over a stack. */
export { type ConnectorOptions, createConnector, createHttpAgent, createHttpsAgent } from "./agents.ts";
export { createDgram, createNet, type NetOptions, use } from "./create.ts";
export type { Dgram } from "./dgram.ts";
export { Keeper } from "./keeper.ts";
export type { HostTable, Lookup } from "./lookup.ts";
export type { Net } from "./net.ts";
export type { EndpointHost, HostInterface } from "./net-context.ts";
export { openPort, type PortOptions } from "./socket-port.ts";
