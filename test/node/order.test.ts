/**
 * The order in which a program is told of things. Each scenario runs over Node's own sockets too, in the same process:
 * the order that is expected here is Node's.
 */
import dgram from "node:dgram";
import { once } from "node:events";
import http2 from "node:http2";
import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";
import { expect } from "chai";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, rigOn, settled } from "./net-rig.ts";

interface World {
  readonly net: typeof net;
  readonly dgram: typeof dgram;
  adopt<T extends net.Server>(server: T): T;
}

type Log = string[];

/** As `once`, which an error would end. */
const closed = (emitter: NodeJS.EventEmitter): Promise<void> =>
  new Promise((resolve) => emitter.once("close", () => resolve()));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Notes events of one side by name, with the arguments that matter. */
function note(log: Log, emitter: NodeJS.EventEmitter, ...names: string[]): void {
  for (const name of names) {
    emitter.on(name, (value: unknown) => {
      const shown =
        value instanceof Error
          ? (value as NodeJS.ErrnoException).code
          : Buffer.isBuffer(value)
            ? String(value)
            : value;
      log.push(["string", "boolean", "number"].includes(typeof shown) ? `${name} ${shown}` : name);
    });
  }
}

async function listening(server: net.Server, path?: string): Promise<number> {
  if (path === undefined) server.listen(0, "127.0.0.1");
  else server.listen(path);
  await once(server, "listening");
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

const PSK = { ciphers: "PSK", maxVersion: "TLSv1.2", ALPNProtocols: ["h2"] } as const;
const KEY = Buffer.from("0123456789abcdef");

function tlsOver(socket: Socket): tls.TLSSocket {
  return tls.connect({
    ...PSK,
    socket,
    pskCallback: () => ({ psk: KEY, identity: "test" }),
    checkServerIdentity: () => undefined,
  });
}

async function http2Response(world: World, secure: boolean): Promise<Log> {
  const log: Log = [];
  const server = world.adopt(
    secure ? http2.createSecureServer({ ...PSK, pskCallback: () => KEY }) : http2.createServer(),
  ) as http2.Http2Server;
  server.on("stream", (stream) => {
    stream.respond();
    stream.end("hello");
  });
  const port = await listening(server);
  const session = http2.connect("http://localhost", {
    createConnection: () => {
      const socket = world.net.connect(port, "127.0.0.1");
      return secure ? tlsOver(socket) : socket;
    },
  });
  const request = session.request();
  request.on("response", () => Promise.resolve().then(() => log.push("promise of response")));
  note(log, request, "response", "data", "end", "close");
  await closed(request);
  session.close();
  server.close();
  await Promise.all([closed(session), closed(server)]);
  return log;
}

async function goaway(world: World): Promise<Log> {
  const log: Log = [];
  const server = world.adopt(http2.createServer());
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    stream.session?.on("error", () => undefined);
    stream.respond();
    stream.write("x");
    setImmediate(() => {
      stream.write("y");
      stream.session?.goaway(7);
      stream.session?.destroy();
    });
  });
  const port = await listening(server);
  const session = http2.connect("http://localhost", {
    createConnection: () => world.net.connect(port, "127.0.0.1"),
  });
  note(log, session, "goaway", "error");
  const request = session.request();
  request.on("error", () => undefined);
  await closed(session);
  server.close();
  await closed(server);
  return log;
}

async function tlsRecords(world: World): Promise<Log> {
  const log: Log = [];
  const server = world.adopt(tls.createServer({ ...PSK, pskCallback: () => KEY }));
  const port = await listening(server);
  const client = tlsOver(world.net.connect(port, "127.0.0.1"));
  const [[accepted]] = await Promise.all([once(server, "secureConnection"), once(client, "secureConnect")]);
  const handle = Reflect.get(client, "_handle") as { readStop(): void; readStart(): void };
  handle.readStop();
  for (const text of ["a", "b"]) await new Promise((resolve) => accepted.write(text, resolve));
  for (let count = 0; count < 5; count++) await turn();
  client.on("data", (octets) => {
    log.push(`data ${octets}`);
    process.nextTick(() => log.push("tick"));
    void Promise.resolve().then(() => log.push("promise"));
  });
  note(log, client, "end", "close");
  handle.readStart();
  accepted.end();
  await closed(client);
  server.close();
  await closed(server);
  return log;
}

