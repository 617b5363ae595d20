import { expect } from "chai";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import {
  IPV4_ANY,
  NEVER,
  type SocketAddress,
  seconds,
  type TcpEndpoint,
  type UdpEndpoint,
} from "../../../src/stack/index.ts";
import {
  arpRequest,
  bytes,
  datagram,
  describeFrame,
  ethernet,
  icmp,
  PEER,
  PEER_IP,
  ping,
  udp,
} from "../../support/frames.ts";
import { address, HandLink, WireRig } from "../../support/wire-rig.ts";

const at = (ip: string, port: number): SocketAddress => ({ address: address(ip), port });

describe("a stack on two interfaces", () => {
  let rig: WireRig;
  let second: HandLink;
  let sockets: { close(): void }[];
  const into = new Uint8Array(2000);
  const open = (options = {}): UdpEndpoint => {
    const socket = rig.stack.openUdp();
    sockets.push(socket);
    expect(socket.configure(options)).to.equal(undefined);
    return socket;
  };
  /** What has left by each interface. */
  const sent = (): readonly (readonly string[])[] => [
    rig.taken().map(describeFrame),
    second.sent.splice(0).map(describeFrame),
  ];
  const outcome = (socket: UdpEndpoint, to: string): readonly (readonly string[])[] => {
    expect(socket.send(bytes("x"), at(to, 9))).to.equal(1);
    return sent().map((frames) => frames.map((frame) => frame.replace(/udp \d+/, "udp")));
  };

  /** eth0 10.77.0.2/24, eth1 10.78.0.2/24; on each a peer .1 that is known, which is also the router. */
  beforeEach(() => {
    rig = new WireRig({ interface: { gateway: address(PEER_IP) } });
    second = new HandLink();
    rig.stack.addInterface("eth1", second, [{ address: address("10.78.0.2"), prefixLength: 24 }], {
      claim: "off",
    });
    sockets = [];
    rig.receive(arpRequest());
    second.receive(arpRequest("10.78.0.1", PEER, "10.78.0.2"));
    sent();
  });
  afterEach(() => {
    for (const socket of sockets) socket.close();
    rig.close();
  });

  it("sends by the interface whose network it is, from its address there (RFC 1122 §3.3.4.3)", () => {
    const socket = open();
    expect(outcome(socket, PEER_IP)).to.deep.equal([[`> peer: 10.77.0.2 > ${PEER_IP} udp > 9 "x"`], []]);
    expect(outcome(socket, "10.78.0.1")).to.deep.equal([[], ['> peer: 10.78.0.2 > 10.78.0.1 udp > 9 "x"']]);
    expect(outcome(socket, "192.0.2.1")).to.deep.equal([['> peer: 10.77.0.2 > 192.0.2.1 udp > 9 "x"'], []]);
  });

  it("of two default routes takes that of the source address", () => {
    const eth1 = rig.stack.interface("eth1");
    if (eth1 === undefined) throw new Error("there is no eth1");
    rig.stack.addRoute(IPV4_ANY, 0, address("10.78.0.1"), eth1);
    const socket = open();
    socket.bind(at("10.78.0.2", 1000));
    expect(outcome(socket, "192.0.2.1")).to.deep.equal([[], ['> peer: 10.78.0.2 > 192.0.2.1 udp > 9 "x"']]);
    expect(outcome(open(), "192.0.2.1")[1]).to.deep.equal([]);
  });

  it("answers by the way back, from the address that was asked, whichever link that is on", () => {
    second.receive(ping({ from: "10.78.0.1", to: "10.78.0.2" }));
    expect(sent()).to.deep.equal([[], ["> peer: 10.78.0.2 > 10.78.0.1 icmp 0/0 4"]]);
    second.receive(ping({ from: "10.78.0.1", to: "10.77.0.2" }));
    expect(sent(), "the weak model (RFC 1122 §3.3.4.2)").to.deep.equal([
      [],
      ["> peer: 10.77.0.2 > 10.78.0.1 icmp 0/0 4"],
    ]);
    second.receive(ping({ from: PEER_IP, to: "10.78.0.2" }));
    expect(sent()).to.deep.equal([["> peer: 10.78.0.2 > 10.77.0.1 icmp 0/0 4"], []]);
    const closed = datagram(17, udp(5, 6, bytes("x"), { from: "10.78.0.1", to: "10.78.0.2" }), {
      from: "10.78.0.1",
      to: "10.78.0.2",
    });
    second.receive(ethernet(closed));
    expect(sent()).to.deep.equal([[], ["> peer: 10.78.0.2 > 10.78.0.1 icmp 3/3 29"]]);
  });

  it("keeps a socket that is bound to an interface to it, both ways", () => {
    const socket = open({ interfaceName: "eth1" });
    socket.bind(at("0.0.0.0", 7));
    expect(socket.send(bytes("x"), at(PEER_IP, 9))).to.equal("network-unreachable");
    expect(outcome(socket, "10.78.0.1")[1]).to.have.length(1);
    const arriving = (from: string): Uint8Array =>
      ethernet(datagram(17, udp(5, 7, bytes("x"), { from }), { from }));
    rig.receive(arriving(PEER_IP));
    expect(socket.receive(into)).to.equal(undefined);
    second.receive(arriving("10.78.0.1"));
    expect(socket.receive(into), "for another address of ours").to.equal(1);
    expect(sent()[0], "port unreachable").to.have.length(1);
    socket.configure({ broadcast: true });
    expect(outcome(socket, "255.255.255.255").map((frames) => frames.length)).to.deep.equal([0, 1]);
  });

  it("calls to groups by the interface that is asked for", () => {
    const socket = open({ multicastInterface: "eth1" });
    expect(outcome(socket, "239.1.2.3").map((frames) => frames.length)).to.deep.equal([0, 1]);
    expect(outcome(open(), "239.1.2.3").map((frames) => frames.length)).to.deep.equal([1, 0]);
  });

  it("takes no notice of an error about what went by an address that it no longer has", () => {
    const socket = open();
    socket.connect(at("10.78.0.1", 9));
    const port = socket.local?.port ?? 0;
    const eth1 = rig.stack.interface("eth1");
    if (eth1 === undefined) throw new Error("there is no eth1");
    expect(rig.stack.removeAddress(eth1, address("10.78.0.2"))).to.equal(true);
    expect(rig.stack.removeAddress(eth1, address("10.78.0.2"))).to.equal(false);
    const ours = { from: "10.78.0.2", to: "10.78.0.1" };
    const error = icmp(3, 3, [0, 0, 0, 0], datagram(17, udp(port, 9, bytes("x"), ours), ours));
    rig.receive(ethernet(datagram(1, error)));
    expect(socket.failure).to.equal(undefined);
    expect(socket.send(bytes("x"))).to.equal("network-unreachable");
    expect(open().bind(at("10.78.0.2", 1))).to.equal("address-not-available");
    second.receive(ping({ from: "10.78.0.1", to: "10.78.0.2" }));
    second.receive(arpRequest("10.78.0.1", PEER, "10.78.0.2"));
    expect(sent()).to.deep.equal([[], []]);
    expect(rig.stack.routes.some((route) => route.interface === eth1)).to.equal(false);
  });

  it("lets UDP sockets fail cleanly when their interface is removed, and use it when it is back", () => {
    const connected = open();
    connected.connect(at("10.78.0.1", 9));
    const tied = open({ interfaceName: "eth1" });
    const free = open();
    const waiting = open();
    expect(waiting.send(bytes("x"), at("10.78.0.99", 9)), "waits for ARP").to.equal(1);
    sent();
    expect(rig.stack.removeInterface("eth1")).to.equal(true);
    expect(rig.stack.removeInterface("eth1")).to.equal(false);
    expect(second.closed).to.equal(true);
    expect(rig.stack.contextFor("test").pool.outstanding).to.equal(0);
    expect(connected.send(bytes("x"))).to.equal("network-unreachable");
    expect(tied.send(bytes("x"), at("10.78.0.1", 9))).to.equal("network-unreachable");
    expect(outcome(free, "10.78.0.1"), "the default route is left").to.deep.equal([
      ['> peer: 10.77.0.2 > 10.78.0.1 udp > 9 "x"'],
      [],
    ]);
    second = new HandLink();
    rig.stack.addInterface("eth1", second, [{ address: address("10.78.0.2"), prefixLength: 24 }], {
      claim: "off",
    });
    second.receive(arpRequest("10.78.0.1", PEER, "10.78.0.2"));
    sent();
    expect(outcome(tied, "10.78.0.1").map((frames) => frames.length)).to.deep.equal([0, 1]);
    expect(connected.send(bytes("x"))).to.equal(1);
    expect(sent().map((frames) => frames.length)).to.deep.equal([0, 1]);
  });
});

