import { expect } from "chai";
import { milliseconds, type SocketAddress, seconds, type UdpEndpoint } from "../../../src/stack/index.ts";
import {
  arpRequest,
  bytes,
  datagram,
  describeFrame,
  ethernet,
  groupMac,
  igmpFrame,
  OUR_IP,
  PEER_IP,
  udp,
} from "../../support/frames.ts";
import { address, HandLink, WireRig } from "../../support/wire-rig.ts";

const GROUP = "239.1.2.3";
const ANY = "0.0.0.0";
const QUERY = 0x11;
const TO_ROUTERS = `> ${groupMac("224.0.0.22")}: 10.77.0.2 > 224.0.0.22 igmp 22`;
const REPORT = `${TO_ROUTERS} to_ex ${GROUP} { }`;
const LEAVE = `${TO_ROUTERS} to_in ${GROUP} { }`;
const STATE = `${TO_ROUTERS} is_ex ${GROUP} { }`;
/** Beside a router of version 2. */
const REPORT2 = `> ${groupMac(GROUP)}: 10.77.0.2 > ${GROUP} igmp 16 ${GROUP}`;
const LEAVE2 = `> ${groupMac("224.0.0.2")}: 10.77.0.2 > 224.0.0.2 igmp 17 ${GROUP}`;
const at = (ip: string, port: number): SocketAddress => ({ address: address(ip), port });

