/** WebSockets of web pages that join a network: `ws`, which whoever wants that installs. */
import { createServer } from "node:http";
import type { WebSocketLike } from "../drivers/browser/index.ts";

/** What of the sockets of `ws` is used. */
export interface PageSocket extends WebSocketLike {
  addEventListener(type: "close", listener: () => void): void;
}

/** What of the package is used. */
interface Ws {
  readonly WebSocketServer: new (options: {
    readonly noServer: true;
  }) => {
    handleUpgrade(request: unknown, socket: unknown, head: unknown, done: (socket: PageSocket) => void): void;
  };
}

/** Pages of these hosts may join: another one's could send frames into a network that is none of its business. */
const LOCAL = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** Takes connections on `port` of this machine; why it cannot, or undefined. Pages from elsewhere are refused. */
export async function acceptPages(
  port: number,
  joined: (socket: PageSocket) => void,
): Promise<string | undefined> {
  let ws: Ws;
  try {
    ws = (await import("ws" as string)) as Ws;
  } catch {
    return "--websocket needs the package ws: npm install ws";
  }
  const sockets = new ws.WebSocketServer({ noServer: true });
  const server = createServer((_, response) => response.writeHead(426).end("speak WebSocket\n"));
  server.on("upgrade", (request, socket, head) => {
    const { origin } = request.headers;
    if (origin !== undefined && !LOCAL.test(origin)) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, joined);
  });
  return await new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(`--websocket ${port}: ${error.code ?? error.message}`),
    );
    server.listen(port, "127.0.0.1", () => resolve(undefined));
    server.unref();
  });
}
