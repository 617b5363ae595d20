/** Forwarding between the interfaces of one stack: RFC 1812 §5. */
import { expect } from "chai";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { type IpAddress, type NetworkInterface, parseIpv4 } from "../../../src/stack/index.ts";
import { at, Talker } from "../../support/net.ts";

const ip = (text: string): IpAddress => parseIpv4(text) as IpAddress;

interface Net {
  readonly lab: Lab;
  readonly alice: LabHost;
  readonly bob: LabHost;
  readonly router: LabHost;
}

/** alice 10.0.1.1 ─ 10.0.1.254 router 10.0.2.254 ─ bob 10.0.2.1 */
function twoSubnets(mtus: readonly [number, number] = [1500, 1500], seed = 1): Net {
  const lab = new Lab({ seed });
  const alice = lab.host("alice", "10.0.1.1/24", { gateway: "10.0.1.254" });
  const bob = lab.host("bob", "10.0.2.1/24", { gateway: "10.0.2.254" });
  const router = lab.router("router", "10.0.1.254/24");
  lab.link(alice, router, { mtu: mtus[0] });
  lab.link(bob, router, { mtu: mtus[1], addresses: [undefined, "10.0.2.254/24"] });
  return { lab, alice, bob, router };
}

/** alice ─ 10.0.1.0/24 ─ router ─ 10.0.9.0/24 with another MTU ─ far ─ 10.0.2.0/24 ─ bob */
function chain(mtu: number): Net {
  const lab = new Lab({ seed: 2 });
  const alice = lab.host("alice", "10.0.1.1/24", { gateway: "10.0.1.254" });
  const bob = lab.host("bob", "10.0.2.1/24", { gateway: "10.0.2.254" });
  const router = lab.router("router", "10.0.1.254/24");
  const far = lab.router("far", "10.0.2.254/24");
  lab.link(alice, router);
  lab.link(bob, far);
  lab.link(router, far, { mtu, addresses: ["10.0.9.1/24", "10.0.9.2/24"] });
  const [, , toFar] = router.stack.interfaces;
  const [, , toRouter] = far.stack.interfaces;
  router.stack.addRoute(ip("10.0.2.0"), 24, ip("10.0.9.2"), toFar as NetworkInterface);
  far.stack.addRoute(ip("10.0.1.0"), 24, ip("10.0.9.1"), toRouter as NetworkInterface);
  return { lab, alice, bob, router };
}

/** What ping with this time to live shows: who answers, and how. */
async function ping(net: Net, to: string, hopLimit = 0, octets = 8): Promise<string> {
  const echo = net.alice.stack.openEcho();
  const failure = echo.request(ip(to), 1, new Uint8Array(octets), hopLimit);
  if (failure !== undefined) return failure;
  await net.lab.runFor("4s");
  const reply = echo.reply();
  echo.close();
  return reply === undefined ? "nothing" : `${reply.from} ${reply.failure ?? `ttl ${reply.hopLimit}`}`;
}

function idle(net: Net): void {
  for (const host of net.lab.hosts) expect(host.stack.counters.ip.ipInHdrErrors, host.name).to.equal(0);
  net.lab.close();
}

describe("a router between two networks", () => {
  it("passes datagrams on, each way with one hop less (RFC 1812 §5.3.1)", async () => {
    const net = twoSubnets();
    expect(await ping(net, "10.0.2.1")).to.equal("10.0.2.1 ttl 63");
    expect(net.router.stack.counters.forward).to.include({ ipForwDatagrams: 2, ipOutForwDatagrams: 2 });
    idle(net);
  });

  it("shows itself to traceroute: the last hop is told by time exceeded", async () => {
    const net = twoSubnets();
    expect(await ping(net, "10.0.2.1", 1)).to.equal("10.0.1.254 host-unreachable");
    expect(await ping(net, "10.0.2.1", 2)).to.equal("10.0.2.1 ttl 63");
    expect(net.router.stack.counters.forward?.drops.toJSON()).to.deep.equal({ hopLimitExceeded: 1 });
    idle(net);
  });

  it("says that there is no route, and that a host does not answer (RFC 1812 §5.2.7.1)", async () => {
    const net = twoSubnets();
    expect(await ping(net, "192.0.2.1")).to.equal("10.0.1.254 network-unreachable");
    expect(await ping(net, "10.0.2.77")).to.equal("10.0.1.254 host-unreachable");
    idle(net);
  });

  it("fragments what is larger than the next link, and what is put together is whole", async () => {
    const net = twoSubnets([1500, 576]);
    expect(await ping(net, "10.0.2.1", 0, 4000)).to.equal("10.0.2.1 ttl 63");
    expect(net.router.stack.counters.forward?.ipFragOKs).to.equal(3);
    idle(net);
  });

  it("tells hosts of a better gateway on their own link, who then use it (RFC 1812 §5.2.7.2)", async () => {
    const lab = new Lab({ seed: 3 });
    const lan = lab.switch();
    const alice = lab.host("alice", "10.0.1.1/24", { gateway: "10.0.1.254" });
    const router = lab.router("router", "10.0.1.254/24");
    const other = lab.router("other", "10.0.1.253/24");
    const bob = lab.host("bob", "10.0.2.1/24", { gateway: "10.0.2.254" });
    for (const host of [alice, router, other]) lab.link(host, lan);
    lab.link(other, bob, { addresses: ["10.0.2.254/24"] });
    const [, eth0] = router.stack.interfaces;
    router.stack.addRoute(ip("10.0.2.0"), 24, ip("10.0.1.253"), eth0 as NetworkInterface);
    const net = { lab, alice, bob, router };
    expect(await ping(net, "10.0.2.1")).to.equal("10.0.2.1 ttl 63"); // the answer comes without the detour
    expect(router.stack.counters.icmp.icmpOutRedirects).to.equal(1);
    expect(await ping(net, "10.0.2.1")).to.equal("10.0.2.1 ttl 63");
    expect(router.stack.counters.forward?.ipOutForwDatagrams, "the detour is taken once").to.equal(1);
    idle(net);
  });

  it("carries a TCP stream, whose sender learns the smaller MTU beyond it (RFC 1191)", async () => {
    const net = chain(800);
    const { lab, alice, bob } = net;
    const manner = { readMost: 9000, writeMost: 9000, pause: 0, pauseMost: 1 as never, finishesFirst: true };
    const sides = { sends: 300_000, sendKey: 1, receives: 200_000, receiveKey: 2 };
    const listener = bob.stack.openTcp();
    listener.bind(at(bob, 80));
    listener.listen(1);
    let server: Talker | undefined;
    listener.onChange(() => {
      const accepted = listener.accept();
      if (accepted === undefined) return;
      server = new Talker(accepted, lab.time, lab.random, {
        ...manner,
        sends: sides.receives,
        sendKey: 2,
        receives: sides.sends,
        receiveKey: 1,
      });
      server.talk();
    });
    const endpoint = alice.stack.openTcp();
    const client = new Talker(endpoint, lab.time, lab.random, { ...manner, ...sides });
    endpoint.connect(at(bob, 80));
    await lab.runFor("60s");
    expect([client.trouble, server?.trouble, client.done, server?.done]).to.deep.equal([
      undefined,
      undefined,
      true,
      true,
    ]);
    expect(net.router.stack.counters.forward?.drops.toJSON()).to.have.keys("tooBig");
    listener.close();
    idle(net);
  });
});
