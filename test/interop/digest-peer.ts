/**
 * One end of a TCP connection of the kernel's, in a network namespace: sends so many octets, reads to the end, and
 * prints the SHA-256 of both. `serve PORT OCTETS`, or `call HOST PORT OCTETS`.
 */
import { createHash } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";

const [mode, ...words] = process.argv.slice(2);

function say(event: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Octets that no two ends have alike. */
function pattern(seed: number): Buffer {
  const octets = Buffer.alloc(65_521);
  let state = seed;
  for (let i = 0; i < octets.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    octets[i] = state >>> 16;
  }
  return octets;
}

async function talk(socket: Socket, octets: number, seed: number): Promise<void> {
  const from = socket.remoteAddress;
  const sent = createHash("sha256");
  const received = createHash("sha256");
  let count = 0;
  socket.on("data", (chunk) => {
    received.update(chunk);
    count += chunk.length;
  });
  const ended = new Promise((resolve, reject) => socket.on("end", resolve).on("error", reject));
  const block = pattern(seed);
  for (let left = octets; left > 0; left -= block.length) {
    const part = block.subarray(0, left);
    sent.update(part);
    if (!socket.write(part)) await new Promise((resolve) => socket.once("drain", resolve));
  }
  socket.end();
  await ended;
  say({
    event: "done",
    sent: sent.digest("hex"),
    received: received.digest("hex"),
    count,
    from,
  });
}

function fail(error: unknown): void {
  say({ event: "error", message: String(error) });
  process.exitCode = 1;
}

if (mode === "serve") {
  const [port, octets] = words.map(Number);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    server.close();
    talk(socket, octets ?? 0, 7).catch(fail);
  });
  server.listen({ port, host: "::" }, () => say({ event: "listening" }));
} else {
  const [host = "", port, octets] = words;
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  socket.on("connect", () => talk(socket, Number(octets), 9).catch(fail)).on("error", fail);
}
