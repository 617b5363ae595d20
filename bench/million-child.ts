/**
 * Run by itself, with a number: opens so many connections between two stacks in memory, sends an octet there and back on
 * each once all are open, and closes them. Prints what it took as JSON.
 */
import { IPV4_ANY, type TcpEndpoint } from "../src/stack/index.ts";
import { BOB, Rig } from "./rig.ts";

const count = Number(process.argv[2]);
/** An address has fewer ports than this for each of the other side's. */
const PER_PORT = 20_000;
/** At a time: fewer than a queue of frames takes. */
const BATCH = 256;

const rig = new Rig({ offloads: false });
const into = new Uint8Array(64);
const octet = Uint8Array.of(7);
const clients: TcpEndpoint[] = [];
let accepted = 0;
let ended = 0;
let most = 0;

for (let port = 0; port * PER_PORT < count; port++) {
  const listener = rig.bob.openTcp();
  listener.bind({ address: IPV4_ANY, port: 7000 + port });
  listener.listen(1024);
  listener.onChange(() => {
    for (let next = listener.accept(); next !== undefined; next = listener.accept()) serve(next);
  });
}

/** The echo service. */
function serve(server: TcpEndpoint): void {
  accepted++;
  server.onChange(() => {
    for (let n = server.read(into); n !== undefined; n = server.read(into)) {
      if (n > 0) server.write(into, 0, n);
      else {
        ended++;
        server.close();
        return;
      }
    }
  });
}

function resident(): number {
  const { rss } = process.memoryUsage();
  most = Math.max(most, rss);
  return rss;
}

/** Does something with all connections, so many at a time; how long it took, in seconds, and processor time. */
function phase(step: (from: number, to: number) => void): { seconds: number; processor: number } {
  const began = performance.now();
  const used = process.cpuUsage();
  for (let from = 0; from < count; from += BATCH) {
    step(from, Math.min(from + BATCH, count));
    if (from % (BATCH * 64) === 0) resident();
  }
  resident();
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
}

const before = resident();
const opened = phase((from, to) => {
  for (let i = from; i < to; i++) {
    const client = rig.alice.openTcp();
    const failure = client.connect({ address: BOB, port: 7000 + Math.floor(i / PER_PORT) });
    if (failure !== undefined) throw new Error(`connection ${i}: ${failure}`);
    clients.push(client);
  }
  rig.run(() => accepted === to && clients.slice(from, to).every(({ connected }) => connected));
});
const idle = resident() - before;
const echoed = phase((from, to) => {
  const waiting = new Set(clients.slice(from, to));
  for (const client of waiting) client.write(octet);
  rig.run(() => {
    for (const client of waiting) {
      const n = client.read(into);
      if (n === undefined) continue;
      if (n !== 1 || into[0] !== octet[0]) throw new Error(`${n} octets came back`);
      waiting.delete(client);
    }
    return waiting.size === 0;
  });
});
const established = rig.alice.connections().filter(({ state }) => state === "established").length;
if (established !== count) throw new Error(`${established} connections are left of ${count}`);
const closed = phase((from, to) => {
  for (const client of clients.slice(from, to)) client.close();
  rig.run(() => ended === to);
});
const left = rig.bob.connections().filter(({ state }) => state === "established").length;
if (left !== 0) throw new Error(`${left} connections are not closed`);
console.log(JSON.stringify({ opened, echoed, closed, idle: idle / count, most }));
