import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer, text } from "node:stream/consumers";
import tls from "node:tls";
import { expect } from "chai";
import { Agent, type buildConnector, fetch } from "undici";
import { createConnector, createHttpAgent } from "../../src/node/index.ts";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, rigOn, settled } from "./net-rig.ts";

const PAGE = Buffer.alloc(300_000, "page ");

describe("Node's protocols over a stack", () => {
  let rig: NetRig;

  beforeEach(() => {
    rig = rigOn(loopbackStack());
  });

  afterEach(() => settled(rig));

  it("serve and ask by node:http", async () => {
    const server = rig.net.adopt(http.createServer((_request, response) => response.end(PAGE)));
    await once(server.listen(0), "listening");
    const { port } = server.address() as AddressInfo;
    const agent = createHttpAgent(rig.net, { keepAlive: true });
    for (let time = 0; time < 2; time++) {
      const [response] = await once(http.get({ host: "localhost", port, agent }), "response");
      expect(response.statusCode).to.equal(200);
      expect((await buffer(response)).equals(PAGE)).to.equal(true);
    }
    agent.destroy();
    server.close();
    await once(server, "close");
  });

  it("hand a connection over when it is upgraded", async () => {
    const server = rig.net.adopt(http.createServer());
    server.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n");
      socket.pipe(socket);
    });
    await once(server.listen(0), "listening");
    const { port } = server.address() as AddressInfo;
    const request = http.request({
      host: "localhost",
      port,
      agent: createHttpAgent(rig.net),
      headers: { Upgrade: "echo", Connection: "upgrade" },
    });
    request.end();
    const [, socket] = await once(request, "upgrade");
    socket.end("after the upgrade");
    expect(await text(socket)).to.equal("after the upgrade");
    server.close();
    await once(server, "close");
  });

  it("speak HTTP/2, whose framing is C++ on top of the handle", async () => {
    const server = rig.net.adopt(http2.createServer());
    server.on("stream", (stream) => {
      stream.respond({ ":status": 200 });
      stream.end(PAGE);
    });
    await once(server.listen(0), "listening");
    const { port } = server.address() as AddressInfo;
    const session = http2.connect(`http://localhost:${port}`, {
      createConnection: () => rig.net.connect(port, "localhost"),
    });
    expect((await buffer(session.request({ ":path": "/" }))).equals(PAGE)).to.equal(true);
    session.close();
    server.close();
    await once(server, "close");
  });

  it("speak TLS, which is C++ on top of the handle", async () => {
    const key = Buffer.from("0123456789abcdef");
    const shared = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
    const server = rig.net.adopt(
      tls.createServer({ ...shared, pskCallback: () => key, pskIdentityHint: "test" }, (socket) => {
        socket.pipe(socket);
      }),
    );
    await once(server.listen(0), "listening");
    const { port } = server.address() as AddressInfo;
    const socket = tls.connect({
      ...shared,
      socket: rig.net.connect(port, "localhost"),
      pskCallback: () => ({ psk: key, identity: "test" }),
      checkServerIdentity: () => undefined,
    });
    await once(socket, "secureConnect");
    socket.end(PAGE);
    expect((await buffer(socket)).equals(PAGE)).to.equal(true);
    server.close();
    await once(server, "close");
  });

  it("end a TLS connection whose peer resets", async () => {
    const server = rig.net.adopt(
      tls.createServer({ ciphers: "PSK", maxVersion: "TLSv1.2", pskCallback: () => null }),
    );
    const failed = once(server, "tlsClientError");
    await once(server.listen(0), "listening");
    const { port } = server.address() as AddressInfo;
    const socket = rig.net.connect(port, "localhost");
    await once(socket, "connect");
    socket.write("not TLS at all, and then gone");
    await failed;
    socket.destroy();
    server.close();
    await once(server, "close");
  });

  it("fetch by undici", async () => {
    const server = rig.net.adopt(http.createServer((_request, response) => response.end(PAGE)));
    await once(server.listen(0), "listening");
    const { port } = server.address() as AddressInfo;
    const dispatcher = new Agent({ connect: createConnector(rig.net) as buildConnector.connector });
    const response = await fetch(`http://localhost:${port}/`, { dispatcher });
    expect(response.status).to.equal(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(PAGE)).to.equal(true);
    await dispatcher.close();
    server.close();
    await once(server, "close");
  });

  it("connect for undici, and tell it of a failure", async () => {
    const server = rig.net.createServer((socket) => socket.end("hello"));
    await once(server.listen(0), "listening");
    const { port } = server.address() as AddressInfo;
    const connect = createConnector(rig.net);
    const target = { hostname: "localhost", protocol: "http:", port: String(port) };
    const open = (): Promise<NodeJS.ReadableStream> =>
      new Promise((resolve, reject) => {
        connect(target, (error, socket) => (error === null ? resolve(socket as never) : reject(error)));
      });
    expect(await text((await open()) as never)).to.equal("hello");
    server.close();
    await once(server, "close");
    const failure = await open().catch((error: unknown) => error);
    expect(failure).to.include({ code: "ECONNREFUSED" });
  });
});
