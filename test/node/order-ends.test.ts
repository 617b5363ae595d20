/**
 * How connections begin and end: what is told, in which order, and in whose context. Each scenario runs over Node's own
 * sockets too, in the same process: what they log is what is expected.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo, type NetConnectOpts, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { expect } from "chai";
import type { Request } from "../../src/node/binding.ts";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, rigOn, settled } from "./net-rig.ts";

type Log = string[];
type Net = typeof net;

const EVENTS = ["connect", "data", "end", "finish", "error", "close"] as const;

function note(log: Log, who: string, socket: Socket): void {
  for (const name of EVENTS) {
    socket.on(name, (value: unknown) => {
      const shown = value instanceof Error ? (value as NodeJS.ErrnoException).code : String(value ?? "");
      log.push(`${who} ${name} ${name === "connect" ? "" : shown}`.trim());
    });
  }
}

interface Pair {
  readonly server: Server;
  readonly client: Socket;
  readonly accepted: Socket;
}

async function pair(
  world: Net,
  allowHalfOpen: boolean,
  options: Partial<NetConnectOpts> = {},
): Promise<Pair> {
  const server = world.createServer({ allowHalfOpen });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = world.connect({ port, host: "127.0.0.1", allowHalfOpen, ...options });
  const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
  // Each side has begun to read.
  await sleep(1);
  return { server, client, accepted: accepted as Socket };
}

async function over({ server, client, accepted }: Pair): Promise<void> {
  client.destroy();
  accepted.destroy();
  server.close();
  await once(server, "close");
}

/** As `once`, which an error would end. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });

/** Both sides are closed by themselves. */
async function bothClosed({ client, accepted }: Pair): Promise<void> {
  await Promise.all([closed(client), closed(accepted)]);
}

async function resetBehind(world: Net, octets: number): Promise<Log> {
  const log: Log = [];
  const both = await pair(world, false);
  both.client.on("data", (chunk) => log.push(`data of ${chunk.length}`));
  for (const name of ["end", "error", "close"]) {
    both.client.on(name, (value: unknown) =>
      log.push(value instanceof Error ? `${name} ${value.message}` : name),
    );
  }
  both.accepted.write(Buffer.alloc(octets));
  both.accepted.resetAndDestroy();
  await bothClosed(both);
  await over(both);
  return log;
}

/** The program resets the other side while it is told of octets: that is no end. */
async function resetWithin(world: Net): Promise<Log> {
  const log: Log = [];
  const both = await pair(world, false);
  note(log, "client", both.client);
  both.client.once("data", () => both.accepted.resetAndDestroy());
  both.accepted.write("x");
  await bothClosed(both);
  await over(both);
  return log;
}

async function lastOctets(world: Net): Promise<Log> {
  const log: Log = [];
  const both = await pair(world, true);
  note(log, "client", both.client);
  note(log, "server", both.accepted);
  both.accepted.end();
  await once(both.client, "end");
  both.client.end("last");
  await bothClosed(both);
  await over(both);
  return log;
}

async function closedInTurn(world: Net): Promise<Log> {
  const log: Log = [];
  const both = await pair(world, false);
  note(log, "client", both.client);
  both.accepted.on("close", () => log.push("server close"));
  setTimeout(() => both.accepted.destroy(), 1);
  await bothClosed(both);
  await over(both);
  return log;
}

/** What Node hands to a handle, with which one asks for the end of what is written. */
function shutdownRequest(): Request {
  const binding = Reflect.get(process, "binding") as (name: string) => {
    readonly ShutdownWrap: new () => Request;
  };
  return new (binding.call(process, "stream_wrap").ShutdownWrap)();
}

async function shutTwice(world: Net): Promise<Log> {
  const log: Log = [];
  const both = await pair(world, true);
  const handle = Reflect.get(both.client, "_handle") as { shutdown(request: Request): number };
  for (const which of ["first", "second"]) {
    const request = shutdownRequest();
    request.oncomplete = (status) => log.push(`${which} is done: ${status}`);
    Reflect.set(request, "handle", handle);
    log.push(`${which}: ${handle.shutdown(request)}`);
  }
  both.accepted.resume();
  await once(both.accepted, "end");
  await sleep(1);
  await over(both);
  return log;
}

async function connectTwice(world: Net): Promise<Log> {
  const log: Log = [];
  const server = world.createServer((socket) => socket.resume());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = world.connect(port, "127.0.0.1");
  client.on("error", (error: NodeJS.ErrnoException) => log.push(`${error.code} ${error.syscall}`));
  client.connect(port, "127.0.0.1");
  await closed(client);
  server.close();
  await once(server, "close");
  return log;
}

