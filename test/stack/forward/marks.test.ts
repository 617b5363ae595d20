/** SO_MARK and IP_TRANSPARENT: what a socket sends is told apart by rules, and may come from anywhere. */
import { expect } from "chai";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import {
  Drop,
  type IpAddress,
  type NetworkInterface,
  parseIp,
  type Router,
  type TcpEndpoint,
} from "../../../src/stack/index.ts";

const ip = (text: string): IpAddress => parseIp(text) as IpAddress;
const NO_SOURCE = { source: undefined, metric: 0 };
const HELLO = Uint8Array.of(1, 2, 3);

interface Net {
  readonly lab: Lab;
  readonly home: LabHost;
  readonly usual: LabHost;
  readonly other: LabHost;
  readonly router: Router;
}

/** A host with two ways to 192.0.2.0/24 and 2001:db8::/32: the usual one, and for what has mark 7, the other. */
function twoWays(): Net {
  const lab = new Lab({ seed: 1 });
  const home = lab.host("home", "10.0.1.1/24");
  const usual = lab.host("usual", "10.0.1.2/24");
  const other = lab.host("other", "10.0.2.2/24");
  lab.link(home, usual);
  lab.link(home, other, { addresses: ["10.0.2.1/24", undefined] });
  const eth = (host: LabHost, name: string): NetworkInterface =>
    host.stack.interface(name) as NetworkInterface;
  const [eth0, eth1] = [eth(home, "eth0"), eth(home, "eth1")];
  home.stack.addAddress(eth0, { address: ip("fd01::1"), prefixLength: 64 }, "off");
  home.stack.addAddress(eth1, { address: ip("fd02::1"), prefixLength: 64 }, "off");
  for (const [host, six] of [
    [usual, "fd01::2"],
    [other, "fd02::2"],
  ] as const) {
    const only = eth(host, "eth0");
    host.stack.addAddress(only, { address: ip(six), prefixLength: 64 }, "off");
    for (const address of ["192.0.2.9", "2001:db8::9"])
      host.stack.addAddress(
        only,
        { address: ip(address), prefixLength: address.includes(":") ? 128 : 32 },
        "off",
      );
    host.stack.addRoute(ip("0.0.0.0"), 0, ip(host === usual ? "10.0.1.1" : "10.0.2.1"), only);
    host.stack.addRoute(ip("::"), 0, ip(host === usual ? "fd01::1" : "fd02::1"), only);
  }
  home.stack.addRoute(ip("192.0.2.0"), 24, ip("10.0.1.2"), eth0);
  home.stack.addRoute(ip("2001:db8::"), 32, ip("fd01::2"), eth0);
  const router = home.stack.startRouter({ forwarding: false });
  const detour = router.policy.table("detour");
  detour.add({
    ...NO_SOURCE,
    destination: ip("192.0.2.0"),
    prefixLength: 24,
    gateway: ip("10.0.2.2"),
    interface: eth1,
  });
  detour.add({
    ...NO_SOURCE,
    destination: ip("2001:db8::"),
    prefixLength: 32,
    gateway: ip("fd02::2"),
    interface: eth1,
  });
  router.policy.addRule({ priority: 1, mark: 7, table: "detour" });
  return { lab, home, usual, other, router };
}

/** How many datagrams of UDP, or of protocol 99, have come. */
function count(host: LabHost, family: "ip" | "ipv6"): number {
  return host.stack.counters[family].ipInReceives;
}

