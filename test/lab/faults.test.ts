/** What may go wrong with the hosts and cables of a lab, and when. */
import { expect } from "chai";
import {
  AF_INET,
  inetSockaddr,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Sockaddr,
  type Socket,
} from "../../src/api/index.ts";
import {
  formatInterventions,
  type Intervention,
  Lab,
  type LabHost,
  parseInterventions,
} from "../../src/lab/index.ts";
import type { Duration } from "../../src/stack/index.ts";

/** Takes connections on port 7, and gives back what comes. */
async function echo(host: LabHost): Promise<void> {
  const { sockets } = host;
  const listener = sockets.socket(AF_INET, SOCK_STREAM);
  sockets.bind(listener, inetSockaddr(0, 7));
  sockets.listen(listener, 5);
  for (;;) {
    const [connection] = await sockets.accept(listener);
    serve(host, connection).catch(() => undefined); // its peer may be gone
  }
}

async function serve({ sockets }: LabHost, connection: Socket): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await sockets.recvInto(connection, buffer);
    if (count === 0) break;
    await sockets.send(connection, buffer, 0, 0, count);
  }
  await sockets.close(connection);
}

async function connected(from: LabHost, to: LabHost): Promise<Socket> {
  const socket = from.sockets.socket(AF_INET, SOCK_STREAM);
  await from.sockets.connect(socket, to.at(7));
  return socket;
}

async function ask({ sockets }: LabHost, socket: Socket, text: string): Promise<string> {
  await sockets.send(socket, Buffer.from(text));
  const buffer = new Uint8Array(text.length);
  let got = 0;
  while (got < text.length) {
    const count = await sockets.recvInto(socket, buffer, 0, got);
    if (count === 0) throw new Error("it has ended");
    got += count;
  }
  return Buffer.from(buffer).toString();
}

interface Pair {
  readonly lab: Lab;
  readonly alice: LabHost;
  readonly bob: LabHost;
}

function pair(seed = 1, impairments?: string): Pair {
  const lab = new Lab({ seed, capture: true });
  const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
  lab.link(alice, bob, { ...(impairments !== undefined && { impairments }) });
  echo(bob).catch(() => undefined);
  return { lab, alice, bob };
}

/** Three hosts on a switch; each takes datagrams on port 9. */
function triangle(): { lab: Lab; hosts: [LabHost, LabHost, LabHost]; heard: string[] } {
  const lab = new Lab({ seed: 3 });
  const hub = lab.switch();
  const heard: string[] = [];
  const hosts = ["a", "b", "c"].map((name, index) => {
    const host = lab.host(name, `10.0.0.${index + 1}/24`);
    lab.link(host, hub);
    const socket = host.sockets.socket(AF_INET, SOCK_DGRAM);
    host.sockets.bind(socket, inetSockaddr(0, 9));
    const listen = async (): Promise<void> => {
      const buffer = new Uint8Array(100);
      for (;;) {
        const count = await host.sockets.recvInto(socket, buffer);
        heard.push(`${Buffer.from(buffer.subarray(0, count))} at ${name}`);
      }
    };
    listen().catch(() => undefined);
    return host;
  });
  return { lab, hosts: hosts as [LabHost, LabHost, LabHost], heard };
}

/** Everybody tells everybody else; who heard whom within a second. */
async function gossip({ lab, hosts, heard }: ReturnType<typeof triangle>): Promise<string[]> {
  heard.length = 0;
  for (const from of hosts) {
    const socket = from.sockets.socket(AF_INET, SOCK_DGRAM);
    for (const to of hosts)
      if (to !== from) await from.sockets.sendto(socket, Buffer.from(from.name), to.at(9));
    await from.sockets.close(socket);
  }
  await lab.runFor("1s");
  return [...heard].sort();
}

const ALL = ["a at b", "a at c", "b at a", "b at c", "c at a", "c at b"];

async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not fail");
}

