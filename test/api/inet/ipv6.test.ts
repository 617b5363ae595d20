/** AF_INET6 between two hosts: what needs a link, control data, groups, errors and raw sockets (RFC 3493, RFC 3542). */
import { expect } from "chai";
import {
  AF_INET,
  AF_INET6,
  type ControlMessage,
  type ExtendedError,
  ICMP6_FILTER,
  type Inet6Sockaddr,
  IPPROTO_ICMPV6,
  IPPROTO_IPV6,
  IPV6_CHECKSUM,
  IPV6_HOPLIMIT,
  IPV6_JOIN_GROUP,
  IPV6_LEAVE_GROUP,
  IPV6_MULTICAST_HOPS,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  inet6Sockaddr,
  inetPton,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../../../src/api/index.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { parseIpv6, seconds } from "../../../src/stack/index.ts";
import { fails, octets, text, throws } from "../support.ts";

const bits = (address: string): bigint => inetPton(AF_INET6, address);
const ALICE = bits("fd77::1");
const BOB = bits("fd77::2");

function give(host: LabHost, address: string): void {
  const one = host.stack.interfaces.find(({ name }) => name !== "lo");
  const parsed = parseIpv6(address);
  if (one === undefined || parsed === undefined) throw new Error(`no ${address}`);
  host.stack.addAddress(one, { address: parsed, prefixLength: 64 }, "off");
}

describe("sockets of AF_INET6", () => {
  let lab: Lab;
  let alice: LabHost;
  let bob: LabHost;

  beforeEach(async () => {
    lab = new Lab({ seed: 6 });
    alice = lab.host("alice", "10.0.0.1/24");
    bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob);
    give(alice, "fd77::1");
    give(bob, "fd77::2");
    await lab.runFor(seconds(3)); // until the link-local addresses may be used (RFC 4862 §5.4)
  });

  afterEach(() => lab.close());

  const indexOf = (host: LabHost): number =>
    host.stack.interfaces.find(({ name }) => name !== "lo")?.index ?? 0;

  const linkLocalOf = (host: LabHost): bigint => {
    const one = host.stack.interfaces.find(({ name }) => name !== "lo");
    const own = one?.addresses.find(({ address }) => address.toString().startsWith("fe80:"));
    if (own === undefined) throw new Error("there is no link-local address");
    return bits(own.address.toString());
  };

  it("carry a stream between two hosts", async () => {
    const listener = bob.sockets.socket(AF_INET6, SOCK_STREAM);
    bob.sockets.bind(listener, AF_INET6, 0n, 80);
    bob.sockets.listen(listener, 5);
    const client = alice.sockets.socket(AF_INET6, SOCK_STREAM);
    await lab.run(alice.sockets.connect(client, AF_INET6, BOB, 80));
    const [server, from] = await lab.run(bob.sockets.accept(listener));
    expect((from as Inet6Sockaddr).address).to.equal(ALICE);
    await lab.run(alice.sockets.send(client, "hello"));
    const buffer = new Uint8Array(10);
    expect(await lab.run(bob.sockets.recvInto(server, buffer))).to.equal(5);
    expect(bob.sockets.getsockname(server)).to.deep.equal(inet6Sockaddr(BOB, 80));
  });

  it("tell where a datagram came in, its hop limit and traffic class, of both families", async () => {
    const there = bob.sockets.socket(AF_INET6, SOCK_DGRAM);
    bob.sockets.bind(there, AF_INET6, 0n, 7);
    for (const option of [IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS] as const)
      bob.sockets.setsockopt(there, IPPROTO_IPV6, option, 1);
    const here = alice.sockets.socket(AF_INET6, SOCK_DGRAM);
    alice.sockets.setsockopt(here, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
    alice.sockets.setsockopt(here, IPPROTO_IPV6, IPV6_TCLASS, 0x28);
    await lab.run(alice.sockets.sendto(here, "six", AF_INET6, BOB, 7));
    const six = await lab.run(bob.sockets.recvmsg(there, new Uint8Array(10)));
    const index = indexOf(bob);
    expect(six.control).to.deep.equal([
      { level: IPPROTO_IPV6, type: IPV6_PKTINFO, data: { index, address: BOB } },
      { level: IPPROTO_IPV6, type: IPV6_HOPLIMIT, data: 9 },
      { level: IPPROTO_IPV6, type: IPV6_TCLASS, data: 0x28 },
    ]);
    await lab.run(alice.sockets.sendto(here, "four", AF_INET6, bits("::ffff:10.0.0.2"), 7));
    const four = await lab.run(bob.sockets.recvmsg(there, new Uint8Array(10)));
    expect((four.address as Inet6Sockaddr).address).to.equal(bits("::ffff:10.0.0.1"));
    expect(four.control).to.deep.equal([
      { level: IPPROTO_IPV6, type: IPV6_PKTINFO, data: { index, address: bits("::ffff:10.0.0.2") } },
    ]);
  });

  it("send one datagram as its control data wish: source, hop limit, traffic class", async () => {
    give(alice, "fd77::11");
    const there = bob.sockets.socket(AF_INET6, SOCK_DGRAM);
    bob.sockets.bind(there, AF_INET6, 0n, 7);
    bob.sockets.setsockopt(there, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    bob.sockets.setsockopt(there, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    const here = alice.sockets.socket(AF_INET6, SOCK_DGRAM);
    const address = inet6Sockaddr(BOB, 7);
    const wish = (type: number, data: unknown): ControlMessage => ({ level: IPPROTO_IPV6, type, data });
    const control = [
      wish(IPV6_PKTINFO, { index: indexOf(alice), address: bits("fd77::11") }),
      wish(IPV6_HOPLIMIT, 3),
      wish(IPV6_TCLASS, 8),
    ];
    await lab.run(alice.sockets.sendmsg(here, { data: "x", address, control }));
    const got = await lab.run(bob.sockets.recvmsg(there, new Uint8Array(10)));
    expect((got.address as Inet6Sockaddr).address).to.equal(bits("fd77::11"));
    expect(got.control.map(({ data }) => data)).to.deep.equal([3, 8]);
    for (const bad of [wish(IPV6_HOPLIMIT, 256), wish(IPV6_PKTINFO, { address: 7 }), wish(99, 1)])
      await fails(lab.run(alice.sockets.sendmsg(here, { data: "x", address, control: [bad] })), "EINVAL");
    const gone = wish(IPV6_PKTINFO, { index: 999 });
    await fails(lab.run(alice.sockets.sendmsg(here, { data: "x", address, control: [gone] })), "ENODEV");
  });

  it("reach link-local addresses by the scope, and name them with it", async () => {
    const there = bob.sockets.socket(AF_INET6, SOCK_DGRAM);
    bob.sockets.bind(there, AF_INET6, 0n, 7);
    const here = alice.sockets.socket(AF_INET6, SOCK_DGRAM);
    const to = inet6Sockaddr(linkLocalOf(bob), 7, 0, indexOf(alice));
    await lab.run(alice.sockets.sendto(here, "hello", to));
    const [count, from] = await lab.run(bob.sockets.recvfromInto(there, new Uint8Array(10)));
    expect(count).to.equal(5);
    const { address, scopeId } = from as Inet6Sockaddr;
    expect([address, scopeId]).to.deep.equal([linkLocalOf(alice), indexOf(bob)]);
    const stream = alice.sockets.socket(AF_INET6, SOCK_STREAM);
    await fails(lab.run(alice.sockets.connect(stream, inet6Sockaddr(linkLocalOf(bob), 7))), "EINVAL");
    await fails(lab.run(alice.sockets.connect(stream, inet6Sockaddr(linkLocalOf(bob), 7, 0, 99))), "ENODEV");
    throws(() => alice.sockets.bind(stream, inet6Sockaddr(linkLocalOf(alice), 7)), "EINVAL");
    alice.sockets.bind(stream, inet6Sockaddr(linkLocalOf(alice), 7, 0, indexOf(alice)));
    expect(alice.sockets.getsockname(stream)).to.deep.equal(
      inet6Sockaddr(linkLocalOf(alice), 7, 0, indexOf(alice)),
    );
  });

  it("hear the groups that they join, until they leave", async () => {
    const GROUP = bits("ff05::1234");
    const there = bob.sockets.socket(AF_INET6, SOCK_DGRAM);
    bob.sockets.bind(there, AF_INET6, 0n, 7);
    bob.sockets.setsockopt(there, IPPROTO_IPV6, IPV6_JOIN_GROUP, [GROUP, indexOf(bob)]);
    throws(
      () => bob.sockets.setsockopt(there, IPPROTO_IPV6, IPV6_JOIN_GROUP, [GROUP, indexOf(bob)]),
      "EADDRINUSE",
    );
    throws(() => bob.sockets.setsockopt(there, IPPROTO_IPV6, IPV6_JOIN_GROUP, [GROUP, 99]), "ENODEV");
    throws(() => bob.sockets.setsockopt(there, IPPROTO_IPV6, IPV6_JOIN_GROUP, [BOB, 0]), "EINVAL");
    const here = alice.sockets.socket(AF_INET6, SOCK_DGRAM);
    alice.sockets.setsockopt(here, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 4);
    const to = inet6Sockaddr(GROUP, 7, 0, indexOf(alice));
    await lab.run(alice.sockets.sendto(here, "all", to));
    const buffer = new Uint8Array(10);
    expect(await lab.run(bob.sockets.recvInto(there, buffer))).to.equal(3);
    expect(text(buffer.subarray(0, 3))).to.equal("all");
    bob.sockets.setsockopt(there, IPPROTO_IPV6, IPV6_LEAVE_GROUP, [GROUP, indexOf(bob)]);
    await lab.run(alice.sockets.sendto(here, "all", to));
    await lab.runFor(seconds(1));
    await fails(bob.sockets.recvInto(there, buffer, MSG_DONTWAIT), "EAGAIN");
    throws(() => bob.sockets.setsockopt(there, IPPROTO_IPV6, IPV6_LEAVE_GROUP, [GROUP, 0]), "EADDRNOTAVAIL");
  });

  it("keep errors in a queue with IPV6_RECVERR", async () => {
    const here = alice.sockets.socket(AF_INET6, SOCK_DGRAM);
    alice.sockets.setsockopt(here, IPPROTO_IPV6, IPV6_RECVERR, 1);
    await lab.run(alice.sockets.sendto(here, "hello", AF_INET6, BOB, 9));
    await lab.runFor(seconds(1));
    const buffer = new Uint8Array(10);
    const { address, control, count } = await alice.sockets.recvmsg(here, buffer, MSG_ERRQUEUE);
    expect(text(buffer.subarray(0, count))).to.equal("hello");
    expect(address).to.deep.equal(inet6Sockaddr(BOB, 9));
    const [{ level, type, data } = {} as ControlMessage] = control;
    // RFC 4443 §3.1: type 1, code 4, port unreachable; 111 is ECONNREFUSED.
    const told: ExtendedError = { errno: 111, origin: 3, type: 1, code: 4, info: 0, offender: BOB };
    expect({ level, type, data }).to.deep.equal({ level: IPPROTO_IPV6, type: IPV6_RECVERR, data: told });
  });

  describe("and raw", () => {
    /** An ICMPv6 echo request (RFC 4443 §4.1), whose checksum the socket is to do. */
    const request = Uint8Array.of(128, 0, 0, 0, 0x12, 0x34, 0, 1);

    it("give what is behind the header, with a checksum that is right", async () => {
      const ping = alice.sockets.socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
      await lab.run(alice.sockets.sendto(ping, request, AF_INET6, BOB, 0));
      const buffer = new Uint8Array(100);
      for (;;) {
        const [count, from] = await lab.run(alice.sockets.recvfromInto(ping, buffer));
        if (buffer[0] !== 129) continue; // neighbours speak ICMPv6 as well
        expect([count, buffer[4], buffer[5], buffer[7]]).to.deep.equal([8, 0x12, 0x34, 1]);
        expect((from as Inet6Sockaddr).address).to.equal(BOB);
        return;
      }
    });

    it("hear only the types that ICMP6_FILTER lets pass", async () => {
      const ping = alice.sockets.socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
      const all = new Array<number>(8).fill(0xffff_ffff);
      alice.sockets.setsockopt(ping, IPPROTO_ICMPV6, ICMP6_FILTER, [
        ...all.slice(0, 4),
        0xffff_fffd,
        ...all.slice(5),
      ]);
      await lab.run(alice.sockets.sendto(ping, request, AF_INET6, BOB, 0));
      await lab.runFor(seconds(1));
      const buffer = new Uint8Array(100);
      expect(await alice.sockets.recvInto(ping, buffer, MSG_DONTWAIT)).to.equal(8);
      expect(buffer[0]).to.equal(129);
      await fails(alice.sockets.recvInto(ping, buffer, MSG_DONTWAIT), "EAGAIN");
      expect(alice.sockets.getsockopt(ping, IPPROTO_ICMPV6, ICMP6_FILTER)[4]).to.equal(0xffff_fffd);
    });

    it("do the checksum of a protocol where IPV6_CHECKSUM says, and drop what is wrong", async () => {
      const theirs = bob.sockets.socket(AF_INET6, SOCK_RAW, 253);
      bob.sockets.setsockopt(theirs, IPPROTO_IPV6, IPV6_CHECKSUM, 4);
      const mine = alice.sockets.socket(AF_INET6, SOCK_RAW, 253);
      await lab.run(alice.sockets.sendto(mine, octets("no checksum"), AF_INET6, BOB, 0));
      alice.sockets.setsockopt(mine, IPPROTO_IPV6, IPV6_CHECKSUM, 4);
      await lab.run(alice.sockets.sendto(mine, octets("with checksum"), AF_INET6, BOB, 0));
      await fails(lab.run(alice.sockets.sendto(mine, octets("short"), AF_INET6, BOB, 0)), "EINVAL");
      await lab.runFor(seconds(1));
      const buffer = new Uint8Array(100);
      expect(await bob.sockets.recvInto(theirs, buffer, MSG_DONTWAIT)).to.equal(13);
      expect(text(buffer.subarray(6, 13))).to.equal("hecksum");
      await fails(bob.sockets.recvInto(theirs, buffer, MSG_DONTWAIT), "EAGAIN");
      throws(() => alice.sockets.setsockopt(mine, IPPROTO_IPV6, IPV6_CHECKSUM, 3), "EINVAL");
    });

    it("know no addresses of AF_INET", async () => {
      const mine = alice.sockets.socket(AF_INET6, SOCK_RAW, 253);
      await fails(alice.sockets.sendto(mine, "x", AF_INET, 0x0a00_0002, 0), "EAFNOSUPPORT");
    });
  });
});
