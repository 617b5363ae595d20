/** What a router tells the hosts of its links: RFC 4861 §6.2, RFC 4191, RFC 8106. */
import { expect } from "chai";
import { type AdvertisementOptions, milliseconds, seconds } from "../../../../src/stack/index.ts";
import { bytes, PEER } from "../../../support/frames.ts";
import {
  ANY6,
  describeFrame6,
  icmp6Frame,
  ip6,
  linkOption,
  PEER_LINK_LOCAL,
  routerAdvertisement,
  solicitation,
  text6,
} from "../../../support/frames6.ts";
import { RouterRig } from "../../../support/router-rig.ts";
import { address, HandLink, OUR_MAC, WireRig } from "../../../support/wire-rig.ts";

const isAdvertisement = (frame: Uint8Array): boolean => / icmp6 134\/0$/.test(describeFrame6(frame));
const advertisements = (rig: WireRig): readonly Uint8Array[] => rig.taken().filter(isAdvertisement);
const ask = (fields = {}, options: Uint8Array = linkOption(1)): Uint8Array =>
  icmp6Frame(133, 0, [0, 0, 0, 0], options, {
    to: "ff02::2",
    from: PEER_LINK_LOCAL,
    hopLimit: 255,
    ...fields,
  });
/** The message in a frame, behind the headers of Ethernet and IPv6. */
const messageOf = (frame: Uint8Array | undefined): Uint8Array => (frame ?? bytes()).subarray(54);
/** Seconds, of what the router says of itself. */
const lifetimeOf = (frame: Uint8Array | undefined): number => {
  const message = messageOf(frame);
  return ((message[6] ?? 0) << 8) | (message[7] ?? 0);
};
/** The options of an advertisement, as octets. */
function optionsOf(frame: Uint8Array | undefined): Uint8Array[] {
  const message = messageOf(frame);
  const found: Uint8Array[] = [];
  for (let at = 16; at < message.length; ) {
    const octets = (message[at + 1] ?? 0) * 8;
    expect(octets, "an option of no length").to.be.greaterThan(0);
    found.push(message.slice(at, at + octets));
    at += octets;
  }
  return found;
}
/** When each advertisement went out, in seconds. */
function times(rig: WireRig, long: number): number[] {
  const found: number[] = [];
  for (const end = rig.now + seconds(long); rig.now < end; rig.run(milliseconds(100))) {
    for (const _ of advertisements(rig)) found.push(rig.now / 1e6);
  }
  return found;
}
/** A router that has advertised `options` once; and its first advertisement. */
function start(options: AdvertisementOptions = {}): { rig: RouterRig; first: Uint8Array | undefined } {
  const rig = new RouterRig();
  rig.stack.advertise(rig.eth0, options);
  rig.run(seconds(1));
  return { rig, first: advertisements(rig)[0] };
}
const ourLinkLocal = (rig: WireRig): string =>
  text6(bytes(ip6(`${rig.eth0.addresses.find(({ address: one }) => one.isLinkLocal)?.address}`)));

