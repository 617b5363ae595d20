import { expect } from "chai";
import { milliseconds, seconds } from "../../../src/stack/index.ts";
import {
  arpRequest,
  BROADCAST,
  bytes,
  checksum,
  datagram,
  describeFrame,
  ethernet,
  icmp,
  OUR_IP,
  PEER_IP,
  ping,
  udp,
  word16,
} from "../../support/frames.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

describe("ICMP", () => {
  let rig: WireRig;
  const sent = (): readonly string[] => rig.taken().map(describeFrame);
  const closedPort = (fields = {}): Uint8Array =>
    ethernet(datagram(17, udp(5000, 9, bytes("nobody")), fields));

  beforeEach(() => {
    rig = new WireRig();
    rig.receive(arpRequest());
    rig.taken();
  });
  afterEach(() => rig.close());

  describe("echo (RFC 1122 §3.2.2.6)", () => {
    it("comes back with all its data and its type of service, from the address that was asked", () => {
      rig.receive(ping({ tos: 0xb8 }, bytes("0123456789")));
      const [frame = bytes()] = rig.taken();
      expect(frame.subarray(34, 52)).to.deep.equal(icmp(0, 0, [0, 7, 0, 1], bytes("0123456789")));
      expect(frame[15]).to.equal(0xb8);
    });

    it("to all hosts is not answered", () => {
      for (const to of ["255.255.255.255", "10.77.0.255", "224.0.0.1"]) {
        const frame = ping({ to });
        rig.receive(
          bytes(
            to.startsWith("224") ? [1, 0, 0x5e, 0, 0, 1] : new Array<number>(6).fill(255),
            frame.subarray(6),
          ),
        );
      }
      expect(sent()).to.deep.equal([]);
    });

    it("with a wrong checksum or cut short is not answered, nor are unknown types, masks, timestamps, replies", () => {
      const bad = icmp(8, 0, [0, 1, 0, 1], bytes("abc"));
      bad[2] = (bad[2] ?? 0) ^ 1;
      rig.receive(ethernet(datagram(1, bad)), ethernet(datagram(1, icmp(8, 0, []).subarray(0, 4))));
      for (const type of [0, 13, 15, 17, 99]) rig.receive(ethernet(datagram(1, icmp(type, 0, [0, 1, 0, 1]))));
      expect(sent()).to.deep.equal([]);
      expect(rig.stack.counters.icmp.icmpInErrors).to.equal(2);
    });
  });

  describe("an echo reply to a request with options (RFC 1122 §3.2.2.6)", () => {
    /** The options of the reply to a request that has these. */
    const answered = (...options: readonly number[]): readonly number[] => {
      rig.receive(ping({ options: bytes(options) }));
      const [reply = bytes()] = rig.taken();
      const headerBytes = ((reply[14] ?? 0) & 15) * 4;
      expect(checksum(reply.subarray(14, 14 + headerBytes)), "of the header").to.equal(0);
      expect(checksum(reply.subarray(14 + headerBytes)), "of the message").to.equal(0);
      return [...reply.subarray(34, 14 + headerBytes)];
    };
    const US = [10, 77, 0, 2];
    const NONE = [0, 0, 0, 0];

    it("has the route, with this host as the end of one way and the start of the other, as in Linux", () => {
      const route = [7, 15, 8, 192, 0, 2, 1, ...NONE, ...NONE, 0];
      expect(answered(...route)).to.deep.equal([7, 15, 16, 192, 0, 2, 1, ...US, ...US, 0]);
    });

    it("has a route that is full as it came", () => {
      const full = [7, 7, 8, 192, 0, 2, 1, 0];
      expect(answered(...full)).to.deep.equal(full);
    });

    it("has times in their place, marked as not those of the day (RFC 791 §3.1)", () => {
      rig.run(milliseconds(5));
      const time = [0x80, 0, 0, 5];
      expect(answered(68, 12, 5, 0, ...NONE, ...NONE)).to.deep.equal([68, 12, 13, 0, ...time, ...time]);
      const both = answered(68, 20, 5, 1, ...NONE, ...NONE, ...NONE, ...NONE);
      expect(both).to.deep.equal([68, 20, 21, 1, ...US, ...time, ...US, ...time]);
    });

    it("has times for addresses given beforehand only if this host has them", () => {
      const asked = [68, 12, 5, 3, 192, 0, 2, 1, ...NONE];
      expect(answered(...asked)).to.deep.equal(asked);
      expect(answered(68, 12, 5, 3, ...US, ...NONE).slice(0, 8)).to.deep.equal([68, 12, 13, 3, ...US]);
    });

    it("counts that there was no room for a time", () => {
      expect(answered(68, 4, 5, 0)).to.deep.equal([68, 4, 5, 0x20]);
      expect(answered(68, 4, 5, 0xf0), "as far as it can count").to.deep.equal([68, 4, 5, 0xf0]);
    });

    it("has none of the others", () => {
      expect(answered(148, 4, 0, 0)).to.deep.equal([]);
    });
  });

  describe("errors that we send (RFC 1122 §3.2.2)", () => {
    it("say that a port is closed, quoting the datagram", () => {
      const frame = closedPort({ id: 0x4d4d });
      rig.receive(frame);
      const [error = bytes()] = rig.taken();
      expect(describeFrame(error)).to.equal("> peer: 10.77.0.2 > 10.77.0.1 icmp 3/3 34");
      expect(error.subarray(42)).to.deep.equal(frame.subarray(14));
      expect([...error.subarray(38, 42)], "unused").to.deep.equal([0, 0, 0, 0]);
    });

    it("quote as much as fits into 576 octets (RFC 1812 §4.3.2.3)", () => {
      rig.receive(ethernet(datagram(17, udp(5000, 9, new Uint8Array(1400)))));
      expect(rig.taken().map((frame) => frame.length - 14)).to.deep.equal([576]);
    });

    it("say that a protocol is unknown", () => {
      rig.receive(ethernet(datagram(253, bytes("experimental"))));
      expect(sent()).to.deep.equal(["> peer: 10.77.0.2 > 10.77.0.1 icmp 3/2 32"]);
    });

    it("are about no broadcast, multicast, link broadcast, later fragment, or ICMP error", () => {
      const quoted = datagram(17, udp(9, 5000, bytes()), { from: OUR_IP, to: PEER_IP });
      for (const to of ["255.255.255.255", "10.77.0.255"]) {
        rig.receive(ethernet(datagram(17, udp(5000, 9, bytes("x"), { to }), { to }), 0x0800, BROADCAST));
      }
      rig.receive(
        ethernet(datagram(17, udp(5000, 9, bytes("x")), { to: "224.0.0.251" }), 0x0800, "01:00:5e:00:00:fb"),
      );
      rig.receive(ethernet(datagram(17, udp(5000, 9, bytes("x"))), 0x0800, BROADCAST));
      rig.receive(ethernet(datagram(253, bytes("12345678"), { fragment: 0x2000 | 10 })));
      for (const [type, code] of [
        [3, 3],
        [11, 0],
        [12, 0],
        [4, 0],
        [5, 1],
      ] as const) {
        rig.receive(ethernet(datagram(1, icmp(type, code, [0, 0, 0, 0], quoted))));
      }
      rig.run(seconds(60));
      expect(sent()).to.deep.equal([]);
    });

    it("come in limited number: 50 at once and 1000 a second", () => {
      rig.receive(...Array.from({ length: 5000 }, () => closedPort()));
      expect(sent().length).to.be.within(10, 50);
      for (let i = 0; i < 1000; i++) {
        rig.run(milliseconds(1));
        rig.receive(...Array.from({ length: 5 }, () => closedPort()));
      }
      expect(sent().length).to.be.within(300, 1050);
      expect(rig.stack.counters.icmp.icmpOutRateLimited).to.be.greaterThan(8000);
    });
  });

  describe("errors that we get", () => {
    const about = (type: number, code: number, rest: readonly number[], port: number): Uint8Array =>
      ethernet(
        datagram(
          1,
          icmp(type, code, rest, datagram(17, udp(port, 9, bytes("q")), { from: OUR_IP, to: PEER_IP })),
        ),
      );

    it("reach the connected socket that caused them, by what they mean in Linux (icmp_err_convert)", () => {
      const socket = rig.stack.openUdp();
      let woken = 0;
      socket.onChange(() => woken++);
      expect(socket.connect({ address: address(PEER_IP), port: 9 })).to.equal(undefined);
      const port = socket.local?.port ?? 0;
      const meanings = [
        [3, 0, "network-unreachable"],
        [3, 1, "host-unreachable"],
        [3, 2, "protocol-unreachable"],
        [3, 3, "refused"],
        [3, 4, "message-too-long"],
        [3, 5, "not-supported"],
        [3, 6, "network-unreachable"],
        [3, 7, "host-down"],
        [3, 8, "no-network"],
        [3, 9, "network-unreachable"],
        [3, 10, "prohibited"],
        [3, 11, "network-unreachable"],
        [3, 12, "host-unreachable"],
        [3, 13, "prohibited"],
        [3, 14, "prohibited"],
        [3, 15, "prohibited"],
        [11, 0, "host-unreachable"],
        [11, 1, "host-unreachable"],
        [12, 0, "protocol-error"],
      ] as const;
      for (const [type, code, failure] of meanings) {
        rig.receive(about(type, code, [0, 0, 0, 0], port));
        expect(socket.takeFailure()).to.equal(failure);
      }
      expect(woken).to.equal(meanings.length);
      rig.receive(about(3, 3, [0, 0, 0, 0], port + 1), about(3, 99, [0, 0, 0, 0], port));
      expect(socket.failure, "another socket's, and a code that there is not").to.equal(undefined);
      socket.close();
    });

    it("are ignored when they quote what we cannot have sent, or too little", () => {
      const socket = rig.stack.openUdp();
      socket.connect({ address: address(PEER_IP), port: 9 });
      const port = socket.local?.port ?? 0;
      const strange = datagram(17, udp(port, 9, bytes("q")), { from: "10.77.0.9", to: PEER_IP });
      const ours = datagram(17, udp(port, 9, bytes("q")), { from: OUR_IP, to: PEER_IP });
      rig.receive(ethernet(datagram(1, icmp(3, 3, [0, 0, 0, 0], strange))));
      for (let length = 0; length < 28; length++) {
        rig.receive(ethernet(datagram(1, icmp(3, 3, [0, 0, 0, 0], ours.subarray(0, length)))));
      }
      expect(socket.failure).to.equal(undefined);
      socket.close();
    });

    it("reduce the path MTU for ten minutes (RFC 1191), not below 552, and to a plateau if none is told", () => {
      const socket = rig.stack.openUdp();
      socket.bind({ address: address("0.0.0.0"), port: 1000 });
      const route = rig.stack.contextFor("test").route(address(PEER_IP));
      expect(route?.maxPayload).to.equal(1480);
      rig.receive(about(3, 4, [0, 0, ...word16(1400)], 1000));
      expect(route?.maxPayload).to.equal(1380);
      expect(route?.maxPayloadOfLink).to.equal(1480);
      rig.receive(about(3, 4, [0, 0, ...word16(1450)], 1000));
      expect(route?.maxPayload, "a report never raises it").to.equal(1380);
      rig.run(seconds(599));
      expect(route?.maxPayload).to.equal(1380);
      rig.run(seconds(2));
      expect(route?.maxPayload).to.equal(1480);
      rig.receive(about(3, 4, [0, 0, ...word16(68)], 1000));
      expect(route?.maxPayload).to.equal(532);
      socket.send(new Uint8Array(100), { address: address(PEER_IP), port: 9 });
      const [frame = bytes()] = rig.taken();
      expect(frame[20], "routers may fragment below the floor").to.equal(0);
      socket.close();
    });

    it("without an MTU mean the plateau below what was sent (RFC 1191 §5)", () => {
      const socket = rig.stack.openUdp();
      socket.bind({ address: address("0.0.0.0"), port: 1000 });
      const quoted = datagram(17, udp(1000, 9, bytes("q")), { from: OUR_IP, to: PEER_IP, totalLength: 1500 });
      rig.receive(ethernet(datagram(1, icmp(3, 4, [0, 0, 0, 0], quoted))));
      expect(rig.stack.contextFor("test").route(address(PEER_IP))?.maxPayload).to.equal(1492 - 20);
      socket.close();
    });
  });

  it("counts what RFC 1213 wants counted", () => {
    rig.receive(ping(), closedPort());
    expect(rig.stack.counters.icmp).to.include({
      icmpInMsgs: 1,
      icmpInEchos: 1,
      icmpOutMsgs: 2,
      icmpOutEchoReps: 1,
      icmpOutDestUnreachs: 1,
    });
    expect(rig.stack.counters.ip).to.include({ ipInReceives: 2, ipInDelivers: 2, ipOutRequests: 2 });
    expect(rig.stack.counters.udp).to.include({ udpNoPorts: 1, udpInDatagrams: 0 });
  });
});
