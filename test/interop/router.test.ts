/** Two kernels with our router between them. Real time; no test has a bound on it but mocha's against hanging. */
import { expect } from "chai";
import { need, skipIf } from "../support/peers.ts";
import { thorough } from "../support/thorough.ts";
import { RouterBed, type Side } from "./router-bed.ts";

/** Megabytes each way, and connections through the filter. */
const SIZE: number = thorough(10, 100);
const CONNECTIONS: number = thorough(500, 10_000);

const MEGABYTE = 1_000_000;

/** What each end has sent is what the other has received. */
function expectWhole({ caller, called }: Awaited<ReturnType<RouterBed["exchange"]>>, octets: number): void {
  expect([caller["count"], called["count"]]).to.deep.equal([octets, octets]);
  expect(called["received"]).to.equal(caller["sent"]);
  expect(caller["received"]).to.equal(called["sent"]);
}

const file = (offload: boolean, rules?: object): object => ({
  interfaces: [
    { tap: "rta", addresses: "10.81.0.254/24", offload },
    { tap: "rtb", addresses: "10.82.0.254/24", offload },
  ],
  reversePath: "strict",
  ...(rules !== undefined && { rules }),
});
const A = { device: "rta", address: "10.81.0.1/24", gateway: "10.81.0.254" };
const B = { device: "rtb", address: "10.82.0.1/24" };