describe("time in a lab", () => {
  it("can be slept through, and lets things be done at their time", async () => {
    const lab = new Lab();
    const seen: string[] = [];
    lab.at("2s", () => seen.push(`planned ${lab.time.now()}`));
    await lab.run(async () => {
      await lab.sleep("10ms");
      seen.push(`slept ${lab.time.now()}`);
      await lab.sleep(5 as Duration);
      seen.push(`slept ${lab.time.now()}`);
      await lab.sleep("3s");
    });
    await lab.runFor("0.5min");
    expect(seen).to.deep.equal(["slept 10000", "slept 10005", "planned 2000000"]);
    expect(lab.time.now()).to.equal(33_010_005);
    expect(() => lab.at("1s", () => undefined)).to.throw(RangeError, /passed/);
    expect(() => lab.sleep("soon")).to.throw; // a promise that is rejected, or a throw: never silence
    expect((await failure(Promise.resolve().then(() => lab.sleep("soon")))).message).to.match(/span of time/);
  });
});

describe("a cable of a lab", () => {
  it("can be unplugged and plugged in: a connection outlives it", async () => {
    const lab = new Lab({ seed: 4 });
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    const cable = lab.link(alice, bob);
    echo(bob).catch(() => undefined);
    const socket = await lab.run(connected(alice, bob));
    cable.down();
    expect(cable.plugged).to.equal(false);
    const answer = ask(alice, socket, "are you there");
    await lab.runFor("20s");
    expect(cable.counters[0]?.shut, "frames that were lost").to.be.above(3);
    cable.up();
    expect(await lab.run(answer)).to.equal("are you there");
    expect(lab.time.now()).to.be.within(20_000_000, 60_000_000);
    await lab.runFor("1s"); // the ACK of the answer is on its way
    lab.close();
    expect(alice.stack.contextFor("test").pool.outstanding).to.equal(0);
  });

  it("flaps, and ends plugged in", async () => {
    const lab = new Lab({ seed: 5 });
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    const cable = lab.link(alice, bob);
    const states: string[] = [];
    cable.flap("100ms", "1s", 3);
    for (let i = 0; i < 40; i++) {
      await lab.runFor("100ms");
      const state = `${cable.plugged}`;
      if (states.at(-1) !== state) states.push(state);
    }
    expect(states).to.deep.equal(["true", "false", "true", "false", "true"]);
  });

  it("becomes worse and better while it is in use", async () => {
    const { lab, alice, bob } = pair(6);
    const [cable] = [lab.interventions];
    expect(cable).to.deep.equal([]);
    const socket = await lab.run(connected(alice, bob));
    const took = async (): Promise<number> => {
      const start = lab.time.now();
      expect(await lab.run(ask(alice, socket, "ping"))).to.equal("ping");
      return lab.time.now() - start;
    };
    expect(await took()).to.equal(0);
    lab.intervene([{ at: "10s", do: "impair", cable: "alice-bob", line: "delay=300ms" }]);
    await lab.runFor("20s");
    expect(await took()).to.be.within(600_000, 2_000_000);
    lab.intervene([{ at: "60s", do: "impair", cable: "alice-bob", line: "" }]);
    await lab.runFor("60s");
    expect(await took()).to.be.below(300_000);
  });

  it("cannot be impaired if it has offloads", () => {
    const lab = new Lab();
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    const cable = lab.link(alice, bob, { offloads: true, name: "fast" });
    expect(cable.name).to.equal("fast");
    expect(() => cable.impair("loss=1%")).to.throw(RangeError, /offloads/);
    expect(lab.link(alice, bob).name).to.equal("alice-bob");
    expect(lab.link(alice, bob).name).to.equal("alice-bob-2");
    expect(() => lab.link(alice, bob, { name: "fast" })).to.throw(RangeError, /already/);
  });
});

