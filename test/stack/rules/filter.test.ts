/** A filter that keeps state, on a router between two networks and on a host. */
import { expect } from "chai";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import type { NetworkInterface, Ruleset, SocketAddress } from "../../../src/stack/index.ts";
import { Ear, ip } from "../../support/nat-net.ts";
import { transfer } from "../../support/transfer.ts";

const at = (address: string, port: number): SocketAddress => ({ address: ip(address), port });

/** inside 10.0.1.1 ─ router ─ outside 10.0.2.1, over lines as `line` has them */
function rules(
  ruleset: Ruleset,
  line?: string,
  seed = 5,
): { lab: Lab; inside: LabHost; outside: LabHost; router: LabHost } {
  const lab = new Lab({ seed });
  const inside = lab.host("inside", "10.0.1.1/24", { gateway: "10.0.1.254" });
  const outside = lab.host("outside", "10.0.2.1/24", { gateway: "10.0.2.254" });
  const router = lab.router("router", "10.0.1.254/24", { rules: ruleset });
  lab.link(inside, router, { impairments: line });
  lab.link(outside, router, { impairments: line, addresses: [undefined, "10.0.2.254/24"] });
  return { lab, inside, outside, router };
}

const ONE_WAY: Ruleset = {
  forward: {
    policy: "drop",
    rules: [
      { state: ["established", "related"], do: "accept" },
      { in: "eth0", state: "new", do: "accept" },
    ],
  },
};

describe("a filter with state", () => {
  it("lets answers in, and nothing else", async () => {
    const { lab, inside, outside, router } = rules(ONE_WAY);
    expect(await transfer(lab, inside, outside, 80, at("10.0.2.1", 80))).to.equal("");
    const ear = new Ear(inside, 9);
    new Ear(outside, 9).say("hello", at("10.0.1.1", 9));
    await lab.runFor("1s");
    expect(ear.heard).to.deep.equal([]);
    expect(router.stack.counters.forward?.drops.toJSON()).to.deep.equal({ filteredByRule: 1 });
    expect(router.firewall?.chain("forward")?.rules[1]?.packets, "a SYN").to.equal(1);
    lab.close();
  });

  it("lets ICMP errors about a connection in", async () => {
    const { lab, inside } = rules(ONE_WAY);
    const socket = inside.stack.openUdp();
    socket.connect(at("10.0.2.1", 4444));
    socket.send(new Uint8Array(4));
    await lab.runFor("1s");
    expect(socket.takeFailure()).to.equal("refused");
    socket.close();
    lab.close();
  });

  it("tells who is rejected (RFC 1812 §5.2.7.1)", async () => {
    const { lab, inside } = rules({ forward: { rules: [{ protocol: "udp", do: "reject" }] } });
    const socket = inside.stack.openUdp();
    socket.connect(at("10.0.2.1", 9));
    socket.send(new Uint8Array(4));
    await lab.runFor("1s");
    expect(socket.takeFailure()).to.equal("prohibited");
    socket.close();
    lab.close();
  });

  it("refuses connections by a reset in the name of who was called, where a rule says so", async () => {
    for (const point of ["forward", "prerouting"] as const) {
      const { lab, inside, outside, router } = rules({
        [point]: { rules: [{ protocol: "tcp", destinationPort: 80, do: "reject", with: "tcp-reset" }] },
      });
      const refused = inside.stack.openTcp();
      refused.connect(at("10.0.2.1", 80));
      const begin = lab.time.now();
      await lab.runFor("10ms");
      expect([refused.state, refused.failure, lab.time.now() - begin]).to.deep.equal([
        "closed",
        "refused",
        10_000,
      ]);
      expect(await transfer(lab, inside, outside, 81, at("10.0.2.1", 81)), "nothing else").to.equal("");
      expect(outside.stack.counters.tcp?.outRsts).to.equal(0);
      expect(router.stack.counters.forward?.drops.toJSON()).to.deep.equal({ filteredByRule: 1 });
      lab.close();
    }
  });

  it("guards a host, too: what it has not asked for stays out, what it asks for is answered", async () => {
    const lab = new Lab({ seed: 4 });
    const guard: Ruleset = {
      input: { policy: "drop", rules: [{ state: ["established", "related"], do: "accept" }] },
    };
    const guarded = lab.host("guarded", "10.0.0.1/24", { rules: guard });
    const other = lab.host("other", "10.0.0.2/24");
    lab.link(guarded, other);
    expect(await transfer(lab, guarded, other, 80, at("10.0.0.2", 80))).to.equal("");
    expect(await transfer(lab, other, guarded, 80, at("10.0.0.1", 80))).to.match(/timed-out/);
    lab.close();
  });

  it("does nothing wrong to transfers over lines that lose, delay, duplicate and reorder", async () => {
    const line = "loss=2%,delay=5ms,jitter=2ms,reorder=5%,duplicate=1%";
    for (const seed of [1, 2, 3]) {
      const { lab, inside, outside, router } = rules(ONE_WAY, line, seed);
      const all = [80, 81, 82, 83].map((port) =>
        transfer(lab, inside, outside, port, at("10.0.2.1", port), 100_000),
      );
      expect(await Promise.all(all), `seed ${seed}`).to.deep.equal(["", "", "", ""]);
      expect(router.stack.counters.forward?.drops.toJSON(), `seed ${seed}`).to.deep.equal({});
      lab.close();
    }
  });
});

