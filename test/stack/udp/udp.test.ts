import { expect } from "chai";
import fc from "fast-check";
import { type SocketAddress, seconds, type UdpEndpoint } from "../../../src/stack/index.ts";
import {
  arpRequest,
  BROADCAST,
  bytes,
  datagram,
  describeFrame,
  ethernet,
  OUR_IP,
  PEER_IP,
  udp,
} from "../../support/frames.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

const ANY = "0.0.0.0";
const at = (ip: string, port: number): SocketAddress => ({ address: address(ip), port });

describe("UDP", () => {
  let rig: WireRig;
  let sockets: UdpEndpoint[];
  const buffer = new Uint8Array(66_000);
  const sent = (): readonly string[] => rig.taken().map(describeFrame);
  const open = (): UdpEndpoint => {
    const socket = rig.stack.openUdp();
    sockets.push(socket);
    return socket;
  };
  const bound = (ip: string, port: number, options = {}): UdpEndpoint => {
    const socket = open();
    expect(socket.configure(options)).to.equal(undefined);
    expect(socket.bind(at(ip, port))).to.equal(undefined);
    return socket;
  };
  const read = (socket: UdpEndpoint): string | undefined => {
    const octets = socket.receive(buffer);
    return octets === undefined ? undefined : String.fromCharCode(...buffer.subarray(0, octets));
  };
  /** A datagram from the peer. */
  const arrives = (
    text: string,
    toPort: number,
    fromPort = 5000,
    to: string = OUR_IP,
    from: string = PEER_IP,
  ): void => {
    const group = to.startsWith("224") || to.endsWith("255");
    const packet = datagram(17, udp(fromPort, toPort, bytes(text), { to, from }), { to, from });
    rig.receive(ethernet(packet, 0x0800, group ? BROADCAST : undefined));
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

  describe("receiving", () => {
    it("delivers the data and who sent it, empty datagrams too, and wakes once a burst", () => {
      const socket = bound(ANY, 7);
      let woken = 0;
      socket.onChange(() => woken++);
      const frame = (text: string): Uint8Array =>
        ethernet(datagram(17, udp(5000, 7, bytes(text)), { ttl: 9, tos: 4 }));
      rig.receive(frame("one"), frame(""), frame("three"));
      expect(woken).to.equal(1);
      const from = at(ANY, 0) as { address: SocketAddress["address"]; port: number };
      expect(socket.receive(buffer, from)).to.equal(3);
      expect(`${from.address}:${from.port}`).to.equal("10.77.0.1:5000");
      expect(socket.lastReceived).to.include({
        hopLimit: 9,
        trafficClass: 4,
        interfaceIndex: rig.eth0.index,
      });
      expect(socket.lastReceived.destination.toString()).to.equal(OUR_IP);
      expect(socket.available).to.equal(0);
      expect(read(socket)).to.equal("");
      expect(socket.receive(buffer, undefined, 0, 2, true), "the whole length, of which 2 fit").to.equal(5);
      expect(read(socket), "it was only peeked at").to.equal("three");
      expect(read(socket)).to.equal(undefined);
      expect(socket.readable).to.equal(false);
    });

    it("prefers the connected socket, then the one on the address, then the wildcard", () => {
      const wildcard = bound(ANY, 7, { reuseAddress: true });
      const specific = bound(OUR_IP, 7, { reuseAddress: true });
      const connected = bound(ANY, 7, { reuseAddress: true });
      connected.connect(at(PEER_IP, 5000));
      arrives("c", 7, 5000);
      arrives("s", 7, 5001);
      rig.stack.addAddress(rig.eth0, { address: address("10.77.0.22"), prefixLength: 24 }, "off");
      arrives("w", 7, 5000, "10.77.0.22");
      expect([read(connected), read(specific), read(wildcard)]).to.deep.equal(["c", "s", "w"]);
    });

    it("gives a connected socket nothing from others", () => {
      const socket = bound(ANY, 7);
      socket.connect(at(PEER_IP, 5000));
      arrives("no", 7, 5001);
      arrives("no", 7, 5000, OUR_IP, "10.77.0.9");
      expect(read(socket)).to.equal(undefined);
      socket.connect(undefined);
      arrives("yes", 7, 5001);
      expect(read(socket)).to.equal("yes");
    });

    it("drops what has a wrong checksum or length, and takes what has no checksum (RFC 1122 §4.1.3.4)", () => {
      const socket = bound(ANY, 7);
      const send = (fields: object, cut?: number): void =>
        rig.receive(ethernet(datagram(17, udp(5000, 7, bytes("abc"), fields).subarray(0, cut))));
      send({ checksum: 0x1111 });
      send({ length: 100 });
      send({ length: 7, checksum: 0 });
      send({}, 5);
      expect(rig.stack.counters.udp?.udpInErrors).to.equal(4);
      expect(read(socket)).to.equal(undefined);
      send({ checksum: 0 });
      expect(read(socket)).to.equal("abc");
      expect(sent()).to.deep.equal([]);
    });

    it("ignores octets behind the UDP length", () => {
      const socket = bound(ANY, 7);
      rig.receive(ethernet(datagram(17, bytes(udp(5000, 7, bytes("keep")), "TRAILING"))));
      expect(read(socket)).to.equal("keep");
    });

    it("takes a datagram from port 0, which wants no answer (RFC 768), and tells who sends to port 0 that nobody has it (RFC 1122 §4.1.3.1)", () => {
      const socket = bound(ANY, 7);
      arrives("x", 7, 0);
      arrives("y", 0, 5000);
      const from = { address: address("0.0.0.0"), port: 1 };
      expect(socket.receive(new Uint8Array(9), from)).to.equal(1);
      expect([`${from.address}`, from.port]).to.deep.equal([PEER_IP, 0]);
      expect(read(socket)).to.equal(undefined);
      expect(sent()).to.deep.equal([`> peer: ${OUR_IP} > ${PEER_IP} icmp 3/3 29`]);
    });

    it("bounds the queue by octets, counts what is lost, and goes on afterwards", () => {
      const socket = bound(ANY, 7, { receiveBuffer: 5000 });
      for (let i = 0; i < 100; i++) arrives(`number ${i}`, 7);
      const lost = rig.stack.counters.udp?.udpRcvbufErrors ?? 0;
      expect(lost).to.be.within(70, 95);
      for (let i = 0; i < 100 - lost; i++) expect(read(socket)).to.equal(`number ${i}`);
      expect(read(socket)).to.equal(undefined);
      arrives("again", 7);
      expect(read(socket)).to.equal("again");
    });

    it("hands broadcasts and multicasts to every socket that wants them", () => {
      const a = bound(ANY, 7, { reuseAddress: true });
      const b = bound(ANY, 7, { reuseAddress: true });
      const elsewhere = bound(OUR_IP, 7, { reuseAddress: true });
      for (const to of ["255.255.255.255", "10.77.0.255"]) {
        arrives(to, 7, 5000, to);
        expect([read(a), read(b), read(elsewhere)]).to.deep.equal([to, to, undefined]);
      }
      expect(a.joinGroup(address("224.0.0.251"), "eth0")).to.equal(undefined);
      arrives("group", 7, 5000, "224.0.0.251");
      expect([read(a), read(b)]).to.deep.equal(["group", undefined]);
      expect(a.leaveGroup(address("224.0.0.251"), "eth0")).to.equal(undefined);
      arrives("group", 7, 5000, "224.0.0.251");
      expect(read(a)).to.equal(undefined);
    });

    it("spreads peers over the sockets that share a port, always the same way", () => {
      const shared = [0, 1, 2, 3].map(() => bound(ANY, 7, { reusePort: true }));
      for (let round = 0; round < 2; round++)
        for (let port = 1000; port < 1100; port++) arrives(`${port}`, 7, port);
      const got = shared.map((socket) => {
        const ports: string[] = [];
        for (let text = read(socket); text !== undefined; text = read(socket)) ports.push(text);
        return ports;
      });
      for (const ports of got) {
        expect(ports.length).to.be.greaterThan(10);
        expect(ports.slice(0, ports.length / 2)).to.deep.equal(ports.slice(ports.length / 2));
      }
    });

    it("takes only what comes through the interface that it is tied to", () => {
      const socket = bound(ANY, 7, { interfaceName: "lo" });
      arrives("x", 7);
      expect(read(socket)).to.equal(undefined);
    });
  });

  describe("sending", () => {
    it("computes the checksum, all ones in place of zero (RFC 768)", () => {
      const socket = bound(OUR_IP, 7);
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 65_535 }), (data, port) => {
          expect(socket.send(data, at(PEER_IP, port))).to.equal(data.length);
          const [frame = bytes()] = rig.taken();
          const whole = udp(7, port, data, { from: OUR_IP, to: PEER_IP });
          expect(frame.subarray(34, 34 + whole.length)).to.deep.equal(whole);
        }),
      );
      const zero = udp(7, 9, bytes(0, 0), { from: OUR_IP, to: PEER_IP });
      socket.send(bytes(zero[6] ?? 0, zero[7] ?? 0), at(PEER_IP, 9));
      const [frame = bytes()] = rig.taken();
      expect([...frame.subarray(40, 42)]).to.deep.equal([255, 255]);
    });

    it("needs a destination, a port, a route, and permission for broadcast", () => {
      const socket = open();
      expect(socket.send(bytes("x"))).to.equal("destination-required");
      expect(socket.send(bytes("x"), at(PEER_IP, 0))).to.equal("invalid");
      expect(socket.send(bytes("x"), at("192.0.2.1", 9))).to.equal("network-unreachable");
      for (const to of ["255.255.255.255", "10.77.0.255"]) {
        expect(socket.send(bytes("x"), at(to, 9))).to.equal("access");
        expect(socket.connect(at(to, 9))).to.equal("access");
      }
      expect(sent()).to.deep.equal([]);
      socket.configure({ broadcast: true });
      expect(socket.send(bytes("all"), at("255.255.255.255", 9))).to.equal(3);
      expect(socket.send(bytes("all"), at("10.77.0.255", 9))).to.equal(3);
      const port = socket.local?.port;
      expect(sent()).to.deep.equal([
        `> all: 10.77.0.2 > 255.255.255.255 udp ${port} > 9 "all"`,
        `> all: 10.77.0.2 > 10.77.0.255 udp ${port} > 9 "all"`,
      ]);
    });

    it("sends multicast to the group's station address, with a time to live of 1 (RFC 1112 §6.1)", () => {
      const socket = bound(ANY, 7);
      expect(socket.send(bytes("m"), at("239.129.2.3", 9))).to.equal(1);
      const [frame = bytes()] = rig.taken();
      expect(describeFrame(frame)).to.equal('> 01:00:5e:01:02:03: 10.77.0.2 > 239.129.2.3 udp 7 > 9 "m"');
      expect(frame[22]).to.equal(1);
    });

    it("marks and fragments by IP_MTU_DISCOVER", () => {
      const socket = bound(ANY, 7);
      const fragmentField = (octets: number): number | string => {
        const result = socket.send(new Uint8Array(octets), at(PEER_IP, 9));
        if (typeof result === "string") return result;
        const frames = rig.taken();
        return ((frames[0]?.[20] ?? 0) << 8) >>> 13;
      };
      expect([fragmentField(100), fragmentField(2000)], "want").to.deep.equal([2, 1]);
      socket.configure({ mtuDiscovery: "dont" });
      expect([fragmentField(100), fragmentField(2000)]).to.deep.equal([0, 1]);
      socket.configure({ mtuDiscovery: "do" });
      expect([fragmentField(1472), fragmentField(1473)]).to.deep.equal([2, "message-too-long"]);
    });

    it("goes to our own addresses without touching the wire", () => {
      const server = bound(ANY, 7);
      const client = bound(ANY, 8);
      for (const to of ["127.0.0.1", OUR_IP]) {
        expect(client.send(bytes("self"), at(to, 7))).to.equal(4);
        expect(read(server)).to.equal("self");
        expect(client.send(new Uint8Array(65_507), at(to, 7))).to.equal(65_507);
        expect(server.receive(buffer)).to.equal(65_507);
      }
      client.connect(at("127.0.0.1", 99));
      client.send(bytes("nobody"));
      expect(client.takeFailure(), "ICMP over loopback").to.equal("refused");
      expect(sent()).to.deep.equal([]);
    });

    it("tells a connected socket that the next hop does not answer", () => {
      const socket = open();
      socket.connect(at("10.77.0.99", 9));
      expect(socket.send(bytes("x"))).to.equal(1);
      rig.run(seconds(4));
      expect(socket.send(bytes("y")), "the pending error").to.equal("host-unreachable");
      expect(socket.send(bytes("z"))).to.equal(1);
      rig.run(seconds(4));
    });

    it("ends with shutdown: what is read is the end, and nothing can be sent", () => {
      const socket = bound(ANY, 7);
      socket.shutdown(true, true);
      expect(socket.receive(buffer)).to.equal(0);
      expect(socket.send(bytes("x"), at(PEER_IP, 9))).to.equal("broken-pipe");
    });
  });

  describe("binding", () => {
    it("refuses taken ports and foreign addresses, and frees them on close", () => {
      const first = bound(ANY, 7);
      expect(open().bind(at(OUR_IP, 7))).to.equal("address-in-use");
      expect(open().bind(at("10.77.0.3", 8))).to.equal("address-not-available");
      expect(first.bind(at(ANY, 8))).to.equal("invalid");
      first.close();
      bound(OUR_IP, 7);
    });

    it("chooses an ephemeral port that nobody has (RFC 6056)", () => {
      const ports = new Set<number>();
      for (let i = 0; i < 200; i++) ports.add(bound(ANY, 0).local?.port ?? 0);
      expect(ports.size).to.equal(200);
      expect(Math.min(...ports)).to.be.at.least(32_768);
    });

    it("takes the address that the route gives when it connects, and gives it up again", () => {
      const socket = open();
      socket.connect(at(PEER_IP, 9));
      expect(socket.local?.address.toString()).to.equal(OUR_IP);
      expect(socket.remote?.port).to.equal(9);
      socket.connect(undefined);
      expect(socket.local, "the port was the system's choice, too").to.equal(undefined);
      const fixed = bound(ANY, 4000);
      fixed.connect(at(PEER_IP, 9));
      expect(fixed.local?.address.toString()).to.equal(OUR_IP);
      fixed.connect(undefined);
      expect(fixed.local?.address.toString()).to.equal(ANY);
      expect(fixed.local?.port).to.equal(4000);
    });
  });
});
