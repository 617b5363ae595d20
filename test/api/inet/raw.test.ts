import { expect } from "chai";
import {
  AF_INET,
  AF_PACKET,
  ETH_P_ALL,
  ETH_P_ARP,
  ETH_P_IP,
  FIONREAD,
  IP_HDRINCL,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_IP,
  PACKET_BROADCAST,
  PACKET_HOST,
  PACKET_OUTGOING,
  type PacketSockaddr,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_SOCKET,
  sockaddrAddr,
} from "../../../src/api/index.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { seconds } from "../../../src/stack/index.ts";
import { fails, octets, throws } from "../support.ts";

/** An ICMP echo request. RFC 792. */
function echoRequest(sequence: number): Uint8Array {
  const message = Uint8Array.of(8, 0, 0, 0, 0x12, 0x34, 0, sequence);
  let sum = 0;
  for (let at = 0; at < 8; at += 2) sum += ((message[at] ?? 0) << 8) | (message[at + 1] ?? 0);
  sum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  message[2] = sum >>> 8;
  message[3] = sum & 255;
  return message;
}

describe("raw sockets", () => {
  let lab: Lab;
  let alice: LabHost;
  let bob: LabHost;
  const BOB = 0x0a00_0002;

  beforeEach(() => {
    lab = new Lab({ seed: 5 });
    alice = lab.host("alice", "10.0.0.1/24");
    bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob);
  });

  afterEach(() => lab.close());

  it("are enough for ping: the reply comes with its IP header", async () => {
    const { sockets } = alice;
    const ping = sockets.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    await sockets.sendto(ping, echoRequest(1), AF_INET, BOB, 0);
    const buffer = new Uint8Array(100);
    const [count, from] = await lab.run(sockets.recvfromInto(ping, buffer));
    expect(count).to.equal(28);
    expect(sockaddrAddr(from)).to.equal(BOB);
    expect([buffer[0], buffer[9], buffer[20], buffer[27]]).to.deep.equal([0x45, 1, 0, 1]);
    expect(sockets.getsockname(ping)).to.deep.equal({ family: 2, address: 0, port: 1 });
  });

  it("send a header of one's own with IP_HDRINCL, and a TTL of one's own without", async () => {
    const { sockets } = alice;
    const mine = sockets.socket(AF_INET, SOCK_RAW, 253);
    const theirs = bob.sockets.socket(AF_INET, SOCK_RAW, 253);
    sockets.setsockopt(mine, IPPROTO_IP, IP_TTL, 7);
    await sockets.connect(mine, AF_INET, BOB, 0);
    await sockets.send(mine, octets("payload"));
    const buffer = new Uint8Array(100);
    expect(await lab.run(bob.sockets.recvInto(theirs, buffer))).to.equal(27);
    expect([buffer[8], buffer[9]]).to.deep.equal([7, 253]);
    sockets.setsockopt(mine, IPPROTO_IP, IP_HDRINCL, 1);
    const whole = new Uint8Array(24);
    whole.set([0x45, 0, 0, 24, 0x77, 0x77, 0, 0, 99, 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4]);
    await sockets.send(mine, whole);
    expect(await lab.run(bob.sockets.recvInto(theirs, buffer))).to.equal(24);
    expect([buffer[4], buffer[8], buffer[23]]).to.deep.equal([0x77, 99, 4]);
    await fails(sockets.send(mine, octets("no header")), "EINVAL");
  });

  it("say what they cannot", async () => {
    const { sockets } = alice;
    throws(() => sockets.socket(AF_INET, SOCK_RAW, 0), "EPROTONOSUPPORT");
    const raw = sockets.socket(AF_INET, SOCK_RAW, 253);
    await fails(sockets.send(raw, octets("x")), "EDESTADDRREQ");
    await fails(sockets.accept(raw), "EOPNOTSUPP");
    throws(() => sockets.listen(raw, 1), "EOPNOTSUPP");
    throws(() => sockets.getpeername(raw), "ENOTCONN");
    throws(() => sockets.shutdown(raw, 2), "ENOTCONN");
    throws(() => sockets.bind(raw, AF_INET, 0x0b00_0001, 0), "EADDRNOTAVAIL");
  });
});