describe("multicast", () => {
  let rig: WireRig;
  let sockets: { close(): void }[];
  const buffer = new Uint8Array(66_000);
  const sent = (): readonly string[] => rig.taken().map(describeFrame);
  const bound = (ip: string, port: number, options = {}): UdpEndpoint => {
    const socket = rig.stack.openUdp();
    sockets.push(socket);
    expect(socket.configure({ reuseAddress: true, ...options })).to.equal(undefined);
    expect(socket.bind(at(ip, port))).to.equal(undefined);
    return socket;
  };
  const member = (ip = ANY, group = GROUP, on = "eth0"): UdpEndpoint => {
    const socket = bound(ip, 7);
    expect(socket.joinGroup(address(group), on)).to.equal(undefined);
    return socket;
  };
  const read = (socket: UdpEndpoint): string | undefined => {
    const octets = socket.receive(buffer);
    return octets === undefined ? undefined : String.fromCharCode(...buffer.subarray(0, octets));
  };
  /** Joins and lets both unsolicited reports pass. */
  const settled = (): UdpEndpoint => {
    const socket = member();
    rig.run(seconds(11));
    rig.taken();
    return socket;
  };

  beforeEach(() => {
    rig = new WireRig();
    sockets = [];
    rig.receive(arpRequest());
    rig.taken();
  });
  afterEach(() => {
    for (const socket of sockets) socket.close();
    rig.close();
  });

  describe("looped back", () => {
    it("leaves by lo alone where its sender is bound to 127.0.0.1, as in Linux", () => {
      const near = bound(ANY, 7);
      expect(near.joinGroup(address(GROUP), "lo")).to.equal(undefined);
      const far = member();
      rig.taken();
      const sender = bound("127.0.0.1", 9);
      expect(sender.send(bytes("hello"), at(GROUP, 7))).to.equal(5);
      expect(sent()).to.deep.equal([]);
      expect([read(near), read(far)]).to.deep.equal(["hello", undefined]);
    });

    it("comes to every member on this host, and still leaves", () => {
      const members = [member(), member(GROUP)];
      const other = bound(ANY, 7);
      const elsewhere = member(ANY, "239.9.9.9");
      rig.taken();
      const sender = bound(ANY, 9);
      expect(sender.send(bytes("hello"), at(GROUP, 7))).to.equal(5);
      expect(sent()).to.deep.equal([`> ${groupMac(GROUP)}: 10.77.0.2 > ${GROUP} udp 9 > 7 "hello"`]);
      for (const socket of members) {
        const from = { address: address(ANY), port: 0 };
        expect(socket.receive(buffer, from)).to.equal(5);
        expect(`${from.address}:${from.port}`).to.equal("10.77.0.2:9");
        expect(socket.lastReceived.destination.toString()).to.equal(GROUP);
        expect(socket.lastReceived.interfaceIndex).to.equal(rig.eth0.index);
        expect(socket.lastReceived.hopLimit).to.equal(1);
        expect(read(socket)).to.equal(undefined);
      }
      expect([read(other), read(elsewhere)]).to.deep.equal([undefined, undefined]);
    });

    it("does not come when the sender wants none of it (IP_MULTICAST_LOOP)", () => {
      const socket = member();
      bound(ANY, 9, { multicastLoop: false }).send(bytes("x"), at(GROUP, 7));
      expect(read(socket)).to.equal(undefined);
      expect(sent().at(-1)).to.contain("udp 9 > 7");
    });

    it("stays in the host with a time to live of 0 (RFC 1112 §6.1)", () => {
      const socket = member();
      rig.taken();
      const sender = bound(ANY, 9, { multicastHopLimit: 0 });
      expect(sender.send(bytes("here"), at(GROUP, 7))).to.equal(4);
      expect([read(socket), sent()]).to.deep.equal(["here", []]);
      sender.configure({ multicastLoop: false });
      expect(sender.send(bytes("nowhere"), at(GROUP, 7))).to.equal(7);
      expect([read(socket), sent()]).to.deep.equal([undefined, []]);
    });

    it("arrives whole although it leaves in fragments", () => {
      const socket = member();
      rig.taken();
      expect(bound(ANY, 9).send(new Uint8Array(4000).fill(1), at(GROUP, 7))).to.equal(4000);
      expect(sent()).to.have.length(3);
      expect(socket.receive(buffer)).to.equal(4000);
    });

    it("is not delivered where no member is, nor twice through lo", () => {
      const socket = member(ANY, GROUP, "lo");
      const sender = bound(ANY, 9);
      sender.send(bytes("x"), at(GROUP, 7));
      expect(read(socket)).to.equal(undefined);
      expect(sent()).to.have.length(1);
      sender.configure({ multicastInterface: "lo" });
      sender.send(bytes("lo"), at(GROUP, 7));
      expect([read(socket), read(socket), sent()]).to.deep.equal(["lo", undefined, []]);
    });

    it("is also so of broadcasts: sockets bound to the wildcard or the broadcast address get them", () => {
      const receivers = [bound(ANY, 7), bound("10.77.0.255", 7)];
      const unicast = bound("10.77.0.2", 7);
      const sender = bound(ANY, 9, { broadcast: true });
      sender.send(bytes("all"), at("10.77.0.255", 7));
      expect(receivers.map(read)).to.deep.equal(["all", "all"]);
      sender.send(bytes("limited"), at("255.255.255.255", 7));
      expect(receivers.map(read)).to.deep.equal(["limited", undefined]);
      expect(read(unicast)).to.equal(undefined);
      expect(sent()).to.have.length(2);
    });

    it("comes to raw endpoints too, and they can be members", () => {
      const raw = rig.stack.openRaw(253);
      sockets.push(raw);
      expect(raw.joinGroup(address(GROUP), "eth0")).to.equal(undefined);
      expect(sent()).to.deep.equal([REPORT]);
      expect(raw.send(bytes("raw"), address(GROUP))).to.equal(3);
      expect(raw.receive(buffer)).to.equal(23);
      raw.configure({ multicastLoop: false });
      raw.send(bytes("raw"), address(GROUP));
      expect(raw.receive(buffer)).to.equal(undefined);
      expect(raw.configure({ multicastInterface: "eth9" })).to.equal("address-not-available");
      expect(raw.leaveGroup(address(GROUP), "")).to.equal(undefined);
      expect(raw.leaveGroup(address(GROUP), "")).to.equal("address-not-available");
      expect(sent().at(-1)).to.equal(LEAVE);
    });
  });

  describe("arriving", () => {
    const arrives = (group: string, text: string): void => {
      const packet = datagram(17, udp(5000, 7, bytes(text), { to: group }), { to: group });
      rig.receive(ethernet(packet, 0x0800, groupMac(group)));
    };

    it("is delivered to each member once, and to nobody after the last has left", () => {
      const [a, b] = [member(), member()];
      arrives(GROUP, "both");
      expect([read(a), read(b), read(a), read(b)]).to.deep.equal(["both", "both", undefined, undefined]);
      a.leaveGroup(address(GROUP), "eth0");
      arrives(GROUP, "one");
      expect([read(a), read(b)]).to.deep.equal([undefined, "one"]);
      b.close();
      const before = rig.dropped.length;
      arrives(GROUP, "none");
      expect(rig.dropped.length).to.equal(before + 1);
      expect(rig.eth0.hasGroup(address(GROUP))).to.equal(false);
    });

    it("answers to nobody: no ICMP error about a group (RFC 1122 §3.2.2)", () => {
      settled();
      const packet = datagram(17, udp(5000, 99, bytes("x"), { to: GROUP }), { to: GROUP });
      rig.receive(ethernet(packet, 0x0800, groupMac(GROUP)));
      expect(sent()).to.deep.equal([]);
    });

    it("can be joined once per interface and socket, on interfaces that are there", () => {
      const socket = member();
      expect(socket.joinGroup(address(GROUP), "eth0")).to.equal("address-in-use");
      expect(socket.joinGroup(address(GROUP), "")).to.equal("address-in-use");
      expect(socket.joinGroup(address(GROUP), "eth9")).to.equal("address-not-available");
      expect(socket.joinGroup(address(PEER_IP), "eth0")).to.equal("invalid");
      expect(socket.leaveGroup(address("239.9.9.9"), "eth0")).to.equal("address-not-available");
    });
  });

  describe("reports (RFC 3376, and RFC 2236 beside routers of version 2)", () => {
    it("go out twice when a group is joined, with a time to live of 1 and the router alert option", () => {
      member();
      const [frame = bytes()] = rig.taken();
      expect(describeFrame(frame)).to.equal(REPORT);
      expect([...frame.subarray(14, 16), frame[22]]).to.deep.equal([0x46, 0xc0, 1]);
      expect([...frame.subarray(34, 38)]).to.deep.equal([0x94, 4, 0, 0]);
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([REPORT]);
      rig.run(seconds(600));
      expect(sent()).to.deep.equal([]);
    });

    it("go out once for several members of this host, and the last to leave says so", () => {
      const sockets = [member(), member()];
      expect(sent()).to.deep.equal([REPORT]);
      sockets[0]?.close();
      expect(sent()).to.deep.equal([]);
      sockets[1]?.close();
      expect(sent()).to.deep.equal([LEAVE]);
      rig.run(seconds(1));
      expect(sent(), "in place of the second report").to.deep.equal([LEAVE]);
      rig.run(seconds(20));
      expect(sent()).to.deep.equal([]);
    });

    it("answer general and group queries within the time that they give", () => {
      settled();
      rig.receive(igmpFrame(QUERY, 50, ANY));
      expect(sent(), "not at once").to.deep.equal([]);
      rig.run(seconds(5));
      expect(sent()).to.deep.equal([REPORT2]);
      rig.receive(igmpFrame(QUERY, 10, GROUP));
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([REPORT2]);
      rig.receive(igmpFrame(QUERY, 10, "239.9.9.9"));
      rig.run(seconds(30));
      expect(sent()).to.deep.equal([]);
    });

    it("answer a general query to this host alone, but none to another group (RFC 3376 §4.1.12, §9.1)", () => {
      settled();
      const message = igmpFrame(QUERY, 10, ANY).subarray(38);
      rig.receive(ethernet(datagram(2, message, { ttl: 1, to: OUR_IP })));
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([REPORT2]);
      rig.receive(igmpFrame(QUERY, 10, ANY, { to: GROUP }));
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([]);
    });

    it("are hastened by a query that leaves less time, never put off by one that leaves more", () => {
      settled();
      rig.receive(igmpFrame(QUERY, 255, ANY), igmpFrame(QUERY, 1, GROUP), igmpFrame(QUERY, 255, ANY));
      rig.run(milliseconds(100));
      expect(sent()).to.deep.equal([REPORT2]);
      rig.run(seconds(30));
      expect(sent()).to.deep.equal([]);
    });

    it("come at times that chance spreads", () => {
      const delays = new Set<number>();
      for (let seed = 1; seed <= 20; seed++) {
        const one = new WireRig({ seed });
        const socket = one.stack.openUdp();
        socket.joinGroup(address(GROUP), "eth0");
        one.run(seconds(11));
        one.receive(igmpFrame(QUERY, 100, ANY));
        delays.add(Math.floor((one.stack.nextDeadline() - one.now) / 1_000_000));
        socket.close();
        one.close();
      }
      expect(delays.size).to.be.greaterThan(4);
    });

    it("leave with a message to all routers, beside one of version 2", () => {
      const socket = settled();
      rig.receive(igmpFrame(QUERY, 10, ANY));
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([REPORT2]);
      socket.close();
      rig.run(seconds(10));
      expect(sent()).to.deep.equal([LEAVE2]);
    });

    it("are of version 3 again when no router of version 2 was heard for 260 s (RFC 3376 §8.12)", () => {
      const socket = settled();
      rig.receive(igmpFrame(QUERY, 10, ANY));
      rig.run(seconds(259));
      expect(sent()).to.deep.equal([REPORT2]);
      rig.run(seconds(2));
      rig.receive(igmpFrame(QUERY, 10, ANY, { more: bytes(2, 125, 0, 0) }));
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([STATE]);
      socket.close();
    });

    it("are left to another member who was faster, and then so is the leave message", () => {
      const socket = settled();
      rig.receive(igmpFrame(QUERY, 100, ANY), igmpFrame(0x16, 0, GROUP));
      rig.run(seconds(20));
      expect(sent()).to.deep.equal([]);
      socket.close();
      expect(sent()).to.deep.equal([]);
    });

    it("are not silenced from off the link, nor asked for by forged or spoilt messages", () => {
      settled();
      rig.receive(igmpFrame(QUERY, 10, ANY), igmpFrame(0x16, 0, GROUP, { from: "192.0.2.9" }));
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([REPORT2]);
      rig.receive(
        igmpFrame(QUERY, 10, ANY, { to: GROUP }),
        igmpFrame(QUERY, 10, ANY, { spoil: 1 }),
        igmpFrame(0x99, 10, GROUP),
        ethernet(datagram(2, bytes(QUERY, 1), { to: "224.0.0.1" }), 0x0800, groupMac("224.0.0.1")),
      );
      rig.run(seconds(30));
      expect(sent()).to.deep.equal([]);
      expect(rig.stack.counters.igmp).to.include({ igmpInErrors: 2, igmpInQueries: 2, igmpOutReports: 3 });
    });

    it("answer a switch that has no address, and a query of version 3 as version 2 allows (RFC 3376 §7.2.1)", () => {
      settled();
      rig.receive(igmpFrame(QUERY, 10, ANY, { from: ANY }));
      rig.run(seconds(1));
      expect(sent()).to.deep.equal([REPORT2]);
      rig.receive(igmpFrame(QUERY, 100, ANY, { more: bytes(2, 125, 0, 0) }));
      rig.run(seconds(10));
      expect(sent()).to.deep.equal([REPORT2]);
    });

    it("are of version 1 while a router of version 1 is there, which knows no leaving", () => {
      const socket = settled();
      rig.receive(igmpFrame(QUERY, 0, ANY));
      rig.run(seconds(10));
      expect(sent()).to.deep.equal([REPORT2.replace("igmp 16", "igmp 12")]);
      socket.leaveGroup(address(GROUP), "eth0");
      expect(sent()).to.deep.equal([]);
      rig.run(seconds(400));
      socket.joinGroup(address(GROUP), "eth0");
      expect(sent()).to.deep.equal([REPORT]);
    });

    it("are not made of all hosts, who are always there, nor on lo", () => {
      member(ANY, "224.0.0.1").close();
      member(ANY, GROUP, "lo").close();
      rig.receive(igmpFrame(QUERY, 10, ANY));
      rig.run(seconds(20));
      expect(sent()).to.deep.equal([]);
    });

    it("end with the interface", () => {
      const link = new HandLink();
      rig.stack.addInterface("eth1", link, [{ address: address("10.78.0.2"), prefixLength: 24 }], {
        claim: "off",
      });
      const socket = member(ANY, GROUP, "eth1");
      expect(link.sent).to.have.length(1);
      rig.stack.removeInterface("eth1");
      expect(socket.leaveGroup(address(GROUP), "eth1")).to.equal(undefined);
      rig.run(seconds(20));
      expect(link.sent).to.have.length(1);
    });
  });
});
