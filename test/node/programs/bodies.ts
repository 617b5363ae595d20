/**
 * Short programs, one per module of Node's that opens sockets. Each gets what it uses from whoever runs it, by `import`
 * or by `require`, and says what it has heard.
 */
import type dgram from "node:dgram";
import { once } from "node:events";
import type http from "node:http";
import type http2 from "node:http2";
import type https from "node:https";
import type net from "node:net";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { WebSocket, WebSocketServer } from "ws";

/** All that the programs use. */
export interface Modules {
  readonly net: typeof net;
  readonly dgram: typeof dgram;
  readonly http: typeof http;
  readonly https: typeof https;
  readonly http2: typeof http2;
  readonly ws: { readonly WebSocket: typeof WebSocket; readonly WebSocketServer: typeof WebSocketServer };
}

const KEY = Buffer.from("0123456789abcdef");
const PSK = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
const server = { ...PSK, pskCallback: (): Buffer => KEY };
const client = {
  ...PSK,
  pskCallback: () => ({ psk: KEY, identity: "test" }),
  checkServerIdentity: () => undefined,
};

async function portOf(listener: net.Server): Promise<number> {
  await once(listener.listen(0, "127.0.0.1"), "listening");
  return (listener.address() as AddressInfo).port;
}

async function overHttp({ http }: Modules): Promise<string> {
  const site = http.createServer((request, response) => response.end(`${request.url} over HTTP`));
  const port = await portOf(site);
  const [response] = await once(http.get({ host: "127.0.0.1", port, path: "/page" }), "response");
  site.close();
  return text(response);
}

async function overHttps({ https }: Modules): Promise<string> {
  const site = https.createServer(server, (request, response) => response.end(`${request.url} over HTTPS`));
  const port = await portOf(site);
  const [response] = await once(
    https.get({ ...client, host: "127.0.0.1", port, path: "/page" } as https.RequestOptions),
    "response",
  );
  site.close();
  return text(response);
}

async function overHttp2({ http2 }: Modules): Promise<string> {
  const site = http2.createSecureServer({ ...server, ALPNProtocols: ["h2"] });
  site.on("stream", (stream) => {
    stream.respond();
    stream.end("over HTTP/2");
  });
  const port = await portOf(site);
  const session = http2.connect(`https://127.0.0.1:${port}`, client as http2.SecureClientSessionOptions);
  const heard = await text(session.request());
  session.close();
  site.close();
  return heard;
}

async function overFetch({ http }: Modules): Promise<string> {
  const site = http.createServer((request, response) => {
    void text(request).then((body) => response.end(`${body} over fetch`));
  });
  const port = await portOf(site);
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "posted" });
  const heard = await response.text();
  site.close();
  site.closeAllConnections();
  return heard;
}

async function overNet({ net }: Modules): Promise<string> {
  const echo = net.createServer((socket) => socket.pipe(socket));
  const port = await portOf(echo);
  const socket = net.connect(port, "127.0.0.1");
  socket.end("over TCP");
  const heard = await text(socket);
  echo.close();
  return heard;
}

async function overDgram({ dgram }: Modules): Promise<string> {
  const receiver = dgram.createSocket("udp4").bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const sender = dgram.createSocket("udp4");
  sender.send("over UDP", receiver.address().port, "127.0.0.1");
  const [octets] = await once(receiver, "message");
  sender.close();
  receiver.close();
  return String(octets);
}

async function echoOfWebSockets({ http, ws }: Modules): Promise<[http.Server, number]> {
  const site = http.createServer();
  const sockets = new ws.WebSocketServer({ server: site });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(`${data} and back`)));
  return [site, await portOf(site)];
}

async function overWs(modules: Modules): Promise<string> {
  const [site, port] = await echoOfWebSockets(modules);
  const socket = new modules.ws.WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, "open");
  socket.send("there");
  const [data] = await once(socket, "message");
  socket.close();
  await once(socket, "close");
  site.close();
  return String(data);
}

/** The browser's own, which Node has since 22 (and 20 with a flag). */
async function overWebSocket(modules: Modules): Promise<string> {
  const [site, port] = await echoOfWebSockets(modules);
  const Native = Reflect.get(globalThis, "WebSocket") as unknown as typeof WebSocket;
  const socket = new Native(`ws://127.0.0.1:${port}`);
  const heard = await new Promise<string>((resolve, reject) => {
    socket.addEventListener("open", () => socket.send("there"));
    socket.addEventListener("message", ({ data }) => resolve(String(data)));
    socket.addEventListener("error", () => reject(new Error("the WebSocket has failed")));
  });
  socket.close();
  await new Promise<void>((resolve) => socket.addEventListener("close", () => resolve()));
  site.close();
  return heard;
}

/** The programs by name, and what each must hear. */
export const PROGRAMS: Readonly<Record<string, { run(modules: Modules): Promise<string>; hears: string }>> = {
  net: { run: overNet, hears: "over TCP" },
  dgram: { run: overDgram, hears: "over UDP" },
  http: { run: overHttp, hears: "/page over HTTP" },
  https: { run: overHttps, hears: "/page over HTTPS" },
  http2: { run: overHttp2, hears: "over HTTP/2" },
  fetch: { run: overFetch, hears: "posted over fetch" },
  ws: { run: overWs, hears: "there and back" },
  WebSocket: { run: overWebSocket, hears: "there and back" },
};
