/**
 * What one look-up costs in each table that grows, in processor time: the same with 100,000 entries as with 10, or a table
 * is a list. (With many, each look-up meets what no cache holds.)
 */
import { AF_INET, createSockets, EPOLL_CTL_ADD, EPOLLIN, SOCK_DGRAM, type Socket } from "../src/api/index.ts";
import {
  IPV4_ANY,
  type IpAddress,
  ipv4,
  type NetworkInterface,
  type Stack,
  type TcpEndpoint,
  type UdpEndpoint,
} from "../src/stack/index.ts";
import { median, type Report } from "./results.ts";
import { ALICE, BOB, Rig } from "./rig.ts";

const SECTION = "Tables, by how much is in them";
const ROUNDS = 5;

/** One table: prepares it with `entries`, and gives what is measured, which says how often it did it. */
interface Table {
  readonly metric: string;
  readonly most: number;
  prepare(entries: number): () => number;
}

const TABLES: readonly Table[] = [
  {
    metric: "UDP: a datagram to one of the connected sockets of a port",
    most: 100_000,
    prepare: connectedSockets,
  },
  { metric: "UDP: a datagram to a SO_REUSEPORT group", most: 10_000, prepare: sharedPort },
  { metric: "UDP: a datagram to one of the destinations in turn", most: 100_000, prepare: destinations },
  { metric: "TCP: connect, ephemeral ports used", most: 28_000, prepare: ephemeralPorts },
  { metric: "TCP: connect that fails for want of a port, other destinations", most: 3, prepare: noPortLeft },
  {
    metric: "TCP: a connection to a SO_REUSEPORT group of listeners",
    most: 10_000,
    prepare: sharedListeners,
  },
  { metric: "TCP: accept, with so many that wait", most: 100_000, prepare: acceptQueue },
  { metric: "epoll_wait with one of the sockets ready", most: 100_000, prepare: eventSet },
  { metric: "TCP: listen on one port, at an address each", most: 10_000, prepare: listeners },
  { metric: "an address added to those there are", most: 10_000, prepare: addresses },
  { metric: "a route added to those there are", most: 100_000, prepare: routes },
];

/** @param sizes - how many entries; each table takes as many as it can have */
export function benchTables(report: Report, sizes: readonly number[]): void {
  for (const { metric, most, prepare } of TABLES) {
    for (const size of new Set(sizes.map((wanted) => Math.min(wanted, most)))) {
      const run = prepare(size);
      // Long enough for what is measured to be compiled.
      const warm = performance.now() + 300;
      for (let i = 0; i < 5 || performance.now() < warm; i++) run();
      const samples: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const began = process.cpuUsage();
        const times = run();
        const { user, system } = process.cpuUsage(began);
        samples.push(((user + system) * 1e3) / times);
      }
      report.add({
        section: SECTION,
        metric: `${metric}: ${size.toLocaleString("en-US")}`,
        unit: "ns",
        value: median(samples),
        samples,
      });
    }
  }
}

/** An address of 10.0.0.0/8 beyond those of the two stacks. */
function other(index: number): IpAddress {
  return ipv4(0x0a01_0000 + index);
}

/** A call that must not fail, or what is measured is something else. */
function must(failure: string | undefined): void {
  if (failure !== undefined) throw new Error(failure);
}

const octets = new Uint8Array(32);

/** Sends a burst from each of `senders` and waits until all of it has come to `receivers`, which are drained. */
function exchange(rig: Rig, senders: readonly (() => void)[], receivers: readonly UdpEndpoint[]): number {
  const into = new Uint8Array(64);
  let came = 0;
  for (const send of senders) send();
  rig.run(() => {
    for (const receiver of receivers) while (receiver.receive(into) !== undefined) came++;
    return came >= senders.length;
  });
  return came;
}

