/** What options of datagram sockets do: control data there and back, filters, checksums, path MTU. */
import { expect } from "chai";
import {
  AF_INET,
  AF_PACKET,
  ETH_P_IP,
  ICMP_FILTER,
  IP_BIND_ADDRESS_NO_PORT,
  IP_MTU,
  IP_PKTINFO,
  IP_RECVTTL,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SHUT_WR,
  SO_ATTACH_FILTER,
  SO_DETACH_FILTER,
  SO_LOCK_FILTER,
  SO_NO_CHECK,
  SO_RCVBUF,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_RAW,
  SOL_SOCKET,
  type Socket,
  sockaddrAddr,
  sockaddrPort,
  TCP_INQ,
} from "../../../src/api/index.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { ipv4, seconds } from "../../../src/stack/index.ts";
import { fails, octets, throws } from "../support.ts";

const ALICE = 0x0a00_0001;
const BOB = 0x0a00_0002;
const BOB_TOO = 0x0a00_0063;
/** `ret #65535`, `ret #0`, and a test of UDP's destination port, as `tcpdump -ddd` would print it. */
const ALL = [[6, 0, 0, 65_535]] as const;
const NONE = [[6, 0, 0, 0]] as const;

describe("options of datagram sockets", () => {
  let lab: Lab;
  let alice: LabHost;
  let bob: LabHost;
  let near: Socket;
  let far: Socket;

  beforeEach(async () => {
    lab = new Lab({ seed: 4 });
    alice = lab.host("alice", "10.0.0.1/24", { claim: "off" });
    bob = lab.host("bob", "10.0.0.2/24", { claim: "off" });
    lab.link(alice, bob);
    near = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    far = bob.sockets.socket(AF_INET, SOCK_DGRAM);
    bob.sockets.bind(far, AF_INET, 0, 53);
    const eth0 = bob.stack.interfaces.find(({ name }) => name !== "lo");
    if (eth0 === undefined) throw new Error("no interface");
    bob.stack.addAddress(eth0, { address: ipv4(BOB_TOO), prefixLength: 24 }, "off");
  });

  afterEach(() => lab.close());

  it("let a server on every address answer from the one that was asked, by IP_PKTINFO", async () => {
    const { sockets } = bob;
    sockets.setsockopt(far, IPPROTO_IP, IP_PKTINFO, 1);
    await alice.sockets.sendto(near, "who?", AF_INET, BOB_TOO, 53);
    const asked = await lab.run(sockets.recvmsg(far, new Uint8Array(9)));
    expect(asked.control).to.deep.equal([
      { level: IPPROTO_IP, type: IP_PKTINFO, data: { index: 2, address: BOB_TOO } },
    ]);
    const { address, control } = asked;
    await sockets.sendmsg(far, { data: "me", address: address as never, control });
    const [, from] = await lab.run(alice.sockets.recvfromInto(near, new Uint8Array(9)));
    expect([sockaddrAddr(from), sockaddrPort(from)]).to.deep.equal([BOB_TOO, 53]);
    const wrong = [{ level: IPPROTO_IP, type: IP_PKTINFO, data: { index: 0, address: ALICE } }];
    await fails(
      sockets.sendmsg(far, { data: "me", address: address as never, control: wrong }),
      "EADDRNOTAVAIL",
    );
    const nowhere = [{ level: IPPROTO_IP, type: IP_PKTINFO, data: { index: 9, address: 0 } }];
    await fails(sockets.sendmsg(far, { data: "me", address: address as never, control: nowhere }), "ENODEV");
  });

  it("concern one datagram when they are sent with it, and leave the socket as it was", async () => {
    bob.sockets.setsockopt(far, IPPROTO_IP, IP_RECVTTL, 1);
    alice.sockets.connect(near, AF_INET, BOB, 53);
    const control = [{ level: IPPROTO_IP, type: IP_TTL, data: 7 }];
    await alice.sockets.sendmsg(near, { data: "x", control });
    await alice.sockets.send(near, "y");
    const seen: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const message = await lab.run(bob.sockets.recvmsg(far, new Uint8Array(9)));
      seen.push(message.control[0]?.data);
    }
    expect(seen).to.deep.equal([7, 64]);
    expect(alice.sockets.getsockopt(near, IPPROTO_IP, IP_TTL)).to.equal(64);
  });

  it("tell when a datagram came, and how many were lost before it", async () => {
    const { sockets } = bob;
    sockets.setsockopt(far, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    sockets.setsockopt(far, SOL_SOCKET, SO_TIMESTAMP, 1);
    expect(sockets.getsockopt(far, SOL_SOCKET, SO_TIMESTAMPNS), "one kind at a time").to.equal(0);
    sockets.setsockopt(far, SOL_SOCKET, SO_RXQ_OVFL, 1);
    sockets.setsockopt(far, SOL_SOCKET, SO_RCVBUF, 1);
    for (let i = 0; i < 6; i++) await alice.sockets.sendto(near, new Uint8Array(600), AF_INET, BOB, 53);
    await lab.runFor(seconds(1));
    while (sockets.tryRecvInto(far, new Uint8Array(600)) !== undefined);
    const before = lab.time.now();
    await alice.sockets.sendto(near, "late", AF_INET, BOB, 53);
    const message = await lab.run(sockets.recvmsg(far, new Uint8Array(9)));
    const [stamp, lost] = message.control;
    expect(stamp?.type).to.equal(SO_TIMESTAMP);
    const [whole, micros] = (stamp?.data ?? [0, 0]) as [number, number];
    expect(whole * 1e6 + micros).to.be.within(before, lab.time.now());
    expect(lost?.type).to.equal(SO_RXQ_OVFL);
    expect(lost?.data).to.be.within(1, 5);
  });

  it("keep what a filter of classic BPF keeps, of UDP, raw and packet sockets", async () => {
    const { sockets } = bob;
    // UDP: the filter sees the header; the source port is its first half-word.
    await alice.sockets.sendto(near, "", AF_INET, BOB, 99);
    const port = sockaddrPort(alice.sockets.getsockname(near));
    const fromNear = [
      [0x28, 0, 0, 0],
      [0x15, 0, 1, port],
      [6, 0, 0, 12],
      [6, 0, 0, 0],
    ] as const;
    sockets.setsockopt(far, SOL_SOCKET, SO_ATTACH_FILTER, fromNear);
    const other = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    await alice.sockets.sendto(other, "no", AF_INET, BOB, 53);
    await alice.sockets.sendto(near, "abcdefgh", AF_INET, BOB, 53);
    const buffer = new Uint8Array(100);
    expect(await lab.run(sockets.recvInto(far, buffer)), "12 octets, 8 of them the header's").to.equal(4);
    expect(sockets.tryRecvInto(far, buffer)).to.equal(undefined);
    expect(sockets.getsockopt(far, SOL_SOCKET, SO_ATTACH_FILTER)).to.deep.equal(fromNear);
    throws(() => sockets.setsockopt(far, SOL_SOCKET, SO_ATTACH_FILTER, [[0x15, 9, 9, 0]]), "EINVAL");
    throws(() => sockets.setsockopt(far, SOL_SOCKET, SO_ATTACH_FILTER, [[0x20, 0, 0, 0]]), "EINVAL");
    sockets.setsockopt(far, SOL_SOCKET, SO_DETACH_FILTER, 0);
    throws(() => sockets.setsockopt(far, SOL_SOCKET, SO_DETACH_FILTER, 0), "ENOENT");
    sockets.setsockopt(far, SOL_SOCKET, SO_LOCK_FILTER, 1);
    throws(() => sockets.setsockopt(far, SOL_SOCKET, SO_ATTACH_FILTER, ALL), "EPERM");
    // What `tcpdump -ddd 'udp dst port 53'` makes for Ethernet (IPv4 only): the frame, header first.
    const frames = sockets.socket(AF_PACKET, SOCK_RAW, ETH_P_IP);
    const dns = [
      [0x28, 0, 0, 12],
      [0x15, 0, 8, 0x800],
      [0x30, 0, 0, 23],
      [0x15, 0, 6, 17],
      [0x28, 0, 0, 20],
      [0x45, 4, 0, 0x1fff],
      [0xb1, 0, 0, 14],
      [0x48, 0, 0, 16],
      [0x15, 0, 1, 53],
      [6, 0, 0, 0x40000],
      [6, 0, 0, 0],
    ] as const;
    sockets.setsockopt(frames, SOL_SOCKET, SO_ATTACH_FILTER, dns);
    await alice.sockets.sendto(near, "x", AF_INET, BOB, 99);
    await alice.sockets.sendto(near, "y", AF_INET, BOB, 53);
    expect(await lab.run(sockets.recvInto(frames, buffer))).to.be.at.least(43);
    expect(buffer[37], "to port 53").to.equal(53);
    expect(sockets.tryRecvInto(frames, buffer)).to.equal(undefined);
    const raw = sockets.socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    sockets.setsockopt(raw, SOL_SOCKET, SO_ATTACH_FILTER, NONE);
    await alice.sockets.sendto(near, "z", AF_INET, BOB, 53);
    await lab.runFor(seconds(1));
    expect(sockets.tryRecvInto(raw, buffer)).to.equal(undefined);
  });

  it("leave out ICMP types with ICMP_FILTER", async () => {
    const { sockets } = bob;
    const all = sockets.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    const replies = sockets.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    sockets.setsockopt(replies, SOL_RAW, ICMP_FILTER, ~1); // echo replies only
    const pinger = alice.sockets.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    await alice.sockets.sendto(pinger, Uint8Array.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0), AF_INET, BOB, 0);
    await lab.runFor(seconds(1));
    expect(sockets.tryRecvInto(all, new Uint8Array(99)), "an echo request").to.equal(28);
    expect(sockets.tryRecvInto(replies, new Uint8Array(99))).to.equal(undefined);
    const other = sockets.socket(AF_INET, SOCK_RAW, 253);
    throws(() => sockets.setsockopt(other, SOL_RAW, ICMP_FILTER, 1), "EOPNOTSUPP");
  });

  it("send without checksum with SO_NO_CHECK, and are believed", async () => {
    const raw = bob.sockets.socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    alice.sockets.setsockopt(near, SOL_SOCKET, SO_NO_CHECK, 1);
    await alice.sockets.sendto(near, "x", AF_INET, BOB, 53);
    const whole = new Uint8Array(99);
    expect(await lab.run(bob.sockets.recvInto(raw, whole))).to.equal(29);
    expect([whole[26], whole[27]], "the checksum").to.deep.equal([0, 0]);
    expect(await lab.run(bob.sockets.recvInto(far, new Uint8Array(9)))).to.equal(1);
  });

  it("know the path MTU of a connected socket", async () => {
    throws(() => alice.sockets.getsockopt(near, IPPROTO_IP, IP_MTU), "ENOTCONN");
    alice.sockets.connect(near, AF_INET, BOB, 53);
    expect(alice.sockets.getsockopt(near, IPPROTO_IP, IP_MTU)).to.equal(1500);
  });

  it("leave the port to connect, and tell what is left to read, of TCP", async () => {
    const { sockets } = alice;
    const listener = bob.sockets.socket(AF_INET, SOCK_STREAM);
    bob.sockets.bind(listener, AF_INET, 0, 80);
    bob.sockets.listen(listener, 1);
    const stream = sockets.socket(AF_INET, SOCK_STREAM);
    sockets.setsockopt(stream, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    sockets.bind(stream, AF_INET, ALICE, 0);
    expect(sockets.getsockname(stream)).to.deep.equal({ family: 2, address: ALICE, port: 0 });
    await lab.run(sockets.connect(stream, AF_INET, BOB, 80));
    expect(sockaddrPort(sockets.getsockname(stream))).to.be.greaterThan(0);
    const [server] = await lab.run(bob.sockets.accept(listener));
    bob.sockets.setsockopt(server, IPPROTO_TCP, TCP_INQ, 1);
    await sockets.send(stream, octets("abcdef"));
    await lab.runFor(seconds(1));
    const { count, control } = await bob.sockets.recvmsg(server, new Uint8Array(4));
    expect([count, control]).to.deep.equal([4, [{ level: IPPROTO_TCP, type: TCP_INQ, data: 2 }]]);
    // Where only the end is left it is 1, as on Linux: there is something to learn.
    sockets.shutdown(stream, SHUT_WR);
    await lab.runFor(seconds(1));
    for (const left of [2, 0]) {
      const ended = await bob.sockets.recvmsg(server, new Uint8Array(4));
      expect([ended.count, ended.control[0]?.data]).to.deep.equal([left, 1]);
    }
  });
});
