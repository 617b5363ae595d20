import { expect } from "chai";
import { Drop, dropName, seconds } from "../../../../src/stack/index.ts";
import {
  arpRequest,
  BROADCAST,
  bytes,
  datagram,
  describeFrame,
  ethernet,
  type IpFields,
  icmp,
  OUR_IP,
  OURS,
  PEER,
  ping,
  udp,
} from "../../../support/frames.ts";
import { address, WireRig } from "../../../support/wire-rig.ts";

const echo = icmp(8, 0, [0, 7, 0, 1], bytes("ping"));

describe("IPv4", () => {
  let rig: WireRig;
  const sent = (): readonly string[] => rig.taken().map(describeFrame);
  const reasons = (): readonly string[] =>
    rig.dropped.splice(0).map(({ layer, reason }) => `${layer}: ${reason}`);

  beforeEach(() => {
    rig = new WireRig();
    rig.receive(arpRequest());
    rig.taken();
  });
  afterEach(() => rig.close());

  describe("frames (RFC 1122 §2.3)", () => {
    it("ignores those for another station", () => {
      rig.receive(ethernet(datagram(1, echo), 0x0800, "02:99:99:99:99:99"));
      expect(reasons()).to.deep.equal(["interface: notOurFrame"]);
      expect(sent()).to.deep.equal([]);
    });

    it("ignores those from a group address, of unknown types, and cut short", () => {
      rig.receive(ethernet(datagram(1, echo), 0x0800, OURS, "03:00:00:00:00:01"));
      for (const type of [0, 0x2e, 0x5ff, 0x600, 0x8100, 0x86dd, 0xffff]) {
        rig.receive(ethernet(datagram(1, echo), type));
      }
      const whole = ping();
      for (let length = 0; length < whole.length; length++) rig.receive(whole.subarray(0, length));
      expect(sent()).to.deep.equal([]);
    });

    it("looks past no padding (RFC 894)", () => {
      rig.receive(bytes(ping({}, bytes("abc")), new Array<number>(29).fill(0xaa)));
      expect(sent()).to.deep.equal(["> peer: 10.77.0.2 > 10.77.0.1 icmp 0/0 3"]);
    });
  });

  describe("header checks (RFC 791 §3.1, RFC 1122 §3.2.1)", () => {
    const bad: readonly [string, IpFields, Drop][] = [
      ["a wrong checksum", { checksum: 0x1234 }, Drop.badChecksum],
      ["version 5", { version: 5 }, Drop.badVersion],
      ["a header of 16 octets", { ihl: 4 }, Drop.badHeaderLength],
      ["a header longer than the datagram", { ihl: 15 }, Drop.badLength],
      ["a total length past the frame", { totalLength: 400 }, Drop.badLength],
      ["a total length below the header", { totalLength: 19 }, Drop.badLength],
    ];
    for (const [what, fields, reason] of bad) {
      it(`drop ${what}`, () => {
        rig.receive(ping(fields));
        expect(reasons()).to.deep.equal([`ipv4: ${dropName(reason)}`]);
        expect(rig.stack.counters.ip.ipInHdrErrors).to.equal(1);
        expect(sent()).to.deep.equal([]);
      });
    }

    it("take any time to live: it is for routers (§3.2.1.7)", () => {
      rig.receive(ping({ ttl: 1 }), ping({ ttl: 0 }));
      expect(sent()).to.have.length(2);
    });

    it("skip options that they do not know (§3.2.1.8)", () => {
      for (const options of [bytes(1, 1, 1, 0), bytes(0x94, 4, 0, 0), bytes(0x5e, 4, 1, 2)]) {
        rig.receive(ping({ options }));
      }
      expect(sent()).to.have.length(3);
    });

    it("report an impossible option with its place (§3.2.2.5)", () => {
      rig.receive(ping({ options: bytes(1, 0x5e, 9, 0) }));
      const [frame = bytes()] = rig.taken();
      expect(describeFrame(frame)).to.match(/icmp 12\/0/);
      expect(frame[14 + 20 + 4], "pointer").to.equal(22);
    });

    it("drop source routes in silence (RFC 7126 §4.3)", () => {
      rig.receive(ping({ options: bytes(131, 7, 4, 192, 0, 2, 1, 0) }));
      rig.receive(ping({ options: bytes(137, 7, 8, 192, 0, 2, 1, 0) }));
      expect(sent()).to.deep.equal([]);
    });
  });

  describe("addresses (RFC 1122 §3.2.1.3)", () => {
    it("accepts no datagram for another host, and forwards none", () => {
      for (const to of ["10.77.0.254", "198.51.100.7", "127.0.0.1", "0.0.0.0", "240.0.0.1", "10.77.0.0"]) {
        rig.receive(ping({ to }));
      }
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([]);
    });

    it("answers no source that cannot be a host's, and not itself (LAND)", () => {
      const sources = [
        ["127.0.0.1", "sourceIsLoopback"],
        ["0.0.0.0", "sourceIsNobody"],
        ["0.1.2.3", "sourceIsNobody"],
        ["224.0.0.1", "sourceIsGroup"],
        ["240.0.0.1", "sourceIsGroup"],
        ["255.255.255.255", "sourceIsBroadcast"],
        ["10.77.0.255", "sourceIsBroadcast"],
        [OUR_IP, "sourceIsOurs"],
      ] as const;
      for (const [from] of sources) {
        rig.receive(ping({ from }));
        rig.receive(ethernet(datagram(17, udp(4444, 9, bytes("x"), { from }), { from })));
      }
      expect(reasons()).to.deep.equal(sources.flatMap(([, why]) => [`ipv4: ${why}`, `ipv4: ${why}`]));
      expect(sent()).to.deep.equal([]);
    });

    it("ignores a datagram to one host in a broadcast frame (§3.3.6)", () => {
      rig.receive(ethernet(datagram(1, echo), 0x0800, BROADCAST));
      expect(sent()).to.deep.equal([]);
    });

    it("takes a datagram for any address of the host on any interface, and answers from it", () => {
      rig.stack.addAddress(rig.eth0, { address: address("192.0.2.2"), prefixLength: 32 }, "off");
      rig.receive(ping({ to: "192.0.2.2" }));
      expect(sent()).to.deep.equal(["> peer: 192.0.2.2 > 10.77.0.1 icmp 0/0 4"]);
    });
  });

  describe("what is sent", () => {
    it("carries a time to live of 64 and our addresses (§3.2.1.7)", () => {
      rig.receive(ping());
      const [frame = bytes()] = rig.taken();
      expect(frame[14 + 8]).to.equal(64);
      expect([...frame.subarray(6, 12)]).to.deep.equal([2, 0, 0x0a, 0x4d, 0, 2]);
    });

    it("has identifications that start at random and never repeat within 65536 for one destination (RFC 6864)", () => {
      const ids = new Set<number>();
      for (let i = 0; i < 1000; i++) rig.receive(ping());
      for (const frame of rig.taken()) ids.add(((frame[18] ?? 0) << 8) | (frame[19] ?? 0));
      expect(ids.size).to.equal(1000);
      const other = new WireRig({ seed: 2 });
      other.receive(arpRequest(), ping());
      const [, frame = bytes()] = other.taken();
      expect(ids.has(((frame[18] ?? 0) << 8) | (frame[19] ?? 0)), "another secret").to.equal(false);
      other.close();
    });
  });

  describe("routes", () => {
    const via = (to: string): string | undefined => {
      const route = rig.stack.contextFor("test").route(address(to));
      return route === undefined
        ? undefined
        : `${route.interface.name} ${route.source} ${"nextHop" in route ? route.nextHop : ""}`;
    };

    it("go to the longest prefix that matches, else to the default gateway, else nowhere", () => {
      expect(via("10.77.0.9")).to.equal("eth0 10.77.0.2 10.77.0.9");
      expect(via("192.0.2.1")).to.equal(undefined);
      rig.stack.addRoute(address("0.0.0.0"), 0, address("10.77.0.1"), rig.eth0);
      expect(via("192.0.2.1")).to.equal("eth0 10.77.0.2 10.77.0.1");
      rig.stack.addRoute(address("192.0.2.0"), 24, address("10.77.0.3"), rig.eth0);
      expect(via("192.0.2.1")).to.equal("eth0 10.77.0.2 10.77.0.3");
      rig.stack.removeRoute(address("192.0.2.0"), 24);
      expect(via("192.0.2.1")).to.equal("eth0 10.77.0.2 10.77.0.1");
    });

    it("to our own addresses stay inside, and to impossible ones there are none", () => {
      expect(via("127.1.2.3"), "as ip route get says in Linux").to.equal("lo 127.0.0.1 127.1.2.3");
      expect(via("0.0.0.0"), "the wildcard address is this host").to.equal("lo 127.0.0.1 127.0.0.1");
      expect(via(OUR_IP)).to.equal("lo 10.77.0.2 10.77.0.2");
      for (const to of ["0.1.2.3", "240.0.0.1"]) expect(via(to)).to.equal(undefined);
    });

    it("are the same object until something changes, and then say that they are void", () => {
      const route = rig.stack.contextFor("test").route(address("10.77.0.9"));
      expect(rig.stack.contextFor("test").route(address("10.77.0.9"))).to.equal(route);
      expect(route?.valid).to.equal(true);
      rig.stack.addRoute(address("192.0.2.0"), 24, undefined, rig.eth0);
      expect(route?.valid).to.equal(false);
      expect(rig.stack.contextFor("test").route(address("10.77.0.9"))).to.not.equal(route);
    });

    it("take only a source address that is ours", () => {
      expect(rig.stack.contextFor("test").route(address("10.77.0.9"), address("10.77.0.3"))).to.equal(
        undefined,
      );
      expect(
        rig.stack.contextFor("test").route(address("10.77.0.9"), address(OUR_IP))?.source.toString(),
      ).to.equal(OUR_IP);
    });

    it("follow a redirect of the gateway in use (RFC 1122 §3.2.2.2), and of nobody else", () => {
      rig.stack.addRoute(address("0.0.0.0"), 0, address("10.77.0.1"), rig.eth0);
      const quoted = datagram(17, udp(1, 2, bytes()), { from: OUR_IP, to: "198.51.100.9" });
      const redirect = icmp(5, 1, [10, 77, 0, 3], quoted);
      rig.receive(ethernet(datagram(1, redirect, { from: "10.77.0.66" })));
      expect(via("198.51.100.9")).to.equal("eth0 10.77.0.2 10.77.0.1");
      rig.receive(ethernet(datagram(1, redirect)));
      expect(via("198.51.100.9")).to.equal("eth0 10.77.0.2 10.77.0.3");
    });
  });

  it("loses its routes with an interface that fails, and reports nothing more on it", () => {
    const route = rig.stack.contextFor("test").route(address("10.77.0.9"));
    rig.link.sink?.failed("unplugged");
    expect(route?.valid).to.equal(false);
    expect(rig.stack.contextFor("test").route(address("10.77.0.9"))).to.equal(undefined);
    rig.receive(ping());
    expect(sent()).to.deep.equal([]);
    expect(PEER).to.equal("02:77:00:00:00:01");
  });
});