function connectedSockets(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  routeToOthers(rig.bob, ALICE);
  const servers: UdpEndpoint[] = [];
  const senders: (() => void)[] = [];
  for (let i = 0; i < entries; i++) {
    const server = rig.bob.openUdp();
    must(server.configure({ reuseAddress: true }));
    must(server.bind({ address: BOB, port: 9 }));
    // Some have a peer that speaks, spread over all of them; the others only stand in the table.
    const speaks = i % Math.ceil(entries / 32) === 0;
    const port = 20_000 + servers.length;
    must(server.connect(speaks ? { address: ALICE, port } : { address: other(i), port: 9 }));
    if (!speaks) continue;
    servers.push(server);
    const client = rig.alice.openUdp();
    must(client.bind({ address: ALICE, port }));
    senders.push(() => client.send(octets, { address: BOB, port: 9 }));
  }
  // As many in a burst, whatever the entries.
  const burst = Array.from({ length: 32 }, (_, index) => senders[index % senders.length] as () => void);
  return () => {
    let done = 0;
    for (let i = 0; i < 100; i++) done += exchange(rig, burst, servers);
    return done;
  };
}

function sharedPort(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  const servers: UdpEndpoint[] = [];
  for (let i = 0; i < entries; i++) {
    const server = rig.bob.openUdp();
    must(server.configure({ reusePort: true }));
    must(server.bind({ address: IPV4_ANY, port: 9 }));
    servers.push(server);
  }
  const woken: UdpEndpoint[] = [];
  for (const server of servers) server.onChange(() => woken.push(server));
  const client = rig.alice.openUdp();
  const senders = Array.from({ length: 32 }, () => () => client.send(octets, { address: BOB, port: 9 }));
  return () => {
    let done = 0;
    for (let i = 0; i < 100; i++) done += exchange(rig, senders, woken);
    return done;
  };
}

function destinations(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  routeToOthers(rig.alice, BOB);
  const client = rig.alice.openUdp();
  let next = 0;
  const send = (): void => {
    client.send(octets, { address: other(next), port: 9 });
    next = next + 1 === entries ? 0 : next + 1;
  };
  return () => {
    const times = Math.max(entries, 5000);
    for (let i = 0; i < times; i++) {
      send();
      if (i % 64 === 0) turn(rig);
    }
    turn(rig);
    return times;
  };
}

function routeToOthers(stack: Stack, gateway: IpAddress): void {
  for (const prefix of [0x0a01_0000, 0x0a02_0000]) stack.addRoute(ipv4(prefix), 16, gateway, eth0(stack));
}

/** Delivers what is under way. */
function turn(rig: Rig): void {
  let turns = 0;
  rig.run(() => turns++ > 2);
}

function eth0(stack: Stack): NetworkInterface {
  const found = stack.interfaces.find(({ name }) => name === "eth0");
  if (found === undefined) throw new Error("no eth0");
  return found;
}

function ephemeralPorts(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  const listener = rig.bob.openTcp();
  must(listener.bind({ address: IPV4_ANY, port: 7 }));
  for (let i = 0; i < entries; i++) must(rig.alice.openTcp().connect({ address: BOB, port: 7 }));
  return () => {
    for (let i = 0; i < 200; i++) {
      const client = rig.alice.openTcp();
      must(client.connect({ address: BOB, port: 7 }));
      client.abort();
    }
    return 200;
  };
}

/** All ports are used towards each of so many destinations. */
function noPortLeft(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  routeToOthers(rig.alice, BOB);
  for (let i = 0; i < entries; i++) {
    const to = { address: other(i), port: 7 };
    while (rig.alice.openTcp().connect(to) === undefined);
  }
  return () => {
    for (let i = 0; i < 200; i++) {
      const failure = rig.alice.openTcp().connect({ address: other(i % entries), port: 7 });
      if (failure !== "address-not-available") throw new Error(`a port was left, or ${failure}`);
    }
    return 200;
  };
}

function listeners(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  const on = eth0(rig.bob);
  for (let i = 0; i < entries + 200; i++) {
    rig.bob.addAddress(on, { address: other(i), prefixLength: 32 }, "off");
    if (i >= entries) continue;
    const socket = rig.bob.openTcp();
    must(socket.bind({ address: other(i), port: 80 }));
    must(socket.listen(1));
  }
  return () => {
    for (let i = 0; i < 200; i++) {
      const socket = rig.bob.openTcp();
      must(socket.bind({ address: other(entries + i), port: 80 }));
      must(socket.listen(1));
      socket.close();
    }
    return 200;
  };
}

