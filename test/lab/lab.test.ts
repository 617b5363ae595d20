import { expect } from "chai";
import { AF_INET, inetSockaddr, SOCK_DGRAM, SOCK_STREAM } from "../../src/api/index.ts";
import { packetsOf, readCapture } from "../../src/drivers/observe/index.ts";
import { Lab, type LabHost, parseInterfaceAddress } from "../../src/lab/index.ts";
import { seconds } from "../../src/stack/index.ts";

/** Sends one datagram to port 7 of `to`; what arrived there. */
async function ask(from: LabHost, to: LabHost, text: string): Promise<string> {
  const target = to.sockets.socket(AF_INET, SOCK_DGRAM);
  to.sockets.bind(target, inetSockaddr(0, 7));
  const socket = from.sockets.socket(AF_INET, SOCK_DGRAM);
  await from.sockets.sendto(socket, Buffer.from(text), to.at(7));
  const buffer = new Uint8Array(100);
  const count = await to.sockets["recv!"](target, buffer);
  await from.sockets.close(socket);
  await to.sockets.close(target);
  return Buffer.from(buffer.subarray(0, count)).toString();
}

describe("a lab", () => {
  it("connects two hosts by a cable", async () => {
    const lab = new Lab();
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    lab.link(alice, bob);
    expect(await lab.run(ask(alice, bob, "hello"))).to.equal("hello");
    expect(await lab.run(() => ask(bob, alice, "hello, you"))).to.equal("hello, you");
    lab.close();
  });

  it("connects many hosts by a switch", async () => {
    const lab = new Lab();
    const hub = lab.switch();
    const hosts = [1, 2, 3, 4].map((n) => lab.host(`host ${n}`, `10.0.0.${n}/24`));
    for (const host of hosts) lab.link(host, hub);
    for (const from of hosts) {
      for (const to of hosts) {
        if (from !== to) expect(await lab.run(ask(from, to, from.name))).to.equal(from.name);
      }
    }
    expect(hub.stations).to.equal(4);
    lab.close();
    for (const host of hosts) expect(host.stack.contextFor("test").pool.outstanding).to.equal(0);
  });

  it("lets a connection survive a line that is down for a minute", async () => {
    const lab = new Lab({ seed: 3 });
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    const cable = lab.link(alice, bob, { impairments: "delay=10ms" });
    const server = async (): Promise<string> => {
      const listener = bob.sockets.socket(AF_INET, SOCK_STREAM);
      bob.sockets.bind(listener, inetSockaddr(0, 7));
      bob.sockets.listen(listener, 1);
      const [connection] = await bob.sockets.accept(listener);
      cable.impaired?.change("loss=100%");
      const buffer = new Uint8Array(10);
      return Buffer.from(buffer.subarray(0, await bob.sockets["recv!"](connection, buffer))).toString();
    };
    const client = async (): Promise<void> => {
      const socket = alice.sockets.socket(AF_INET, SOCK_STREAM);
      await alice.sockets.connect(socket, bob.at(7));
      await alice.sockets.send(socket, Buffer.from("still here"));
    };
    const heard = server();
    await lab.run(client());
    await lab.runFor(seconds(60));
    cable.impaired?.change("delay=10ms");
    expect(await lab.run(heard)).to.equal("still here");
    expect(lab.time.now()).to.be.within(60_000_000, 300_000_000);
    lab.close();
  });

  it("gives a host one interface for each of its cables", async () => {
    const lab = new Lab();
    const middle = lab.host("middle", "10.0.0.1/24");
    const [left, right] = [lab.host("left", "10.0.0.2/24"), lab.host("right", "10.0.1.2/24")];
    lab.link(left, middle);
    lab.link(right, middle, { addresses: ["10.0.1.2/24", "10.0.1.1/24"] });
    expect(middle.stack.interfaces.map(({ name }) => name)).to.deep.equal(["lo", "eth0", "eth1"]);
    expect(await lab.run(ask(left, middle, "one"))).to.equal("one");
    expect(await lab.run(ask(middle, right, "two"))).to.equal("two");
  });

  it("keeps a capture of each host, if it is asked to", async () => {
    const lab = new Lab({ capture: true });
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    lab.link(alice, bob);
    await lab.run(ask(alice, bob, "seen by both"));
    for (const bytes of [lab.capture(), lab.capture(bob)]) {
      const packets = packetsOf(readCapture(bytes));
      expect(packets.some((one) => Buffer.from(one.bytes).includes("seen by both"))).to.equal(true);
      for (const { direction, comments, number } of packets) {
        if (direction === "out") expect(comments, `packet ${number}`).to.have.length(1);
      }
    }
    expect(() => new Lab().capture()).to.throw(RangeError, /capture: true/);
  });

  it("refuses an address without a prefix, and one that is none", () => {
    expect(() => parseInterfaceAddress("10.0.0.1")).to.throw(RangeError, /as in 10.0.0.1\/24/);
    expect(() => parseInterfaceAddress("10.0.0.1/33")).to.throw(RangeError);
    expect(() => parseInterfaceAddress("10.0.0/24")).to.throw(RangeError, /four decimal octets/);
    expect(() => new Lab().host("x", "10.0.0.1/24", { gateway: "home" })).to.throw(
      RangeError,
      /gateway is "home"/,
    );
  });
});
