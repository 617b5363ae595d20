/** Links that tell that they have lost their carrier, or have one again, and links that pass that on. */
import { expect } from "chai";
import { VlanTrunk } from "../../src/drivers/link/index.ts";
import { pipe, Switch } from "../../src/drivers/memory/index.ts";
import { TapLink } from "../../src/drivers/node/tap-link.ts";
import { ObservedLink } from "../../src/drivers/observe/index.ts";
import { Gate, ImpairedLink, VirtualTime } from "../../src/drivers/simulation/index.ts";
import { Lab } from "../../src/lab/index.ts";
import { type Link, type LinkSink, PacketPool, Xoshiro128 } from "../../src/stack/index.ts";
import { FakeDescriptor } from "../support/fake-tap.ts";
import { HandLink } from "../support/wire-rig.ts";

/** What a link has told, in its order. */
function told(link: Link): boolean[] {
  const all: boolean[] = [];
  const pool = new PacketPool();
  link.attach({
    pool,
    received: () => undefined,
    writable: () => undefined,
    failed: () => undefined,
    carrierChanged: (present) => all.push(present),
  });
  return all;
}
const flap = (sink: Pick<LinkSink, "carrierChanged"> | undefined): void => {
  sink?.carrierChanged?.(false);
  sink?.carrierChanged?.(true);
};

describe("a carrier that is lost and found", () => {
  const time = new VirtualTime();

  it("is told by both ends of a pipe, and by a port of a switch", () => {
    const [one, other] = pipe(time);
    const both = [told(one), told(other)];
    one.setCarrier(false);
    other.setCarrier(true);
    expect(both).to.deep.equal([
      [false, true],
      [false, true],
    ]);
    const port = new Switch(time, time).port();
    const ofPort = told(port);
    port.setCarrier(false);
    expect(ofPort).to.deep.equal([false]);
  });

  it("is passed on by what stands around a link", () => {
    const around: readonly ((link: HandLink) => Link)[] = [
      (link) => new ImpairedLink(link, time, new Xoshiro128(1), "loss=1%"),
      (link) => new ObservedLink(link, { describe: () => 0, record: () => undefined }),
      (link) => new Gate(link, time).socket(),
    ];
    for (const wrap of around) {
      const link = new HandLink();
      const heard = told(wrap(link));
      flap(link.sink);
      expect(heard).to.deep.equal([false, true]);
    }
  });

  it("is told in each VLAN of a trunk", () => {
    const link = new HandLink();
    const trunk = new VlanTrunk(link);
    const heard = [trunk.native(), trunk.vlan(10), trunk.vlan(20)].map(told);
    flap(link.sink);
    expect(heard).to.deep.equal(new Array(3).fill([false, true]));
  });

  it("of a gate is there only where both sides of it have one, and told to who comes later", () => {
    const link = new HandLink();
    const gate = new Gate(link, time);
    const heard = told(gate.socket());
    gate.setCarrier(false);
    link.sink?.carrierChanged?.(false);
    gate.setCarrier(true);
    expect([heard, told(gate.socket())]).to.deep.equal([[false], [false]]);
    link.sink?.carrierChanged?.(true);
    expect(heard).to.deep.equal([false]);
  });

  it("of a TAP is that its device is up: seen when a frame is refused, and when it is ready again", async () => {
    const descriptor = new FakeDescriptor();
    const link = new TapLink(descriptor, { name: "tap9", mtu: 1500, offload: false, spin: 0 });
    const pool = new PacketPool();
    const heard: boolean[] = [];
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    link.attach({
      pool,
      received: () => undefined,
      writable: () => undefined,
      failed: () => undefined,
      carrierChanged: (present) => heard.push(present),
    });
    const send = (): void => {
      const packet = pool.take(60);
      packet.end = packet.start + 60;
      link.transmit([packet], 1);
    };
    send();
    await turn();
    expect(heard).to.deep.equal([]);
    descriptor.up = false;
    descriptor.writeResults.push(5); // EIO
    send();
    expect(heard, "not from within transmit").to.deep.equal([]);
    await turn();
    expect([heard, descriptor.interest.writable]).to.deep.equal([[false], true]);
    descriptor.up = true;
    await descriptor.ready({ readable: false, writable: true });
    expect([heard, descriptor.interest.writable]).to.deep.equal([[false, true], false]);
    link.close();
  });
});

describe("a Lab's cable", () => {
  it("that is pulled out is seen by its hosts, and a connection outlives it", async () => {
    const lab = new Lab({ seed: 5 });
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    const cable = lab.link(alice, bob);
    const up = (): (boolean | undefined)[] => [alice, bob].map(({ stack }) => stack.interface("eth0")?.up);
    const listener = bob.stack.openTcp();
    listener.bind({ address: bob.ip, port: 7 });
    listener.listen(1);
    const client = alice.stack.openTcp();
    client.connect({ address: bob.ip, port: 7 });
    await lab.runFor("1s");
    const server = listener.accept();
    cable.down({ carrier: true });
    expect(up()).to.deep.equal([false, false]);
    expect(client.write(new Uint8Array([1, 2, 3]))).to.equal(3);
    expect(alice.stack.openUdp().send(new Uint8Array(1), { address: bob.ip, port: 9 })).to.equal(
      "network-unreachable",
    );
    await lab.runFor("10s");
    expect([client.state, client.failure, server?.readable]).to.deep.equal(["established", undefined, false]);
    cable.up();
    expect(up()).to.deep.equal([true, true]);
    await lab.runFor("10s");
    const into = new Uint8Array(9);
    expect(server?.read(into)).to.equal(3);
    expect(lab.interventions.map((one) => one.do)).to.deep.equal(["unplug", "plug"]);
    lab.close();
  });
});
