/** A switch that knows VLANs, that joins links, and that takes part in a spanning tree. */
import { expect } from "chai";
import fc from "fast-check";
import { bpduFrame, type Configuration, readBpdu } from "../../../src/drivers/memory/bpdu.ts";
import { type PortOptions, pipe, Switch } from "../../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { type Link, milliseconds, seconds } from "../../../src/stack/index.ts";
import { describeLinkContract, frame, RecordingSink } from "../../contracts/link.contract.ts";

/** As many spoilt inputs; more by FUZZ_INPUTS. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 50_000);
const TO_ALL = `ffffffffffff02000000000188b5`;

describeLinkContract("two switches, joined", () => {
  const time = new VirtualTime();
  const [one, other] = [new Switch(time, time), new Switch(time, time)];
  one.join(other.port());
  return { a: one.port(), b: other.port(), settle: () => time.elapse(seconds(0)) };
});

function plug(link: Link): RecordingSink {
  const sink = new RecordingSink();
  link.attach(sink);
  return sink;
}

describe("a switch with VLANs", () => {
  const time = new VirtualTime();
  let hub: Switch;
  let ports: Link[];
  let sinks: RecordingSink[];

  function build(...options: PortOptions[]): void {
    hub = new Switch(time, time, { vlans: true });
    ports = options.map((one) => hub.port(one));
    sinks = ports.map(plug);
  }

  function send(port: number, hex: string): (string | undefined)[] {
    for (const sink of sinks) sink.frames.length = 0;
    sinks[port]?.send(ports[port] as Link, hex);
    time.elapse(seconds(0));
    for (const sink of sinks) expect(sink.pool.outstanding).to.equal(0);
    return sinks.map((sink) => sink.frames[0]);
  }

  function tag(hex: string, vlan: number): string {
    return `${hex.slice(0, 24)}8100${vlan.toString(16).padStart(4, "0")}${hex.slice(24)}`;
  }

  it("keeps access ports of different VLANs apart, and tags what leaves by a trunk", () => {
    build({ vlan: 10 }, { vlan: 10 }, { vlan: 20 }, { tagged: [10, 20] });
    expect(send(0, TO_ALL)).to.deep.equal([undefined, TO_ALL, undefined, tag(TO_ALL, 10)]);
    expect(send(2, TO_ALL)).to.deep.equal([undefined, undefined, undefined, tag(TO_ALL, 20)]);
    expect(send(3, tag(TO_ALL, 10))).to.deep.equal([TO_ALL, TO_ALL, undefined, undefined]);
  });

  it("takes no frame of a VLAN that a port is not in, nor one without a tag where there is none for it", () => {
    build({ vlan: 10 }, { tagged: [10] });
    expect(send(1, tag(TO_ALL, 20))).to.deep.equal([undefined, undefined]);
    expect(send(1, TO_ALL)).to.deep.equal([undefined, undefined]);
    expect(send(0, tag(TO_ALL, 20))).to.deep.equal([undefined, undefined]);
    expect(hub.filtered).to.equal(3);
  });

  it("learns the same station in each VLAN by itself", () => {
    build({ vlan: 10 }, { vlan: 20 }, { tagged: [10, 20] });
    send(0, frame(5, 9, "")); // station 5 in VLAN 10 at port 0
    send(1, frame(5, 9, "")); // and in VLAN 20 at port 1
    expect(send(2, tag(frame(1, 5, "aa"), 10))).to.deep.equal([frame(1, 5, "aa"), undefined, undefined]);
    expect(send(2, tag(frame(1, 5, "bb"), 20))).to.deep.equal([undefined, frame(1, 5, "bb"), undefined]);
  });

  it("puts a frame that has only a priority into the VLAN of its port", () => {
    build({ vlan: 1, tagged: [5] }, {}, { tagged: [1] });
    const [, access, trunk] = send(0, tag(TO_ALL, 0xa000));
    expect(access).to.equal(TO_ALL);
    expect(trunk).to.equal(tag(TO_ALL, 0xa001));
  });

  it("refuses VLANs where the switch knows none, and those that there are not", () => {
    expect(() => new Switch(time, time).port({ vlan: 3 })).to.throw(RangeError, "vlans: true");
    expect(() => new Switch(time, time, { vlans: true }).port({ vlan: 4095 })).to.throw(RangeError);
    expect(() => new Switch(time, time, { vlans: true }).port({ tagged: [0] })).to.throw(RangeError);
  });
});

describe("Switch.join", () => {
  it("makes any link part of the switch, and forgets it when that is gone", () => {
    const time = new VirtualTime();
    const hub = new Switch(time, time);
    const [near, far] = pipe(time);
    const joined = hub.join(near);
    const [outside, inside] = [plug(far), hub.port()];
    const host = plug(inside);
    outside.send(far, frame(7, 9, "01"));
    host.send(inside, frame(1, 7, "02"));
    time.elapse(seconds(0));
    expect(host.frames).to.deep.equal([frame(7, 9, "01")]);
    expect(outside.frames).to.deep.equal([frame(1, 7, "02")]);
    joined.close();
    host.send(inside, frame(1, 7, "03"));
    time.elapse(seconds(0));
    expect(outside.frames.length).to.equal(1);
    expect(joined.pool.outstanding).to.equal(0);
  });

  it("queues what the link has no room for, sends it when there is, and drops what is too much", () => {
    const time = new VirtualTime();
    const hub = new Switch(time, time, { queue: 4 });
    const [near, far] = pipe(time, { queue: 2 });
    const joined = hub.join(near);
    const [outside, inside] = [plug(far), hub.port()];
    const host = plug(inside);
    for (let i = 0; i < 4; i++) host.send(inside, `${TO_ALL}0${i}`);
    time.elapse(seconds(0));
    expect(outside.frames.length).to.equal(4);
    expect(joined.overflowed).to.equal(0);
    for (let i = 0; i < 4; i++) joined.enqueueOwn(joined.pool.take(60));
    joined.enqueueOwn(joined.pool.take(60));
    expect(joined.overflowed).to.equal(1);
    joined.deliver();
    time.elapse(seconds(0));
    expect(joined.pool.outstanding).to.equal(0);
  });

  it("refuses a link of bare datagrams, and other offloads than its own", () => {
    const time = new VirtualTime();
    expect(() => new Switch(time, time).join(pipe(time, { medium: "ip" })[0])).to.throw(
      RangeError,
      "Ethernet",
    );
    expect(() => new Switch(time, time).join(pipe(time, { offloads: true })[0])).to.throw(
      RangeError,
      "offloads",
    );
    expect(() => new Switch(time, time, { offloads: true }).join(pipe(time)[0])).to.throw(
      RangeError,
      "offloads",
    );
  });
});

describe("the spanning tree", () => {
  let time: VirtualTime;
  let bridges: Switch[];
  let hosts: { readonly port: Link; readonly sink: RecordingSink }[];

  /** Bridges 1, 2, … with a host each, and a cable for each pair of `cables`. */
  function build(count: number, cables: readonly (readonly [number, number])[], priority = 0x8000): void {
    time = new VirtualTime();
    bridges = Array.from(
      { length: count },
      (_, at) => new Switch(time, time, { spanningTree: { priority }, station: 0x0200_0000_0100 + at }),
    );
    for (const [one, other] of cables) bridges[one]?.join((bridges[other] as Switch).port());
    hosts = bridges.map((bridge) => {
      const port = bridge.port({ edge: true });
      return { port, sink: plug(port) };
    });
  }

  /** Host `from` sends to everybody; how often each host has got it. */
  function shout(from: number): number[] {
    for (const { sink } of hosts) sink.frames.length = 0;
    const { port, sink } = hosts[from] as (typeof hosts)[number];
    sink.send(
      port,
      `ffffffffffff0200000000${(from + 1).toString(16).padStart(2, "0")}88b5${"00".repeat(46)}`,
    );
    time.elapse(seconds(0));
    return hosts.map((host) => host.sink.frames.filter((text) => text.includes("88b5")).length);
  }

  const RING = [
    [0, 1],
    [1, 2],
    [2, 0],
  ] as const;

  it("lets nothing pass for thirty seconds, and then everything, once, in spite of a loop", () => {
    build(3, RING);
    time.elapse(seconds(29));
    expect(shout(0)).to.deep.equal([0, 0, 0]);
    time.elapse(seconds(3));
    for (const from of [0, 1, 2])
      expect(shout(from), `from ${from}`).to.deep.equal([0, 1, 2].map((to) => (to === from ? 0 : 1)));
  });

  it("takes the bridge with the smallest identifier for the root, and knows the way there", () => {
    build(3, RING);
    time.elapse(seconds(40));
    const [root, ...others] = bridges.map(({ tree }) => tree?.root);
    expect(root).to.deep.include({ id: bridges[0]?.tree?.id, pathCost: 0, port: undefined });
    for (const other of others) expect(other).to.deep.include({ id: bridges[0]?.tree?.id, pathCost: 4 });
  });

  it("opens another way when one breaks, after the maximum age and twice the forward delay", () => {
    time = new VirtualTime();
    bridges = [0, 1, 2].map(
      (at) => new Switch(time, time, { spanningTree: true, station: 0x0200_0000_0100 + at }),
    );
    const [first, second, third] = bridges as [Switch, Switch, Switch];
    const cable = pipe(time);
    const ends = [first.join(cable[0]), second.join(cable[1])];
    first.join(third.port());
    second.join(third.port());
    hosts = bridges.map((bridge) => {
      const port = bridge.port({ edge: true });
      return { port, sink: plug(port) };
    });
    time.elapse(seconds(60));
    expect(shout(1)).to.deep.equal([1, 0, 1]);
    for (const end of ends) end.close();
    time.elapse(seconds(55));
    for (const from of [0, 1, 2])
      expect(shout(from), `from ${from}`).to.deep.equal([0, 1, 2].map((to) => (to === from ? 0 : 1)));
  });

  it("has one way between any two, whatever the network is, and the same root for all", () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 10 });
    fc.assert(
      fc.property(pairs, (chosen) => {
        const cables = [[0, 1], [1, 2], [2, 3], [3, 4], ...chosen.filter(([a, b]) => a !== b)] as [
          number,
          number,
        ][];
        build(5, cables);
        time.elapse(seconds(80));
        for (let from = 0; from < 5; from++) {
          expect(shout(from)).to.deep.equal([0, 1, 2, 3, 4].map((to) => (to === from ? 0 : 1)));
        }
        expect(new Set(bridges.map(({ tree }) => tree?.root.id)).size).to.equal(1);
      }),
      { numRuns: 40 },
    );
  });

  it("without it, a loop carries one frame round for ever", () => {
    time = new VirtualTime({ standstill: 2_000 });
    bridges = [0, 1].map(() => new Switch(time, time));
    const [one, other] = bridges as [Switch, Switch];
    one.join(other.port());
    one.join(other.port());
    const port = one.port();
    plug(port).send(port, TO_ALL);
    expect(() => time.elapse(seconds(1))).to.throw(/stands? still|circle|steps/);
  });
});