describe("a partition", () => {
  it("cuts any set of hosts from any other, both ways or one, until it is healed", async () => {
    const network = triangle();
    const { lab, hosts } = network;
    const [a, b, c] = hosts;
    expect(await gossip(network)).to.deep.equal(ALL);
    lab.partition(a);
    expect(await gossip(network)).to.deep.equal(["b at c", "c at b"]);
    lab.heal();
    expect(await gossip(network)).to.deep.equal(ALL);
    lab.partition([a, b], c, { oneWay: true });
    expect(await gossip(network)).to.deep.equal(["a at b", "b at a", "c at a", "c at b"]);
    lab.partition(a, b);
    expect(await gossip(network)).to.deep.equal(["c at a", "c at b"]);
    lab.heal(b, a);
    expect(await gossip(network)).to.deep.equal(["a at b", "b at a", "c at a", "c at b"]);
    lab.heal([a, b], c);
    expect(await gossip(network)).to.deep.equal(ALL);
    lab.close();
    for (const host of hosts) expect(host.stack.contextFor("test").pool.outstanding).to.equal(0);
  });
});

describe("a host of a lab", () => {
  it("that crashes is silent; restarted, it answers old connections by RST and takes new ones", async () => {
    const { lab, alice, bob } = pair(7, "delay=5ms");
    const socket = await lab.run(connected(alice, bob));
    expect(await lab.run(ask(alice, socket, "before"))).to.equal("before");
    const old = bob.stack;
    bob.crash();
    expect(bob.state).to.equal("crashed");
    const lost = ask(alice, socket, "lost");
    lost.catch(() => undefined);
    await lab.runFor("2s");
    bob.restart();
    expect(bob.stack).to.not.equal(old);
    expect((await failure(lab.run(lost))).code).to.equal("ECONNRESET");
    echo(bob).catch(() => undefined);
    const again = await lab.run(connected(alice, bob));
    expect(await lab.run(ask(alice, again, "after"))).to.equal("after");
    expect(bob.stack.counters.tcp?.outRsts).to.be.above(0);
  });

  it("that has crashed is no longer there for those who connect", async () => {
    const { lab, alice, bob } = pair(8);
    bob.crash();
    const error = await failure(lab.run(connected(alice, bob)));
    expect(error.code).to.equal("EHOSTUNREACH");
  });

  it("draws other initial sequence numbers at each start, and the same in each run", async () => {
    const run = async (): Promise<number[]> => {
      const { lab, alice, bob } = pair(9);
      const numbers: number[] = [];
      const where = (packet: { sequence: number }): boolean => {
        numbers.push(packet.sequence);
        return false;
      };
      lab.intervene([{ when: { from: "bob", flags: "S.", where }, do: "drop" }]);
      for (let i = 0; i < 3; i++) {
        await lab.run(connected(alice, bob));
        bob.restart();
        echo(bob).catch(() => undefined);
      }
      return numbers;
    };
    const first = await run();
    expect(new Set(first).size).to.equal(3);
    expect(await run()).to.deep.equal(first);
  });

  it("that is paused holds what arrives, and goes on late", async () => {
    const { lab, alice, bob } = pair(10);
    const socket = await lab.run(connected(alice, bob));
    bob.pause();
    const answer = ask(alice, socket, "wake up");
    await lab.runFor("3s");
    bob.resume();
    expect(await lab.run(answer)).to.equal("wake up");
    expect(lab.time.now()).to.be.within(3_000_000, 3_100_000);
    bob.pause();
    bob.pause();
    bob.resume();
    expect(await lab.run(ask(alice, socket, "and again"))).to.equal("and again");
  });

  it("takes another address", async () => {
    const { lab, alice, bob } = pair(11);
    await lab.run(connected(alice, bob));
    bob.changeAddress("10.0.0.77/24");
    expect(bob.address).to.equal("10.0.0.77/24");
    const socket = await lab.run(connected(alice, bob));
    expect(await lab.run(ask(alice, socket, "moved"))).to.equal("moved");
    const gone = alice.sockets.socket(AF_INET, SOCK_STREAM);
    const error = await failure(lab.run(alice.sockets.connect(gone, inetSockaddr(0x0a00_0002, 7))));
    expect(error.code).to.be.oneOf(["EHOSTUNREACH", "ECONNREFUSED"]);
  });

  it("sends smaller datagrams after a change of its MTU", async () => {
    const { lab, alice, bob } = pair(12);
    const largest = { before: 0, after: 0 };
    let phase: keyof typeof largest = "before";
    const where = (packet: { size: number }): boolean => {
      largest[phase] = Math.max(largest[phase], packet.size);
      return false;
    };
    lab.intervene([{ when: { from: "alice", where }, do: "drop" }]);
    const socket = await lab.run(connected(alice, bob));
    await lab.run(ask(alice, socket, "x".repeat(20_000)));
    phase = "after";
    alice.changeMtu(600);
    await lab.run(ask(alice, socket, "x".repeat(20_000)));
    expect(largest).to.deep.equal({ before: 1514, after: 614 });
    expect(() => alice.changeMtu(2000)).to.throw(RangeError, /1500/);
    expect(() => alice.changeMtu(600, "eth9")).to.throw(RangeError, /eth9/);
  });

  it("has a clock of its own, which jumps", async () => {
    const { lab, bob } = pair(13);
    await lab.runFor("1s");
    bob.jumpClock("1h");
    expect(bob.now()).to.equal(3_601_000_000);
    bob.jumpClock("-30min");
    expect(bob.now()).to.equal(1_801_000_000);
    expect(lab.time.now()).to.equal(1_000_000);
  });
});

