/** What routers say, and what becomes of it: RFC 4861 §6.3, RFC 4862 §5.5, RFC 8981, RFC 4191, RFC 8106, RFC 7559. */
import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { bytes, word16 } from "../../../support/frames.ts";
import {
  advertisement,
  describeFrame6,
  ip6,
  linkOption,
  PEER_LINK_LOCAL,
  prefixOption,
  redirectFrame,
  routerAdvertisement,
  solicitation,
} from "../../../support/frames6.ts";
import { address, type RigOptions, WireRig } from "../../../support/wire-rig.ts";

const PREFIX = "2001:db8:1::";
const FAR = "2001:db8:ffff::1";
const OTHER_ROUTER = "fe80::2";

function start(options: RigOptions["interface"] = {}): WireRig {
  const rig = new WireRig({ addresses: [], interface: { claim: "off", autoconfigure: true, ...options } });
  rig.run(seconds(3));
  rig.taken();
  return rig;
}

const settle = (rig: WireRig): void => {
  rig.run(seconds(3));
  rig.taken();
};
const addresses = (rig: WireRig): string[] =>
  rig.eth0.addresses
    .filter(({ address: one }) => !one.isLinkLocal)
    .map(
      ({ address: one, state, temporary }) =>
        `${one.toString().slice(0, 10)} ${state}${temporary ? " temporary" : ""}`,
    );
const nextHop = (rig: WireRig, to: string): string | undefined => {
  const route = rig.context.route(address(to));
  return route === undefined ? undefined : "nextHop" in route ? `${route.nextHop}` : "?";
};
const mtuOption = (mtu: number): Uint8Array => bytes(5, 1, 0, 0, word16(0), word16(mtu));

