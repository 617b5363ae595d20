/**
 * Runs inside a network namespace of its own: the stack on a TAP opened as told by the JSON in its first
 * argument, with the main job on the address in its second, and TCP set as the JSON in its third says. `close` on its
 * input ends it.
 */
import { createInterface } from "node:readline";
import { EventLoop, hostRandom, openTap, type TapOptions } from "../../src/drivers/node/index.ts";
import { serviceHost, startMainJob } from "../../src/services/index.ts";
import { IPV4_ANY, parseIpv4, Stack, type TcpSettings } from "../../src/stack/index.ts";

const [options = "{}", address = "", tcp = "{}"] = process.argv.slice(2);

/** Milliseconds between ticks of the program's own timer. */
const TICK = 5;

function say(event: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function main(): Promise<void> {
  const tap = await openTap(JSON.parse(options) as TapOptions);
  const loop = new EventLoop();
  const { random, seed } = hostRandom();
  const stack = new Stack({
    clock: loop,
    random,
    wakeAt: (deadline) => loop.wakeAt(deadline),
    tcp: JSON.parse(tcp) as TcpSettings,
  });
  loop.drive(stack);
  stack.addInterface(tap.name, tap, [{ address: parseIpv4(address) ?? IPV4_ANY, prefixLength: 24 }]);
  const failure = startMainJob(serviceHost(stack), {
    status: () => {
      throw new Error("no page is asked for");
    },
    date: () => "",
  });
  // The program's own timer: pings, datagrams and bulk must leave it its turns.
  let ticks = 0;
  setInterval(() => ticks++, TICK).unref();
  const begun = performance.now();
  say({ event: "ready", failure, seed });
  createInterface({ input: process.stdin }).on("line", () => {
    stack.close();
    loop.close();
    process.stdin.unref();
    const { tcp, udp } = stack.counters;
    say({
      event: "closed",
      outstanding: stack.contextFor("test").pool.outstanding,
      statistics: tap.statistics,
      tcp,
      udp,
      ticks,
      due: Math.floor((performance.now() - begun) / TICK),
    });
  });
}

await main();