describe("scripted drops", () => {
  it("of the first two SYNs delay a connection by two timeouts", async () => {
    const { lab, alice, bob } = pair(14);
    lab.drop({ from: "alice", flags: "S" }, { times: 2 });
    await lab.run(connected(alice, bob));
    expect(lab.time.now()).to.equal(3_000_000); // RFC 6298: 1 s, then 2 s
  });

  it("of the third data segment cost a single retransmission", async () => {
    const { lab, alice, bob } = pair(15, "delay=10ms");
    lab.drop({ from: "alice", to: "bob", data: true }, { nth: 3 });
    const socket = await lab.run(connected(alice, bob));
    const text = "0123456789".repeat(5_000);
    expect(await lab.run(ask(alice, socket, text))).to.equal(text);
    expect(alice.stack.counters.tcp?.retransSegs).to.equal(1);
    expect(bob.stack.counters.tcp?.retransSegs).to.equal(0);
  });

  it("may be by anything that a packet is", async () => {
    const { lab, alice, bob } = pair(16);
    const texts: string[] = [];
    lab.drop({
      protocol: "tcp",
      destinationPort: 7,
      where: (packet) => {
        texts.push(packet.text());
        return packet.length === 5 && packet.acknowledgment !== 0;
      },
    });
    const socket = await lab.run(connected(alice, bob));
    expect(await lab.run(ask(alice, socket, "12345"))).to.equal("12345");
    expect(alice.stack.counters.tcp?.retransSegs).to.equal(1);
    expect(texts[0]).to.match(/10\.0\.0\.1\.\d+ > 10\.0\.0\.2\.7: Flags \[S\]/);
  });

  it("are not all that can happen to a packet", async () => {
    const { lab, alice, bob } = pair(17);
    lab.intervene([
      { when: { from: "alice", data: true }, nth: 1, do: "corrupt" },
      { when: { from: "alice", data: true }, nth: 3, do: "duplicate" },
      { when: { from: "alice", data: true }, nth: 4, do: "delay", by: "700ms" },
    ]);
    const socket = await lab.run(connected(alice, bob));
    expect(await lab.run(ask(alice, socket, "one"))).to.equal("one");
    expect(bob.stack.counters.tcp?.inCsumErrors).to.equal(1);
    expect(await lab.run(ask(alice, socket, "two"))).to.equal("two");
    expect(bob.stack.counters.tcp?.duplicateSegs).to.equal(1);
    const start = lab.time.now();
    expect(await lab.run(ask(alice, socket, "three"))).to.equal("three");
    expect(lab.time.now() - start).to.be.within(100_000, 700_000);
    await lab.runFor("2s");
    expect(bob.stack.counters.tcp?.pawsDropped, "the one that was late").to.equal(1);
  });

  it("can change what a segment says of the window, with a checksum that is right", async () => {
    const { lab, alice, bob } = pair(21);
    lab.intervene([{ when: { by: "bob", protocol: "tcp" }, nth: 2, times: 1, do: "window", field: 0 }]);
    const socket = await lab.run(connected(alice, bob));
    expect(await lab.run(ask(alice, socket, "one"))).to.equal("one");
    expect(alice.stack.counters.tcp?.inCsumErrors).to.equal(0);
    expect(alice.stack.counters.tcp?.inSegs).to.be.greaterThan(2);
    expect(() => lab.intervene([{ when: {}, do: "window", field: 65_536 }])).to.throw(
      SyntaxError,
      "0 to 65535",
    );
    expect(() => lab.intervene([{ at: "1s", do: "window", field: 0 } as never])).to.throw(SyntaxError);
  });

  it("know who puts a packet on its cable, beside who has sent it", async () => {
    const lab = new Lab({ seed: 4 });
    const alice = lab.host("alice", "10.0.1.1/24", { gateway: "10.0.1.254" });
    const router = lab.router("router", "10.0.1.254/24");
    const bob = lab.host("bob", "10.0.2.1/24", { gateway: "10.0.2.254" });
    lab.link(alice, router);
    lab.link(router, bob, { addresses: ["10.0.2.254/24", undefined] });
    echo(bob).catch(() => undefined);
    lab.drop({ by: "router", from: "alice", flags: "S" });
    const socket = await lab.run(connected(alice, bob));
    expect(await lab.run(ask(alice, socket, "one"))).to.equal("one");
    expect(alice.stack.counters.tcp?.retransSegs).to.equal(1);
    expect(router.stack.counters.forward?.ipForwDatagrams ?? 0).to.be.greaterThan(3);
  });

  it("can make a host crash at just that packet", async () => {
    const { lab, alice, bob } = pair(18);
    lab.intervene([{ when: { from: "alice", data: true }, nth: 2, do: "crash", host: "bob" }]);
    const socket = await lab.run(connected(alice, bob));
    expect(await lab.run(ask(alice, socket, "one"))).to.equal("one");
    const second = ask(alice, socket, "two");
    second.catch(() => undefined);
    await lab.runFor("1s");
    expect(bob.state).to.equal("crashed");
  });
});

