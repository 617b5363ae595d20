/** Bufferbloat, and its cures: bulk through a slow line, and how long others then wait there. */
import { expect } from "chai";
import { AF_INET, inetSockaddr, SOCK_DGRAM, SOCK_STREAM } from "../../src/api/index.ts";
import { Lab, type LabHost } from "../../src/lab/index.ts";
import { thorough } from "../support/thorough.ts";

interface Outcome {
  /** Round trips of a datagram every 100 ms, in milliseconds of virtual time, sorted. */
  readonly pings: number[];
  /** Octets of bulk that arrived in ten seconds. */
  readonly octets: number;
  readonly marked: number;
  readonly dropped: number;
  readonly retransmitted: number;
}

/** Ten seconds of bulk from alice to bob, over 10 Mbit/s with 20 ms there and back. */
async function bulk(queue: string, ecn: "off" | "active" = "off", seed = 1): Promise<Outcome> {
  const lab = new Lab({ seed });
  const tcp = { config: { ecn } } as const;
  const [alice, bob] = [lab.host("alice", "10.0.0.1/24", { tcp }), lab.host("bob", "10.0.0.2/24", { tcp })];
  const cable = lab.link(alice, bob, { impairments: `delay=10ms,out:rate=10mbit,out:queue=${queue}` });
  const listener = bob.sockets.socket(AF_INET, SOCK_STREAM);
  bob.sockets.bind(listener, inetSockaddr(0, 7));
  bob.sockets.listen(listener, 1);
  let octets = 0;
  const receive = async (): Promise<void> => {
    const [connection] = await bob.sockets.accept(listener);
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const count = await bob.sockets.recvInto(connection, buffer);
      octets += count;
    }
  };
  const send = async (): Promise<void> => {
    const socket = alice.sockets.socket(AF_INET, SOCK_STREAM);
    await alice.sockets.connect(socket, bob.at(7));
    for (const block = new Uint8Array(65_536); ; ) await alice.sockets.send(socket, block);
  };
  const pings: number[] = [];
  reflect(bob).catch(() => undefined);
  receive().catch(() => undefined);
  send().catch(() => undefined);
  await lab.runFor("5s"); // the queue has its usual length
  ping(lab, alice, bob, pings).catch(() => undefined);
  octets = 0;
  await lab.runFor("10s");
  const counters = cable.impaired?.counters.out;
  const outcome = {
    pings: pings.sort((a, b) => a - b),
    octets,
    marked: counters?.marked ?? -1,
    dropped: counters?.overflowed ?? -1,
    retransmitted: alice.stack.counters.tcp?.retransSegs ?? -1,
  };
  lab.close();
  for (const host of [alice, bob]) {
    // What the stacks themselves hold (unacknowledged text) is theirs; what the line held has come back.
    expect(host.stack.contextFor("test").pool.outstanding, `${queue}, ${host.name}`).to.equal(0);
  }
  return outcome;
}

async function reflect({ sockets }: LabHost): Promise<void> {
  const socket = sockets.socket(AF_INET, SOCK_DGRAM);
  sockets.bind(socket, inetSockaddr(0, 9));
  for (const buffer = new Uint8Array(10); ; ) {
    const [count, from] = await sockets.recvfromInto(socket, buffer);
    await sockets.sendto(socket, buffer.subarray(0, count), from as never);
  }
}

async function ping(lab: Lab, from: LabHost, to: LabHost, times: number[]): Promise<void> {
  const socket = from.sockets.socket(AF_INET, SOCK_DGRAM);
  for (const buffer = new Uint8Array(10); ; ) {
    const start = lab.time.now();
    await from.sockets.sendto(socket, Uint8Array.of(1), to.at(9));
    const answer = from.sockets
      .recvInto(socket, buffer)
      .then(() => times.push((lab.time.now() - start) / 1_000));
    await Promise.race([answer, lab.sleep("2s")]); // it may have been dropped
    await lab.sleep("100ms");
  }
}

const median = (values: readonly number[]): number => values[values.length >> 1] ?? Number.NaN;