describe("SO_MARK", () => {
  for (const [target, family] of [
    ["192.0.2.9", "ip"],
    ["2001:db8::9", "ipv6"],
  ] as const) {
    it(`chooses the table of routes of UDP, TCP and raw sockets, to ${target}`, async () => {
      const { lab, home, usual, other } = twoWays();
      await lab.runFor("3s");
      const to = { address: ip(target), port: 9 };
      const heard: string[] = [];
      for (const [name, host] of Object.entries({ usual, other })) {
        const socket = host.stack.openUdp();
        socket.bind({ address: family === "ip" ? ip("0.0.0.0") : ip("::"), port: 9 });
        socket.onChange(() => {
          while (socket.receive(new Uint8Array(9)) !== undefined) heard.push(name);
        });
      }
      const socket = home.stack.openUdp();
      if (family === "ipv6") socket.bind({ address: ip("::"), port: 0 });
      socket.send(HELLO, to);
      await lab.runFor("1s");
      socket.configure({ mark: 7 });
      socket.send(HELLO, to);
      await lab.runFor("1s");
      socket.configure({ mark: 8 });
      socket.send(HELLO, to);
      await lab.runFor("1s");
      expect(heard).to.deep.equal(["usual", "other", "usual"]);

      const raw = home.stack.openRaw(99, family === "ip" ? 4 : 6);
      raw.configure({ mark: 7 });
      const before = count(other, family);
      raw.send(HELLO, ip(target));
      await lab.runFor("1s");
      expect(count(other, family) - before, "raw").to.be.greaterThan(0);
      lab.close();
    });

    it(`moves a connection to ${target} to another way, and its listener's answers`, async () => {
      const { lab, home, usual, other } = twoWays();
      await lab.runFor("3s");
      const accepted: string[] = [];
      for (const [name, host] of Object.entries({ usual, other })) {
        const listener = host.stack.openTcp();
        listener.bind({ address: family === "ip" ? ip("0.0.0.0") : ip("::"), port: 80 });
        listener.listen(5);
        listener.onChange(() => {
          while (listener.accept() !== undefined) accepted.push(name);
        });
      }
      const connect = async (mark: number): Promise<TcpEndpoint> => {
        const client = home.stack.openTcp();
        client.configure({ mark });
        client.connect({ address: ip(target), port: 80 });
        await lab.runFor("1s");
        return client;
      };
      await connect(0);
      await connect(7);
      const third = await connect(0);
      expect(accepted).to.deep.equal(["usual", "other", "usual"]);
      const before = count(other, family);
      third.configure({ mark: 7 });
      third.write(HELLO);
      await lab.runFor("100ms");
      expect(count(other, family), "what it sends now goes the other way").to.be.greaterThan(before);
      lab.close();
    });
  }

  it("is what hooks and the rules of a filter see", async () => {
    const { lab, home, usual, router } = twoWays();
    const marks: number[] = [];
    const end = router.hooks.add("output", (passage) => {
      if (passage.protocol === 17) marks.push(passage.mark);
      return Drop.none;
    });
    const to = { address: ip("10.0.1.2"), port: 9 };
    const socket = home.stack.openUdp();
    socket.send(HELLO, to);
    socket.configure({ mark: -5 });
    socket.send(HELLO, to);
    await lab.runFor("1s");
    expect(marks).to.deep.equal([0, -5]);
    end();
    expect(usual.stack.counters.udp?.udpNoPorts).to.equal(2);
    lab.close();
  });
});

describe("IP_TRANSPARENT", () => {
  it("serves an address that this host has not got, and answers from there", async () => {
    const lab = new Lab({ seed: 1 });
    const client = lab.host("client", "10.0.0.1/24", { gateway: "10.0.0.2" });
    const server = lab.host("server", "10.0.0.2/24");
    lab.link(client, server);
    const eth0 = server.stack.interface("eth0") as NetworkInterface;
    const listener = server.stack.openTcp();
    const foreign = { address: ip("203.0.113.5"), port: 80 };
    expect(listener.bind(foreign)).to.equal("address-not-available");
    listener.configure({ transparent: true });
    expect(listener.bind(foreign)).to.equal(undefined);
    expect(listener.listen(5)).to.equal(undefined);
    server.stack.startRouter({ forwarding: false }).setTransparent(eth0, true);
    const call = client.stack.openTcp();
    call.connect(foreign);
    await lab.runFor("1s");
    expect(call.connected).to.equal(true);
    const accepted = listener.accept();
    expect(`${accepted?.local?.address}`).to.equal("203.0.113.5");
    accepted?.write(HELLO);
    await lab.runFor("1s");
    expect(call.read(new Uint8Array(9))).to.equal(3);
    lab.close();
  });

  it("sends from where it is bound, which IP_FREEBIND alone does not allow", async () => {
    const lab = new Lab({ seed: 1 });
    const sender = lab.host("sender", "10.0.0.1/24");
    const receiver = lab.host("receiver", "10.0.0.2/24");
    lab.link(sender, receiver);
    const ear = receiver.stack.openUdp();
    ear.bind({ address: ip("0.0.0.0"), port: 9 });
    const to = { address: ip("10.0.0.2"), port: 9 };
    const from = { address: ip("203.0.113.5"), port: 5000 };
    const free = sender.stack.openUdp();
    free.configure({ freeBind: true });
    expect(free.bind(from)).to.equal(undefined);
    expect(free.send(HELLO, to)).to.equal("network-unreachable");
    const socket = sender.stack.openUdp();
    socket.configure({ transparent: true, reuseAddress: true });
    expect(socket.bind({ ...from, port: 5001 })).to.equal(undefined);
    expect(socket.send(HELLO, to)).to.equal(3);
    const raw = sender.stack.openRaw(17, 4);
    raw.configure({ transparent: true });
    expect(raw.bind(ip("203.0.113.6"))).to.equal(undefined);
    expect(raw.send(Uint8Array.of(0x13, 0x8a, 0, 9, 0, 9, 0, 0, 42), to.address)).to.equal(9);
    const plain = sender.stack.openUdp();
    expect(plain.sendWith?.(HELLO, { source: from.address }, to)).to.equal("address-not-available");
    expect(socket.sendWith?.(HELLO, { source: ip("203.0.113.7") }, to)).to.equal(3);
    await lab.runFor("1s");
    const heard: string[] = [];
    const who = { address: ip("0.0.0.0"), port: 0 };
    while (ear.receive(new Uint8Array(9), who) !== undefined) heard.push(`${who.address}:${who.port}`);
    expect(heard).to.deep.equal(["203.0.113.5:5001", "203.0.113.6:5002", "203.0.113.7:5001"]);
    lab.close();
  });
});