function sharedListeners(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  const taken: TcpEndpoint[] = [];
  for (let i = 0; i < entries; i++) {
    const listener = rig.bob.openTcp();
    must(listener.configure({ reusePort: true }));
    must(listener.bind({ address: IPV4_ANY, port: 80 }));
    must(listener.listen(64));
    listener.onChange(() => {
      for (let next = listener.accept(); next !== undefined; next = listener.accept()) taken.push(next);
    });
  }
  return () => {
    for (let i = 0; i < 32; i++) {
      const clients = Array.from({ length: 32 }, () => rig.alice.openTcp());
      for (const client of clients) must(client.connect({ address: BOB, port: 80 }));
      rig.run(() => taken.length === clients.length);
      for (const one of [...clients, ...taken.splice(0)]) one.abort();
      turn(rig);
    }
    return 32 * 32;
  };
}

/** Connections come and are accepted while so many others wait to be. */
function acceptQueue(entries: number): () => number {
  const rig = new Rig({ offloads: false, tcp: { config: { maxBacklog: 200_000 } } });
  const listener = rig.bob.openTcp();
  must(listener.bind({ address: IPV4_ANY, port: 80 }));
  must(listener.listen(200_000));
  // An address has fewer ports than that for each of the other side's.
  const on = eth0(rig.bob);
  const address = (index: number): IpAddress => ipv4(0x0a00_0010 + (index & 7));
  for (let i = 0; i < 8; i++) rig.bob.addAddress(on, { address: address(i), prefixLength: 24 }, "off");
  let opened = 0;
  const open = (count: number): TcpEndpoint[] => {
    const clients = Array.from({ length: count }, () => rig.alice.openTcp());
    for (const client of clients) must(client.connect({ address: address(opened++), port: 80 }));
    rig.run(() => clients.every(({ connected }) => connected));
    turn(rig);
    return clients;
  };
  const waiting: TcpEndpoint[] = [];
  while (waiting.length < entries) waiting.push(...open(Math.min(64, entries - waiting.length)));
  let oldest = 0;
  return () => {
    for (let i = 0; i < 32; i++) {
      const clients = open(32);
      const accepted = clients.map(() => listener.accept());
      // Those that had waited longest were accepted: the new ones wait in their place.
      for (const client of clients) {
        waiting.push(client);
        waiting[oldest++]?.abort();
      }
      for (const one of accepted) one?.abort();
      turn(rig);
    }
    return 32 * 32;
  };
}

function eventSet(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  const api = createSockets(rig.bob);
  const set = api.epollCreate();
  const place = (index: number): { address: IpAddress; port: number } => ({
    address: ipv4(0x7f00_0001 + (index >> 14)),
    port: 1024 + (index & 16_383),
  });
  const sockets = Array.from({ length: entries }, (_, index) => {
    const socket = api.socket(AF_INET, SOCK_DGRAM);
    const { address, port } = place(index);
    api.bind(socket, AF_INET, address.word3 >>> 0, port);
    set.control(EPOLL_CTL_ADD, socket, EPOLLIN);
    return socket;
  });
  const client = rig.bob.openUdp();
  const into = new Uint8Array(64);
  let next = 0;
  // The same few of all become ready: with others each time, what grows is how many sockets the cache does not hold.
  const apart = Math.max(1, Math.floor(entries / 8));
  return () => {
    for (let i = 0; i < 500; i++) {
      next = (next + apart) % (apart * Math.min(8, entries));
      const waits = set.wait(64); // the datagram wakes it
      client.send(octets, place(next));
      turn(rig);
      const came = api.tryRecvInto(sockets[next] as Socket, into);
      if (came !== octets.length) throw new Error(`${came} octets came`);
      void waits;
    }
    return 500;
  };
}

function addresses(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  const on = eth0(rig.bob);
  for (let i = 0; i < entries; i++) rig.bob.addAddress(on, { address: other(i), prefixLength: 32 }, "off");
  let next = entries;
  return () => {
    for (let i = 0; i < 100; i++) rig.bob.addAddress(on, { address: other(next++), prefixLength: 32 }, "off");
    return 100;
  };
}

function routes(entries: number): () => number {
  const rig = new Rig({ offloads: false });
  const on = eth0(rig.alice);
  let next = 0;
  const add = (): void => {
    rig.alice.addRoute(other(next++), 32, BOB, on);
  };
  for (let i = 0; i < entries; i++) add();
  return () => {
    for (let i = 0; i < 100; i++) add();
    return 100;
  };
}
