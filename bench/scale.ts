/** What a segment costs when there are many connections, what an idle one weighs, what virtual time simulates. */
import { pipe } from "../src/drivers/memory/index.ts";
import { ImpairedLink, VirtualTime } from "../src/drivers/simulation/index.ts";
import { IPV4_ANY, Stack, seconds, type TcpEndpoint, Xoshiro128 } from "../src/stack/index.ts";
import { collected, median, type Report } from "./results.ts";
import { ALICE, BOB, Rig } from "./rig.ts";

const SECTION = "Many connections, in memory";
/** An address has fewer ports than this for each of the other side's. */
const PER_PORT = 20_000;

export function benchScale(report: Report, counts: readonly number[]): void {
  for (const count of counts) {
    const rig = new Rig({ offloads: false });
    const before = collected();
    const began = performance.now();
    const { clients } = open(rig, count);
    const opened = (performance.now() - began) / 1000;
    const weight = (collected() - before) / count;
    const { samples } = echoes(rig, clients);
    report.add({
      section: SECTION,
      metric: `a segment of an echo, ${count} connections`,
      unit: "ns",
      value: median(samples),
      samples,
      detail: { "connects/s": count / opened, "octets a connection, both ends": weight },
    });
  }
}

function open(rig: Rig, count: number): { clients: TcpEndpoint[]; servers: TcpEndpoint[] } {
  const listeners: TcpEndpoint[] = [];
  const clients: TcpEndpoint[] = [];
  const servers: TcpEndpoint[] = [];
  const into = new Uint8Array(64);
  const accept = (listener: TcpEndpoint): void => {
    for (let next = listener.accept(); next !== undefined; next = listener.accept()) {
      const server = next;
      servers.push(server);
      server.onChange(() => {
        for (let n = server.read(into); n !== undefined && n > 0; n = server.read(into))
          server.write(into, 0, n);
      });
    }
  };
  for (let port = 0; port * PER_PORT < count; port++) {
    const listener = rig.bob.openTcp();
    listener.bind({ address: IPV4_ANY, port: 7000 + port });
    listener.listen(1024);
    listener.onChange(() => accept(listener));
    listeners.push(listener);
  }
  while (clients.length < count) {
    const wanted = Math.min(count, clients.length + 256);
    while (clients.length < wanted) {
      const client = rig.alice.openTcp();
      const failure = client.connect({ address: BOB, port: 7000 + Math.floor(clients.length / PER_PORT) });
      if (failure !== undefined) throw new Error(`connection ${clients.length}: ${failure}`);
      clients.push(client);
    }
    rig.run(() => servers.length === wanted && (clients.at(-1)?.connected ?? false));
  }
  return { clients, servers };
}

/** One octet there and back on 64 connections at a time, chosen by chance. */
function echoes(rig: Rig, clients: readonly TcpEndpoint[]): { samples: number[] } {
  const random = new Xoshiro128(3);
  const octet = Uint8Array.of(1);
  const into = new Uint8Array(64);
  const samples: number[] = [];
  for (let round = 0; round < 5; round++) {
    const frames = rig.frames;
    const began = performance.now();
    for (let burst = 0; burst < 300; burst++) {
      const chosen = new Set<TcpEndpoint>();
      const wanted = Math.min(64, clients.length);
      while (chosen.size < wanted) chosen.add(clients[(random.bits() >>> 0) % clients.length] as TcpEndpoint);
      for (const client of chosen) client.write(octet);
      rig.run(() => {
        for (const client of chosen) if (client.read(into) !== undefined) chosen.delete(client);
        return chosen.size === 0;
      });
    }
    samples.push(((performance.now() - began) * 1e6) / (rig.frames - frames));
  }
  return { samples };
}

/** Bulk over an impaired link in virtual time: segments simulated per second of real time. */
export function benchVirtual(report: Report): void {
  for (const loss of [0, 0.01]) {
    const samples: number[] = [];
    let ratio = 0;
    for (let i = 0; i < 3; i++) {
      const { frames, took, passed } = simulate(loss);
      samples.push(frames / took);
      ratio = passed / took;
    }
    report.add({
      section: "Virtual time",
      metric: `100 Mbit/s, 10 ms, ${loss * 100} % loss, 4 connections`,
      unit: "frames/s",
      value: median(samples),
      samples,
      detail: { "simulated s per s": ratio },
    });
  }
}

function simulate(loss: number): { frames: number; took: number; passed: number } {
  const time = new VirtualTime();
  const [a, b] = pipe(time, {});
  const spoilt = `out:loss=${loss * 100}%,out:delay=10ms,out:rate=100mbit`;
  const stacks = [a, b].map((end, i) => {
    const link = new ImpairedLink(end, time, new Xoshiro128(10 + i), spoilt);
    const stack = new Stack({ clock: time, random: new Xoshiro128(i + 1), wakeAt: () => {} });
    time.join(`stack ${i}`, stack);
    stack.addInterface("eth0", link, [{ address: i === 0 ? ALICE : BOB, prefixLength: 24 }]);
    return stack;
  });
  const [alice, bob] = stacks as [Stack, Stack];
  const listener = bob.openTcp();
  listener.bind({ address: IPV4_ANY, port: 5001 });
  listener.listen(16);
  const into = new Uint8Array(65_536);
  listener.onChange(() => {
    for (let next = listener.accept(); next !== undefined; next = listener.accept()) {
      const server = next;
      server.onChange(() => {
        while (server.read(into) !== undefined);
      });
    }
  });
  const block = new Uint8Array(65_536);
  for (let i = 0; i < 4; i++) {
    const client = alice.openTcp();
    client.connect({ address: BOB, port: 5001 });
    client.onChange(() => {
      while (client.write(block) !== undefined);
    });
  }
  const began = performance.now();
  time.elapse(seconds(5));
  const took = (performance.now() - began) / 1000;
  return { frames: a.delivered + b.delivered, took, passed: 5 };
}
