/** IEEE 802.1Q: tags in, tags out, and nothing of one VLAN in another. */
import { expect } from "chai";
import fc from "fast-check";
import { VlanTrunk } from "../../../src/drivers/link/index.ts";
import { pipe } from "../../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { type Drop, type Link, type Packet, seconds } from "../../../src/stack/index.ts";
import { describeLinkContract, frame, RecordingSink } from "../../contracts/link.contract.ts";

/** As many spoilt inputs; more by FUZZ_INPUTS. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 50_000);

describeLinkContract("a VLAN of a trunk", () => {
  const time = new VirtualTime();
  const [near, far] = pipe(time);
  return {
    a: new VlanTrunk(near).vlan(7),
    b: new VlanTrunk(far).vlan(7),
    settle: () => time.elapse(seconds(0)),
  };
});

describe("VlanTrunk", () => {
  let time: VirtualTime;
  let trunk: VlanTrunk;
  let wire: Link;
  let onWire: RecordingSink;

  beforeEach(() => {
    time = new VirtualTime();
    const [near, far] = pipe(time);
    trunk = new VlanTrunk(near);
    wire = far;
    onWire = new RecordingSink();
    far.attach(onWire);
  });

  function join(link: Link): RecordingSink & { losses: Drop[] } {
    const sink = Object.assign(new RecordingSink(), { losses: [] as Drop[] });
    Object.assign(sink, { lost: (_: Packet, reason: Drop) => sink.losses.push(reason) });
    link.attach(sink);
    return sink;
  }

  function arrive(hex: string): void {
    onWire.send(wire, hex);
    time.elapse(seconds(0));
    expect(onWire.pool.outstanding).to.equal(0);
  }

  /** The frame of `frame(1, 2, data)` with a tag. */
  function tagged(control: number, data: string): string {
    const plain = frame(1, 2, data);
    return `${plain.slice(0, 24)}8100${control.toString(16).padStart(4, "0")}${plain.slice(24)}`;
  }

  it("puts the tag between addresses and EtherType, with VLAN, priority and eligibility (§9.6)", () => {
    const link = trunk.vlan(0x123, { priority: 5, dropEligible: true });
    const sink = join(link);
    sink.send(link, frame(1, 2, "cafe"));
    time.elapse(seconds(0));
    expect(onWire.frames).to.deep.equal([tagged(0xb123, "cafe")]);
    expect(sink.pool.outstanding).to.equal(0);
  });

  it("takes it off again, and gives each VLAN its own frames only", () => {
    const [one, two, native] = [join(trunk.vlan(1)), join(trunk.vlan(2)), join(trunk.native())];
    arrive(tagged(0x0001, "01"));
    arrive(tagged(0xe002, "02"));
    arrive(tagged(0x6000, "03")); // only a priority: it is no VLAN's (§6.9.1)
    arrive(frame(1, 2, "04"));
    expect(one.frames).to.deep.equal([frame(1, 2, "01")]);
    expect(two.frames).to.deep.equal([frame(1, 2, "02")]);
    expect(native.frames).to.deep.equal([frame(1, 2, "03"), frame(1, 2, "04")]);
  });

  it("counts what is for a VLAN that nobody is in, and what ends within its tag", () => {
    const native = join(trunk.native());
    arrive(tagged(0x0009, "01"));
    arrive(`${frame(1, 2, "").slice(0, 24)}810000`);
    expect(trunk.counters).to.deep.equal({ otherVlan: 1, truncated: 1 });
    expect(native.frames).to.deep.equal([]);
    expect(native.losses.length).to.equal(2);
  });

  it("gives back what the link has no room for, as it was", () => {
    const [near] = pipe(time, { queue: 1 });
    const small = new VlanTrunk(near);
    const link = small.vlan(9);
    const sink = join(link);
    const frames = ["01", "02"].map((data) => sink.packet(frame(1, 2, data)));
    expect(link.transmit(frames, 2)).to.equal(1);
    const [, second] = frames;
    expect(second && Buffer.from(second.bytes.subarray(second.start, second.end)).toString("hex")).to.equal(
      frame(1, 2, "02"),
    );
  });

  it("may stand on another one: a customer's tags within a provider's (802.1ad)", () => {
    const [near, far] = pipe(time);
    const provider = new VlanTrunk(near, { tagType: 0x88a8 });
    const customer = new VlanTrunk(provider.vlan(100));
    const sink = join(customer.vlan(200));
    const raw = new RecordingSink();
    far.attach(raw);
    const plain = frame(1, 2, "77");
    const both = `${plain.slice(0, 24)}88a80064810000c8${plain.slice(24)}`;
    raw.send(far, both);
    time.elapse(seconds(0));
    expect(sink.frames).to.deep.equal([plain]);
  });

  it("refuses what cannot be", () => {
    for (const bad of [0, 4095, -1, 1.5]) expect(() => trunk.vlan(bad), String(bad)).to.throw(RangeError);
    trunk.vlan(3);
    expect(() => trunk.vlan(3)).to.throw(RangeError, "already");
    expect(() => trunk.vlan(4, { priority: 8 })).to.throw(RangeError, "priority");
    expect(() => new VlanTrunk(pipe(time, { medium: "ip" })[0])).to.throw(RangeError, "Ethernet");
  });

  it("ends its link with the last of its VLANs", () => {
    const [near, far] = pipe(time);
    const other = new VlanTrunk(near);
    const [one, two] = [other.vlan(1), other.vlan(2)];
    const sink = join(one);
    join(two);
    join(far);
    one.close();
    expect(near.receiver).to.not.equal(undefined);
    two.close();
    expect(near.receiver).to.equal(undefined);
    expect(sink.frames).to.deep.equal([]);
  });

  it("has a place for every frame that there can be, and lends each as it came", function () {
    this.timeout(60_000 + INPUTS);
    const sinks = [join(trunk.native()), ...[1, 2, 4094].map((id) => join(trunk.vlan(id)))];
    const count = (): number => sinks.reduce((sum, { frames }) => sum + frames.length, 0);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.constantFrom(0x8100, 0x88b5, 0x0800),
        fc.constantFrom(0, 1, 2, 3, 4094, 4095),
        (octets, type, vlan) => {
          const bytes = Buffer.from(octets);
          if (bytes.length >= 14) bytes.writeUInt16BE(type, 12);
          if (bytes.length >= 16) bytes.writeUInt16BE(vlan, 14);
          const before = count() + trunk.counters.otherVlan + trunk.counters.truncated;
          const packet = onWire.packet(bytes.toString("hex"));
          trunk.received([packet], 1);
          const after = Buffer.from(packet.bytes.subarray(packet.start, packet.end)).toString("hex");
          onWire.pool.release(packet);
          expect(after).to.equal(bytes.toString("hex"));
          expect(count() + trunk.counters.otherVlan + trunk.counters.truncated).to.equal(before + 1);
        },
      ),
      { numRuns: INPUTS },
    );
  });
});