describe("an interface that listens to routers", () => {
  it("asks for them when it has a link-local address, ever less often, until one answers (RFC 7559)", () => {
    const rig = new WireRig({ addresses: [], interface: { autoconfigure: true } });
    const asked: number[] = [];
    for (let i = 0; i < 200; i++) {
      rig.run(milliseconds(500));
      const lines = rig.taken().map(describeFrame6);
      for (const line of lines)
        if (/^fe80::\S+ > ff02::2 hlim 255 icmp6 133\/0$/.test(line)) asked.push(rig.now / 1e6);
    }
    expect(asked.length).to.be.within(4, 6);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    for (const [index, gap] of gaps.entries())
      expect(gap).to.be.within(4 * 1.85 ** index - 1, 4 * 2.15 ** index * 1.15 + 1);
    rig.receive(routerAdvertisement(linkOption(1)));
    rig.run(seconds(1000));
    expect(
      rig
        .taken()
        .map(describeFrame6)
        .filter((line) => line.includes(" 133/")),
    ).to.deep.equal([]);
    rig.close();
  });

  it("has an address by the advertisement, and by no call: events say what it is due to", () => {
    const kinds: string[] = [];
    const rig = new WireRig({
      addresses: [],
      interface: { claim: "off", autoconfigure: true },
      trace: ({ kind }) => kinds.push(kind),
    });
    rig.run(seconds(3));
    kinds.length = 0;
    rig.receive(routerAdvertisement(bytes(linkOption(1), prefixOption(PREFIX, 0xc0, 7200, 7200))));
    settle(rig);
    expect(addresses(rig)).to.deep.equal(["2001:db8:1 preferred"]);
    expect(kinds).to.include("received").and.include("sent");
    rig.run(seconds(7200)); // and by no call it goes
    expect(addresses(rig)).to.deep.equal([]);
    expect(kinds).to.not.include("call");
    rig.close();
  });

  it("has an address of each prefix, a way to the link, and to everywhere", () => {
    const rig = start();
    rig.receive(routerAdvertisement(bytes(linkOption(1), prefixOption(PREFIX))));
    expect(addresses(rig)).to.deep.equal(["2001:db8:1 tentative"]);
    settle(rig);
    expect(addresses(rig)).to.deep.equal(["2001:db8:1 preferred"]);
    expect(nextHop(rig, `${PREFIX}9`)).to.equal(`${PREFIX}9`);
    expect(nextHop(rig, FAR)).to.equal(PEER_LINK_LOCAL);
    expect(`${rig.context.route(address(FAR))?.source}`).to.match(/^2001:db8:1:/);
  });

  it("sends through each of two routers from an address of that one's prefix (RFC 6724 §5, rule 5.5)", () => {
    const rig = start();
    const other = { from: OTHER_ROUTER };
    rig.receive(routerAdvertisement(bytes(linkOption(1), prefixOption("2001:db8:1::"))));
    rig.receive(
      routerAdvertisement(bytes(linkOption(1, "02:77:00:00:00:09"), prefixOption("2001:db8:2::")), other),
    );
    settle(rig);
    rig.stack.addRoute(address("2001:db8:2:aaaa::"), 64, address(PEER_LINK_LOCAL), rig.eth0);
    rig.stack.addRoute(address("2001:db8:1:aaaa::"), 64, address(OTHER_ROUTER), rig.eth0);
    const source = (to: string): string | undefined =>
      rig.context.route(address(to))?.source.toString().slice(0, 10);
    expect([source("2001:db8:2:aaaa::1"), source("2001:db8:1:aaaa::1")]).to.deep.equal([
      "2001:db8:1",
      "2001:db8:2",
    ]);
    rig.close();
  });

  it("has the same addresses at each start where it is given a secret that stays, and others without (RFC 7217)", () => {
    const made = (seed: number, stableSecret?: Uint8Array): string[] => {
      const rig = new WireRig({
        addresses: [],
        seed,
        stack: { stableSecret },
        interface: { claim: "off", autoconfigure: true },
      });
      rig.run(seconds(3));
      rig.receive(routerAdvertisement(bytes(linkOption(1), prefixOption(PREFIX))));
      rig.run(seconds(3));
      rig.close();
      return rig.eth0.addresses.map(({ address: one }) => `${one}`);
    };
    const secret = Uint8Array.from({ length: 16 }, (_, at) => 200 + at);
    expect(made(1, secret)).to.deep.equal(made(2, secret));
    expect(made(1)).to.not.deep.equal(made(2));
    expect(made(1, secret)).to.not.deep.equal(
      made(
        1,
        secret.map((octet) => octet ^ 1),
      ),
    );
    expect(() => made(1, new Uint8Array(15))).to.throw(RangeError, "stableSecret");
  });

  it("makes no address where it is not to, nor counts a prefix to the link", () => {
    for (const [option, made, direct] of [
      [prefixOption(PREFIX, 0x80), 0, true],
      [prefixOption(PREFIX, 0x40), 1, false],
      [prefixOption(PREFIX, 0xc0, 100, 200), 0, true], // preferred for longer than valid
      [prefixOption(PREFIX, 0xc0, 100, 50, 63), 0, true],
      [prefixOption("fe80::"), 0, undefined],
      [prefixOption("ff02::"), 0, undefined],
    ] as const) {
      const rig = start();
      rig.receive(routerAdvertisement(bytes(linkOption(1), option)));
      settle(rig);
      expect(addresses(rig).length).to.equal(made);
      const way = nextHop(rig, `${PREFIX}9`);
      if (direct !== undefined && way !== undefined) expect(way === `${PREFIX}9`).to.equal(direct);
    }
  });

  it("deprecates an address, and gives it up, when its lifetimes are over", () => {
    const rig = start();
    rig.receive(routerAdvertisement(prefixOption(PREFIX, 0xc0, 100, 50)));
    settle(rig);
    rig.run(seconds(44));
    expect(addresses(rig)).to.deep.equal(["2001:db8:1 preferred"]);
    rig.run(seconds(4));
    expect(addresses(rig)).to.deep.equal(["2001:db8:1 deprecated"]);
    rig.run(seconds(50));
    expect(addresses(rig)).to.deep.equal([]);
    rig.close();
  });

  it("lets nobody shorten a lifetime to less than two hours (RFC 4862 §5.5.3 (e))", () => {
    const rig = start();
    rig.receive(routerAdvertisement(prefixOption(PREFIX, 0xc0, 10_000, 5_000)));
    settle(rig);
    rig.receive(routerAdvertisement(prefixOption(PREFIX, 0xc0, 1, 1)));
    rig.run(seconds(7_190));
    expect(addresses(rig), "deprecated at once, but valid for two hours").to.deep.equal([
      "2001:db8:1 deprecated",
    ]);
    rig.receive(routerAdvertisement(prefixOption(PREFIX, 0xc0, 5, 0)));
    expect(addresses(rig)).to.deep.equal(["2001:db8:1 deprecated"]);
    rig.run(seconds(20));
    expect(addresses(rig)).to.deep.equal([]);
  });

  it("has temporary addresses besides, if it is to, which are preferred and renewed each day (RFC 8981)", () => {
    const rig = start({ temporaryAddresses: true });
    const announce = (): void =>
      rig.receive(
        routerAdvertisement(prefixOption(PREFIX, 0xc0, 7 * 86_400, 7 * 86_400), { lifetime: 9000 }),
      );
    announce();
    settle(rig);
    expect(addresses(rig)).to.deep.equal(["2001:db8:1 preferred", "2001:db8:1 preferred temporary"]);
    const used = (): string => `${rig.context.route(address(FAR))?.source}`;
    const first = used();
    expect(rig.eth0.addresses.find((one) => `${one.address}` === first)?.temporary).to.equal(true);
    for (let hour = 0; hour < 30; hour++) {
      rig.run(seconds(3600));
      announce();
    }
    expect(used()).to.not.equal(first);
    expect(addresses(rig).filter((line) => line.includes("deprecated temporary")).length).to.be.within(1, 2);
    for (let hour = 0; hour < 24 * 8; hour++) {
      rig.run(seconds(3600));
      announce();
    }
    expect(addresses(rig).length, "old ones go").to.be.within(3, 5);
  });

  it("tries another address when one is taken", () => {
    const rig = start();
    rig.receive(routerAdvertisement(prefixOption(PREFIX)));
    const first = rig.eth0.addresses.find(({ state }) => state === "tentative")?.address;
    rig.receive(advertisement(`${first}`, 0x20, linkOption(2), { to: "ff02::1" }));
    settle(rig);
    expect(addresses(rig)).to.deep.equal(["2001:db8:1 preferred"]);
    expect(rig.eth0.addresses.some((one) => first?.equals(one.address))).to.equal(false);
  });

  it("takes the parameters of the link within their bounds", () => {
    const rig = start();
    const route = () => rig.context.route(address(FAR));
    rig.receive(
      routerAdvertisement(bytes(linkOption(1), prefixOption(PREFIX), mtuOption(1400)), {
        currentHopLimit: 99,
      }),
    );
    settle(rig);
    expect(route()?.mtu).to.equal(1400);
    rig.receive(routerAdvertisement(mtuOption(1279), { currentHopLimit: 1 }));
    rig.receive(routerAdvertisement(mtuOption(1501)));
    expect(route()?.mtu).to.equal(1400);
    rig.stack.openUdp().send(bytes("x"), { address: address(FAR), port: 9 });
    expect(rig.taken().map(describeFrame6).join()).to.include(" hlim 99 ");
  });

  it("prefers routers as they say, and those that answer (RFC 4191, RFC 4861 §6.3.6)", () => {
    const rig = start();
    const low = routerAdvertisement(bytes(linkOption(1), prefixOption(PREFIX)), { flags: 0x18 });
    const medium = routerAdvertisement(linkOption(1, "02:00:00:00:00:02"), { from: OTHER_ROUTER });
    rig.receive(low, medium);
    settle(rig);
    expect(nextHop(rig, FAR)).to.equal(OTHER_ROUTER);
    const socket = rig.stack.openUdp();
    for (let i = 0; i < 3; i++) {
      socket.send(bytes("x"), { address: address(FAR), port: 9 });
      rig.run(seconds(4));
    }
    expect(nextHop(rig, FAR), "it did not answer").to.equal(PEER_LINK_LOCAL);
    rig.receive(routerAdvertisement(bytes(), { lifetime: 0 }));
    expect(nextHop(rig, FAR), "the other one is none any more").to.equal(OTHER_ROUTER);
  });

  it("forgets a router whose lifetime is over, or who says that it is none (§7.2.5)", () => {
    const rig = start();
    const again = (): void =>
      rig.receive(routerAdvertisement(bytes(linkOption(1), prefixOption(PREFIX)), { lifetime: 60 }));
    again();
    settle(rig);
    rig.run(seconds(58));
    expect(nextHop(rig, FAR)).to.equal(undefined);
    again();
    expect(nextHop(rig, FAR)).to.equal(PEER_LINK_LOCAL);
    rig.receive(
      advertisement(PEER_LINK_LOCAL, 0x20, linkOption(2), { from: PEER_LINK_LOCAL, to: "ff02::1" }),
    );
    expect(nextHop(rig, FAR)).to.equal(undefined);
  });

  it("takes routes, and name servers, for as long as they are told (RFC 4191, RFC 8106)", () => {
    const rig = start();
    const routeOption = bytes(24, 2, 48, 0x08, word16(0), word16(600), ip6("2001:db8:99::").slice(0, 8));
    const dns = bytes(25, 3, 0, 0, word16(0), word16(300), ip6("2001:db8::53"));
    rig.receive(
      routerAdvertisement(bytes(linkOption(1), prefixOption(PREFIX), routeOption, dns), {
        from: OTHER_ROUTER,
        lifetime: 0,
      }),
    );
    settle(rig);
    expect(nextHop(rig, "2001:db8:99::7")).to.equal(OTHER_ROUTER);
    expect(nextHop(rig, FAR)).to.equal(undefined);
    expect(rig.stack.nameServers().map(String)).to.deep.equal(["2001:db8::53"]);
    rig.run(seconds(300));
    expect(rig.stack.nameServers()).to.deep.equal([]);
    rig.run(seconds(300));
    expect(nextHop(rig, "2001:db8:99::7")).to.equal(undefined);
  });

  it("is redirected by the router in use alone, to another one or to the link (§8)", () => {
    const rig = start();
    rig.receive(routerAdvertisement(bytes(linkOption(1), prefixOption(PREFIX))));
    settle(rig);
    const ours = rig.eth0.addresses.find(({ address: one }) => one.isLinkLocal)?.address;
    const redirect = (target: string, to: string, from = PEER_LINK_LOCAL): void =>
      rig.receive(redirectFrame(target, to, { to: `${ours}`, from }));
    redirect(OTHER_ROUTER, FAR, "fe80::77");
    expect(nextHop(rig, FAR)).to.equal(PEER_LINK_LOCAL);
    redirect(OTHER_ROUTER, FAR);
    expect(nextHop(rig, FAR)).to.equal(OTHER_ROUTER);
    redirect("2001:db8:2::2", "2001:db8:2::2");
    expect(nextHop(rig, "2001:db8:2::2")).to.equal("2001:db8:2::2");
    // The one that it was sent to does not answer: the advice is forgotten (RFC 4861 §7.3.3).
    rig.stack.openUdp().send(bytes("x"), { address: address(FAR), port: 9 });
    rig.run(seconds(4));
    expect(nextHop(rig, FAR)).to.equal(PEER_LINK_LOCAL);
  });

  it("believes in no more than so many routes and addresses, and keeps none when it goes", () => {
    const rig = start();
    for (let i = 0; i < 300; i++) {
      rig.receive(
        routerAdvertisement(bytes(linkOption(1), prefixOption(`2001:db8:${(i + 1).toString(16)}::`)), {
          from: `fe80::${(i + 1).toString(16)}`,
        }),
      );
    }
    settle(rig);
    expect(rig.eth0.addresses.length).to.equal(1 + 16);
    expect(rig.stack.routes.filter(({ metric }) => metric >= 256).length).to.equal(64);
    rig.receive(solicitation());
    rig.stack.removeInterface("eth0");
    expect(rig.stack.routes.filter((one) => one.interface === rig.eth0)).to.deep.equal([]);
    rig.close();
  });
});