describe("packet sockets", () => {
  let lab: Lab;
  let alice: LabHost;
  let bob: LabHost;
  const BOB = 0x0a00_0002;

  beforeEach(() => {
    lab = new Lab({ seed: 6 });
    alice = lab.host("alice", "10.0.0.1/24", { claim: "off" });
    bob = lab.host("bob", "10.0.0.2/24", { claim: "off" });
    lab.link(alice, bob);
  });

  afterEach(() => lab.close());

  it("are enough for tcpdump: they see what comes and what goes", async () => {
    const { sockets } = alice;
    const dump = sockets.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL);
    sockets.bind(dump, { family: 17, protocol: 0, index: 2, packetType: 0, station: new Uint8Array(6) });
    const near = sockets.socket(AF_INET, SOCK_DGRAM);
    await sockets.sendto(near, octets("hello"), AF_INET, BOB, 9);
    await lab.runFor(seconds(1));
    const seen: string[] = [];
    const buffer = new Uint8Array(2000);
    for (;;) {
      const got = sockets.tryRecvfromInto(dump, buffer);
      if (got === undefined) break;
      const { packetType, protocol } = got[1] as PacketSockaddr;
      seen.push(`${packetType === PACKET_OUTGOING ? "out" : "in"} ${protocol.toString(16)} ${got[0]}`);
    }
    // ARP request and reply, the datagram, and the port unreachable that answers it.
    expect(seen).to.deep.equal(["out 806 60", "in 806 60", "out 800 60", "in 800 75"]);
  });

  it("tell for whom a frame was, and take its header away with SOCK_DGRAM", async () => {
    const { sockets } = bob;
    const arp = sockets.socket(AF_PACKET, SOCK_DGRAM, ETH_P_ARP);
    const near = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    await alice.sockets.sendto(near, octets("x"), AF_INET, BOB, 9);
    const buffer = new Uint8Array(100);
    const [count, from] = await lab.run(sockets.recvfromInto(arp, buffer));
    expect(count).to.equal(46);
    expect([buffer[1], buffer[7]]).to.deep.equal([1, 1]);
    expect((from as PacketSockaddr).packetType).to.equal(PACKET_BROADCAST);
    await lab.runFor(seconds(1));
    expect(sockets.tryRecvInto(arp, buffer), "only what comes in").to.equal(undefined);
  });

  it("receive nothing with protocol 0, also after they have sent, and whatever SO_RCVBUF is", async () => {
    const { sockets } = alice;
    const talker = sockets.socket(AF_PACKET, SOCK_RAW, 0);
    const to: PacketSockaddr = {
      family: 17,
      protocol: 0x88b5,
      index: 2,
      packetType: 0,
      station: new Uint8Array(6),
    };
    await sockets.sendto(talker, new Uint8Array(60).fill(255, 0, 6), to);
    sockets.setsockopt(talker, SOL_SOCKET, SO_RCVBUF, 100_000);
    const far = bob.sockets.socket(AF_INET, SOCK_DGRAM);
    await bob.sockets.sendto(far, octets("hello"), AF_INET, 0x0a00_0001, 9);
    await lab.runFor(seconds(1));
    expect(sockets.ioctl(talker, FIONREAD)).to.equal(0);
    expect(sockets.tryRecvInto(talker, new Uint8Array(100))).to.equal(undefined);
  });

  it("keep as much as SO_RCVBUF says, also where it is set later", async () => {
    const { sockets } = alice;
    const dump = sockets.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL);
    const near = sockets.socket(AF_INET, SOCK_DGRAM);
    const buffer = new Uint8Array(2000);
    const kept = async (receiveBuffer: number): Promise<number> => {
      sockets.setsockopt(dump, SOL_SOCKET, SO_RCVBUF, receiveBuffer);
      for (let i = 0; i < 50; i++) await sockets.sendto(near, octets("hello"), AF_INET, BOB, 9);
      await lab.runFor(seconds(1));
      let sent = 0;
      for (let got = sockets.tryRecvfromInto(dump, buffer); got !== undefined; ) {
        const { packetType, protocol } = got[1] as PacketSockaddr;
        if (packetType === PACKET_OUTGOING && protocol === ETH_P_IP) sent++;
        got = sockets.tryRecvfromInto(dump, buffer);
      }
      return sent;
    };
    expect(await kept(100_000)).to.equal(50);
    expect(await kept(1), "the least that there is: 2,304 octets").to.be.within(1, 10);
    expect(await kept(100_000)).to.equal(50);
  });

  it("send frames of any protocol", async () => {
    const talker = alice.sockets.socket(AF_PACKET, SOCK_DGRAM, 0);
    const listener = bob.sockets.socket(AF_PACKET, SOCK_RAW, 0x88b5);
    const bobAt = bob.sockets.socket(AF_PACKET, SOCK_RAW, 0);
    bob.sockets.bind(bobAt, { family: 17, protocol: 0, index: 2, packetType: 0, station: new Uint8Array(6) });
    const { station } = bob.sockets.getsockname(bobAt) as PacketSockaddr;
    const to: PacketSockaddr = { family: 17, protocol: 0x88b5, index: 2, packetType: 0, station };
    expect(await alice.sockets.sendto(talker, new Uint8Array(60).fill(7), to)).to.equal(60);
    const buffer = new Uint8Array(100);
    const [count, from] = await lab.run(bob.sockets.recvfromInto(listener, buffer));
    expect(count).to.equal(74);
    expect([buffer[12], buffer[13], buffer[14]]).to.deep.equal([0x88, 0xb5, 7]);
    expect((from as PacketSockaddr).packetType).to.equal(PACKET_HOST);
    await fails(alice.sockets.send(talker, new Uint8Array(60)), "ENXIO");
    await fails(alice.sockets.sendto(talker, new Uint8Array(3000), to), "EMSGSIZE");
    throws(() => alice.sockets.bind(talker, { ...to, index: 9 }), "ENODEV");
    throws(() => alice.sockets.socket(AF_PACKET, SOCK_STREAM), "ESOCKTNOSUPPORT");
  });
});