describe("TCP over two interfaces", () => {
  let lab: Lab;
  let both: LabHost;
  let peers: readonly LabHost[];
  const into = new Uint8Array(70_000);

  beforeEach(() => {
    lab = new Lab({ seed: 7 });
    both = lab.host("both", "10.1.0.1/24");
    peers = [1, 2].map((n) => {
      const peer = lab.host(`peer ${n}`, `10.${n}.0.2/24`);
      lab.link(both, peer, { addresses: [`10.${n}.0.1/24`, `10.${n}.0.2/24`] });
      return peer;
    });
  });
  afterEach(() => {
    const pools = lab.hosts.map(({ stack }) => stack.contextFor("test").pool);
    lab.close();
    for (const pool of pools) expect(pool.outstanding).to.equal(0);
  });

  /** An established connection to each peer, and its other end. */
  const connect = async (): Promise<readonly (readonly [TcpEndpoint, TcpEndpoint])[]> => {
    const listeners = peers.map(({ stack }) => {
      const listener = stack.openTcp();
      expect(listener.bind(at("0.0.0.0", 80))).to.equal(undefined);
      expect(listener.listen(5)).to.equal(undefined);
      return listener;
    });
    const clients = peers.map(({ address: text }) => {
      const client = both.stack.openTcp();
      expect(client.connect(at(text.split("/")[0] ?? "", 80))).to.equal(undefined);
      return client;
    });
    await lab.runFor(seconds(1));
    return clients.map((client, i) => {
      const accepted = listeners[i]?.accept();
      listeners[i]?.close();
      if (accepted === undefined) throw new Error("no connection");
      return [client, accepted] as const;
    });
  };

  it("connects by each, from the address there", async () => {
    const [[one, first] = [], [other, last] = []] = await connect();
    expect([one?.local, other?.local].map((local) => local?.address.toString())).to.deep.equal([
      "10.1.0.1",
      "10.2.0.1",
    ]);
    for (const end of [one, first, other, last]) end?.abort();
    await lab.runFor(seconds(1));
  });

  it("gives up a connection whose interface is removed, and leaves the other alone", async () => {
    const [[one, first] = [], [other, last] = []] = await connect();
    if (one === undefined || first === undefined || other === undefined || last === undefined)
      throw new Error("no connections");
    expect(one.configure({ userTimeout: seconds(20) })).to.equal(undefined);
    expect(one.write(into)).to.equal(into.length);
    expect(both.stack.removeInterface("eth0")).to.equal(true);
    expect(other.write(into)).to.equal(into.length);
    for (let got = 0; got < into.length; ) {
      await lab.runFor(seconds(1));
      const octets = last.read(into);
      expect(octets).to.be.greaterThan(0);
      got += octets ?? 0;
    }
    await lab.runFor(seconds(120));
    expect(["timed-out", "network-unreachable", "host-unreachable"]).to.include(one.failure);
    expect(one.connected).to.equal(false);
    expect(other.connected).to.equal(true);
    for (const end of [one, first, other, last]) end.abort();
    await lab.runFor(seconds(1));
    expect(both.stack.contextFor("test").timers.nextDeadline(), "nothing is left to do").to.equal(NEVER);
    expect(both.stack.openTcp().connect(at("10.1.0.2", 80))).to.equal("network-unreachable");
  });

  it("goes on when the address is back, also with what was never sent", async () => {
    const [[one, first] = [], [other, last] = []] = await connect();
    const eth0 = both.stack.interface("eth0");
    if (one === undefined || first === undefined || eth0 === undefined) throw new Error("no connection");
    both.stack.removeAddress(eth0, address("10.1.0.1"));
    one.write(into, 0, 1000);
    one.finish();
    await lab.runFor(seconds(10));
    expect(first.read(into)).to.equal(undefined);
    both.stack.addAddress(eth0, { address: address("10.1.0.1"), prefixLength: 24 });
    await lab.runFor(seconds(60));
    expect([first.read(into), first.read(into)]).to.deep.equal([1000, 0]);
    for (const end of [one, first, other, last]) end?.abort();
    await lab.runFor(seconds(1));
  });

  it("gives up a connection whose address is removed", async () => {
    const [[one, first] = [], [other, last] = []] = await connect();
    const eth0 = both.stack.interface("eth0");
    if (one === undefined || eth0 === undefined) throw new Error("no connection");
    one.configure({ userTimeout: seconds(20) });
    expect(both.stack.removeAddress(eth0, address("10.1.0.1"))).to.equal(true);
    one.write(into);
    await lab.runFor(seconds(120));
    expect(one.failure).to.equal("timed-out");
    for (const end of [one, first, other, last]) end?.abort();
    await lab.runFor(seconds(1));
    expect(both.stack.contextFor("test").timers.nextDeadline()).to.equal(NEVER);
  });
});
