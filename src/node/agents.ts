/** What clients of HTTP need to go over a stack: agents for `node:http` and `node:https`, a connector for undici. */
import http from "node:http";
import https from "node:https";
import type { NetConnectOpts, Socket, TcpNetConnectOpts } from "node:net";
import tls from "node:tls";
import { clearTimeout, setTimeout } from "../drivers/node/own-timers.ts";
import { checkSettings, OBJECT, quantity } from "../stack/index.ts";
import type { Net } from "./net.ts";

type OpenSocket = (options: object, callback?: (error: Error | null, socket?: Socket) => void) => Socket;

function withConnections<T extends http.Agent>(agent: T, open: OpenSocket): T {
  return Object.assign(agent, { createConnection: open });
}

/** An agent for `http.request` and `http.get` whose connections are of `net`'s stack. */
export function createHttpAgent(net: Net, options: http.AgentOptions = {}): http.Agent {
  return withConnections(new http.Agent(options), (target) => net.connect(target as NetConnectOpts));
}

/** An agent for `https` whose connections are of the stack; TLS is Node's. */
export function createHttpsAgent(net: Net, options: https.AgentOptions = {}): https.Agent {
  return withConnections(new https.Agent(options), (target) => {
    const socket = net.connect(plain(target as TcpNetConnectOpts));
    return tls.connect({ servername: serverName(target as TcpNetConnectOpts), ...target, socket });
  });
}

/** How a connector is made. */
export interface ConnectorOptions {
  /** For `https:`, such as `ca`. */
  readonly tls?: tls.ConnectionOptions | undefined;
  /** Milliseconds in which a connection must stand; 10 000 by default, 0 for no limit. */
  readonly timeout?: number | undefined;
}

/** What undici asks a connector for. */
export interface ConnectorTarget {
  /** Name or address of the server. */
  readonly hostname: string;
  /** `http:` or `https:`. */
  readonly protocol: string;
  /** In digits; "" for the protocol's own. */
  readonly port: string;
  /** For TLS (RFC 6066 §3); by default the host's name. */
  readonly servername?: string | null;
  /** Not heeded: the stack chooses. */
  readonly localAddress?: string | null;
}

/** Milliseconds: what `setTimeout` takes. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Makes a connection, and tells of it or of why it has failed. */
export type Connector = (
  target: ConnectorTarget,
  callback: (...result: [Error, null] | [null, Socket]) => void,
) => void;

/**
 * For undici, and `fetch` by way of its dispatchers: `new Agent({ connect: createConnector(net) })`.
 *
 * @throws TypeError for an option that there is not, RangeError for a value that cannot be
 */
export function createConnector(net: Net, options: ConnectorOptions = {}): Connector {
  checkSettings("createConnector", options, { tls: OBJECT, timeout: quantity(0, LONGEST_TIMEOUT) });
  const { timeout = 10_000 } = options;
  return (target, callback) => {
    const secure = target.protocol === "https:";
    const port = Number(target.port) || (secure ? 443 : 80);
    const below = net.connect({ host: target.hostname, port, noDelay: true, keepAlive: true });
    const servername = target.servername ?? serverName({ host: target.hostname, port });
    const socket = secure
      ? tls.connect({ servername, ALPNProtocols: ["http/1.1"], ...options.tls, socket: below })
      : below;
    const late = (): void => {
      socket.destroy(Object.assign(new Error("connect timeout"), { code: "UND_ERR_CONNECT_TIMEOUT" }));
    };
    const timer = timeout > 0 ? setTimeout(late, timeout) : undefined;
    const failed = (error: Error): void => {
      clearTimeout(timer);
      callback(error, null);
    };
    socket.once("error", failed);
    socket.once(secure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.off("error", failed);
      callback(null, socket);
    });
  };
}

/** Without what only TLS understands, and which a plain socket would take for its own. */
function plain({
  host,
  port,
  localAddress,
  localPort,
  family,
  timeout,
  signal,
}: TcpNetConnectOpts): NetConnectOpts {
  const given = { host, port, localAddress, localPort, family, timeout, signal };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as unknown as NetConnectOpts;
}

/** RFC 6066 §3: a server name is a name, never an address. */
function serverName({ host }: { readonly host?: string | undefined; readonly port?: number }): string {
  return host === undefined || /^[\d.]+$|:/.test(host) ? "" : host;
}
