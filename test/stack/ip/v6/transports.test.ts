/** TCP and UDP over IPv6, between stacks in memory: not a line of theirs knows of it. */
import { expect } from "chai";
import type { Impairments } from "../../../../src/drivers/simulation/index.ts";
import type { LabHost } from "../../../../src/lab/index.ts";
import {
  IPV6_ANY,
  type IpAddress,
  milliseconds,
  parseIpv6,
  seconds,
  type TcpEndpoint,
} from "../../../../src/stack/index.ts";
import { type Manner, Talker, twoHosts } from "../../../support/net.ts";

const ALICE = parseIpv6("fd77::1") as IpAddress;
const BOB = parseIpv6("fd77::2") as IpAddress;

const MANNER: Manner = {
  sends: 400_000,
  sendKey: 1,
  receives: 400_000,
  receiveKey: 2,
  writeMost: 20_000,
  readMost: 20_000,
  pause: 0.01,
  pauseMost: milliseconds(20),
  finishesFirst: true,
};

interface Net {
  readonly lab: ReturnType<typeof twoHosts>["lab"];
  readonly alice: LabHost;
  readonly bob: LabHost;
}

function net(seed: number, impairments?: string | Impairments, mtu = 1500): Net {
  const hosts = twoHosts(seed, { mtu, ...(impairments === undefined ? {} : { impairments }) });
  for (const [host, address] of [
    [hosts.alice, ALICE],
    [hosts.bob, BOB],
  ] as const) {
    host.stack.addAddress(host.stack.interfaces[1] as never, { address, prefixLength: 64 }, "announce");
  }
  return hosts;
}

function connect({ alice, bob }: Net): { listener: TcpEndpoint; client: TcpEndpoint } {
  const listener = bob.stack.openTcp();
  expect(listener.bind({ address: IPV6_ANY, port: 80 })).to.equal(undefined);
  expect(listener.listen(8)).to.equal(undefined);
  const client = alice.stack.openTcp();
  expect(client.connect({ address: BOB, port: 80 })).to.equal(undefined);
  return { listener, client };
}

describe("TCP over IPv6", () => {
  for (const [what, impairments] of [
    ["a good line", undefined],
    [
      "a line that loses, reorders and spoils",
      "loss=2%,delay=3ms,jitter=1ms,reorder=10%,duplicate=1%,corrupt=0.5%",
    ],
  ] as const) {
    for (const seed of [1, 2, 3]) {
      it(`brings every octet both ways over ${what}: seed ${seed}`, async () => {
        const hosts = net(seed, impairments);
        const { listener, client } = connect(hosts);
        const { lab } = hosts;
        const one = new Talker(client, lab.time, lab.random.fork("one"), MANNER);
        await lab.runFor(seconds(30));
        const accepted = listener.accept() as TcpEndpoint;
        const manner = { ...MANNER, sendKey: 2, receiveKey: 1, finishesFirst: false };
        const other = new Talker(accepted, lab.time, lab.random.fork("other"), manner);
        other.talk();
        await lab.runFor(seconds(600));
        expect([one.trouble, other.trouble, one.done, other.done]).to.deep.equal([
          undefined,
          undefined,
          true,
          true,
        ]);
        lab.close();
      });
    }
  }

  it("announces 60 octets less than the link takes, and sends no longer segments (RFC 9293 §3.7.1)", async () => {
    const hosts = net(1);
    const { listener, client } = connect(hosts);
    await hosts.lab.runFor(seconds(1));
    expect(client.info().sendMss, "1500 - 40 - 20, less 12 of timestamps").to.equal(1428);
    expect(`${(listener.accept() as TcpEndpoint).remote?.address}`).to.equal("fd77::1");
    hosts.lab.close();
  });

  it("sends 1220 octets to a peer that has announced no MSS (RFC 9293 MUST-15)", () => {
    const { alice, lab } = net(1);
    expect(alice.stack.contextFor("test").route(BOB)?.defaultMss).to.equal(1220);
    lab.close();
  });
});

describe("UDP over IPv6", () => {
  it("brings datagrams of every size, those above the MTU in fragments, and never one without a checksum", async () => {
    const { alice, bob, lab } = net(1);
    const server = bob.stack.openUdp();
    server.bind({ address: IPV6_ANY, port: 7 });
    const client = alice.stack.openUdp();
    const into = new Uint8Array(70_000);
    for (const octets of [0, 1, 1452, 1453, 9000, 65_507, 65_527]) {
      expect(
        client.send(new Uint8Array(octets).fill(octets), { address: BOB, port: 7 }),
        `${octets}`,
      ).to.equal(octets);
      await lab.runFor(milliseconds(100));
      expect(server.receive(into), `${octets}`).to.equal(octets);
      expect(into.subarray(0, octets).every((octet) => octet === (octets & 255))).to.equal(true);
    }
    expect(client.send(new Uint8Array(65_528), { address: BOB, port: 7 })).to.equal("message-too-long");
    client.configure({ noChecksum: true });
    client.send(new Uint8Array(1), { address: BOB, port: 7 });
    await lab.runFor(milliseconds(100));
    expect(server.receive(into), "SO_NO_CHECK is of IPv4 (RFC 8200 §8.1)").to.equal(1);
    lab.close();
  });

  it("reaches the host itself by ::1, and by its own addresses", () => {
    const { alice, lab } = net(1);
    for (const to of [parseIpv6("::1") as IpAddress, ALICE]) {
      const server = alice.stack.openUdp();
      server.bind({ address: to, port: 9 });
      const client = alice.stack.openUdp();
      client.connect({ address: to, port: 9 });
      client.send(new Uint8Array(3));
      expect(server.receive(new Uint8Array(9))).to.equal(3);
      expect(`${server.lastReceived.destination}`).to.equal(`${to}`);
      server.close();
    }
    lab.close();
  });
});
