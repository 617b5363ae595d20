/**
 * Bulk whose contents are checked, over the kernel's TCP: `checked-client.js out|echo ADDRESS OCTETS CONNECTIONS`.
 *
 * `out` takes that many octets from the bulk source on each connection; `echo` sends them to the echo service and
 * takes them back, so that they go both ways. Prints, per connection, the SHA-256 of what was sent and of what came.
 */
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { SOURCE_PERIOD, SOURCE_SEED, sourcePattern } from "../src/services/index.ts";
import { Xoshiro128 } from "../src/stack/index.ts";

const [direction = "", address = "", octets = "0", connections = "1"] = process.argv.slice(2);
const ECHO = 7;
const SOURCE = 5002;

/** SHA-256 of what was sent, and of what arrived. */
export type Digests = readonly [sent: string, received: string];

/** The first `total` octets of `pattern`, again and again. */
function* blocks(pattern: Uint8Array, total: number): Generator<Uint8Array> {
  for (let left = total; left > 0; left -= pattern.length) yield pattern.subarray(0, left);
}

async function digest(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** The source has no end of its own: the connection is dropped once enough has come. */
async function* first(total: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = total;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

async function out(total: number): Promise<Digests> {
  const received = await digest(first(total, connect(SOURCE, address)));
  return [await digest(blocks(sourcePattern(), total)), received];
}

/** To its end, which follows ours. Each connection has noise of its own, so that none passes for another. */
async function echo(total: number, connection: number): Promise<Digests> {
  const random = new Xoshiro128(SOURCE_SEED + 1 + connection);
  const pattern = Uint8Array.from({ length: SOURCE_PERIOD }, () => random.bits() >>> 24);
  const socket = connect(ECHO, address);
  Readable.from(blocks(pattern, total), { objectMode: false }).pipe(socket);
  const received = await digest(socket);
  return [await digest(blocks(pattern, total)), received];
}

const transfer = direction === "echo" ? echo : out;
const all = Array.from({ length: Number(connections) }, (_, i) => transfer(Number(octets), i));
console.log(JSON.stringify(await Promise.all(all)));