async function contexts(world: Net): Promise<Log> {
  const log: Log = [];
  const store = new AsyncLocalStorage<string>();
  const server = store.run("server", () =>
    world.createServer((socket) => {
      log.push(`connection: ${store.getStore()}`);
      socket.on("data", () => log.push(`data: ${store.getStore()}`));
      socket.on("close", () => log.push(`closed: ${store.getStore()}`));
    }),
  );
  store.run("listen", () => server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = store.run("client", () => world.connect(port, "127.0.0.1"));
  client.on("connect", () => log.push(`connect: ${store.getStore()}`));
  client.end("x");
  await once(client.resume(), "close");
  server.close();
  await once(server, "close");
  return log;
}

async function nameAndImmediates(world: Net): Promise<Log> {
  const log: Log = [];
  const server = world.createServer((socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = world.connect({ port, host: "localhost", family: 4 });
  client.on("lookup", () => log.push("lookup"));
  setImmediate(() => log.push("immediate"));
  await once(client.resume(), "close");
  server.close();
  await once(server, "close");
  return log;
}

/** The answer of HTTP's C++ is told of late in a turn. */
async function closedInAnswer(world: Net, adopt: (server: http.Server) => http.Server): Promise<Log> {
  const log: Log = [];
  const server = adopt(http.createServer((_request, response) => response.end()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = world.connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.on("data", () => {
    setImmediate(() => log.push("immediate"));
    client.destroy();
  });
  client.on("close", () => log.push("close"));
  await closed(client);
  server.close();
  await once(server, "close");
  return log;
}

const KEY = Buffer.from("0123456789abcdef");
const PSK = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;

/** What is written in one turn is on its way although the connection is closed when the first of it is answered. */
async function tlsWrites(world: Net): Promise<Log> {
  const log: Log = [];
  const both = await pair(world, false);
  const inner = new tls.TLSSocket(both.accepted, {
    ...PSK,
    isServer: true,
    pskCallback: () => KEY,
  } as tls.TLSSocketOptions);
  let text = "";
  inner.on("data", (chunk) => {
    text += String(chunk);
    if (inner.writable) inner.write("answer");
  });
  inner.on("error", () => undefined);
  const outer = tls.connect({
    ...PSK,
    socket: both.client,
    pskCallback: () => ({ psk: KEY, identity: "test" }),
    checkServerIdentity: () => undefined,
  });
  await once(outer, "secureConnect");
  for (const letter of ["a", "b", "c"]) outer.write(letter);
  outer.on("data", () => outer.destroy());
  await bothClosed(both);
  log.push(text);
  await over(both);
  return log;
}

describe("how connections begin and end, as Node tells it", () => {
  let rig: NetRig;

  beforeEach(() => {
    rig = rigOn(loopbackStack());
  });

  afterEach(() => settled(rig));

  const scenarios: readonly (readonly [string, (world: Net) => Promise<Log>])[] = [
    ["a reset behind a few octets", (world) => resetBehind(world, 3)],
    ["a reset behind as many as one read takes", (world) => resetBehind(world, 65_536)],
    ["a reset in the event of a few octets", resetWithin],
    ["the last octets, when the other side has ended", lastOctets],
    ["a close that the peer answers in the same turn", closedInTurn],
    ["an end that is asked for twice", shutTwice],
    ["a connect while another is under way", connectTwice],
    ["the asynchronous context of an accepted connection", contexts],
    ["TLS writes whose first is answered by a close", tlsWrites],
  ];
  for (const [name, run] of scenarios) {
    it(name, async () => {
      const expected = await run(net);
      expect(expected).not.to.deep.equal([]);
      expect(await run(rig.net as Net)).to.deep.equal(expected);
    });
  }

  it("immediates of an answer, ahead of the close in it", async () => {
    const expected = await closedInAnswer(net, (server) => server);
    expect(expected).to.deep.equal(["immediate", "close"]);
    expect(await closedInAnswer(rig.net as Net, rig.net.adopt)).to.deep.equal(expected);
  });

  // Node asks a thread, which may be quicker than the event loop now and then.
  it("a name that is looked up, behind immediates set beside", async () => {
    expect(await nameAndImmediates(rig.net as Net)).to.deep.equal(["immediate", "lookup"]);
  });
});
