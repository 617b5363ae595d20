import { expect } from "chai";
import { type QueuedError, type SocketAddress, seconds, type UdpEndpoint } from "../../../src/stack/index.ts";
import {
  arpRequest,
  bytes,
  datagram,
  describeFrame,
  ethernet,
  icmp,
  OUR_IP,
  PEER_IP,
  udp,
  word16,
} from "../../support/frames.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

const ROUTER = "10.77.0.254";
const at = (ip: string, port: number): SocketAddress => ({ address: address(ip), port });
const text = (error: QueuedError | undefined): string | undefined =>
  error &&
  `${error.origin} ${error.type}/${error.code} ${error.failure} ${error.mtu} by ${error.offender} ` +
    `to ${error.destination.address}:${error.destination.port} "${String.fromCharCode(...error.data)}"`;

describe("the error queue (IP_RECVERR)", () => {
  let rig: WireRig;
  let sockets: { close(): void }[];
  const open = (options = {}): UdpEndpoint => {
    const socket = rig.stack.openUdp();
    sockets.push(socket);
    expect(socket.configure({ reuseAddress: true, ...options })).to.equal(undefined);
    return socket;
  };
  /** An error of the router's about a datagram of ours. */
  const about = (type: number, code: number, port: number, to = PEER_IP, mtu = 0): void => {
    const ours = datagram(17, udp(port, 9, bytes("lost"), { from: OUR_IP, to }), { from: OUR_IP, to });
    rig.receive(ethernet(datagram(1, icmp(type, code, [0, 0, ...word16(mtu)], ours), { from: ROUTER })));
  };

  beforeEach(() => {
    rig = new WireRig({ interface: { gateway: address(ROUTER) } });
    sockets = [];
    rig.receive(arpRequest());
    rig.taken();
  });
  afterEach(() => {
    for (const socket of sockets) socket.close();
    rig.close();
  });

  describe("of a UDP endpoint", () => {
    it("tells an unconnected socket who reported what about which datagram, in order", () => {
      const socket = open({ receiveErrors: true });
      socket.bind(at("0.0.0.0", 1000));
      let woken = 0;
      socket.onChange(() => woken++);
      about(3, 3, 1000);
      about(11, 0, 1000, "192.0.2.7");
      expect([woken, socket.errorsQueued, socket.failure]).to.deep.equal([2, 2, "host-unreachable"]);
      expect(text(socket.takeError())).to.equal(`icmp 3/3 refused 0 by ${ROUTER} to ${PEER_IP}:9 "lost"`);
      expect(socket.failure, "that of the next").to.equal("host-unreachable");
      expect(text(socket.takeError())).to.equal(
        `icmp 11/0 host-unreachable 0 by ${ROUTER} to 192.0.2.7:9 "lost"`,
      );
      expect([socket.failure, socket.takeError(), socket.errorsQueued]).to.deep.equal([
        undefined,
        undefined,
        0,
      ]);
    });

    it("stays when the pending error is read, and goes when it is not wanted any more", () => {
      const socket = open({ receiveErrors: true });
      socket.bind(at("0.0.0.0", 1000));
      about(3, 3, 1000);
      expect(socket.takeFailure()).to.equal("refused");
      expect(socket.errorsQueued).to.equal(1);
      socket.configure({ receiveErrors: false });
      expect(socket.takeError()).to.equal(undefined);
    });

    it("is empty without the option, and an unconnected socket hears of nothing", () => {
      const socket = open();
      socket.bind(at("0.0.0.0", 1000));
      about(3, 3, 1000);
      expect([socket.failure, socket.takeError()]).to.deep.equal([undefined, undefined]);
    });

    it("is bounded", () => {
      const socket = open({ receiveErrors: true });
      socket.bind(at("0.0.0.0", 1000));
      for (let i = 0; i < 1000; i++) about(3, 3, 1000);
      expect(socket.errorsQueued).to.be.within(10, 100);
    });

    it("gets the error of the socket that sent, of several on the port", () => {
      const wildcard = open({ receiveErrors: true });
      wildcard.bind(at("0.0.0.0", 1000));
      const connected = open({ receiveErrors: true });
      connected.bind(at("0.0.0.0", 1000));
      connected.connect(at(PEER_IP, 9));
      about(3, 3, 1000);
      about(3, 1, 1000, "192.0.2.7");
      expect([connected.errorsQueued, wildcard.errorsQueued]).to.deep.equal([1, 1]);
      expect(connected.takeError()?.type).to.equal(3);
      expect(wildcard.takeError()?.destination.address.toString()).to.equal("192.0.2.7");
    });

    it("tells of a next hop that does not answer as Linux does: host unreachable, by ourselves", () => {
      const socket = open({ receiveErrors: true });
      socket.send(bytes("anybody?"), at("10.77.0.99", 9));
      rig.run(seconds(4));
      expect(text(socket.takeError())).to.equal(
        `icmp 3/1 host-unreachable 0 by ${OUR_IP} to 10.77.0.99:9 "anybody?"`,
      );
    });

    it("tells what a datagram that was too long was limited by, from near and far", () => {
      const socket = open({ receiveErrors: true, mtuDiscovery: "do" });
      socket.bind(at("0.0.0.0", 1000));
      expect(socket.send(new Uint8Array(1473), at(PEER_IP, 9))).to.equal("message-too-long");
      expect(socket.failure, "the call has said so already").to.equal(undefined);
      expect(text(socket.takeError())).to.equal(
        `local 0/0 message-too-long 1500 by undefined to ${PEER_IP}:9 ""`,
      );
      about(3, 4, 1000, PEER_IP, 1400);
      expect(text(socket.takeError())).to.equal(
        `icmp 3/4 message-too-long 1400 by ${ROUTER} to ${PEER_IP}:9 "lost"`,
      );
      expect(socket.send(new Uint8Array(1373), at(PEER_IP, 9))).to.equal("message-too-long");
      expect(socket.takeError()?.mtu).to.equal(1400);
      expect(socket.send(new Uint8Array(1372), at(PEER_IP, 9))).to.equal(1372);
    });
  });

  // As Linux 6 does; seen on its loopback interface with an MTU of 1500.
  it("makes the next error that came by ICMP the pending one, whatever was taken, and none after the last", () => {
    const udpSocket = open({ receiveErrors: true, mtuDiscovery: "do" });
    udpSocket.connect(at(PEER_IP, 9));
    const raw = rig.stack.openRaw(17);
    sockets.push(raw);
    raw.configure({ receiveErrors: true, mtuDiscovery: "do" });
    raw.connect(address(PEER_IP));
    for (const socket of [udpSocket, raw]) {
      const tooLong = (): unknown => socket.send(new Uint8Array(2000));
      const refused = (): void => about(3, 3, udpSocket.local?.port ?? 0);
      for (const one of [udpSocket, raw]) while (one.takeError() !== undefined);
      tooLong();
      refused();
      expect([socket.takeFailure(), socket.failure]).to.deep.equal(["refused", undefined]);
      expect([socket.takeError()?.origin, socket.failure]).to.deep.equal(["local", "refused"]);
      expect([socket.takeError()?.origin, socket.failure]).to.deep.equal(["icmp", undefined]);
      refused();
      socket.takeFailure(); // which the next call would tell of
      tooLong();
      expect([socket.takeError()?.origin, socket.failure]).to.deep.equal(["icmp", undefined]);
      expect([socket.takeError()?.origin, socket.failure]).to.deep.equal(["local", undefined]);
    }
  });

  describe("IP_MTU_DISCOVER, after a router has told of a smaller path MTU", () => {
    /** What happens to a datagram of `octets` octets: the first fragment's flags and how many there are. */
    const outcome = (socket: UdpEndpoint, octets: number): string => {
      const result = socket.send(new Uint8Array(octets), at(PEER_IP, 9));
      const frames = rig.taken();
      if (typeof result === "string") return result;
      return `${((frames[0]?.[20] ?? 0) & 0x40) === 0 ? "may" : "must not"} ${frames.length}`;
    };
    const connected = (mtuDiscovery: string): UdpEndpoint => {
      const socket = open({ mtuDiscovery });
      socket.connect(at(PEER_IP, 9));
      about(3, 4, socket.local?.port ?? 0, PEER_IP, 1000);
      return socket;
    };

    it("want: fragments to the path, and tells a connected socket once, as Linux does (RFC 1122 §4.1.3.3)", () => {
      const socket = connected("want");
      expect(socket.takeFailure()).to.equal("message-too-long");
      expect([outcome(socket, 972), outcome(socket, 973)]).to.deep.equal(["must not 1", "may 2"]);
    });

    it("do: refuses what does not fit, and tells of the report", () => {
      const socket = connected("do");
      expect(socket.takeFailure()).to.equal("message-too-long");
      expect([outcome(socket, 972), outcome(socket, 973)]).to.deep.equal(["must not 1", "message-too-long"]);
    });

    it("dont: lets everybody fragment, and hears no reports", () => {
      const socket = connected("dont");
      expect(socket.failure).to.equal(undefined);
      expect([outcome(socket, 972), outcome(socket, 973)]).to.deep.equal(["may 1", "may 2"]);
    });

    it("probe: forbids fragments and looks to the interface alone", () => {
      const socket = connected("probe");
      expect(socket.takeFailure()).to.equal("message-too-long");
      expect([outcome(socket, 973), outcome(socket, 1472)]).to.deep.equal(["must not 1", "must not 1"]);
      expect(outcome(socket, 1473)).to.equal("message-too-long");
      about(3, 4, socket.local?.port ?? 0, PEER_IP, 100);
      socket.takeFailure();
      expect(outcome(socket, 1472), "even below the floor").to.equal("must not 1");
    });

    it("refuses what no datagram can hold, whatever the option", () => {
      for (const mtuDiscovery of ["want", "do", "dont", "probe"]) {
        expect(outcome(open({ mtuDiscovery }), 65_508), mtuDiscovery).to.equal("message-too-long");
      }
      expect(outcome(open(), 65_507)).to.equal("may 45");
    });
  });

  describe("of a raw endpoint", () => {
    const failing = (protocol: number, to = PEER_IP, mtu = 0, code = 2): void => {
      const ours = datagram(protocol, bytes("12345678 and more"), { from: OUR_IP, to });
      rig.receive(ethernet(datagram(1, icmp(3, code, [0, 0, ...word16(mtu)], ours), { from: ROUTER })));
    };

    it("has the errors of its protocol, with all that was behind the IP header", () => {
      const raw = rig.stack.openRaw(253);
      sockets.push(raw);
      failing(253);
      expect([raw.failure, raw.takeError()]).to.deep.equal([undefined, undefined]);
      raw.configure({ receiveErrors: true });
      failing(254);
      expect(raw.errorsQueued).to.equal(0);
      failing(253);
      expect(raw.readable).to.equal(true);
      expect(text(raw.takeError())).to.equal(
        `icmp 3/2 protocol-unreachable 0 by ${ROUTER} to ${PEER_IP}:0 "12345678 and more"`,
      );
      expect(raw.readable).to.equal(false);
    });

    it("tells a connected endpoint of its peer only", () => {
      const raw = rig.stack.openRaw(253);
      sockets.push(raw);
      raw.connect(address(PEER_IP));
      failing(253, "192.0.2.7");
      expect(raw.failure).to.equal(undefined);
      failing(253);
      expect(raw.takeFailure()).to.equal("protocol-unreachable");
      raw.bind(address("127.0.0.1"));
      failing(253);
      expect(raw.failure, "it cannot have sent that").to.equal(undefined);
    });

    it("learns the path MTU", () => {
      const raw = rig.stack.openRaw(253);
      sockets.push(raw);
      raw.connect(address(PEER_IP));
      raw.configure({ dontFragment: true });
      expect(raw.send(new Uint8Array(1480))).to.equal(1480);
      failing(253, PEER_IP, 1300, 4);
      expect(raw.takeFailure()).to.equal("message-too-long");
      expect(raw.send(new Uint8Array(1281))).to.equal("message-too-long");
      raw.configure({ mtuDiscovery: "dont", dontFragment: false });
      rig.taken();
      failing(253, PEER_IP, 1200, 4);
      expect(raw.failure).to.equal(undefined);
      raw.send(new Uint8Array(1200));
      expect(rig.taken().map(describeFrame)).to.have.length(2);
    });

    it("has those of ping and traceroute: about ICMP itself", () => {
      const raw = rig.stack.openRaw(1);
      sockets.push(raw);
      raw.configure({ receiveErrors: true });
      const ours = datagram(1, icmp(8, 0, [0, 1, 0, 2], bytes("probe")), { from: OUR_IP, to: PEER_IP });
      rig.receive(ethernet(datagram(1, icmp(11, 0, [0, 0, 0, 0], ours), { from: ROUTER })));
      const error = raw.takeError();
      expect([error?.type, error?.offender?.toString(), error?.data[0]]).to.deep.equal([11, ROUTER, 8]);
      expect(raw.available, "the message itself has arrived, too").to.be.greaterThan(0);
    });
  });
});
