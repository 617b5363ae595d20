/** By which address, and on which link, a router tells of errors: RFC 1812 §4.3.2.4, RFC 6724 §4, RFC 4007 §9. */
import { expect } from "chai";
import { Firewall } from "../../../src/stack/index.ts";
import { bytes, datagram, describeFrame, ethernet, OUR_IP, udp } from "../../support/frames.ts";
import { describeFrame6, linkOption, OUR_IP6, solicitation } from "../../support/frames6.ts";
import { RouterRig, through, through6 } from "../../support/router-rig.ts";
import { address } from "../../support/wire-rig.ts";

/** Of a host behind eth1 to a resolver behind eth0. */
const question = (): Uint8Array => {
  const way = { from: "10.78.0.1", to: "10.77.0.1" };
  return ethernet(datagram(17, udp(5000, 53, bytes("?"), way), way));
};

/** What has left by eth1 but reports of groups. */
const sentBySecond = ({ second }: RouterRig): readonly string[] =>
  second.sent
    .splice(0)
    .map((frame) => (frame[12] === 0x08 ? describeFrame(frame) : describeFrame6(frame)))
    .filter((line) => !line.includes(" > ff02::16 "));

describe("a router on a link where it has no address that reaches so far", () => {
  // As Linux's ipv6_dev_get_saddr and inet_select_addr: an address of another interface.
  it("tells of errors by one of another interface, over IPv6", () => {
    const rig = new RouterRig();
    rig.stack.removeAddress(rig.eth1, address("fd78::2"));
    rig.stack.addRoute(address("fd78::"), 64, undefined, rig.eth1);
    expect(rig.eth1.addresses.some((one) => one.address.isLinkLocal)).to.equal(true);
    rig.second.receive(through6({ from: "fd78::1", to: "2001:db8::1" }));
    expect(sentBySecond(rig)).to.deep.equal([`${OUR_IP6} > fd78::1 hlim 64 icmp6 1/0`]);
    rig.stack.removeAddress(rig.eth0, address(OUR_IP6));
    rig.second.receive(through6({ from: "fd78::1", to: "2001:db8::1" }));
    const [{ address: own } = { address: undefined }] = rig.eth1.addresses.filter(
      (one) => one.address.isLinkLocal,
    );
    expect(sentBySecond(rig), "if there is none, by what there is").to.deep.equal([
      `${own} > fd78::1 hlim 64 icmp6 1/0`,
    ]);
  });

  it("and over IPv4, where the line has none at all", () => {
    const rig = new RouterRig();
    rig.stack.removeAddress(rig.eth1, address("10.78.0.2"));
    rig.stack.addRoute(address("10.78.0.0"), 24, undefined, rig.eth1);
    rig.second.receive(through({ from: "10.78.0.1", to: "192.0.2.1" }));
    expect(sentBySecond(rig).join()).to.include(`${OUR_IP} > 10.78.0.1`);
  });
});

describe("a link-local sender behind a router", () => {
  const LOCAL = "fe80::99";
  const rigWithSender = (): RouterRig => {
    const rig = new RouterRig();
    rig.second.receive(solicitation("fd78::2", linkOption(1), { from: LOCAL }));
    sentBySecond(rig);
    return rig;
  };

  it("is told on its own link that it cannot be passed on (RFC 4443 §3.1, code 2)", () => {
    const rig = rigWithSender();
    rig.second.receive(through6({ from: LOCAL, to: "fd77::1" }));
    expect(rig.taken()).to.deep.equal([]);
    expect(sentBySecond(rig).map((line) => line.replace(/^\S+/, "…"))).to.deep.equal([
      `… > ${LOCAL} hlim 64 icmp6 1/2`,
    ]);
    expect(rig.stack.counters.forward?.drops.toJSON()).to.deep.equal({ linkLocal: 1 });
  });

  it("is not told of what stays on the link anyway", () => {
    const rig = rigWithSender();
    rig.second.receive(through6({ from: LOCAL, to: "fe80::77" }));
    rig.second.receive(through6({ from: "fd78::1", to: "fe80::77" }));
    expect([...rig.taken(), ...sentBySecond(rig)]).to.deep.equal([]);
  });

  it("is refused on its own link by a rule", () => {
    const rig = rigWithSender();
    new Firewall(rig.router, { input: { policy: "accept", rules: [{ in: "eth1", do: "reject" }] } });
    rig.second.receive(through6({ from: LOCAL, to: "fd78::2" }));
    expect(rig.taken()).to.deep.equal([]);
    expect(sentBySecond(rig)).to.deep.equal([`fd78::2 > ${LOCAL} hlim 64 icmp6 1/1`]);
  });
});

describe("a rule that redirects to this host", () => {
  // As Linux's nf_nat_redirect: NF_DROP where the interface has no address.
  it("lets nothing go on to whom it named while there is no address to lead it to", () => {
    const rig = new RouterRig();
    new Firewall(rig.router, {
      nat: [{ do: "redirect", in: "eth1", protocol: "udp", destinationPort: 53, to: 5353 }],
    });
    rig.stack.removeAddress(rig.eth1, address("10.78.0.2"));
    rig.second.receive(question());
    expect(rig.taken().map(describeFrame)).to.deep.equal([]);
    expect(rig.stack.counters.forward?.drops.toJSON()).to.deep.equal({ untranslatable: 1 });
    rig.stack.addAddress(rig.eth1, { address: address("10.78.0.2"), prefixLength: 24 }, "off");
    const resolver = rig.stack.openUdp();
    resolver.bind({ address: address("0.0.0.0"), port: 5353 });
    rig.second.receive(question());
    expect(resolver.receive(new Uint8Array(9))).to.equal(1);
  });
});