describe("a router between two kernels, over TAPs", function () {
  this.timeout(600_000);
  let bed: RouterBed;

  beforeEach(async function () {
    bed = new RouterBed("router");
    skipIf(this, await bed.open("ping", "traceroute"));
  });
  afterEach(async function () {
    await bed.close();
    if (this.currentTest?.state === "failed") console.log(bed.lines.join("\n"));
  });

  for (const [title, offload] of [
    ["with offloads", true],
    ["without offloads", false],
  ] as const) {
    it(`is on the way of traceroute, and carries ${SIZE} MB each way unchanged, ${title}`, async () => {
      await bed.start(file(offload), [A], [{ ...B, gateway: "10.82.0.254" }]);
      expect(bed.a.run("ping -w 30 -c 3 -i 0.2 10.82.0.1")).to.match(/ttl=63[\s\S]* 3 received/);
      expect(bed.a.run("traceroute -n -q 1 -w 5 10.82.0.1")).to.match(
        / 1 {2}10\.81\.0\.254 [\s\S]* 2 {2}10\.82\.0\.1 /,
      );
      expectWhole(await bed.exchange("10.82.0.1", 5000, SIZE * MEGABYTE), SIZE * MEGABYTE);
      expect(await bed.stop()).to.equal(0);
    });
  }

  it(`translates to one address, which is all that the other side sees, and ${SIZE} MB each way stay as they are`, async () => {
    await bed.start(file(true, { nat: [{ do: "masquerade", out: "rtb" }] }), [A], [B]);
    expect(bed.a.run("ping -w 30 -c 2 -i 0.2 10.82.0.1")).to.include(" 2 received");
    const ends = await bed.exchange("10.82.0.1", 5000, SIZE * MEGABYTE);
    expectWhole(ends, SIZE * MEGABYTE);
    expect(ends.called["from"]).to.match(/10\.82\.0\.254$/);
    expect(bed.a.run("traceroute -n -q 1 -w 5 10.82.0.1"), "errors are translated, too").to.match(
      / 2 {2}10\.82\.0\.1 /,
    );
    expect(await bed.stop()).to.equal(0);
    expect(bed.lines.join("\n")).to.match(/oifname "rtb" counter packets \d+ masquerade/);
  });

  it(`carries IPv6: traceroute, path MTU, ${SIZE} MB each way, and the same hidden behind one address`, async () => {
    const six = (rules?: object): object => ({
      interfaces: [
        { tap: "rta", addresses: "fd81::fe/64" },
        { tap: "rtb", addresses: "fd82::fe/64", mtu: 1400 },
      ],
      ...(rules !== undefined && { rules }),
    });
    const a = { device: "rta", address: "fd81::1/64", gateway: "fd81::fe" };
    const b = { device: "rtb", address: "fd82::1/64", mtu: 1400 };
    await bed.start(six(), [a], [{ ...b, gateway: "fd82::fe" }]);
    expect(bed.reaches("fd82::1")).to.equal(true);
    expect(bed.a.run("traceroute -6 -n -q 1 -w 5 fd82::1")).to.match(/ 1 {2}fd81::fe [\s\S]* 2 {2}fd82::1 /);
    expect(bed.a.runFailing("ping -6 -M do -w 3 -c 2 -s 1400 fd82::1")).to.match(/mtu[ =:]+1400/i);
    expectWhole(await bed.exchange("fd82::1", 5000, SIZE * MEGABYTE), SIZE * MEGABYTE);
    expect(await bed.stop()).to.equal(0);

    await bed.start(six({ nat: [{ do: "masquerade", out: "rtb" }] }), [a], [b]);
    expect(bed.reaches("fd82::1")).to.equal(true);
    const ends = await bed.exchange("fd82::1", 5001, 20 * MEGABYTE);
    expectWhole(ends, 20 * MEGABYTE);
    expect(ends.called["from"]).to.equal("fd82::fe");
  });

  it("gives the kernel an address, a default route, an MTU and name servers by its advertisements", async function () {
    need(this, "rdisc6");
    const interfaces = [
      {
        tap: "rta",
        addresses: "fd81::fe/64",
        advertise: { mtu: 1400, preference: "high", routes: "fd82::/16", nameServers: "fd81::53" },
      },
      { tap: "rtb", addresses: "fd82::fe/64" },
    ];
    await bed.start({ interfaces }, [], [{ device: "rtb", address: "fd82::1/64", gateway: "fd82::fe" }]);
    bed.takeByAdvertisement("rta");
    const route = (): string => bed.a.run("ip -6 route");
    expect(
      await bed.until(() => /^default via fe80::\S+ dev rta proto ra .*pref high/m.test(route())),
    ).to.equal(true);
    expect(
      await bed.until(() => / fd81::\S+\/64 (?!.*tentative)/.test(bed.a.run("ip -6 address show rta"))),
    ).to.equal(true);
    expect(route()).to.match(/^fd82::\/16 via fe80::/m);
    expect(bed.a.run("cat /proc/sys/net/ipv6/conf/rta/mtu").trim()).to.equal("1400");
    expect(bed.a.run("ip -6 neighbour show dev rta")).to.match(/^fe80::\S+ lladdr \S+ router /m);
    expect(bed.reaches("fd82::1")).to.equal(true);
    const asked = bed.a.run("rdisc6 -1 -w 5000 rta");
    expect(asked).to.match(/Recursive DNS server +: fd81::53\s/);
    expect(asked).to.match(
      /Prefix +: fd81::\/64\s[\s\S]*On-link +: +Yes[\s\S]*Autonomous address conf\.: +Yes/,
    );
    expect(await bed.stop()).to.equal(0);
    expect(await bed.until(() => !/^default/m.test(route())), "it was told that the router ends").to.equal(
      true,
    );
  });

  it("knows no way through a device that the kernel has set down, in its own namespace, until it is up", async () => {
    await bed.start(file(false), [A], [{ ...B, gateway: "10.82.0.254" }]);
    expect(bed.reaches("10.82.0.1")).to.equal(true);
    bed.b.run("ip link set rtb down");
    const answer = (): string => bed.a.runFailing("ping -w 1 -c 1 10.82.0.1");
    expect(
      await bed.until(() => answer().includes("From 10.81.0.254 icmp_seq=1 Destination Net Unreachable")),
    ).to.equal(true);
    bed.b.run("ip link set rtb up");
    bed.b.run("ip route add default via 10.82.0.254");
    expect(bed.reaches("10.82.0.1")).to.equal(true);
    expect(await bed.stop()).to.equal(0);
  });

  it("refuses connections of the kernel's by a reset, and by the codes of ICMP that rules name", async () => {
    const both = (n: number): readonly string[] => [`10.${n}.0.254/24`, `fd${n}::fe/64`];
    const interfaces = [
      { tap: "rta", addresses: both(81) },
      { tap: "rtb", addresses: both(82) },
    ];
    const reject = (destinationPort: number, how: string): object => ({
      protocol: "tcp",
      destinationPort,
      do: "reject",
      with: how,
    });
    const told: readonly (readonly [string, string, string])[] = [
      ["tcp-reset", "ECONNREFUSED", "ECONNREFUSED"],
      ["port", "ECONNREFUSED", "ECONNREFUSED"],
      ["host", "EHOSTUNREACH", "EHOSTUNREACH"],
      ["network", "ENETUNREACH", "ENETUNREACH"],
      ["prohibited", "EHOSTUNREACH", "EACCES"],
      ["network-prohibited", "ENETUNREACH", "EACCES"],
      ["host-prohibited", "EHOSTUNREACH", "EACCES"],
      ["policy", "EHOSTUNREACH", "EACCES"],
      ["reject-route", "EHOSTUNREACH", "EACCES"],
    ];
    const rules = { forward: { rules: told.map(([how], index) => reject(100 + index, how)) } };
    const side = (device: string, n: number): Side[] => [
      { device, address: `10.${n}.0.1/24`, gateway: `10.${n}.0.254` },
      { device, address: `fd${n}::1/64`, gateway: `fd${n}::fe` },
    ];
    await bed.start({ interfaces, rules }, side("rta", 81), side("rtb", 82));
    expect(bed.reaches("10.82.0.1")).to.equal(true);
    expect(bed.reaches("fd82::1")).to.equal(true);
    const ports = told.map((_, index) => 100 + index);
    expect(bed.a.python("refusals", ["10.82.0.1", "fd82::1"], ports)).to.deep.equal({
      "10.82.0.1": told.map(([, four]) => four),
      "fd82::1": told.map(([, , six]) => six),
    });
  });

  it("tells ping -M do the MTU of the next link, and cuts up what may be cut up", async () => {
    const narrow = { tap: "rtb", addresses: "10.82.0.254/24", mtu: 1400 };
    const wide = { tap: "rta", addresses: "10.81.0.254/24", mtu: 9000 };
    const far = { ...B, gateway: "10.82.0.254", mtu: 1400 };
    await bed.start({ interfaces: [wide, narrow] }, [{ ...A, mtu: 9000 }], [far]);
    const said = bed.a.runFailing("ping -M do -w 3 -c 2 -s 2000 10.82.0.1");
    expect(said).to.match(/mtu = 1400|mtu=1400/);
    expect(bed.a.run("ping -w 30 -c 1 -M do -s 1372 10.82.0.1")).to.include(" 1 received");
    expect(bed.a.run("ping -w 30 -c 1 -M dont -s 8000 10.82.0.1")).to.include(" 1 received");
    expectWhole(await bed.exchange("10.82.0.1", 5000, 10 * MEGABYTE), 10 * MEGABYTE);
  });

  it("carries 100 MB each way between a VXLAN of the kernel's and the other side, and tells the MTU through it", async () => {
    const interfaces = [
      { tap: "rta", addresses: "10.81.0.254/24" },
      { tap: "rtb", addresses: ["10.82.0.254/24", "fd82::fe/64"] },
    ];
    const tunnels = [
      { vxlan: "vx0", addresses: ["10.90.0.254/24", "fd90::fe/64"], vni: 42, remotes: "10.81.0.1" },
    ];
    const b = { device: "rtb", address: "10.82.0.1/24", gateway: "10.82.0.254" };
    const b6 = { device: "rtb", address: "fd82::1/64", gateway: "fd82::fe" };
    await bed.start({ interfaces, tunnels }, [{ device: "rta", address: "10.81.0.1/24" }], [b, b6]);
    for (const command of [
      "ip link add vxlan0 type vxlan id 42 local 10.81.0.1 remote 10.81.0.254 dstport 4789",
      "ip address add 10.90.0.1/24 dev vxlan0",
      "ip address add fd90::1/64 dev vxlan0 nodad",
      "ip link set vxlan0 mtu 9000 up", // so that its host does not know what passes
      "ip route add default via 10.90.0.254",
      "ip -6 route add default via fd90::fe",
    ]) {
      bed.a.run(command);
    }
    expect(bed.reaches("10.82.0.1")).to.equal(true);
    expect(bed.reaches("fd82::1")).to.equal(true);
    expect(bed.b.runFailing("ping -M do -w 4 -c 3 -s 1430 10.90.0.1")).to.match(/mtu ?= ?1450/);
    expect(bed.b.run("ping -w 30 -c 1 -M do -s 1422 10.90.0.1")).to.include(" 1 received");
    expect(bed.b.runFailing("ping -6 -M do -w 4 -c 3 -s 1430 fd90::1")).to.match(/mtu[ =:]+1450/i);
    bed.a.run("ip link set vxlan0 mtu 1450");
    expect(bed.a.run("traceroute -n -q 1 -w 5 10.82.0.1")).to.match(
      / 1 {2}10\.90\.0\.254 [\s\S]* 2 {2}10\.82\.0\.1 /,
    );
    expectWhole(await bed.exchange("10.82.0.1", 5000, 100 * MEGABYTE), 100 * MEGABYTE);
    expectWhole(await bed.exchange("fd82::1", 5001, 20 * MEGABYTE), 20 * MEGABYTE);
    expect(await bed.stop()).to.equal(0);
  });

  it("learns from Debian's bird what it reaches, by RIP and RIPng, and tells it what we do", async function () {
    need(this, "bird");
    const both = (four: string, six: string): readonly string[] => [`10.${four}.0.254/24`, `fd${six}::fe/64`];
    const interfaces = [
      { tap: "rta", addresses: both("81", "81") },
      { tap: "rtb", addresses: both("82", "82") },
    ];
    const sides = (device: string, n: string): Side[] => [
      { device, address: `10.${n}.0.1/24` },
      { device, address: `fd${n}::1/64` },
    ];
    await bed.start({ interfaces, rip: [4, 6] }, sides("rta", "81"), sides("rtb", "82"));
    bed.b.run("ip route add default via 10.82.0.254");
    bed.b.run("ip -6 route add default via fd82::fe");
    bed.a.run("ip address add 10.91.0.1/24 dev lo");
    bed.a.run("ip address add fd91::1/64 dev lo nodad");
    bed.startBird(["10.91.0.0/24", "fd91::/64"]);
    expect(await bed.until(() => bed.a.run("ip route").includes("10.82.0.0/24 via 10.81.0.254"))).to.equal(
      true,
    );
    expect(await bed.until(() => /fd82::\/64 via fe80::/.test(bed.a.run("ip -6 route")))).to.equal(true);
    // By then it has told us as well: what it has announced is reached from the other side.
    expect(bed.b.run("ping -w 30 -c 1 10.91.0.1")).to.include(" 1 received");
    expect(bed.b.run("ping -w 30 -c 1 fd91::1")).to.include(" 1 received");
  });

  it(`lets ${CONNECTIONS} connections through a filter with state, and nobody in from outside`, async () => {
    const rules = {
      forward: {
        policy: "drop",
        rules: [
          { state: ["established", "related"], do: "accept" },
          { in: "rta", state: "new", do: "accept" },
        ],
      },
    };
    await bed.start(file(true, rules), [A], [{ ...B, gateway: "10.82.0.254" }]);
    const server = bed.b.start("build/test/interop/echo-server.js", "7");
    await server.next("listening");
    expect(bed.a.python("churn", "10.82.0.1", 7, CONNECTIONS, 50)).to.deep.equal({
      good: CONNECTIONS,
      wrong: [],
    });
    expect(bed.b.runFailing("ping -w 2 -c 1 10.81.0.1")).to.include("100% packet loss");
  });
});