describe("the list of interventions", () => {
  const LIST: readonly Intervention[] = [
    { when: { from: "alice", protocol: "tcp", flags: "S" }, do: "drop" },
    {
      when: { from: ["bob"], to: "alice", data: true, least: 100 },
      nth: 2,
      times: 3,
      do: "delay",
      by: "30ms",
    },
    { at: "2s", do: "impair", cable: "alice-bob", line: "loss=5%,delay=10ms" },
    { at: "2.5s", do: "partition", these: ["alice"], those: ["bob"], oneWay: true },
    { at: "3.5s", do: "heal" },
    { at: "4s", do: "flap", cable: "alice-bob", down: "50ms", up: "200ms", cycles: 3 },
    { at: "5s", do: "pause", host: "bob" },
    { at: "6s", do: "resume", host: "bob" },
    { at: "7s", do: "clock", host: "bob", by: "-1h" },
  ];

  /** Talks for ten seconds under these interventions. */
  async function talk(
    list: readonly Intervention[],
    meddle?: (pair: Pair) => void,
  ): Promise<[Lab, Uint8Array]> {
    const both = pair(19);
    const { lab, alice, bob } = both;
    lab.intervene(list);
    meddle?.(both);
    const talking = async (): Promise<void> => {
      const socket = await connected(alice, bob);
      while (lab.time.now() < 10_000_000) {
        await ask(alice, socket, "x".repeat(3_000));
        await lab.sleep("100ms");
      }
      alice.sockets.shutdown(socket, SHUT_WR);
      await alice.sockets.close(socket);
    };
    await lab.run(talking());
    return [lab, lab.capture()];
  }

  it("is written to a file and read back, and then does the same", async () => {
    const text = formatInterventions(LIST);
    expect(text.split("\n")).to.have.length(LIST.length + 3);
    expect(parseInterventions(text)).to.deep.equal(LIST);
    const [, direct] = await talk(LIST);
    const [lab, again] = await talk(parseInterventions(text));
    expect(Buffer.compare(Buffer.from(direct), Buffer.from(again))).to.equal(0);
    const [, without] = await talk([]);
    expect(Buffer.compare(Buffer.from(direct), Buffer.from(without))).to.not.equal(0);
    expect(lab.interventions).to.deep.equal(LIST);
  });

  it("holds what was done by hand as well, so that it can be played again", async () => {
    const [lab, direct] = await talk([], ({ lab, alice, bob }) => {
      lab.at("2s", () => lab.partition(alice));
      lab.at("3s", () => lab.heal());
      lab.at("4s", () => bob.pause());
      lab.at("4.25s", () => bob.resume());
    });
    const list = parseInterventions(formatInterventions(lab.interventions));
    expect(list).to.deep.equal([
      { at: "2s", do: "partition", these: ["alice"] },
      { at: "3s", do: "heal" },
      { at: "4s", do: "pause", host: "bob" },
      { at: "4250ms", do: "resume", host: "bob" },
    ]);
    const [, again] = await talk(list);
    expect(Buffer.compare(Buffer.from(direct), Buffer.from(again))).to.equal(0);
  });

  it("ends by itself what is given an end, and then all is as before", async () => {
    const { lab, alice, bob } = pair(23, "delay=1ms");
    lab.intervene([
      { at: "1s", for: "1s", do: "unplug", host: "bob" },
      { at: "3s", for: "1s", do: "impair", host: "bob", line: "delay=70ms" },
      { at: "5s", for: "1s", do: "partition", these: ["alice"], those: ["bob"] },
      { at: "7s", for: "1s", do: "address", host: "bob", to: "10.0.0.9/24" },
      { at: "9s", for: "1s", do: "mtu", host: "bob", octets: 600 },
      { at: "11s", for: "1s", do: "pause", host: "bob" },
      { at: "13s", for: "1s", do: "crash", host: "bob" },
    ]);
    const seen: string[] = [];
    const look = (what: () => unknown): void => {
      seen.push(`${Math.floor(lab.time.now() / 1e6)}: ${what()}`);
    };
    let largest = 0;
    const where = ({ size }: { size: number }): boolean => {
      largest = Math.max(largest, size);
      return false;
    };
    lab.drop({ from: "bob", where }, { times: "always" });
    /** How long a request takes to get there, and its answer of 1,000 octets to be back, in microseconds. */
    const roundTrip = async (): Promise<string> => {
      const socket = alice.sockets.socket(AF_INET, SOCK_DGRAM);
      const answering = bob.sockets.socket(AF_INET, SOCK_DGRAM);
      bob.sockets.bind(answering, inetSockaddr(0, 11));
      const began = lab.time.now();
      await alice.sockets.sendto(socket, Buffer.from("?"), bob.at(11));
      const [, from] = await bob.sockets["recvfrom!"](answering, new Uint8Array(9));
      const there = lab.time.now();
      largest = 0;
      await bob.sockets.sendto(answering, new Uint8Array(1_000), from as Sockaddr);
      await alice.sockets.recvInto(socket, new Uint8Array(1_000));
      await Promise.all([alice.sockets.close(socket), bob.sockets.close(answering)]);
      return `${there - began}, ${lab.time.now() - there}, frames of up to ${largest}`;
    };
    lab.at("1.5s", () => look(() => bob.state));
    await lab.run(async () => {
      await roundTrip(); // neighbours are resolved
      expect(await roundTrip()).to.equal("1000, 1000, frames of up to 1042");
      await lab.sleep("3.5s");
      // Only what bob sends is slower.
      expect(await roundTrip()).to.equal("1000, 70000, frames of up to 1042");
      await lab.sleep("4s");
      look(() => bob.address);
      await lab.sleep("2s");
      expect(await roundTrip()).to.equal("1000, 1000, frames of up to 610");
      look(() => bob.address);
      for (let times = 0; times < 3; times++) {
        await lab.sleep("2s");
        look(() => bob.state);
      }
      await roundTrip();
      expect(await roundTrip()).to.equal("1000, 1000, frames of up to 1042");
    });
    expect(seen).to.deep.equal([
      "1: running",
      "7: 10.0.0.9/24",
      "9: 10.0.0.2/24",
      "11: paused",
      "13: crashed",
      "15: running",
    ]);
  });

  it("refuses what cannot be, and says what is wrong", () => {
    const { lab } = pair(20);
    const wrong =
      (text: string): (() => unknown) =>
      () =>
        lab.intervene(parseInterventions(text));
    expect(wrong("{}")).to.throw(SyntaxError, /a list/);
    expect(wrong(`[{"at":"1s","do":"explode"}]`)).to.throw(
      SyntaxError,
      /intervention 1: do is one of partition/,
    );
    expect(wrong(`[{"do":"heal"}]`)).to.throw(SyntaxError, /either at or when/);
    expect(wrong(`[{"at":"1s","when":{},"do":"heal"}]`)).to.throw(SyntaxError, /either at or when/);
    expect(wrong(`[{"at":"soon","do":"heal"}]`)).to.throw(SyntaxError, /at is a span/);
    expect(wrong(`[{"at":"-1s","do":"heal"}]`)).to.throw(SyntaxError, /from the beginning/);
    expect(wrong(`[{"at":"1s","do":"drop"}]`)).to.throw(SyntaxError, /say when/);
    expect(wrong(`[{"at":"1s","nth":2,"do":"heal"}]`)).to.throw(SyntaxError, /count packets/);
    expect(wrong(`[{"when":{"colour":"red"},"do":"drop"}]`)).to.throw(SyntaxError, /has no colour/);
    expect(wrong(`[{"when":{"port":"7"},"do":"drop"}]`)).to.throw(SyntaxError, /port of a pattern is number/);
    expect(wrong(`[{"when":{},"times":0,"do":"drop"}]`)).to.throw(SyntaxError, /times is an integer/);
    expect(wrong(`[{"at":"1s","do":"crash"}]`)).to.throw(SyntaxError, /host is a name/);
    expect(wrong(`[{"at":"1s","do":"crash","host":"bob","cable":"x"}]`)).to.throw(
      SyntaxError,
      /there is no cable/,
    );
    expect(wrong(`[{"at":"1s","do":"impair","cable":"alice-bob","line":"loss=200%"}]`)).to.throw(
      SyntaxError,
      /loss/,
    );
    expect(wrong(`[{"at":"1s","do":"crash","host":"carol"}]`)).to.throw(RangeError, /no host "carol"/);
    expect(wrong(`[{"at":"1s","for":"1s","do":"resume","host":"bob"}]`)).to.throw(
      SyntaxError,
      /does not end/,
    );
    expect(wrong(`[{"at":"1s","for":"0s","do":"crash","host":"bob"}]`)).to.throw(SyntaxError, /longer/);
    expect(wrong(`[{"at":"1s","do":"kill","host":"bob"}]`)).to.throw(RangeError, /no program/);
    expect(wrong(`[{"at":"1s","do":"address","host":"bob","to":"nowhere"}]`)).to.throw(RangeError, /nowhere/);
    expect(wrong(`[{"at":"1s","do":"mtu","host":"bob","octets":9000}]`)).to.throw(RangeError, /1500/);
    expect(wrong(`[{"at":"1s","do":"plug","cable":"x"}]`)).to.throw(RangeError, /no cable "x"/);
    expect(wrong(`[{"at":"1s","do":"partition","these":["carol"]}]`)).to.throw(RangeError, /carol/);
    expect(lab.interventions).to.deep.equal([]);
    expect(() => formatInterventions([{ when: { where: () => true }, do: "drop" }])).to.throw(
      RangeError,
      /where/,
    );
  });
});
