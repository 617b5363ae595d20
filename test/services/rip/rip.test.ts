/** RIP between routers of a lab: RFC 2453. */
import { expect } from "chai";
import { Lab, type LabCable, type LabHost } from "../../../src/lab/index.ts";
import { Rip } from "../../../src/services/index.ts";
import { type IpAddress, parseIpv4 } from "../../../src/stack/index.ts";

const ip = (text: string): IpAddress => parseIpv4(text) as IpAddress;

/** Three routers, each joined to both others, with a host's network at each: 10.0.N.0/24. */
class Triangle {
  readonly lab: Lab;
  readonly routers: LabHost[];
  readonly hosts: LabHost[];
  readonly cables: LabCable[];
  readonly rips: Rip[];

  constructor(seed: number) {
    const lab = new Lab({ seed });
    this.lab = lab;
    this.routers = [1, 2, 3].map((n) => lab.router(`r${n}`, `10.0.${n}.254/24`));
    this.hosts = this.routers.map((router, index) => {
      const host = lab.host(`h${index + 1}`, `10.0.${index + 1}.1/24`, { gateway: `10.0.${index + 1}.254` });
      lab.link(host, router);
      return host;
    });
    const [one, two, three] = this.routers as [LabHost, LabHost, LabHost];
    this.cables = [
      lab.link(one, two, { addresses: ["10.1.12.1/24", "10.1.12.2/24"] }),
      lab.link(two, three, { addresses: ["10.1.23.2/24", "10.1.23.3/24"] }),
      lab.link(one, three, { addresses: ["10.1.13.1/24", "10.1.13.3/24"] }),
    ];
    this.rips = this.routers.map(({ stack }) => new Rip(stack, { family: 4 }));
  }

  /** Routes to the hosts' networks as router `index` has them: "10.0.2.0 2 10.1.12.2". */
  known(index: number): readonly string[] {
    const { routes = [] } = this.rips[index] ?? {};
    return routes
      .filter(({ destination }) => destination.toString().startsWith("10.0."))
      .map(({ destination, metric, gateway }) => `${destination} ${metric} ${gateway ?? "own"}`)
      .sort();
  }

  async ping(): Promise<string> {
    const [first, second] = this.hosts as [LabHost, LabHost];
    const echo = first.stack.openEcho();
    echo.request(second.ip, 1, new Uint8Array(8));
    await this.lab.runFor("4s");
    const reply = echo.reply();
    echo.close();
    return reply === undefined ? "nothing" : (reply.failure ?? `ttl ${reply.hopLimit}`);
  }

  close(): void {
    for (const rip of this.rips) rip.close();
    this.lab.close();
  }
}

describe("RIP version 2 between three routers", () => {
  let net: Triangle;
  beforeEach(() => {
    net = new Triangle(1);
  });
  afterEach(() => net.close());

  it("tells all of them the shortest ways, soon after they start", async () => {
    await net.lab.runFor("10s");
    expect(net.known(0)).to.deep.equal(["10.0.1.0 1 own", "10.0.2.0 2 10.1.12.2", "10.0.3.0 2 10.1.13.3"]);
    expect(net.known(1)).to.deep.equal(["10.0.1.0 2 10.1.12.1", "10.0.2.0 1 own", "10.0.3.0 2 10.1.23.3"]);
    expect(await net.ping()).to.equal("ttl 62");
  });

  it("goes round a cable that is cut, once it has not been heard of for three minutes", async () => {
    await net.lab.runFor("10s");
    net.cables[0]?.down();
    await net.lab.runFor("100s");
    expect(net.known(0)).to.include("10.0.2.0 2 10.1.12.2");
    await net.lab.runFor("130s");
    expect(net.known(0)).to.include("10.0.2.0 3 10.1.13.3");
    expect(await net.ping()).to.equal("ttl 61");
    net.cables[0]?.up();
    await net.lab.runFor("40s");
    expect(net.known(0)).to.include("10.0.2.0 2 10.1.12.2");
    expect(await net.ping()).to.equal("ttl 62");
  });

  it("says that a network is gone, and forgets it two minutes later", async () => {
    await net.lab.runFor("10s");
    net.routers[1]?.crash();
    net.rips.splice(1, 1);
    await net.lab.runFor("200s");
    const gone = net.known(0).filter((line) => line.startsWith("10.0.2.0"));
    expect(gone).to.deep.equal(["10.0.2.0 16 10.1.12.2"]);
    expect(await net.ping()).to.equal("network-unreachable");
    await net.lab.runFor("300s");
    expect(net.known(0).filter((line) => line.startsWith("10.0.2.0"))).to.deep.equal([]);
  });

  it("does not listen to who is no neighbour, nor to another port (RFC 2453 §3.9.2)", async () => {
    await net.lab.runFor("10s");
    const [host] = net.hosts;
    const socket = host?.stack.openUdp();
    const forged = Uint8Array.of(
      2,
      2,
      0,
      0,
      0,
      2,
      0,
      0,
      192,
      0,
      2,
      0,
      255,
      255,
      255,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      1,
    );
    socket?.send(forged, { address: ip("10.0.1.254"), port: 520 });
    socket?.close();
    await net.lab.runFor("1s");
    expect(net.rips[0]?.counters.badPackets).to.equal(1);
    expect(net.rips[0]?.routes.some(({ destination }) => destination.equals(ip("192.0.2.0")))).to.equal(
      false,
    );
  });
});
