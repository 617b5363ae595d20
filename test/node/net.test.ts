import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import nodeNet, { type AddressInfo, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { MemoryHost } from "../support/memory-host.ts";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, received, rigOn, settled } from "./net-rig.ts";

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** What an `error` event carried, without its stack. */
async function failureOf(emitter: NodeJS.EventEmitter): Promise<Record<string, unknown>> {
  const [error] = await once(emitter, "error");
  return { message: error.message, ...error };
}

for (const [name, open] of [
  ["endpoints in memory", () => rigOn(new MemoryHost())],
  ["a stack", () => rigOn(loopbackStack())],
] as const) {
  describe(`net over ${name}`, () => {
    let rig: NetRig;
    let server: Server;
    const accepted: Socket[] = [];

    beforeEach(async () => {
      rig = open();
      accepted.length = 0;
      server = rig.net.createServer({ allowHalfOpen: true }, (socket) => accepted.push(socket));
      server.listen(0);
      await once(server, "listening");
    });

    afterEach(async () => {
      for (const socket of accepted) socket.destroy();
      if (server.listening) {
        server.close();
        await once(server, "close");
      }
      await settled(rig);
    });

    async function connected(options: object = {}): Promise<[Socket, Socket]> {
      const socket = rig.net.connect({ port: portOf(server), host: "localhost", ...options });
      const [[other]] = await Promise.all([once(server, "connection"), once(socket, "connect")]);
      return [socket, other];
    }

    it("carries octets both ways, and each half to its end", async () => {
      const [socket, other] = await connected({ allowHalfOpen: true });
      socket.end("to the server");
      expect(String(await received(other))).to.equal("to the server");
      expect(socket.readable, "the other half is open").to.equal(true);
      other.end(Buffer.alloc(1_000_000, 7));
      expect((await received(socket)).equals(Buffer.alloc(1_000_000, 7))).to.equal(true);
      expect(socket.bytesRead).to.equal(1_000_000);
      expect(other.bytesWritten).to.equal(1_000_000);
    });

    it("tells the addresses of both ends", async () => {
      const [socket, other] = await connected();
      expect(socket.remoteAddress).to.equal("127.0.0.1");
      expect(socket.remotePort).to.equal(portOf(server));
      // As Node's own, a server without an address takes both families where there are two.
      const { family } = server.address() as AddressInfo;
      const peer = family === "IPv6" ? "::ffff:127.0.0.1" : "127.0.0.1";
      expect([other.remoteAddress, other.remotePort, other.remoteFamily]).to.deep.equal([
        peer,
        socket.localPort,
        family,
      ]);
      socket.destroy();
    });

    it("makes accepted sockets of its own class, which Node takes for its own", async () => {
      const [socket, other] = await connected();
      expect(other).to.be.instanceOf(rig.net.Socket);
      expect(other).to.be.instanceOf(nodeNet.Socket);
      socket.destroy();
    });

    it("refuses a connection with the error that Node gives", async () => {
      const port = portOf(server);
      server.close();
      const failure = await failureOf(rig.net.connect(port, "127.0.0.1"));
      expect(failure).to.deep.equal({
        message: `connect ECONNREFUSED 127.0.0.1:${port}`,
        errno: -111,
        code: "ECONNREFUSED",
        syscall: "connect",
        address: "127.0.0.1",
        port,
      });
    });

    it("refuses a second listener with the error that Node gives", async () => {
      const port = portOf(server);
      const failure = await failureOf(rig.net.createServer().listen(port, "127.0.0.1"));
      expect(failure["code"]).to.equal("EADDRINUSE");
      expect(failure["syscall"]).to.equal("listen");
      expect(failure["port"]).to.equal(port);
    });

    it("stops a writer when nobody reads, and lets it go on when somebody does", async () => {
      const [socket, other] = await connected();
      other.pause();
      const chunk = Buffer.alloc(256 * 1024, 1);
      let written = 0;
      while (socket.write(chunk)) written += chunk.length;
      written += chunk.length;
      const total = written + 64 * chunk.length;
      for (let i = 0; i < 64; i++) socket.write(chunk);
      expect(socket.writableNeedDrain).to.equal(true);
      socket.end();
      const all = received(other);
      other.resume();
      expect((await all).length).to.equal(total);
      other.end();
    });

    it("resets on demand, and the peer is told", async () => {
      const [socket, other] = await connected();
      other.resume();
      const failure = failureOf(other);
      socket.resetAndDestroy();
      expect(await failure).to.include({ code: "ECONNRESET", syscall: "read" });
    });

    it("reads into the program's own buffer (onread)", async () => {
      const own = Buffer.alloc(4);
      const chunks: string[] = [];
      const onread = {
        buffer: own,
        callback: (count: number, octets: Uint8Array) => {
          chunks.push(Buffer.from(octets.subarray(0, count)).toString());
          return true;
        },
      };
      const [socket, other] = await connected({ onread });
      other.end("abcdefghij");
      await once(socket, "end");
      expect(chunks.join("")).to.equal("abcdefghij");
      expect(Math.max(...chunks.map((chunk) => chunk.length))).to.equal(4);
      socket.destroy();
    });

    it("keeps the asynchronous context in which a socket was made", async () => {
      const storage = new AsyncLocalStorage<string>();
      const seen = await storage.run("mine", async () => {
        const [socket, other] = await connected();
        return new Promise((resolve) => {
          socket.on("data", () => {
            resolve(storage.getStore());
            socket.destroy();
          });
          other.write("x");
        });
      });
      expect(seen).to.equal("mine");
    });

    it("never tells of an arrival in the middle of the call that caused it", async () => {
      const [socket, other] = await connected();
      let during = true;
      const arrived = new Promise<boolean>((resolve) => {
        other.once("data", () => resolve(during));
      });
      socket.write("x");
      during = false;
      expect(await arrived).to.equal(false);
      socket.destroy();
    });

    it("keeps the process alive while it listens, unless told not to", () => {
      expect(rig.keeper.holding).to.equal(1);
      server.unref();
      expect(rig.keeper.holding).to.equal(0);
      server.ref();
      expect(rig.keeper.holding).to.equal(1);
    });

    it("closes a server by an AbortSignal", async () => {
      const controller = new AbortController();
      const other = rig.net.createServer().listen({ port: 0, signal: controller.signal });
      await once(other, "listening");
      controller.abort();
      await once(other, "close");
      expect(other.listening).to.equal(false);
    });

    it("connects by a path in the namespace of the process", async () => {
      const named = rig.net.createServer((socket) => socket.end("hello")).listen("/no/such/folder/socket");
      await once(named, "listening");
      expect(named.address()).to.equal("/no/such/folder/socket");
      expect(await text(rig.net.connect("/no/such/folder/socket"))).to.equal("hello");
      named.close();
      await once(named, "close");
      const failure = await failureOf(rig.net.connect("/no/such/folder/socket"));
      expect(failure).to.include({ code: "ENOENT", address: "/no/such/folder/socket" });
    });

    it("asks the lookup that it is given", async () => {
      const asked: string[] = [];
      const lookup = (name: string, _options: object, callback: (...result: unknown[]) => void): void => {
        asked.push(name);
        process.nextTick(callback, null, "127.0.0.1", 4);
      };
      const [socket] = await connected({ host: "somewhere.example", lookup, autoSelectFamily: false });
      expect(asked).to.deep.equal(["somewhere.example"]);
      socket.destroy();
    });
  });
}

describe("net without a stack", () => {
  it("has no IPv6 where its host has none, and says so as a host without it does", async () => {
    const { net } = rigOn(new MemoryHost());
    const failure = await failureOf(net.connect(80, "::1"));
    expect(failure).to.include({ code: "EAFNOSUPPORT", syscall: "connect" });
  });

  it("has the whole surface of node:net", () => {
    const { net } = rigOn(new MemoryHost());
    for (const key of Object.keys(nodeNet)) expect(net, key).to.have.property(key);
  });
});
