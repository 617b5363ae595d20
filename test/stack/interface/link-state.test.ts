/** Interfaces that go down and up again, by a call or by their link: RFC 5227 §2.1, RFC 4862 §5.4, packet(7). */
import { expect } from "chai";
import { seconds, type TcpEndpoint, type TraceEvent } from "../../../src/stack/index.ts";
import { arpRequest, bytes, ping } from "../../support/frames.ts";
import {
  advertisement,
  describeFrame6,
  linkOption,
  OUR_IP6,
  PEER_IP6,
  prefixOption,
  routerAdvertisement,
} from "../../support/frames6.ts";
import { RouterRig } from "../../support/router-rig.ts";
import { address, type RigOptions, WireRig } from "../../support/wire-rig.ts";

const BOTH: RigOptions = { addresses: ["10.77.0.2/24", `${OUR_IP6}/64`] };
const PEERS = ["10.77.0.1", PEER_IP6];
/** EtherType, and of ARP the operation and the target's address; of IPv6 what it is. */
function lineOf(frame: Uint8Array): string {
  const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  if (type === 0x0806) return `arp ${frame[21]} ${[...frame.subarray(38, 42)].join(".")}`;
  if (type === 0x86dd) return describeFrame6(frame);
  return `ip protocol ${frame[23]}`;
}
const sent = (rig: WireRig): string[] => rig.taken().map(lineOf);
const states = (rig: WireRig): string[] => rig.eth0.addresses.map(({ state }) => state);