describe("a router that advertises", () => {
  it("tells all nodes of itself and of the prefixes of its addresses, from its link-local address", () => {
    const { rig, first } = start();
    expect(describeFrame6(first ?? bytes())).to.equal(`${ourLinkLocal(rig)} > ff02::1 hlim 255 icmp6 134/0`);
    expect([...messageOf(first).subarray(4, 16)], "hop limit 64, lifetime 1800 s, no times").to.deep.equal([
      64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    const prefix = bytes(3, 4, 64, 0xc0, [0, 0x27, 0x8d, 0], [0, 9, 0x3a, 0x80], [0, 0, 0, 0], ip6("fd77::"));
    expect(optionsOf(first)).to.deep.equal([linkOption(1, `${OUR_MAC}`), prefix]);
    rig.close();
  });

  it("writes every option as the RFCs draw it", () => {
    const { rig, first } = start({
      maxInterval: seconds(10),
      preference: "high",
      managed: true,
      otherConfig: true,
      hopLimit: 70,
      mtu: 1400,
      reachableTime: seconds(20),
      retransTimer: milliseconds(500),
      prefixes: [
        {
          prefix: address("2001:db8:1::7"),
          prefixLength: 48,
          validLifetime: Number.POSITIVE_INFINITY as ReturnType<typeof seconds>,
          preferredLifetime: seconds(100),
        },
        { prefix: address("2001:db8:2::"), prefixLength: 64, onLink: false, validLifetime: seconds(60) },
      ],
      routes: [
        { prefix: address("::"), prefixLength: 0, preference: "low" },
        { prefix: address("2001:db8:3::"), prefixLength: 48, lifetime: seconds(90) },
        { prefix: address("2001:db8::1:2:3:4"), prefixLength: 127, preference: "high", lifetime: seconds(1) },
      ],
      nameServers: [address("2001:db8::53"), address("fe80::53")],
    });
    expect([...messageOf(first).subarray(4, 16)]).to.deep.equal([
      70, 0xc8, 0, 30, 0, 0, 0x4e, 0x20, 0, 0, 1, 0xf4,
    ]);
    expect(optionsOf(first)).to.deep.equal([
      linkOption(1, `${OUR_MAC}`),
      bytes(5, 1, 0, 0, 0, 0, 0x05, 0x78),
      bytes(3, 4, 48, 0x80, [255, 255, 255, 255], [0, 0, 0, 100], [0, 0, 0, 0], ip6("2001:db8:1::")),
      bytes(3, 4, 64, 0x40, [0, 0, 0, 60], [0, 0, 0, 60], [0, 0, 0, 0], ip6("2001:db8:2::")),
      bytes(24, 1, 0, 0x18, [0, 0, 0, 30]),
      bytes(24, 2, 48, 0x00, [0, 0, 0, 90], ip6("2001:db8:3::").slice(0, 8)),
      bytes(24, 3, 127, 0x08, [0, 0, 0, 1], ip6("2001:db8::1:2:3:4")),
      bytes(25, 5, 0, 0, [0, 0, 0, 30], ip6("2001:db8::53"), ip6("fe80::53")),
    ]);
    rig.close();
  });

  it("does so at random times between its intervals, the first three in shorter ones (§6.2.4)", () => {
    const rig = new RouterRig();
    rig.stack.advertise(rig.eth0, { minInterval: seconds(200), maxInterval: seconds(600) });
    const at = times(rig, 20_000);
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(at[0]).to.be.within(0, 0.6);
    expect(Math.max(...gaps.slice(0, 2)), "MAX_INITIAL_RTR_ADVERT_INTERVAL").to.be.at.most(16.2);
    const later = gaps.slice(2);
    for (const gap of later) expect(gap).to.be.within(199.8, 600.2);
    expect(later.length).to.be.within(33, 100);
    expect(Math.max(...later) - Math.min(...later), "by chance").to.be.greaterThan(150);
    rig.close();
  });

  it("answers who asks within half a second, but all together at most every three seconds (§6.2.6)", () => {
    const { rig } = start();
    rig.run(seconds(100));
    rig.taken();
    const begin = rig.now / 1e6;
    const found: number[] = [];
    for (let i = 0; i < 200; i++) {
      rig.receive(ask({ from: `fe80::${i + 1}` }));
      rig.run(milliseconds(50));
      for (const _ of advertisements(rig)) found.push(rig.now / 1e6 - begin);
    }
    expect(found[0]).to.be.within(0, 0.6);
    expect(found.length).to.be.within(3, 4);
    for (const [index, time] of found.slice(1).entries())
      expect(time - (found[index] ?? 0)).to.be.within(2.9, 3.7);
    rig.close();
  });

  it("does not wait longer for who has asked than for its turn", () => {
    const { rig } = start({ minInterval: seconds(3), maxInterval: seconds(4) });
    const [next = 0] = times(rig, 5);
    expect(next - 1).to.be.at.most(4.1);
    rig.run(milliseconds(2700));
    rig.receive(ask());
    expect(times(rig, 4).length).to.be.within(1, 2);
    rig.close();
  });

  it("answers who has no address yet, and learns from the others that they are no routers", () => {
    const { rig } = start();
    rig.run(seconds(60));
    rig.taken();
    rig.receive(ask({ from: ANY6 }, bytes()));
    rig.run(seconds(1));
    expect(advertisements(rig).length).to.equal(1);
    rig.receive(ask({ from: "fe80::77" }));
    const known = rig.stack
      .neighbours()
      .get("eth0")
      ?.find((one) => `${one.address}` === "fe80::77");
    expect(`${known?.mac}`).to.equal(PEER);
    rig.close();
  });

  it("listens for them in the group of all routers, and leaves that when it is none (RFC 4291 §2.8)", () => {
    const { rig } = start();
    expect(rig.eth0.hasGroup(address("ff02::2"))).to.equal(true);
    rig.stack.startRouter({ forwarding: false });
    expect(rig.eth0.hasGroup(address("ff02::2"))).to.equal(false);
    rig.close();
  });

  it("says at last that it is no router any more: of routes and servers too, not of prefixes (§6.2.5)", () => {
    const { rig } = start({
      routes: [{ prefix: address("2001:db8::"), prefixLength: 32 }],
      nameServers: [address("2001:db8::53")],
    });
    rig.stack.advertise(rig.eth0, undefined);
    const [last, ...more] = advertisements(rig);
    expect(more).to.deep.equal([]);
    expect(lifetimeOf(last)).to.equal(0);
    const [, prefix, route, dns] = optionsOf(last);
    expect([...(prefix ?? []).slice(4, 8)]).to.deep.equal([0, 0x27, 0x8d, 0]);
    expect([...(route ?? []).slice(4, 8)]).to.deep.equal([0, 0, 0, 0]);
    expect([...(dns ?? []).slice(4, 8)]).to.deep.equal([0, 0, 0, 0]);
    rig.receive(ask());
    expect(times(rig, 700)).to.deep.equal([]);
    expect(rig.dropped.map(({ reason }) => reason)).to.deep.equal(["notAdvertising"]);
    rig.close();
  });

  it("says the same as soon as it passes nothing on, and takes it back when it does", () => {
    const { rig } = start();
    rig.run(seconds(60));
    rig.taken();
    rig.stack.startRouter({ forwarding: false });
    rig.run(seconds(1));
    expect(advertisements(rig).map(lifetimeOf)).to.deep.equal([0]);
    rig.run(seconds(20));
    rig.taken();
    rig.stack.startRouter({ forwarding: true });
    rig.run(seconds(1));
    expect(advertisements(rig).map(lifetimeOf)).to.deep.equal([1800]);
    rig.close();
  });

  it("takes other options while it advertises", () => {
    const { rig } = start();
    rig.run(seconds(60));
    rig.taken();
    rig.stack.advertise(rig.eth0, { lifetime: seconds(0), prefixes: [] });
    rig.run(seconds(1));
    const [one] = advertisements(rig);
    expect(lifetimeOf(one)).to.equal(0);
    expect(optionsOf(one).length).to.equal(1);
    rig.close();
  });

  it("tells of no more prefixes than go into one message", () => {
    const rig = new RouterRig();
    for (let i = 0; i < 60; i++) {
      rig.stack.addAddress(rig.eth0, { address: address(`2001:db8:${i + 1}::1`), prefixLength: 64 }, "off");
    }
    rig.stack.advertise(rig.eth0, {});
    rig.run(seconds(1));
    const [one] = advertisements(rig);
    expect(one?.length).to.be.within(1280 + 14 - 31, 1280 + 14);
    rig.close();
  });

  it("waits until its link-local address is known to be nobody else's", () => {
    const rig = new WireRig({ addresses: [], interface: { claim: "probe" } });
    rig.stack.startRouter();
    rig.stack.advertise(rig.eth0, {});
    rig.run(milliseconds(900));
    expect(advertisements(rig)).to.deep.equal([]);
    rig.run(seconds(3));
    expect(advertisements(rig).length).to.equal(1);
    rig.close();
  });

  it("tells of routers that contradict it (§6.2.7)", () => {
    const { rig } = start();
    rig.receive(routerAdvertisement(linkOption(1), { currentHopLimit: 63 }));
    rig.receive(routerAdvertisement(linkOption(1), { currentHopLimit: 64 }));
    expect(rig.dropped.map(({ reason }) => reason)).to.deep.equal(["otherParameters", "notAutoconfigured"]);
    rig.close();
  });

  it("refuses what cannot be, and on a host everything", () => {
    const rig = new RouterRig();
    for (const wrong of [
      { maxInterval: seconds(3) },
      { maxInterval: seconds(1801) },
      { maxInterval: seconds(10), minInterval: seconds(8) },
      { lifetime: seconds(599) },
      { lifetime: seconds(65_536) },
      { mtu: 1279 },
      { mtu: 1501 },
      { hopLimit: 256 },
      { nameServers: [address("10.0.0.1")] },
      { prefixes: [{ prefix: address("fe80::"), prefixLength: 64 }] },
      { prefixes: [{ prefix: address("2001:db8::"), prefixLength: 129 }] },
      {
        prefixes: [
          {
            prefix: address("::"),
            prefixLength: 64,
            validLifetime: seconds(1),
            preferredLifetime: seconds(2),
          },
        ],
      },
      { nameServers: new Array(80).fill(address("2001:db8::53")) },
    ] as AdvertisementOptions[]) {
      expect(() => rig.stack.advertise(rig.eth0, wrong), JSON.stringify(wrong)).to.throw(RangeError);
    }
    expect(() => rig.stack.advertise(rig.eth0, { prefix: 1 } as AdvertisementOptions)).to.throw(TypeError);
    const tun = rig.stack.addInterface("tun0", new HandLink({ medium: "ip" }), []);
    expect(() => rig.stack.advertise(tun, {})).to.throw(RangeError, "no neighbours");
    const host = new WireRig();
    expect(() => host.stack.advertise(host.eth0, {})).to.throw("this is a host");
    rig.close();
  });
});

describe("a neighbour advertisement", () => {
  it("says of a router that it is one, and of a host that it is none (RFC 4861 §7.2.4)", () => {
    const rig = new RouterRig();
    const flags = (): string[] =>
      rig.taken().map((frame) => / flags (\S+)/.exec(describeFrame6(frame))?.[1] ?? "none");
    rig.receive(solicitation());
    expect(flags()).to.deep.equal(["e0"]);
    rig.stack.startRouter({ forwarding: false });
    rig.run(seconds(5));
    rig.taken();
    rig.receive(solicitation());
    expect(flags()).to.deep.equal(["60"]);
    rig.close();
  });
});
