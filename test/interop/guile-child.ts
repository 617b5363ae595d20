/**
 * Runs inside a network namespace of its own: our stack on a TAP, and on it the program that Guile's in
 * test/interop/guile talks to, in Guile's calls under Guile's names. Its argument is a {@link Part} as JSON.
 */
import {
  AF_INET,
  "sockaddr:addr" as addressOf,
  createSockets,
  INADDR_ANY,
  "inet-pton" as inetPton,
  "make-socket-address" as makeSocketAddress,
  "sockaddr:port" as portOf,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
} from "../../src/api/index.ts";
import { EventLoop, hostRandom, openTap } from "../../src/drivers/node/index.ts";
import { parseIpv4, Stack } from "../../src/stack/index.ts";

/** What the child is to do. */
export interface Part {
  readonly role: "client" | "server";
  readonly style: "stream" | "datagram";
  /** Our address and the kernel's, in dots; both have prefixes of 24. */
  readonly ours: string;
  readonly theirs: string;
  readonly port: number;
  /** Octets to send on a stream. */
  readonly count: number;
  /** Of datagrams: those that we send as client; as server, how many we answer. */
  readonly sizes: readonly number[];
}

const part = JSON.parse(process.argv[2] ?? "{}") as Part;
const loop = new EventLoop();
const { random, seed } = hostRandom();
const stack = new Stack({ clock: loop, random, wakeAt: (deadline) => loop.wakeAt(deadline) });
loop.drive(stack);
const {
  socket,
  bind,
  listen,
  accept,
  connect,
  send,
  sendto,
  shutdown,
  getpeername,
  "recv!": recv,
  "recvfrom!": recvfrom,
  "close-port": closePort,
} = createSockets(stack);
const theirs = Number(inetPton(AF_INET, part.theirs));

/** What a client sends has this salt, what a server answers the other. */
const CLIENT = 1;
const SERVER = 2;

function say(event: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

/** The formula of test/interop/guile/octets.scm. */
function octet(index: number, salt: number): number {
  return (31 * index + 7 * (index >>> 8) + salt) & 255;
}

function octets(count: number, salt: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => octet(index, salt));
}

/** What has come, and the index of the first octet that is not as sent; -1 if all are. */
class Check {
  received = 0;
  wrong = -1;
  readonly #salt: number;

  constructor(salt: number) {
    this.#salt = salt;
  }

  take(buffer: Uint8Array, count: number, offset: number): void {
    for (let i = 0; i < count && this.wrong < 0; i++) {
      if (buffer[i] !== octet(offset + i, this.#salt)) this.wrong = offset + i;
    }
    this.received += count;
  }
}

async function receiveAll(from: Socket, check: Check): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await recv(from, buffer);
    if (count === 0) return;
    check.take(buffer, count, check.received);
  }
}

async function sendAll(to: Socket, data: Uint8Array): Promise<void> {
  for (let sent = 0; sent < data.length; ) sent += await send(to, data, 0, sent);
}

async function streamServer(): Promise<Check> {
  const server = socket(AF_INET, SOCK_STREAM, 0);
  bind(server, AF_INET, INADDR_ANY, part.port);
  listen(server, 1);
  say("listening", { seed });
  const [connection, from] = await accept(server);
  if (addressOf(from) !== theirs) throw new Error(`accepted ${JSON.stringify(from)}`);
  const check = new Check(CLIENT);
  await receiveAll(connection, check);
  await sendAll(connection, octets(part.count, SERVER));
  await closePort(connection);
  await closePort(server);
  return check;
}

async function streamClient(): Promise<Check> {
  const client = socket(AF_INET, SOCK_STREAM, 0);
  await connect(client, AF_INET, theirs, part.port);
  if (portOf(getpeername(client)) !== part.port) throw new Error("getpeername");
  await sendAll(client, octets(part.count, CLIENT));
  shutdown(client, 1);
  const check = new Check(SERVER);
  await receiveAll(client, check);
  await closePort(client);
  return check;
}

async function datagramServer(): Promise<Check> {
  const server = socket(AF_INET, SOCK_DGRAM, 0);
  bind(server, AF_INET, INADDR_ANY, part.port);
  say("listening", { seed });
  const check = new Check(CLIENT);
  const buffer = new Uint8Array(65_536);
  for (let left = part.sizes.length; left > 0; left--) {
    const [size, from] = await recvfrom(server, buffer);
    check.take(buffer, size, 0);
    await sendto(server, octets(size, SERVER), AF_INET, addressOf(from), portOf(from));
  }
  await closePort(server);
  return check;
}

async function datagramClient(): Promise<Check> {
  const client = socket(AF_INET, SOCK_DGRAM, 0);
  const server = makeSocketAddress(AF_INET, theirs, part.port);
  const check = new Check(SERVER);
  const buffer = new Uint8Array(65_536);
  for (const size of part.sizes) {
    const sent = await sendto(client, octets(size, CLIENT), server);
    if (sent !== size) throw new Error(`sendto took ${sent} octets of ${size}`);
    const [count, from] = await recvfrom(client, buffer);
    if (addressOf(from) !== theirs || portOf(from) !== part.port) throw new Error(JSON.stringify(from));
    check.take(buffer, count, 0);
  }
  await closePort(client);
  return check;
}

const PROGRAMS = {
  stream: { client: streamClient, server: streamServer },
  datagram: { client: datagramClient, server: datagramServer },
} as const;

const tap = await openTap({ name: "tap9", hostAddress: `${part.theirs}/24` });
const address = parseIpv4(part.ours);
if (address === undefined) throw new Error(part.ours);
stack.addInterface(tap.name, tap, [{ address, prefixLength: 24 }]);
const { received, wrong } = await PROGRAMS[part.style][part.role]();
say("done", { received, wrong, seed });
// The device stays until the test has heard the other side too: what is queued is still to be sent.
process.stdin.once("data", () => {
  stack.close();
  loop.close();
  process.stdin.unref();
  say("closed", { outstanding: stack.contextFor("test").pool.outstanding });
});