describe("an interface", () => {
  for (const [how, down, up] of [
    [
      "that is set down",
      (rig: WireRig) => rig.stack.setUp(rig.eth0, false),
      (rig: WireRig) => rig.stack.setUp(rig.eth0, true),
    ],
    [
      "that has lost its carrier",
      (rig: WireRig) => rig.link.sink?.carrierChanged?.(false),
      (rig: WireRig) => rig.link.sink?.carrierChanged?.(true),
    ],
  ] as const) {
    it(`${how} leads nowhere: calls are told so, as by Linux, and none of it is lost to the routes`, () => {
      const rig = new WireRig(BOTH);
      const socket = rig.stack.openUdp();
      const send = (): unknown[] =>
        PEERS.map((to) => rig.stack.openUdp().send(bytes("x"), { address: address(to), port: 9 }));
      socket.connect({ address: address("10.77.0.1"), port: 9 });
      const route = rig.context.route(address("10.77.0.1"));
      down(rig);
      expect(rig.eth0.up).to.equal(false);
      expect([route?.valid, rig.context.route(address(PEER_IP6))]).to.deep.equal([false, undefined]);
      expect([socket.send(bytes("x")), ...send()]).to.deep.equal(new Array(3).fill("network-unreachable"));
      const connect = rig.stack.openTcp().connect({ address: address("10.77.0.1"), port: 9 });
      expect(connect).to.equal("network-unreachable");
      expect(rig.stack.routes.filter((one) => one.interface === rig.eth0).length).to.be.greaterThan(1);
      rig.receive(ping());
      expect(sent(rig)).to.deep.equal([]);
      up(rig);
      expect([socket.send(bytes("x")), ...send()]).to.deep.equal([1, 1, 1]);
      rig.stack.close();
    });

    it(`${how} forgets its neighbours, and asks for them when it is up`, () => {
      const rig = new WireRig(BOTH);
      rig.receive(arpRequest());
      rig.taken();
      const send = (): unknown =>
        rig.stack.openUdp().send(bytes("x"), { address: address("10.77.0.1"), port: 9 });
      send();
      expect(sent(rig)).to.deep.equal(["ip protocol 17"]);
      down(rig);
      expect(rig.stack.neighbours().get("eth0")).to.deep.equal([]);
      up(rig);
      rig.taken();
      send();
      expect(sent(rig)).to.deep.equal(["arp 1 10.77.0.1"]);
      rig.stack.close();
    });
  }

  it("is up only if it was not set down, and has a carrier", () => {
    const rig = new WireRig();
    const both = (): boolean[] => [rig.eth0.up, rig.eth0.failure === ""];
    rig.stack.setUp(rig.eth0, false);
    rig.link.sink?.carrierChanged?.(false);
    rig.stack.setUp(rig.eth0, true);
    expect(both()).to.deep.equal([false, true]);
    rig.link.sink?.carrierChanged?.(true);
    expect(both()).to.deep.equal([true, true]);
    rig.link.sink?.failed("deleted");
    rig.link.sink?.carrierChanged?.(true);
    expect(both()).to.deep.equal([false, false]);
    const [lo] = rig.stack.interfaces;
    expect(rig.stack.setUp(rig.eth0, true), "its device is gone").to.equal(false);
    expect(lo === undefined || rig.stack.setUp(lo, false), "nobody could be reached without it").to.equal(
      false,
    );
    expect(lo?.up).to.equal(true);
    rig.close();
  });

  it("claims its addresses anew when it is up, each as it was (RFC 5227 §2.1, RFC 4862 §5.4)", () => {
    const rig = new WireRig({ ...BOTH, interface: { claim: "announce" } });
    rig.run(seconds(5));
    rig.taken();
    rig.stack.setUp(rig.eth0, false);
    expect(states(rig)).to.deep.equal(["preferred", "preferred", "preferred"]);
    rig.stack.setUp(rig.eth0, true);
    const lines = sent(rig);
    expect(lines).to.include("arp 1 10.77.0.2");
    expect(lines.filter((line) => / icmp6 136\/0 \S+ flags 20$/.test(line)).length).to.equal(2);
    rig.run(seconds(5));
    rig.close();

    const probed = new WireRig({ ...BOTH, interface: { claim: "probe" } });
    probed.run(seconds(10));
    expect(states(probed)).to.deep.equal(["preferred", "preferred", "preferred"]);
    probed.stack.setUp(probed.eth0, false);
    expect(states(probed)).to.deep.equal(["tentative", "tentative", "tentative"]);
    probed.taken();
    probed.run(seconds(10));
    expect(sent(probed), "nobody is asked while it is down").to.deep.equal([]);
    probed.stack.setUp(probed.eth0, true);
    probed.run(seconds(10));
    expect(sent(probed).filter((line) => / icmp6 135\/0 /.test(line)).length).to.equal(2);
    expect(states(probed)).to.deep.equal(["preferred", "preferred", "preferred"]);
    probed.close();
  });

  it("finds out when it is up again that somebody else has taken its address meanwhile", () => {
    const rig = new WireRig({ addresses: [`${OUR_IP6}/64`], interface: { claim: "probe" } });
    rig.run(seconds(10));
    rig.stack.setUp(rig.eth0, false);
    rig.stack.setUp(rig.eth0, true);
    rig.receive(advertisement(OUR_IP6, 0x20, linkOption(2), { to: "ff02::1" }));
    expect(states(rig)[0]).to.equal("duplicate");
    rig.run(seconds(10));
    rig.close();
  });

  it("may be given addresses while it is down, and uses them when it is up", () => {
    const rig = new WireRig({ addresses: [] });
    rig.stack.setUp(rig.eth0, false);
    rig.stack.addAddress(rig.eth0, { address: address(OUR_IP6), prefixLength: 64 });
    rig.stack.addAddress(rig.eth0, { address: address("10.77.0.2"), prefixLength: 24 }, "probe");
    rig.run(seconds(10));
    expect(sent(rig)).to.deep.equal([]);
    expect(states(rig)).to.deep.equal(["tentative", "tentative", "tentative"]);
    rig.stack.setUp(rig.eth0, true);
    rig.run(seconds(10));
    expect(states(rig)).to.deep.equal(["preferred", "preferred", "preferred"]);
    rig.close();
  });

  // Of the kernel: `ip link set d0 down`, then bind, and send to oneself; the interface was a TAP.
  it("keeps its IPv4 addresses for the host while it is down, not those of IPv6, as on Linux", () => {
    const rig = new WireRig(BOTH);
    rig.stack.setUp(rig.eth0, false);
    const [first, second] = [rig.stack.openUdp(), rig.stack.openTcp()];
    expect(first.bind({ address: address("10.77.0.2"), port: 7 })).to.equal(undefined);
    expect(second.bind({ address: address("10.77.0.2"), port: 7 })).to.equal(undefined);
    for (const socket of [rig.stack.openUdp(), rig.stack.openTcp()])
      expect(socket.bind({ address: address(OUR_IP6), port: 7 })).to.equal("address-not-available");
    const sender = rig.stack.openUdp();
    expect(sender.send(bytes("x"), { address: address("10.77.0.2"), port: 7 })).to.equal(1);
    expect(first.receive(new Uint8Array(9))).to.equal(1);
    expect(first.send(bytes("x"), { address: address("10.77.0.1"), port: 7 })).to.equal(
      "network-unreachable",
    );
    rig.stack.close();
  });

  it("tells the routers of its groups anew", () => {
    const rig = new WireRig(BOTH);
    const socket = rig.stack.openUdp();
    socket.joinGroup(address("224.1.2.3"), "eth0");
    socket.joinGroup(address("ff05::123"), "eth0");
    rig.run(seconds(30));
    rig.stack.setUp(rig.eth0, false);
    rig.taken();
    rig.stack.setUp(rig.eth0, true);
    rig.run(seconds(30));
    const lines = sent(rig);
    expect(lines.filter((line) => line === "ip protocol 2").length, "IGMP").to.be.greaterThan(0);
    expect(lines.filter((line) => line.includes("> ff02::16 hlim 1")).length, "MLD").to.be.greaterThan(0);
    expect(rig.eth0.hasGroup(address("224.1.2.3"))).to.equal(true);
    rig.close();
  });

  it("forgets what routers have told, and asks again", () => {
    const rig = new WireRig({ addresses: [], interface: { claim: "off", autoconfigure: true } });
    rig.run(seconds(3));
    rig.receive(routerAdvertisement(bytes(linkOption(1), prefixOption("2001:db8:1::"))));
    rig.run(seconds(3));
    expect(states(rig)).to.deep.equal(["preferred", "preferred"]);
    rig.link.sink?.carrierChanged?.(false);
    expect(rig.eth0.addresses.every(({ address: one }) => one.isLinkLocal)).to.equal(true);
    expect(rig.stack.routes.filter(({ gateway }) => gateway !== undefined)).to.deep.equal([]);
    rig.taken();
    rig.link.sink?.carrierChanged?.(true);
    rig.run(seconds(3));
    expect(sent(rig).filter((line) => line.includes(" icmp6 133/0")).length).to.equal(1);
    rig.receive(routerAdvertisement(bytes(linkOption(1), prefixOption("2001:db8:1::"))));
    rig.run(seconds(3));
    expect(states(rig)).to.deep.equal(["preferred", "preferred"]);
    rig.close();
  });

  it("advertises its router again", () => {
    const rig = new RouterRig();
    rig.stack.advertise(rig.eth0, {});
    rig.run(seconds(60));
    rig.stack.setUp(rig.eth0, false);
    rig.taken();
    rig.run(seconds(1000));
    expect(sent(rig)).to.deep.equal([]);
    rig.stack.setUp(rig.eth0, true);
    rig.run(seconds(5));
    expect(sent(rig).filter((line) => line.includes(" icmp6 134/0")).length).to.equal(1);
    rig.close();
  });

  it("is told of by an event, and what is sent then is due to that", () => {
    const events: TraceEvent[] = [];
    const rig = new WireRig({
      ...BOTH,
      interface: { claim: "announce" },
      trace: (event) => events.push({ ...event }),
    });
    events.length = 0;
    rig.stack.setUp(rig.eth0, false);
    rig.link.sink?.carrierChanged?.(false);
    rig.stack.setUp(rig.eth0, true);
    rig.link.sink?.carrierChanged?.(true);
    const links = events.filter((event) => event.kind === "link");
    expect(
      links.map((event) => [event.interface, event.up, events.find(({ id }) => id === event.cause)?.kind]),
    ).to.deep.equal([
      ["eth0", false, "call"],
      ["eth0", true, undefined],
    ]);
    const announced = events.find((event) => event.kind === "sent" && event.layer === "arp");
    expect(announced?.cause).to.equal(links[1]?.id);
    rig.stack.close();
  });

  it("gives back what it held for a link that took no more, and begins afresh", () => {
    const rig = new WireRig();
    rig.receive(arpRequest());
    rig.link.room = 0;
    const send = (): unknown =>
      rig.stack.openUdp().send(bytes("x"), { address: address("10.77.0.1"), port: 9 });
    for (let i = 0; i < 100; i++) send();
    rig.link.sink?.carrierChanged?.(false);
    expect(rig.context.pool.outstanding).to.equal(0);
    rig.link.room = Number.POSITIVE_INFINITY;
    rig.link.sink?.carrierChanged?.(true);
    rig.taken();
    rig.receive(arpRequest());
    send();
    expect(sent(rig)).to.include("ip protocol 17");
    rig.stack.close();
  });
});