async function conversation(world: World, path?: string): Promise<Log> {
  const log: Log = [];
  const server = world.net.createServer((socket) => {
    socket.on("data", (octets) => socket.end(`${octets} back`));
  });
  const port = await listening(server, path);
  const client = path === undefined ? world.net.connect(port, "127.0.0.1") : world.net.connect(path);
  note(log, client, "connect", "ready", "data", "end", "finish", "close");
  client.write("there", () => log.push("written"));
  await closed(client);
  server.close();
  await closed(server);
  return log;
}

async function writeAtOnce(world: World): Promise<Log> {
  const log: Log = [];
  const server = world.net.createServer((socket) => socket.resume());
  const port = await listening(server);
  const client = world.net.connect(port, "127.0.0.1");
  await once(client, "connect");
  log.push(`write ${client.write("x", () => log.push("written"))}`);
  process.nextTick(() => log.push("tick"));
  note(log, client, "finish", "end", "close");
  client.end();
  await closed(client);
  server.close();
  await closed(server);
  return log;
}

async function destroyed(world: World): Promise<Log> {
  const log: Log = [];
  const server = world.net.createServer({ pauseOnConnect: true });
  const port = await listening(server);
  const client = world.net.connect(port, "127.0.0.1");
  const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
  note(log, client, "drain", "error", "close");
  const chunk = Buffer.alloc(16 << 20);
  client.write(chunk, (error) => log.push(`first ${(error as NodeJS.ErrnoException | null)?.code}`));
  client.write("second", (error) => log.push(`second ${(error as NodeJS.ErrnoException | null)?.code}`));
  client.destroy();
  await closed(client);
  accepted.destroy();
  server.close();
  await closed(server);
  return log;
}

async function lastWords(world: World): Promise<Log> {
  const log: Log = [];
  const server = world.net.createServer({ pauseOnConnect: true });
  const port = await listening(server);
  const client = world.net.connect(port, "127.0.0.1");
  const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
  note(log, client, "data", "end", "error", "close");
  // More than the connection takes: a write is under way when the peer resets.
  client.write(Buffer.alloc(16 << 20));
  await turn();
  accepted.write("last words", () => accepted.resetAndDestroy());
  await closed(client);
  server.close();
  await closed(server);
  // In between Node tells of an end, an error or both, as the kernel happens to answer.
  return [log[0] ?? "", log.at(-1) ?? ""];
}

async function datagrams(world: World): Promise<Log> {
  const log: Log = [];
  const socket = world.dgram.createSocket("udp4");
  note(log, socket, "listening", "close");
  socket.bind(0, "127.0.0.1", () => log.push("bound"));
  await once(socket, "listening");
  socket.on("message", (text) => log.push(`message ${text}`));
  socket.send("x", socket.address().port, "127.0.0.1", () => log.push("sent"));
  process.nextTick(() => log.push("tick"));
  await once(socket, "message");
  socket.close(() => log.push("closed"));
  await closed(socket);
  return log;
}

/**
 * Immediates that are set in an event come before what that event brings about at a peer; those that are set in an
 * immediate or by a timer come after it.
 */