describe("marks", () => {
  it("choose the table of routes by what a rule has said", async () => {
    const { lab, inside, outside, router } = rules({
      prerouting: { rules: [{ protocol: "udp", destinationPort: 7, do: "mark", set: 5 }] },
      forward: { rules: [{ mark: 5, do: "count", comment: "marked" }] },
    });
    const other = lab.host("other", "10.0.3.1/24");
    lab.link(other, router, { addresses: [undefined, "10.0.3.254/24"] });
    const eth2 = router.stack.interface("eth2") as NetworkInterface;
    const policy = router.stack.router?.policy;
    const route = { destination: ip("10.0.2.0"), prefixLength: 24, source: undefined, metric: 0 };
    policy?.table("detour").add({ ...route, gateway: ip("10.0.3.1"), interface: eth2 });
    policy?.addRule({ priority: 1, mark: 5, table: "detour" });
    const there = new Ear(outside, 9);
    const ear = new Ear(inside, 5000);
    ear.say("by the usual way", at("10.0.2.1", 9));
    ear.say("by the other", at("10.0.2.1", 7));
    await lab.runFor("1s");
    expect(there.heard).to.deep.equal(["by the usual way from 10.0.1.1:5000"]);
    expect(other.stack.counters.ip.drops.toJSON(), "a host does not pass it on").to.deep.equal({
      notOurAddress: 1,
    });
    expect(router.firewall?.chain("forward")?.rules[0]?.packets).to.equal(1);
    lab.close();
  });
});

describe("connection tracking", () => {
  it("remembers 10,000 connections, and forgets all of them in time", async () => {
    const { lab, inside, router } = rules(ONE_WAY);
    const client = new Ear(inside, 5000);
    client.say("x", at("10.0.2.1", 1000)); // more than 64 do not wait for a link address
    await lab.runFor("1s");
    for (let i = 0; i < 100; i++) {
      const ear = i === 0 ? client : new Ear(inside, 5000 + i);
      for (let port = 0; port < 100; port++) ear.say("x", at("10.0.2.1", 1000 + port));
      await lab.runFor("10ms");
    }
    expect(router.firewall?.tracker.table.size).to.equal(10_000);
    await lab.runFor("121s");
    expect(router.firewall?.tracker.table.size, "nobody has answered").to.equal(0);
    lab.close();
  });

  it("makes room for new connections by those that nobody has answered, the oldest first", async () => {
    const { lab, inside, outside, router } = rules({ ...ONE_WAY, track: { most: 10 } });
    const server = new Ear(outside, 9);
    server.answer = (text, from) => server.say(text, from);
    const ear = new Ear(inside, 5000);
    ear.say("kept", at("10.0.2.1", 9));
    await lab.runFor("1s");
    for (let port = 100; port < 150; port++) ear.say("flood", at("10.0.2.1", port));
    await lab.runFor("1s");
    server.say("still there", server.last as SocketAddress);
    await lab.runFor("1s");
    expect(ear.heard.at(-1)).to.equal("still there from 10.0.2.1:9");
    expect(router.firewall?.tracker.counters).to.include({ begun: 51, displaced: 41 });
    lab.close();
  });
});