describe("routes", () => {
  it("lead by another interface while theirs is down, and back", () => {
    const rig = new RouterRig();
    const far = address("198.51.100.9");
    rig.stack.addRoute(far, 24, address("10.77.0.1"), rig.eth0, undefined, 1);
    rig.stack.addRoute(far, 24, address("10.78.0.1"), rig.eth1, undefined, 2);
    const out = (): string | undefined => rig.context.route(far)?.interface.name;
    expect(out()).to.equal("eth0");
    rig.link.sink?.carrierChanged?.(false);
    expect(out()).to.equal("eth1");
    rig.link.sink?.carrierChanged?.(true);
    expect(out()).to.equal("eth0");
    rig.close();
  });
});

describe("a packet endpoint", () => {
  it("is told once that its interface has gone down (packet(7)), and goes on when that is up", () => {
    const rig = new WireRig();
    const packet = rig.stack.openPacket(rig.eth0);
    let woken = 0;
    packet.onChange(() => woken++);
    rig.stack.setUp(rig.eth0, false);
    expect([woken, packet.readable, packet.takeFailure()]).to.deep.equal([1, true, "network-down"]);
    expect([packet.readable, packet.takeFailure()]).to.deep.equal([false, undefined]);
    expect(packet.send(new Uint8Array(60))).to.equal("network-down");
    rig.stack.setUp(rig.eth0, true);
    expect(packet.send(new Uint8Array(60))).to.equal(60);
    rig.receive(ping());
    expect(packet.available).to.be.greaterThan(0);
    packet.close();
    rig.stack.close();
  });
});

describe("a connection", () => {
  it("outlives that its interface is down: it sends again when that is up", () => {
    const rig = new RouterRig();
    const endpoint: TcpEndpoint = rig.stack.openTcp();
    expect(endpoint.connect({ address: address("10.77.0.1"), port: 80 })).to.equal(undefined);
    rig.link.sink?.carrierChanged?.(false);
    rig.taken();
    rig.run(seconds(2));
    expect(sent(rig)).to.deep.equal([]);
    expect([endpoint.state, endpoint.failure]).to.deep.equal(["syn-sent", undefined]);
    rig.link.sink?.carrierChanged?.(true);
    rig.receive(arpRequest());
    rig.run(seconds(10));
    expect(sent(rig).filter((line) => line === "ip protocol 6").length).to.be.greaterThan(0);
    expect(endpoint.state).to.equal("syn-sent");
    rig.stack.close();
  });
});
