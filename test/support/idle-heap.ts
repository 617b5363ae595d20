/**
 * Run by itself, with --expose-gc: prints the octets of heap and buffers that an idle connection of the echo
 * service takes, both ends together, after an octet has gone there and back.
 */
import { pipe } from "../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../src/drivers/simulation/index.ts";
import { EchoService, serveStream, serviceHost } from "../../src/services/index.ts";
import {
  type IpAddress,
  ipv4,
  milliseconds,
  Stack,
  type TcpEndpoint,
  Xoshiro128,
} from "../../src/stack/index.ts";

const ALICE = ipv4(0x0a00_0001);
const BOB = ipv4(0x0a00_0002);
const WARM = 1000;
const COUNT = 8000;
/** Connections that open, and send, at a time: no more than the listener's queue and the pipe take. */
const AT_ONCE = 50;

const time = new VirtualTime();
const [a, b] = pipe(time, {});
const alice = stack("alice", ALICE, a, 1);
const bob = stack("bob", BOB, b, 2);
serveStream(serviceHost(bob), 7, new EchoService(new Uint8Array(1024)));
const kept: TcpEndpoint[] = [];
const octet = new Uint8Array(1);

open(WARM);
const before = used();
open(COUNT);
process.stdout.write(`${Math.round((used() - before) / COUNT)}\n`);
if (kept.length !== WARM + COUNT) throw new Error("some are gone");

function stack(name: string, address: IpAddress, link: typeof a, seed: number): Stack {
  const made = new Stack({ clock: time, random: new Xoshiro128(seed), wakeAt: () => {} });
  time.join(name, made);
  made.addInterface("eth0", link, [{ address, prefixLength: 24 }]);
  return made;
}

function open(count: number): void {
  for (let done = 0; done < count; done += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, () => alice.openTcp());
    for (const one of some) one.connect({ address: BOB, port: 7 });
    time.elapse(milliseconds(10));
    for (const one of some) one.write(octet);
    time.elapse(milliseconds(300));
    for (const one of some) if (one.read(octet) !== 1) throw new Error("no echo");
    kept.push(...some);
  }
}

function used(): number {
  if (globalThis.gc === undefined) throw new Error("wants --expose-gc");
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
