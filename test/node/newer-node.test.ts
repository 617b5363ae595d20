/** What Node's net and dgram got after version 20: each test is for those Nodes that have it. */
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import nodeNet, { type AddressInfo, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { MessageChannel } from "node:worker_threads";
import { expect } from "chai";
import type { TcpHandle } from "../../src/node/tcp-handle.ts";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, rigOn, settled } from "./net-rig.ts";

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Skips a test where this Node has not what it is about. */
function has(test: Mocha.Context, what: boolean): void {
  if (!what) test.skip();
}

interface BoundSocket {
  address(): unknown;
  fd(): number;
  close(): void;
  readonly isPipe: boolean;
}

describe("what newer Nodes have, over a stack", () => {
  const NodeBoundSocket = Reflect.get(nodeNet, "BoundSocket") as object | undefined;
  let rig: NetRig;
  let server: Server;

  beforeEach(async () => {
    rig = rigOn(loopbackStack());
    server = rig.net.createServer((socket) => socket.on("error", () => undefined).resume());
    await once(server.listen(0, "127.0.0.1"), "listening");
  });

  afterEach(async () => {
    if (server.listening) {
      server.close();
      await once(server, "close");
    }
    await settled(rig);
  });

  async function connected(options: object = {}): Promise<Socket> {
    const socket = rig.net.connect({ port: portOf(server), host: "127.0.0.1", ...options });
    await once(socket, "connect");
    return socket;
  }

  const bound = (options?: object): BoundSocket => {
    const Class = Reflect.get(rig.net, "BoundSocket") as new (options?: object) => BoundSocket;
    return new Class(options);
  };

  it("keeps alive at the interval and with the count that were asked for", async () => {
    const socket = await connected();
    const handle = Reflect.get(socket, "_handle") as TcpHandle;
    const options = (): unknown => {
      const { keepAlive, keepIdle, keepInterval, keepCount } = (
        handle as unknown as { endpoint: { options: Record<string, unknown> } }
      ).endpoint.options;
      return { keepAlive, keepIdle, keepInterval, keepCount };
    };
    expect(handle.setKeepAlive(true, 5, 3, 4)).to.equal(0);
    expect(options()).to.deep.equal({
      keepAlive: true,
      keepIdle: 5e6,
      keepInterval: 3e6,
      keepCount: 4,
    });
    // libuv's own where nothing is said; and -22 (EINVAL), on all the same, for what the kernel refuses.
    expect(handle.setKeepAlive(true, 5)).to.equal(0);
    expect(options()).to.include({ keepInterval: 1e6, keepCount: 10 });
    expect(handle.setKeepAlive(true, 0)).to.equal(-22);
    expect(handle.setKeepAlive(true, 5, 0, 4)).to.equal(-22);
    expect(handle.setKeepAlive(false, 0)).to.equal(0);
    expect(options()).to.include({ keepAlive: false });
    socket.destroy();
  });

  it("sets the type of service, whose ECN bits TCP keeps for itself", async function () {
    has(this, "setTypeOfService" in nodeNet.Socket.prototype);
    interface WithTos extends Socket {
      setTypeOfService(value: number): this;
      getTypeOfService(): number;
    }
    const socket = (await connected({ typeOfService: 16 })) as WithTos;
    expect(socket.getTypeOfService()).to.equal(16);
    socket.setTypeOfService(19);
    expect(socket.getTypeOfService()).to.equal(16);
    socket.destroy();
  });

  it("shares a port among listeners that ask for it (reusePort)", async function () {
    has(this, /reusePort/.test(String(nodeNet.Server.prototype.listen)));
    const options = { host: "127.0.0.1", reusePort: true };
    const first = rig.net.createServer().listen({ ...options, port: 0 });
    await once(first, "listening");
    const second = rig.net.createServer().listen({ ...options, port: portOf(first) });
    await once(second, "listening");
    expect(portOf(second)).to.equal(portOf(first));
    const third = rig.net.createServer().listen({ host: "127.0.0.1", port: portOf(first) });
    const [error] = await once(third, "error");
    expect(error).to.include({ code: "EADDRINUSE" });
    for (const one of [first, second]) {
      one.close();
      await once(one, "close");
    }
  });

  it("shares a port among sockets of dgram that ask for it", async function () {
    has(this, Number(process.versions.node.split(".")[0]) >= 22);
    const open = async (port: number): Promise<ReturnType<typeof rig.dgram.createSocket>> => {
      const socket = rig.dgram.createSocket({ type: "udp4", reusePort: true } as never);
      socket.bind(port, "127.0.0.1");
      await once(socket, "listening");
      return socket;
    };
    const first = await open(0);
    const second = await open(first.address().port);
    expect(second.address().port).to.equal(first.address().port);
    first.close();
    second.close();
  });

  it("binds and connects UDP at once (bindSync, connectSync)", async function () {
    interface Sync {
      bindSync(options: object): AddressInfo;
      connectSync(port: number, address: string): void;
    }
    const socket = rig.dgram.createSocket("udp4");
    if (!("bindSync" in socket)) socket.close();
    has(this, "bindSync" in socket);
    const sync = socket as unknown as Sync;
    const { port } = sync.bindSync({ address: "127.0.0.1" });
    sync.connectSync(port, "127.0.0.1");
    socket.send("to myself");
    const [octets] = await once(socket, "message");
    expect(String(octets)).to.equal("to myself");
    socket.close();
  });

  it("gives a bound socket to a server, and to a socket that connects", async function () {
    has(this, NodeBoundSocket !== undefined);
    const reserved = bound({ host: "127.0.0.1", port: 0 });
    expect(reserved).to.be.instanceOf(NodeBoundSocket);
    const { port } = reserved.address() as AddressInfo;
    expect(reserved.fd()).to.equal(-1);
    const other = rig.net.createServer((socket) => socket.end("hello"));
    other.listen(reserved as never);
    await once(other, "listening");
    expect(portOf(other)).to.equal(port);
    expect(() => reserved.close())
      .to.throw()
      .with.property("code", "ERR_SOCKET_HANDLE_ADOPTED");
    const source = bound({ host: "127.0.0.1", port: 0 });
    const from = (source.address() as AddressInfo).port;
    const socket = new rig.net.Socket({ handle: source } as never);
    socket.connect(port, "127.0.0.1");
    await once(socket, "connect");
    expect(socket.localPort).to.equal(from);
    expect(await text(socket)).to.equal("hello");
    other.close();
    await once(other, "close");
  });

  it("refuses to bind as Node's own does", function () {
    has(this, NodeBoundSocket !== undefined);
    const code = (options: unknown): string => {
      try {
        bound(options as object).close();
        return "bound";
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? String(error);
      }
    };
    expect(code({ host: "127.0.0.1", port: portOf(server) })).to.equal("EADDRINUSE");
    expect(code({ host: "192.0.2.1" })).to.equal("EADDRNOTAVAIL");
    expect(code({ host: "localhost" })).to.equal("ERR_INVALID_ARG_VALUE");
    expect(code({ host: 1234 })).to.equal("ERR_INVALID_ARG_TYPE");
    expect(code({ port: 65_536 })).to.equal("ERR_SOCKET_BAD_PORT");
    expect(code({ path: "/a", port: 1 })).to.equal("ERR_INVALID_ARG_VALUE");
    expect(code(0)).to.equal("ERR_INVALID_ARG_TYPE");
    expect(code({ path: "/tmp/of-the-namespace" })).to.equal("bound");
    expect(code(undefined)).to.equal("bound");
  });

  it("says why a socket or a server cannot be posted to a worker", async function () {
    has(this, NodeBoundSocket !== undefined);
    const socket = await connected();
    const { port1, port2 } = new MessageChannel();
    for (const what of [socket, server]) {
      expect(() => port1.postMessage(what, [what as never]))
        .to.throw(/the stack belongs to the thread/)
        .with.property("code", "ERR_WORKER_HANDLE_NOT_TRANSFERABLE");
    }
    port1.close();
    port2.close();
    socket.destroy();
  });

  it("blocks whom a block list names, on both sides", async function () {
    const list = new nodeNet.BlockList();
    list.addAddress("127.0.0.1");
    has(this, /blockList/.test(String(nodeNet.Server)));
    const refused = rig.net.connect({ port: portOf(server), host: "127.0.0.1", blockList: list } as never);
    const [error] = await once(refused, "error");
    expect(error).to.include({ code: "ERR_IP_BLOCKED" });
    const closed = rig.net.createServer({ blockList: list } as never).listen(0, "127.0.0.1");
    await once(closed, "listening");
    const socket = rig.net.connect(portOf(closed), "127.0.0.1").resume();
    await once(socket, "close");
    closed.close();
    await once(closed, "close");
  });

  it("tells diagnostics of a new socket once", async () => {
    expect(channel("net.client.socket").hasSubscribers).to.equal(false);
    const told: unknown[] = [];
    const note = (message: unknown): number => told.push((message as { socket: unknown }).socket);
    subscribe("net.client.socket", note);
    const socket = await connected();
    unsubscribe("net.client.socket", note);
    expect(told).to.deep.equal([socket]);
    socket.destroy();
  });
});
