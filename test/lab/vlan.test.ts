/** VLANs, switches in a loop, and a router on a stick, as a course draws them. */
import { expect } from "chai";
import { AF_INET, INADDR_ANY, inetSockaddr, SOCK_DGRAM } from "../../src/api/index.ts";
import { Lab, type LabHost } from "../../src/lab/index.ts";
import { parseIpv4 } from "../../src/stack/index.ts";

/** Whether a datagram from `from` comes to `to` at `address`, within a second. */
async function reaches(lab: Lab, from: LabHost, to: LabHost, address: string, port = 9): Promise<boolean> {
  const receiver = to.sockets.socket(AF_INET, SOCK_DGRAM);
  to.sockets.bind(receiver, AF_INET, INADDR_ANY, port);
  const sender = from.sockets.socket(AF_INET, SOCK_DGRAM);
  let came = false;
  const waiting = to.sockets.recvfromInto(receiver, new Uint8Array(10)).then(
    () => {
      came = true;
    },
    () => undefined, // closed below
  );
  const target = parseIpv4(address);
  await from.sockets
    .sendto(sender, "hello", inetSockaddr((target?.word3 ?? 0) >>> 0, port))
    .catch(() => undefined);
  await lab.runFor("1s");
  await to.sockets.close(receiver);
  await from.sockets.close(sender);
  await waiting;
  return came;
}

describe("VLANs in the Lab", () => {
  it("keep hosts on one switch apart, unless they are in the same", async () => {
    const lab = new Lab({ seed: 1 });
    const hub = lab.switch({ vlans: true });
    const [alice, bob, carol] = ["alice", "bob", "carol"].map((name, at) => {
      const host = lab.host(name, `10.0.0.${at + 1}/24`);
      lab.link(host, hub, { port: { vlan: at < 2 ? 10 : 20 } });
      return host;
    }) as [LabHost, LabHost, LabHost];
    expect(await reaches(lab, alice, bob, "10.0.0.2")).to.equal(true);
    expect(await reaches(lab, alice, carol, "10.0.0.3")).to.equal(false);
    lab.close();
  });

  it("are joined by a router on a stick: one cable, an interface for each VLAN", async () => {
    const lab = new Lab({ seed: 2 });
    const hub = lab.switch({ vlans: true });
    const router = lab.router("router", "192.0.2.1/24");
    lab.link(router, hub, {
      vlans: { 10: "10.0.10.254/24", 20: "10.0.20.254/24" },
      port: { tagged: [10, 20] },
    });
    const alice = lab.host("alice", "10.0.10.1/24", { gateway: "10.0.10.254" });
    const bob = lab.host("bob", "10.0.20.1/24", { gateway: "10.0.20.254" });
    lab.link(alice, hub, { port: { vlan: 10 } });
    lab.link(hub, bob, { port: { vlan: 20 } });
    expect(await reaches(lab, alice, bob, "10.0.20.1")).to.equal(true);
    expect(await reaches(lab, bob, alice, "10.0.10.1")).to.equal(true);
    lab.close();
  });

  it("pass between two hosts on one cable, beside what has no tag", async () => {
    const lab = new Lab({ seed: 3 });
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob, { vlans: { 7: ["10.7.0.1/24", "10.7.0.2/24"] } });
    expect(await reaches(lab, alice, bob, "10.0.0.2")).to.equal(true);
    expect(await reaches(lab, alice, bob, "10.7.0.2")).to.equal(true);
    bob.restart();
    expect(await reaches(lab, alice, bob, "10.7.0.2")).to.equal(true);
    lab.close();
  });

  it("refuse what cannot be", () => {
    const lab = new Lab();
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    expect(() => lab.link(alice, bob, { vlans: { 4095: "10.0.0.1/24" } })).to.throw(RangeError, "VLANs");
    expect(() => lab.link(alice, bob, { vlans: { 5: "ten" } })).to.throw(RangeError, "VLANs");
    expect(() => lab.link(alice, bob, { port: { vlan: 3 } })).to.throw(RangeError, "switch");
    lab.close();
  });
});

describe("switches in a loop in the Lab", () => {
  it("have one way open, and another when that is unplugged", async () => {
    const lab = new Lab({ seed: 4 });
    const [one, two, three] = [1, 2, 3].map(() => lab.switch({ spanningTree: true })) as ReturnType<
      Lab["switch"]
    >[];
    if (one === undefined || two === undefined || three === undefined) throw new Error("no switches");
    const cable = lab.link(one, two);
    lab.link(two, three);
    lab.link(three, one);
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, one, { port: { edge: true } });
    lab.link(bob, two, { port: { edge: true } });
    await lab.runFor("5s");
    expect(await reaches(lab, alice, bob, "10.0.0.2")).to.equal(false);
    await lab.runFor("40s");
    expect(await reaches(lab, alice, bob, "10.0.0.2")).to.equal(true);
    cable.down();
    await lab.runFor("1s");
    expect(await reaches(lab, alice, bob, "10.0.0.2")).to.equal(false);
    await lab.runFor("60s");
    expect(await reaches(lab, alice, bob, "10.0.0.2")).to.equal(true);
    lab.close();
  });
});
