/**
 * Several addresses of one prefix, and one address on several links. RFC 4007 §6 has link-local addresses mean one host
 * only within their zone, which is a link.
 */
import { expect } from "chai";
import type { IpAddress } from "../../../src/stack/index.ts";
import { arpRequest, bytes, describeFrame, OUR_IP, ping } from "../../support/frames.ts";
import {
  describeFrame6,
  icmp6Frame,
  linkOption,
  OUR_IP6,
  ping6,
  redirectFrame,
  solicitation,
} from "../../support/frames6.ts";
import { RouterRig } from "../../support/router-rig.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

/** Lines without the reports of groups. */
const lines = (frames: readonly Uint8Array[]): readonly string[] =>
  frames.map(describeFrame6).filter((line) => !line.includes(" > ff02::16 "));

describe("an address of two on one prefix", () => {
  const leadsTo = (rig: WireRig, prefix: string): boolean =>
    rig.stack.routes.some(({ destination }) => destination.equals(address(prefix)));

  // As Linux's cleanup_prefix_route.
  it("leaves the way to the link to the other when it is removed, of IPv6", () => {
    const rig = new WireRig({ addresses: [`${OUR_IP6}/64`, "fd77::3/64"] });
    rig.receive(solicitation("fd77::3"));
    rig.taken();
    expect(rig.stack.removeAddress(rig.eth0, address(OUR_IP6))).to.equal(true);
    rig.receive(ping6({ to: "fd77::3" }));
    expect(lines(rig.taken())).to.deep.equal(["fd77::3 > fd77::1 hlim 64 icmp6 129/0"]);
    expect(rig.stack.removeAddress(rig.eth0, address("fd77::3"))).to.equal(true);
    expect(leadsTo(rig, "fd77::")).to.equal(false);
    rig.close();
  });

  it("and of IPv4", () => {
    const rig = new WireRig({ addresses: ["10.77.0.3/24", `${OUR_IP}/24`] });
    rig.receive(arpRequest());
    rig.taken();
    expect(rig.stack.removeAddress(rig.eth0, address("10.77.0.3"))).to.equal(true);
    rig.receive(ping());
    expect(rig.taken().map(describeFrame).join()).to.match(/10\.77\.0\.2 > 10\.77\.0\.1 icmp 0\/0/);
    expect(rig.stack.removeAddress(rig.eth0, address(OUR_IP))).to.equal(true);
    expect(leadsTo(rig, "10.77.0.0")).to.equal(false);
    rig.close();
  });

  it("does not bring back a way to another prefix that was taken away", () => {
    const rig = new WireRig({ addresses: [`${OUR_IP6}/64`, "fd78::2/64", "fd77::3/64"] });
    expect(rig.stack.removeRoute(address("fd78::"), 64)).to.equal(true);
    rig.stack.removeAddress(rig.eth0, address(OUR_IP6));
    expect([leadsTo(rig, "fd77::"), leadsTo(rig, "fd78::")]).to.deep.equal([true, false]);
    rig.close();
  });
});