async function immediates(world: World, path?: string): Promise<Log> {
  const log: Log = [];
  const servers: Socket[] = [];
  const server = world.net.createServer({ noDelay: true }, (socket) => servers.push(socket));
  const port = await listening(server, path);
  const connect = async (): Promise<Socket> => {
    const accepted = once(server, "connection");
    const socket = path === undefined ? world.net.connect(port, "127.0.0.1") : world.net.connect(path);
    await accepted;
    return socket;
  };
  const [one, other] = [await connect(), await connect()];
  const [first, second] = servers as [Socket, Socket];
  const immediate = (what: string): unknown => setImmediate(() => log.push(what));
  note(log, one, "data");
  note(log, other, "data");
  note(log, first, "data");
  first.once("data", () => {
    second.write("in an event");
    setImmediate(() => {
      log.push("immediate");
      immediate("immediate of an immediate");
    });
    process.nextTick(() => immediate("immediate of a tick"));
    const later = Promise.resolve().then(() => Promise.resolve());
    void later.then(() => immediate("immediate of promises"));
  });
  other.once("data", () => {
    immediate("immediate of the other");
    first.write("in the next");
  });
  const done = once(one, "data");
  await turn();
  one.write("go");
  immediate("immediate of the program");
  await done;
  await new Promise((resolve) => setImmediate(resolve));
  log.push("in an immediate");
  first.write("of an immediate");
  immediate("its immediate");
  await once(one, "data");
  await turn();
  for (const socket of [one, other, ...servers]) socket.destroy();
  server.close();
  await once(server, "close");
  return log;
}

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** What a timer brings about comes before the immediates that it sets: a connection, an end, datagrams. */
async function ofTimers(world: World, path?: string): Promise<Log> {
  const log: Log = [];
  let accepted: Socket | undefined;
  const server = world.net.createServer((socket) => {
    log.push("connection");
    accepted = socket;
    setImmediate(() => log.push("immediate of the connection"));
    // In the event itself a stream is shut, and closed when the immediates of the event have run.
    socket.resume().end(() => log.push("all written"));
    note(log, socket, "finish");
    socket.on("end", () => setImmediate(() => log.push("immediate of the end")));
    socket.on("close", () => log.push("server's close"));
  });
  const port = await listening(server, path);
  await later();
  setImmediate(() => log.push("immediate before"));
  const client = path === undefined ? world.net.connect(port, "127.0.0.1") : world.net.connect(path);
  setImmediate(() => log.push("immediate behind"));
  client.resume();
  note(log, client, "connect", "end", "close");
  await once(client, "connect");
  await Promise.all([closed(client), closed(accepted as Socket)]);
  server.close();
  await closed(server);
  return log;
}

/** Datagrams that wait together are one event, whatever is sent in it; what is sent is told of by a tick. */
async function ofDatagrams(world: World): Promise<Log> {
  const log: Log = [];
  const [one, other] = [world.dgram.createSocket("udp4"), world.dgram.createSocket("udp4")];
  for (const socket of [one, other]) {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
  }
  const send = (from: dgram.Socket, to: dgram.Socket, text: string, host?: string): void => {
    from.send(text, to.address().port, host, () => log.push(`sent ${text}`));
  };
  other.on("message", (text) => {
    log.push(`${text}`);
    setImmediate(() => log.push(`immediate of ${text}`));
    process.nextTick(() => log.push(`tick of ${text}`));
    if (String(text) === "first") send(other, other, "to itself", "127.0.0.1");
    if (String(text) === "first") send(other, one, "answer", "127.0.0.1");
  });
  note(log, one, "message");
  await later();
  setImmediate(() => log.push("immediate before"));
  // Without a host: after a look-up.
  send(one, other, "first");
  send(one, other, "second");
  await once(one, "message");
  one.close(() => log.push("closed first"));
  other.close(() => log.push("closed last"));
  await Promise.all([closed(one), closed(other)]);
  return log;
}

