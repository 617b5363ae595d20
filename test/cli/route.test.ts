/** The file of `tapstack route`: what is read, and what is refused where. */
import { expect } from "chai";
import { readRouteFile } from "../../src/cli/route-file.ts";
import { type AdvertisementOptions, RuleError } from "../../src/stack/index.ts";

/** What is wrong; "" if nothing is. */
function problem(file: unknown): string {
  try {
    readRouteFile(JSON.stringify(file));
    return "";
  } catch (error) {
    if (error instanceof RuleError) return error.message.replace(/^line \d+, column \d+: /, "");
    throw error;
  }
}

const lan = { tap: "lan0", addresses: "10.1.0.254/24" };
const wan = { tun: "wan0", addresses: ["198.51.100.2/24", "2001:db8::2/64"], mtu: 1400, offload: false };

describe("a file of tapstack route", () => {
  it("names devices, routes and rules", () => {
    const file = readRouteFile(
      JSON.stringify({
        interfaces: [lan, wan],
        routes: [{ to: "0.0.0.0/0", via: "198.51.100.1", through: "wan0", metric: 5 }],
        reversePath: "strict",
        rip: [4],
        rules: { nat: [{ do: "masquerade", out: "wan0" }] },
      }),
    );
    expect(
      file.interfaces.map(({ name, kind, mtu, offload, batching }) => [name, kind, mtu, offload, batching]),
    ).to.deep.equal([
      ["lan0", "tap", 1500, true, "batch"],
      ["wan0", "tun", 1400, false, "batch"],
    ]);
    expect(
      file.interfaces[1]?.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    ).to.deep.equal(["198.51.100.2/24", "2001:db8::2/64"]);
    expect(file.routes).to.have.lengthOf(1);
    expect([file.reversePath, file.redirects, file.rip, file.rules?.nat.length]).to.deep.equal([
      "strict",
      true,
      [4],
      1,
    ]);
  });

  it("says what hosts are told of the router", () => {
    const told = (advertise: unknown): unknown =>
      readRouteFile(JSON.stringify({ interfaces: [{ ...lan, advertise }] })).interfaces[0]?.advertise;
    expect(told(undefined)).to.equal(undefined);
    expect(told(false)).to.equal(undefined);
    expect(told(true)).to.deep.equal({});
    const given = told({
      maxInterval: "10s",
      lifetime: "0s",
      preference: "high",
      mtu: 1400,
      prefixes: [
        "2001:db8:1::/64",
        { prefix: "2001:db8:2::/64", validLifetime: "forever", autonomous: false },
      ],
      routes: [{ to: "2001:db8::/32", preference: "low", lifetime: "1h" }],
      nameServers: "2001:db8::53",
    }) as AdvertisementOptions;
    expect([given.maxInterval, given.lifetime, given.preference, given.mtu]).to.deep.equal([
      10_000_000,
      0,
      "high",
      1400,
    ]);
    expect(
      given.prefixes?.map((one) => `${one.prefix}/${one.prefixLength} ${one.validLifetime}`),
    ).to.deep.equal(["2001:db8:1::/64 undefined", "2001:db8:2::/64 Infinity"]);
    expect(given.routes?.map((one) => `${one.prefix}/${one.prefixLength} ${one.lifetime}`)).to.deep.equal([
      "2001:db8::/32 3600000000",
    ]);
    expect(given.nameServers?.map(String)).to.deep.equal(["2001:db8::53"]);
  });

  it("has tunnels", () => {
    const vxlan = { vxlan: "vx0", addresses: "10.9.0.1/24", vni: 42, remotes: "10.1.0.1", mtu: 1400 };
    const l2tp = {
      l2tp: "lt0",
      addresses: ["10.8.0.1/24"],
      remote: "10.1.0.2",
      over: "ip",
      session: 1,
      peerSession: 4_294_967_295,
      cookie: "0123456789abcdef",
    };
    const { tunnels } = readRouteFile(JSON.stringify({ interfaces: [lan], tunnels: [vxlan, l2tp] }));
    expect(tunnels.map(({ kind, name, options }) => [kind, name, options.mtu])).to.deep.equal([
      ["vxlan", "vx0", 1400],
      ["l2tp", "lt0", undefined],
    ]);
    const [, second] = tunnels;
    expect(second?.kind === "l2tp" && [second.options.over, second.options.cookie?.length]).to.deep.equal([
      "ip",
      8,
    ]);
  });

  const cases: readonly (readonly [string, unknown, string])[] = [
    ["without interfaces", {}, "interfaces: a router needs interfaces"],
    [
      "with an unknown member",
      { interfaces: [lan], interface: 1 },
      'interface: there is no "interface"; there are interfaces, tunnels, routes',
    ],
    ["with an interface twice", { interfaces: [lan, lan] }, 'interfaces[1]: there is a "lan0" already'],
    [
      "with a device of no kind",
      { interfaces: [{ addresses: [] }] },
      'interfaces[0]: "tap" or "tun" is missing',
    ],
    [
      "with a device of both kinds",
      { interfaces: [{ ...lan, tun: "x" }] },
      'interfaces[0]: it is either a "tap" or a "tun"',
    ],
    [
      "with an address without prefix",
      { interfaces: [{ ...lan, addresses: "10.0.0.1" }] },
      'interfaces[0].addresses: "10.0.0.1" is no address with its prefix',
    ],
    [
      "with the address of a group",
      { interfaces: [{ ...lan, addresses: ["224.0.0.1/4"] }] },
      'interfaces[0].addresses[0]: "224.0.0.1/4" is no address',
    ],
    [
      "with a tunnel of no kind",
      { interfaces: [lan], tunnels: [{ addresses: "10.9.0.1/24" }] },
      'tunnels[0]: "vxlan" or "l2tp" is missing',
    ],
    [
      "with a tunnel that is called as a device",
      {
        interfaces: [lan],
        tunnels: [{ vxlan: "lan0", addresses: "10.9.0.1/24", vni: 1, remotes: "10.1.0.1" }],
      },
      'tunnels[0]: there is a "lan0" already',
    ],
    [
      "with a tunnel to nowhere",
      { interfaces: [lan], tunnels: [{ vxlan: "vx0", addresses: "10.9.0.1/24", vni: 1 }] },
      'tunnels[0]: "remotes" are missing',
    ],
    [
      "with a cookie that is none",
      {
        interfaces: [lan],
        tunnels: [
          {
            l2tp: "a",
            addresses: "10.9.0.1/24",
            remote: "10.1.0.1",
            session: 1,
            peerSession: 1,
            cookie: "1",
          },
        ],
      },
      "tunnels[0].cookie: a cookie has 8 or 16 hexadecimal digits",
    ],
    [
      "with advertisements on a TUN",
      { interfaces: [{ ...wan, advertise: true }] },
      "interfaces[0].advertise: a TUN has no neighbours to be told",
    ],
    [
      "with advertisements of IPv4",
      { interfaces: [{ ...lan, advertise: { prefixes: ["10.0.0.0/8"] } }] },
      "interfaces[0].advertise.prefixes[0]: it must be a prefix of IPv6",
    ],
    [
      "with advertisements that come too often",
      { interfaces: [{ ...lan, advertise: { maxInterval: "3s" } }] },
      "interfaces[0].advertise: maxInterval is 3000000; it must be 4 to 1,800 seconds",
    ],
    [
      "with unknown advertisements",
      { interfaces: [{ ...lan, advertise: { prefix: "2001:db8::/64" } }] },
      'interfaces[0].advertise.prefix: there is no "prefix"; there are maxInterval',
    ],
    [
      "with a station on a TUN",
      { interfaces: [{ ...wan, mac: "02:00:00:00:00:01" }] },
      "interfaces[0].mac: a TUN has no stations",
    ],
    [
      "with a small MTU",
      { interfaces: [{ ...lan, mtu: 67 }] },
      "interfaces[0].mtu: it is 67; it must be a whole number from 68 to 65521",
    ],
    [
      "with a route to nowhere",
      { interfaces: [lan], routes: [{ through: "lan0" }] },
      'routes[0]: "to" is missing: a prefix',
    ],
    [
      "with a route through nothing",
      { interfaces: [lan], routes: [{ to: "0.0.0.0/0", through: "eth0" }] },
      'routes[0].through: it is "eth0"; there are lan0',
    ],
    ["with RIP of no family", { interfaces: [lan], rip: [5] }, "rip[0]: it must be 4 or 6"],
    [
      "with a bad rule",
      { interfaces: [lan], rules: { nat: [{ do: "nat" }] } },
      'rules.nat[0].do: it is "nat"; there are masquerade',
    ],
  ];
  for (const [title, file, message] of cases) {
    it(`is refused ${title}`, () => {
      expect(problem(file).slice(0, message.length)).to.equal(message);
    });
  }
});
