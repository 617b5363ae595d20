/** Sends octets to the echo service by the kernel's own TCP or UDP, and says what was sent and what came back. */
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { Xoshiro128 } from "../../src/stack/index.ts";

const [protocol = "tcp", address = "", count = "0"] = process.argv.slice(2);

/** Octets without a pattern, the same each time. */
const data: Buffer = Buffer.alloc(Number(count));
const random = new Xoshiro128(7);
for (let i = 0; i + 4 <= data.length; i += 4) data.writeInt32LE(random.bits(), i);

/** Octets and their digest. */
type Sum = readonly [number, string];

function sum(chunks: readonly Buffer[]): Sum {
  const hash = createHash("sha256");
  let octets = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    octets += chunk.length;
  }
  return [octets, hash.digest("hex")];
}

function echoTcp(): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(7, address, () => socket.end(data));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(chunks)); // after the FIN of the stack, which follows ours
  });
}

function echoUdp(): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.on("error", reject);
    socket.once("message", (datagram) => {
      socket.close();
      resolve([datagram]);
    });
    socket.send(data, 7, address);
  });
}

const received: Sum = sum(await (protocol === "tcp" ? echoTcp() : echoUdp()));
process.stdout.write(`${JSON.stringify({ event: "echoed", sent: sum([data]), received })}\n`);