/** 10 Mbit/s for ten seconds, without headers. */
const FULL = (10e6 * 10 * (1448 / 1514)) / 8;

describe("bulk over a slow line, and a datagram beside it", () => {
  it("waits behind all that a large plain queue holds", async () => {
    const { pings, octets } = await bulk("500kb");
    expect(median(pings)).to.be.above(150);
    expect(octets / FULL).to.be.within(0.97, 1.01);
  });

  it("hardly waits where CoDel keeps the queue short, and the line is full all the same", async () => {
    for (const seed of thorough([1], [1, 2])) {
      const { pings, octets, dropped } = await bulk("500kb:codel", "off", seed);
      expect(median(pings), `seed ${seed}`).to.be.below(45);
      expect(octets / FULL, `seed ${seed}`).to.be.within(0.85, 1.01);
      expect(dropped).to.be.above(0);
    }
  });

  it("does not wait at all where flows have queues of their own", async () => {
    const { pings, octets } = await bulk("500kb:fq_codel");
    expect(median(pings)).to.be.below(24);
    expect(octets / FULL).to.be.within(0.85, 1.01);
  });

  it("waits less with RED than without", async () => {
    const { pings, dropped } = await bulk("500kb:red");
    expect(median(pings)).to.be.below(median((await bulk("500kb")).pings));
    expect(dropped).to.be.above(0);
  });

  it("loses nothing where both ends know ECN: what would be dropped is marked", async () => {
    for (const discipline of ["codel", "fq_codel"]) {
      const { marked, retransmitted, octets, pings } = await bulk(`1mb:${discipline}`, "active");
      expect(marked, discipline).to.be.above(5);
      expect(retransmitted, discipline).to.equal(0);
      expect(octets / FULL, discipline).to.be.within(0.85, 1.01);
      expect(median(pings), discipline).to.be.below(45);
    }
    const { marked, retransmitted } = await bulk("1mb:codel:noecn", "active");
    expect(marked).to.equal(0);
    expect(retransmitted).to.be.above(0);
  });
});

describe("a token bucket", () => {
  it("lets so many octets pass at once after a pause, and keeps the rate on average", async () => {
    const lab = new Lab({ seed: 2 });
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    lab.link(alice, bob, { impairments: "out:rate=1mbit,out:bucket=10kb" });
    const target = bob.sockets.socket(AF_INET, SOCK_DGRAM);
    bob.sockets.bind(target, inetSockaddr(0, 9));
    const socket = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    await alice.sockets.sendto(socket, new Uint8Array(1), bob.at(9)); // who has which address
    await lab.runFor("1s");
    await bob.sockets.recvInto(target, new Uint8Array(10));
    const start = lab.time.now();
    const arrivals: number[] = [];
    const receive = async (): Promise<void> => {
      for (const buffer = new Uint8Array(2_000); arrivals.length < 20; ) {
        await bob.sockets.recvInto(target, buffer);
        arrivals.push(lab.time.now() - start);
      }
    };
    const received = receive();
    for (let i = 0; i < 20; i++) await alice.sockets.sendto(socket, new Uint8Array(958), bob.at(9)); // 1,000 octets each
    await lab.run(received);
    expect(arrivals.slice(0, 10)).to.deep.equal(new Array(10).fill(0));
    for (let i = 10; i < 20; i++) expect(arrivals[i]).to.be.closeTo((i - 9) * 8_000, 2);
    lab.close();
  });
});

describe("a black hole", () => {
  it("swallows large datagrams, and tells nobody", async () => {
    const lab = new Lab({ seed: 3 });
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    const cable = lab.link(alice, bob, { impairments: "mtu=1000" });
    const socket = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    await alice.sockets.sendto(socket, new Uint8Array(900), bob.at(9));
    await alice.sockets.sendto(socket, new Uint8Array(973), bob.at(9));
    await lab.runFor("1s");
    expect(cable.impaired?.counters.out.tooLarge).to.equal(1);
    expect(alice.stack.counters.icmp.icmpInMsgs).to.equal(1); // of the one that arrived: nobody is at port 9
    lab.close();
  });
});