/** Handles that are closed together tell of it in the opposite order, behind immediates and before further events. */
async function ofCloses(world: World): Promise<Log> {
  const log: Log = [];
  const accepted: Socket[] = [];
  const server = world.net.createServer((socket) => accepted.push(socket));
  const port = await listening(server);
  const clients: Socket[] = [];
  for (const name of ["first", "second", "third"]) {
    const came = once(server, "connection");
    const client = world.net.connect(port, "127.0.0.1");
    await Promise.all([came, once(client, "connect")]);
    client.on("close", () => log.push(`${name} closed`));
    client.on("data", () => log.push(`${name} got data`));
    clients.push(client);
  }
  const [first, second, third] = clients as [Socket, Socket, Socket];
  await later();
  third.once("data", () => {
    first.destroy();
    second.destroy();
    accepted[2]?.write("more");
    setImmediate(() => log.push("immediate"));
  });
  accepted[2]?.write("data");
  await Promise.all([closed(first), closed(second), once(third, "data").then(() => once(third, "data"))]);
  for (const socket of [...clients, ...accepted]) socket.destroy();
  server.close();
  await closed(server);
  return log;
}

const IMMEDIATES: Log = [
  "data go",
  "immediate of the program",
  "immediate",
  "immediate of a tick",
  "immediate of promises",
  "data in an event",
  "immediate of an immediate",
  "immediate of the other",
  "data in the next",
  "in an immediate",
  "data of an immediate",
  "its immediate",
];

const DATAGRAMS: Log = [
  "sent first",
  "sent second",
  "first",
  "tick of first",
  "sent to itself",
  "sent answer",
  "second",
  "tick of second",
  "to itself",
  "tick of to itself",
  "immediate before",
  "immediate of first",
  "immediate of second",
  "immediate of to itself",
  "message answer",
  "closed first",
  "closed last",
];
const CLOSES: Log = ["third got data", "immediate", "second closed", "first closed", "third got data"];

describe("the order of events", () => {
  let rig: NetRig;
  const nodes: World = { net, dgram, adopt: (server) => server };

  beforeEach(() => {
    rig = rigOn(loopbackStack());
  });

  afterEach(() => settled(rig));

  const path = `/tmp/tapstack-order-${process.pid}`;
  const talk = ["connect", "written", "ready", "data there back", "end", "finish", "close false"];
  const response = ["response", "promise of response", "data hello", "end", "close"];
  const records = ["data a", "tick", "promise", "data b", "tick", "promise", "end", "close false"];
  const scenarios: readonly (readonly [string, (world: World) => Promise<Log>, Log | undefined])[] = [
    ["of a response by HTTP/2, and of promises between", (world) => http2Response(world, false), response],
    ["of a response by HTTP/2 over TLS", (world) => http2Response(world, true), response],
    ["of HTTP/2's last words in the turn of a write", goaway, ["goaway 7", "error ERR_HTTP2_SESSION_ERROR"]],
    ["of TLS records that come together", tlsRecords, records],
    ["of a conversation by TCP", (world) => conversation(world), talk],
    ["of a conversation by path", (world) => conversation(world, path), talk],
    [
      "of a write that is done at once",
      writeAtOnce,
      ["write true", "written", "tick", "finish", "end", "close false"],
    ],
    // Which error the first gets has changed with Node 22.
    ["of writes that are given up", destroyed, undefined],
    ["of what came before a reset", lastWords, ["data last words", "close true"]],
    ["of immediates that are set in events, by TCP", (world) => immediates(world), IMMEDIATES],
    ["of immediates that are set in events, by path", (world) => immediates(world, path), IMMEDIATES],
    ["of what the program's own turn brings about, by TCP", (world) => ofTimers(world), undefined],
    ["of what the program's own turn brings about, by path", (world) => ofTimers(world, path), undefined],
    ["of datagrams in one event, after a look-up", ofDatagrams, DATAGRAMS],
    ["of handles that are closed in one event", ofCloses, CLOSES],
    [
      "of a datagram to oneself",
      datagrams,
      ["listening", "bound", "tick", "sent", "message x", "close", "closed"],
    ],
  ];
  for (const [name, run, expected] of scenarios) {
    it(name, async () => {
      const log = await run(nodes);
      if (expected !== undefined) expect(log, "Node's own").to.deep.equal(expected);
      expect(await run({ ...rig, adopt: rig.net.adopt }), "ours").to.deep.equal(expected ?? log);
    });
  }
});
