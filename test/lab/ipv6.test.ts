/** Hosts of a Lab with IPv6 addresses. */
import { expect } from "chai";
import { AF_INET6, formatSockaddr, SOCK_STREAM, type Socket } from "../../src/api/index.ts";
import { Lab, type LabHost, parseInterfaceAddress } from "../../src/lab/index.ts";
import type { IpAddress } from "../../src/stack/index.ts";

describe("a Lab with IPv6", () => {
  it("has hosts that talk at once, by the same calls", async () => {
    const lab = new Lab({ seed: 1 });
    const alice = lab.host("alice", "fd00::1/64");
    const bob = lab.host("bob", "fd00::2/64");
    lab.link(alice, bob, { impairments: "delay=1ms" });
    const heard = await lab.run(
      (async () => {
        const server = bob.sockets.socket(AF_INET6, SOCK_STREAM);
        bob.sockets.bind(server, bob.at(7));
        bob.sockets.listen(server, 1);
        const client = alice.sockets.socket(AF_INET6, SOCK_STREAM);
        await alice.sockets.connect(client, bob.at(7));
        await alice.sockets.send(client, new TextEncoder().encode("hello"));
        const [connection] = await bob.sockets.accept(server);
        const into = new Uint8Array(9);
        const count = await bob.sockets.recvInto(connection, into);
        return new TextDecoder().decode(into.subarray(0, count));
      })(),
    );
    expect(heard).to.equal("hello");
    expect(`${alice.ip}`).to.equal("fd00::1");
    lab.close();
  });

  it("refuses what is no address", () => {
    const lab = new Lab({ seed: 1 });
    for (const text of ["fd00::1", "fd00::1/129", "fd00:::1/64", "10.0.0.1/33", "::g/64"]) {
      expect(() => lab.host("x", text), text).to.throw(RangeError);
    }
    lab.close();
  });
});

/** A home: a router towards the Internet, a laptop that is told everything by it, and a server outside. */
function home(): { lab: Lab; router: LabHost; laptop: LabHost; server: LabHost } {
  const lab = new Lab({ seed: 3 });
  const router = lab.nat("router", ["192.168.1.1/24", "2001:db8:1::1/64"], "home-router", {
    advertise: { eth0: { nameServers: [inside("2001:db8:1::1")] } },
  });
  const laptop = lab.host("laptop", [], { autoconfigure: true });
  const server = lab.host("server", ["203.0.113.80/24", "2001:db8:80::80/64"], {
    gateway: ["203.0.113.5", "2001:db8:80::1"],
  });
  lab.link(router, laptop);
  lab.link(router, server, { addresses: [["203.0.113.5/24", "2001:db8:80::1/64"]] });
  return { lab, router, laptop, server };
}
const inside = (text: string): IpAddress => parseInterfaceAddress(`${text}/64`).address;

describe("a Lab's host that listens to routers", () => {
  it("has an address, a way out and name servers from the router of its link", async () => {
    const { lab, router, laptop } = home();
    expect(() => laptop.address).to.throw(RangeError, "laptop has no address of IPv6");
    await lab.runFor("3s");
    expect(`${laptop.addressOf(6)}`).to.match(/^2001:db8:1:0:/);
    expect(laptop.address).to.equal(`${laptop.addressOf(6)}/64`);
    const linkLocal = router.stack.interface("eth0")?.addresses.find(({ address }) => address.isLinkLocal);
    expect(
      laptop.stack.routes.filter(({ prefixLength, gateway }) => prefixLength === 0 && gateway),
    ).to.deep.equal([
      {
        destination: inside("::"),
        prefixLength: 0,
        gateway: linkLocal?.address,
        interface: laptop.stack.interface("eth0"),
        source: undefined,
        metric: 1024,
      },
    ]);
    expect(laptop.stack.nameServers().map(String)).to.deep.equal(["2001:db8:1::1"]);
    lab.close();
  });

  it("has all that again after a restart, with the same address (RFC 7217)", async () => {
    const { lab, laptop, router } = home();
    await lab.runFor("3s");
    const before = `${laptop.addressOf(6)}`;
    router.restart();
    await lab.runFor("5s");
    expect(`${laptop.addressOf(6)}`).to.equal(before);
    lab.close();
  });
});

describe("a Lab's home router", () => {
  it("leaves addresses of IPv6 as they are, and lets in only what belongs to what was begun inside", async () => {
    const { lab, laptop, server } = home();
    await lab.runFor("3s");
    const listening = (host: LabHost): Socket => {
      const socket = host.sockets.socket(AF_INET6, SOCK_STREAM);
      host.sockets.bind(socket, AF_INET6, 0n, 80);
      host.sockets.listen(socket, 1);
      return socket;
    };
    const call = laptop.sockets.socket(AF_INET6, SOCK_STREAM);
    const web = listening(server);
    await lab.run(laptop.sockets.connect(call, server.at(80, 6)));
    const [accepted, caller] = await lab.run(server.sockets.accept(web));
    expect(formatSockaddr(caller)).to.contain(`[${laptop.addressOf(6)}]:`);
    await lab.run(server.sockets.send(accepted, new TextEncoder().encode("back")));
    const into = new Uint8Array(9);
    expect(await lab.run(laptop.sockets.recvInto(call, into))).to.equal(4);

    listening(laptop);
    const uninvited = server.sockets.socket(AF_INET6, SOCK_STREAM);
    const outcome = server.sockets.connect(uninvited, laptop.at(80, 6)).then(
      () => "connected",
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(await lab.run(outcome)).to.equal("ETIMEDOUT");
    lab.close();
  });

  it("advertises to the inside only", async () => {
    const { lab, router } = home();
    await lab.runFor("60s");
    const sent = (name: string): number | undefined =>
      router.stack.counters.interfaces.get(name)?.nd.ndOutRouterAdvertisements;
    expect(sent("eth0")).to.be.greaterThan(1);
    expect(sent("eth1")).to.equal(0);
    lab.close();
  });

  it("refuses advertisements of a host, and addresses that are none in a list", () => {
    const lab = new Lab({ seed: 1 });
    const host = lab.host("x", "fd00::1/64", { advertise: { eth0: {} } });
    expect(() => lab.link(host, lab.switch())).to.throw("this is a host");
    expect(() => lab.host("y", ["10.0.0.1/24", "fd00::1"])).to.throw(RangeError);
    expect(() => lab.host("z", "10.0.0.1/24", { gateway: ["10.0.0.2", "x"] })).to.throw(RangeError);
    lab.close();
  });
});
