/**
 * What a lab costs: a bare host, a step beside idle hosts, bulk by awaiting programs, a switch of a thousand ports. In
 * seconds of processor time, so that other work on the machine hardly shows.
 */
import { AF_INET, inetSockaddr, SOCK_STREAM } from "../src/api/index.ts";
import { Lab, type LabHost } from "../src/lab/index.ts";
import { IPV4_ANY, ipv4, type TcpEndpoint } from "../src/stack/index.ts";
import { collected, median, type Report } from "./results.ts";

const SECTION = "A lab";
const REPEATS = 5;
/** Segments of one sample of bulk. */
const SEGMENTS = 200_000;
const BLOCK = 262_144;
/** Hosts of one sample of hosts. */
const BARE = 10_000;
const PORT = 5001;

export async function benchLab(report: Report): Promise<void> {
  const add = (metric: string, unit: string, samples: number[]): void =>
    report.add({ section: SECTION, metric, unit, value: median(samples), samples });
  const made = Array.from({ length: REPEATS }, () => bareHosts());
  add(
    `${BARE.toLocaleString("en-US")} bare hosts are made`,
    "s",
    made.map(([seconds]) => seconds),
  );
  add(
    "a bare host weighs",
    "octets",
    made.map(([, octets]) => octets),
  );
  aStep(0); // compiled
  for (const idle of [0, 1_000, 10_000]) {
    add(
      `a step of an echo beside ${idle} idle hosts`,
      "ns",
      repeat(() => aStep(idle)),
    );
  }
  for (const [metric, impairments] of AWAITED) {
    const samples: number[] = [];
    for (let i = 0; i < REPEATS; i++) samples.push(await bulkByPrograms(impairments));
    add(metric, "segs/s", samples);
  }
  for (const [metric, hosts, pairs] of BULK) {
    add(
      metric,
      "segs/s",
      repeat(() => bulk(hosts, pairs)),
    );
  }
}

/** Programs that await, by `lab.run`: segments come in crowds, or each by itself. */
const AWAITED: readonly (readonly [metric: string, impairments: string | undefined])[] = [
  ["bulk between two hosts, programs that await", undefined],
  ["the same over 100 Mbit/s with 10 ms", "delay=10ms,rate=100mbit"],
];

/** By callbacks, by `elapseUntil`. Two hosts are on a cable, more on a switch. */
const BULK: readonly (readonly [metric: string, hosts: number, pairs: number])[] = [
  ["bulk between two hosts, callbacks", 2, 1],
  ["the same on a switch of 1,000 hosts", 1_000, 1],
  ["500 pairs on that switch at once", 1_000, 500],
];

/** Seconds in which many hosts are made, and octets that each then weighs. */
function bareHosts(): [seconds: number, octets: number] {
  const before = collected();
  const began = processorTime();
  const lab = new Lab({ seed: 1 });
  for (let n = 0; n < BARE; n++) addHost(lab, n);
  const seconds = processorTime() - began;
  const octets = (collected() - before) / BARE;
  lab.close();
  return [seconds, octets];
}

/** Seconds of processor time since the process began, of all its threads. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
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
  const began = processorTime();
  lab.time.elapseUntil(() => {
    steps++;
    return rounds >= wanted;
  });
  const took = processorTime() - began;
  lab.close();
  return (took * 1e9) / steps;
}

/** Segments a second by the socket calls: one program sends, one receives, both await. */
async function bulkByPrograms(impairments: string | undefined): Promise<number> {
  const lab = new Lab({ seed: 1 });
  const [alice, bob] = [addHost(lab, 0), addHost(lab, 1)];
  lab.link(alice, bob, { impairments });
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
  const began = processorTime();
  await lab.run(receive(SEGMENTS * 1_460));
  const rate = (segments(lab) - before) / (processorTime() - began);
  lab.close();
  return rate;
}

/** Segments a second of so many pairs that send bulk by callbacks, on a cable or on a switch of so many hosts. */
function bulk(hosts: number, pairCount: number): number {
  const lab = new Lab({ seed: 1 });
  const all: LabHost[] = [];
  for (let n = 0; n < hosts; n++) all.push(addHost(lab, n));
  if (hosts === 2) lab.link(all[0] as LabHost, all[1] as LabHost);
  else {
    const hub = lab.switch();
    for (const host of all) lab.link(host, hub);
  }
  const pairs: [TcpEndpoint, TcpEndpoint][] = [];
  for (let n = 0; n < 2 * pairCount; n += 2)
    pairs.push(connect(lab, all[n] as LabHost, all[n + 1] as LabHost));
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
  const began = processorTime();
  lab.time.elapseUntil(() => octets >= SEGMENTS * 1_460);
  const rate = (segments(lab) - before) / (processorTime() - began);
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