describe("a link-local address", () => {
  const SHARED = "fe80::77";
  const OTHERS = "fe80::88";
  let rig: RouterRig;
  /** What has left by each interface. */
  const sent = (): readonly (readonly string[])[] => [lines(rig.taken()), lines(rig.second.sent.splice(0))];
  const own = (text: string): { address: IpAddress; prefixLength: number } => ({
    address: address(text),
    prefixLength: 64,
  });

  beforeEach(() => {
    rig = new RouterRig();
    rig.stack.addAddress(rig.eth0, own(SHARED), "off");
    rig.stack.addAddress(rig.eth1, own(SHARED), "off");
    sent();
  });
  afterEach(() => rig.close());

  it("may be had on two interfaces, and is answered for on both", () => {
    const question = solicitation(SHARED, linkOption(1), { from: "fe80::1" });
    rig.receive(question);
    rig.second.receive(question);
    const answer = `${SHARED} > fe80::1 hlim 255 icmp6 136/0 ${SHARED} flags e0`;
    expect(sent()).to.deep.equal([[answer], [answer]]);
    rig.receive(ping6({ from: "fe80::1", to: SHARED }));
    rig.second.receive(ping6({ from: "fe80::1", to: SHARED }));
    const pong = `${SHARED} > fe80::1 hlim 64 icmp6 129/0`;
    expect(sent()).to.deep.equal([[pong], [pong]]);
    rig.stack.removeAddress(rig.eth0, address(SHARED));
    rig.second.receive(ping6({ from: "fe80::1", to: SHARED }));
    expect(sent(), "what one interface loses, the other keeps").to.deep.equal([[], [pong]]);
  });

  it("of ours on one link may be a neighbour's on another", () => {
    rig.stack.addAddress(rig.eth0, own(OTHERS), "off");
    sent();
    rig.second.receive(solicitation(SHARED, linkOption(1), { from: OTHERS }));
    rig.second.receive(ping6({ from: OTHERS, to: SHARED }));
    expect(sent()[1]).to.deep.equal([
      `${SHARED} > ${OTHERS} hlim 255 icmp6 136/0 ${SHARED} flags e0`,
      `${SHARED} > ${OTHERS} hlim 64 icmp6 129/0`,
    ]);
    const socket = rig.stack.openUdp();
    expect(socket.connect({ address: address(OTHERS), port: 9 })).to.equal(undefined);
    expect(socket.configure({ interfaceName: "eth1" })).to.equal(undefined);
    expect(socket.send(bytes("x"))).to.equal(1);
    expect(sent()[1]?.join(), "who names the link, means the neighbour").to.match(
      /fe80::\S+ > fe80::88 hlim 64 udp \d+ > 9 "x"/,
    );
    socket.close();
    rig.receive(ping6({ from: OTHERS, to: SHARED }));
    expect(rig.dropped.at(-1)?.reason, "but there it is ours").to.equal("sourceIsOurs");
  });

  it("of ours on one link may be that of a better router on another", () => {
    rig.stack.addAddress(rig.eth0, own(OTHERS), "off");
    rig.stack.addRoute(address("2001:db8::"), 32, address("fe80::1"), rig.eth1);
    rig.second.receive(redirectFrame(OTHERS, "2001:db8::9", { to: "fd78::2" }));
    const [found] = rig.stack.routes.filter(({ destination }) => destination.equals(address("2001:db8::9")));
    expect(found?.gateway?.toString()).to.equal(OTHERS);
    expect(found?.interface.name).to.equal("eth1");
  });

  it("of ours can be called from here", () => {
    const called = rig.stack.openUdp();
    expect(called.bind({ address: address("::"), port: 7 })).to.equal(undefined);
    for (const through of [undefined, "eth0", "eth1"]) {
      const caller = rig.stack.openUdp();
      if (through !== undefined) caller.configure({ interfaceName: through });
      expect(caller.connect({ address: address(SHARED), port: 7 })).to.equal(undefined);
      expect(caller.send(bytes("to myself"))).to.equal(9);
      rig.run(1000 as never);
      const into = new Uint8Array(20);
      expect(called.receive(into), through ?? "no interface").to.equal(9);
      caller.close();
    }
    called.close();
  });

  it("of ours can be called over TCP, by who names the link", () => {
    const listener = rig.stack.openTcp();
    expect(listener.bind({ address: address("::"), port: 7 })).to.equal(undefined);
    listener.listen(1);
    const caller = rig.stack.openTcp();
    expect(caller.configure({ interfaceName: "eth1" })).to.equal(undefined);
    expect(caller.connect({ address: address(SHARED), port: 7 })).to.equal(undefined);
    rig.run(1000 as never);
    expect(caller.connected).to.equal(true);
    const server = listener.accept();
    expect(server?.remote?.address.toString()).to.equal(SHARED);
    for (const end of [caller, server, listener]) end?.abort();
  });

  it("that is not this link's own is nobody's there", () => {
    rig.stack.addAddress(rig.eth0, own(OTHERS), "off");
    sent();
    rig.second.receive(solicitation("fd78::2", linkOption(1), { from: "fe80::1" }));
    rig.second.receive(icmp6Frame(128, 0, [0, 7, 0, 1], bytes(), { from: "fe80::1", to: OTHERS }));
    expect(sent()[1]?.filter((line) => line.includes("129/0"))).to.deep.equal([]);
  });
});
