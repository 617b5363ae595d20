/** What a lab costs: a step beside idle hosts, bulk by awaiting programs, a switch of a thousand ports, a bare host. */
import { AF_INET, inetSockaddr, SOCK_STREAM } from "../src/api/index.ts";
import { Lab, type LabHost } from "../src/lab/index.ts";
import { IPV4_ANY, ipv4, type TcpEndpoint } from "../src/stack/index.ts";
import { collected, median, type Report } from "./results.ts";

const SECTION = "A lab";
const REPEATS = 5;
/** Segments of one sample of bulk. */
const SEGMENTS = 200_000;
const BLOCK = 262_144;
const PORT = 5001;

export async function benchLab(report: Report): Promise<void> {
  benchHosts(report);
  for (const idle of [0, 1_000, 10_000]) {
    const samples = repeat(() => aStep(idle));
    report.add(row(`a step of an echo beside ${idle} idle hosts`, "ns", samples));
  }
  const awaited: number[] = [];
  for (let i = 0; i < REPEATS; i++) awaited.push(await bulkByPrograms());
  report.add(row("bulk between two hosts, programs that await, lab.run", "segments/s", awaited));
  report.add(
    row(
      "the same by callbacks, elapseUntil",
      "segments/s",
      repeat(() => bulk(2, false)),
    ),
  );
  report.add(
    row(
      "500 pairs on a switch of 1,000 hosts",
      "segments/s",
      repeat(() => bulk(1_000, true)),
    ),
  );
}

/** How long 10,000 hosts take to be made, and what each then weighs. */
function benchHosts(report: Report): void {
  const count = 10_000;
  const times: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const before = collected();
    const began = performance.now();
    const lab = new Lab({ seed: 1 });
    for (let n = 0; n < count; n++) addHost(lab, n);
    times.push((performance.now() - began) / 1_000);
    weights.push((collected() - before) / count);
    lab.close();
  }
  report.add(row("10,000 bare hosts are made", "s", times));
  report.add(row("a bare host weighs", "octets", weights));
}

function row(metric: string, unit: string, samples: number[]): Parameters<Report["add"]>[0] {
  return { section: SECTION, metric, unit, value: median(samples), samples };
}

function repeat(sample: () => number): number[] {
  return Array.from({ length: REPEATS }, sample);
}

function addHost(lab: Lab, n: number): LabHost {
  return lab.host(`host ${n}`, `10.${(n >> 14) & 127}.${(n >> 7) & 127}.${(n & 127) + 1}/8`);
}

/** Nanoseconds of one step while two hosts send an octet to and fro, and `idle` others do nothing. */
function aStep(idle: number): number {
  const lab = new Lab({ seed: 1 });
  const [alice, bob] = [addHost(lab, 0), addHost(lab, 1)];
  lab.link(alice, bob);
  for (let n = 0; n < idle; n++) addHost(lab, n + 2);
  const [client, server] = connect(lab, alice, bob);
  const octet = Uint8Array.of(1);
  const into = new Uint8Array(64);
  let rounds = 0;
  client.onChange(() => {
    if (client.read(into) === undefined) return;
    rounds++;
    client.write(octet);
  });
  server.onChange(() => {
    if (server.read(into) !== undefined) server.write(octet);
  });
  client.write(octet);
  const wanted = 20_000;
  lab.time.elapseUntil(() => rounds >= 500);
  rounds = 0;
  let steps = 0;
  const began = performance.now();
  lab.time.elapseUntil(() => {
    steps++;
    return rounds >= wanted;
  });
  const took = performance.now() - began;
  lab.close();
  return (took * 1e6) / steps;
}

/** Segments a second by the socket calls: one program sends, one receives, both await. */
async function bulkByPrograms(): Promise<number> {
  const lab = new Lab({ seed: 1 });
  const [alice, bob] = [addHost(lab, 0), addHost(lab, 1)];
  lab.link(alice, bob);
  const [client, listener] = [
    alice.sockets.socket(AF_INET, SOCK_STREAM),
    bob.sockets.socket(AF_INET, SOCK_STREAM),
  ];
  bob.sockets.bind(listener, inetSockaddr(0, PORT));
  bob.sockets.listen(listener, 1);
  const [[server]] = await lab.run(
    Promise.all([bob.sockets.accept(listener), alice.sockets.connect(client, bob.at(PORT))]),
  );
  const block = new Uint8Array(BLOCK);
  const send = async (): Promise<void> => {
    for (;;) await alice.sockets.send(client, block);
  };
  const receive = async (octets: number): Promise<void> => {
    const into = new Uint8Array(BLOCK);
    for (let got = 0; got < octets; ) got += await bob.sockets["recv!"](server, into);
  };
  send().catch(() => undefined); // ends with the lab
  await lab.run(receive(SEGMENTS * 1_460 * 0.2));
  const before = segments(lab);
  const began = performance.now();
  await lab.run(receive(SEGMENTS * 1_460));
  const rate = ((segments(lab) - before) * 1_000) / (performance.now() - began);
  lab.close();
  return rate;
}

/** Segments a second in `hosts / 2` pairs that send bulk, by callbacks, on one cable or on one switch. */
function bulk(hosts: number, switched: boolean): number {
  const lab = new Lab({ seed: 1 });
  const hub = switched ? lab.switch() : undefined;
  const all: LabHost[] = [];
  for (let n = 0; n < hosts; n++) all.push(addHost(lab, n));
  if (hub === undefined) lab.link(all[0] as LabHost, all[1] as LabHost);
  else for (const host of all) lab.link(host, hub);
  const pairs: [TcpEndpoint, TcpEndpoint][] = [];
  for (let n = 0; n < hosts; n += 2) pairs.push(connect(lab, all[n] as LabHost, all[n + 1] as LabHost));
  const block = new Uint8Array(65_536);
  const into = new Uint8Array(65_536);
  let octets = 0;
  for (const [client, server] of pairs) {
    server.onChange(() => {
      for (let n = server.read(into); n !== undefined; n = server.read(into)) octets += n;
    });
    client.onChange(() => {
      while (client.write(block) !== undefined);
    });
    while (client.write(block) !== undefined);
  }
  lab.time.elapseUntil(() => octets >= SEGMENTS * 1_460 * 0.2);
  const before = segments(lab);
  octets = 0;
  const began = performance.now();
  lab.time.elapseUntil(() => octets >= SEGMENTS * 1_460);
  const rate = ((segments(lab) - before) * 1_000) / (performance.now() - began);
  lab.close();
  return rate;
}

/** TCP segments that all hosts have received. */
function segments(lab: Lab): number {
  let sum = 0;
  for (const host of lab.hosts) sum += host.stack.counters.tcp?.inSegs ?? 0;
  return sum;
}

function connect(lab: Lab, from: LabHost, to: LabHost): [TcpEndpoint, TcpEndpoint] {
  const listener = to.stack.openTcp();
  listener.bind({ address: IPV4_ANY, port: PORT });
  listener.listen(1);
  const client = from.stack.openTcp();
  client.connect({ address: ipv4(to.ip.word3), port: PORT });
  let server: TcpEndpoint | undefined;
  lab.time.elapseUntil(() => {
    server ??= listener.accept();
    return server !== undefined && client.connected;
  });
  return [client, server as TcpEndpoint];
}
