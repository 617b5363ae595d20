/**
 * Runs inside a network namespace of its own: a stack on a TAP of both families. Each line of its input is a JSON object that
 * says what to send to the kernel's end, and how; what comes back is told.
 */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import {
  AF_INET,
  AF_INET6,
  close,
  connect,
  createSockets,
  IPPROTO_IP,
  IPPROTO_IPV6,
  inet6Sockaddr,
  inetPton,
  inetSockaddr,
  recvInto,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  send,
  setsockopt,
  shutdown,
} from "../../src/api/index.ts";
import { EventLoop, hostRandom, openTap } from "../../src/drivers/node/index.ts";
import { parseIpv4, parseIpv6, Stack } from "../../src/stack/index.ts";

/** What to send. */
export interface Task {
  readonly family: 4 | 6;
  readonly style: "datagram" | "stream";
  readonly octets: number;
  /** Number of each option at the level of the family, and its octets in hexadecimal, or an integer. */
  readonly options: Readonly<Record<number, string | number>>;
}

const [offload = "true"] = process.argv.slice(2);
const PORT = 7000;

function say(event: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function pattern(octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
}

const tap = await openTap({
  name: "tap9",
  offload: offload === "true",
  mtu: 1500,
  hostAddress: "10.98.9.1/24",
});
const loop = new EventLoop();
const stack = new Stack({
  clock: loop,
  random: hostRandom().random,
  wakeAt: (deadline) => loop.wakeAt(deadline),
});
loop.drive(stack);
const address4 = parseIpv4("10.98.9.2");
const address6 = parseIpv6("fd98::2");
if (address4 === undefined || address6 === undefined) throw new Error("an address");
const addresses = [
  { address: address4, prefixLength: 24 },
  { address: address6, prefixLength: 64 },
];
// Not probed: nobody else is here, and a second later is too late for whoever asks at once.
stack.addInterface("tap9", tap, addresses, { claim: "off" });
const sockets = createSockets(stack);

async function run({ family, style, octets, options }: Task): Promise<string> {
  const inet = family === 4 ? AF_INET : AF_INET6;
  const socket = sockets.socket(inet, style === "stream" ? SOCK_STREAM : SOCK_DGRAM, 0);
  for (const [number, value] of Object.entries(options)) {
    const given = typeof value === "string" ? Uint8Array.from(Buffer.from(value, "hex")) : value;
    setsockopt(
      socket,
      (family === 4 ? IPPROTO_IP : IPPROTO_IPV6) as never,
      Number(number) as never,
      given as never,
    );
  }
  const there = family === 4 ? inetPton(AF_INET, "10.98.9.1") : inetPton(AF_INET6, "fd98::1");
  await connect(
    socket,
    family === 4 ? inetSockaddr(Number(there), PORT) : inet6Sockaddr(BigInt(there), PORT),
  );
  const text = pattern(octets);
  for (let at = 0; at < octets || (at === 0 && style === "datagram"); )
    at += Math.max(1, await send(socket, text.subarray(at)));
  if (style === "stream") shutdown(socket, SHUT_WR);
  const buffer = new Uint8Array(65_536);
  let filled = 0;
  for (;;) {
    const count = await recvInto(socket, buffer.subarray(filled));
    filled += count;
    if (count === 0 || style === "datagram") break;
  }
  await close(socket);
  return Buffer.from(buffer.subarray(0, filled)).toString();
}

say({ event: "ready" });
createInterface({ input: process.stdin }).on("line", async (line) => {
  const task = JSON.parse(line) as Task;
  const sent = createHash("md5").update(pattern(task.octets)).digest("hex");
  try {
    say({ event: "answer", sent, ...(JSON.parse(await run(task)) as object) });
  } catch (error) {
    say({ event: "error", message: String(error) });
  }
});