describe("BPDUs", () => {
  const CONFIGURATION: Configuration = {
    kind: "configuration",
    root: 0x8000_0200_0000_0001n,
    rootPathCost: 8,
    bridge: 0x8000_0200_0000_0002n,
    port: 0x8003,
    messageAge: 1_000_000,
    maxAge: 20_000_000,
    helloTime: 2_000_000,
    forwardDelay: 15_000_000,
    topologyChange: true,
    topologyChangeAck: false,
  };

  it("are written as in IEEE 802.1D-1998 §9.3.1, and read back", () => {
    const bytes = bpduFrame(CONFIGURATION, 0x0200_0000_0002);
    expect(Buffer.from(bytes).toString("hex")).to.equal(
      `0180c200000002000000000200264242030000000001` +
        `8000020000000001` +
        `00000008` +
        `8000020000000002` +
        `8003` +
        `0100` +
        `1400` +
        `0200` +
        `0f00` +
        "00".repeat(8),
    );
    expect(readBpdu(new DataView(bytes.buffer), 0, bytes.length)).to.deep.equal(CONFIGURATION);
    const notification = bpduFrame({ kind: "notification" }, 1);
    expect(readBpdu(new DataView(notification.buffer), 0, notification.length)).to.deep.equal({
      kind: "notification",
    });
  });

  it("that are too old, cut off, or of another protocol are not believed", () => {
    const old = bpduFrame({ ...CONFIGURATION, messageAge: 20_000_000 }, 2);
    expect(readBpdu(new DataView(old.buffer), 0, old.length)).to.equal(undefined);
    const good = bpduFrame(CONFIGURATION, 2);
    for (const length of [0, 14, 17, 20, 51]) {
      expect(readBpdu(new DataView(good.buffer), 0, length), String(length)).to.equal(undefined);
    }
    for (const at of [14, 16, 17, 20]) {
      const bad = good.slice();
      bad[at] = 0x77;
      expect(readBpdu(new DataView(bad.buffer), 0, bad.length), `octet ${at}`).to.equal(undefined);
    }
  });

  it("can be any octets: the tree reads them all, and stays a tree", function () {
    this.timeout(60_000 + INPUTS);
    const time = new VirtualTime();
    const bridge = new Switch(time, time, { spanningTree: true, station: 5 });
    const port = bridge.port();
    const sink = plug(port);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 60 }),
        fc.constantFrom(0, 0x80),
        (octets, type) => {
          const bytes = Buffer.concat([
            Buffer.from("0180c2000000020000000009002642420300000000", "hex"),
            octets,
          ]);
          bytes[20] = type;
          sink.send(port, bytes.toString("hex"));
          time.elapse(milliseconds(1)); // time that stands still for a million events is refused
          expect(sink.pool.outstanding).to.equal(0);
        },
      ),
      { numRuns: INPUTS },
    );
    bridge.close();
  });
});
