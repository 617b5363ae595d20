import { expect } from "chai";
import { TapLink } from "../../../src/drivers/node/tap-link.ts";
import { FakeDescriptor, RecordingSink, turns } from "../../support/fake-tap.ts";

const EIO = 5;
const EAGAIN = 11;
const ENOBUFS = 105;
const EBADFD = 77;
const VNET = 10;

function frameOf(octet: number, octets = 60, header = ""): Uint8Array {
  return Buffer.concat([Buffer.from(header, "hex"), Buffer.alloc(octets, octet)]);
}

describe("a TAP link", () => {
  let descriptor: FakeDescriptor;
  let sink: RecordingSink;
  let link: TapLink;

  function open(offload: boolean): void {
    descriptor = new FakeDescriptor();
    sink = new RecordingSink();
    link = new TapLink(descriptor, { name: "tap9", mtu: 1500, offload, spin: 0 });
    link.attach(sink);
  }

  beforeEach(() => open(false));
  afterEach(() => {
    link.close();
    expect(sink.pool.outstanding, "every packet was given back").to.equal(0);
    expect(descriptor.closed, "the descriptor was closed once").to.equal(1);
  });

  it("hands on what came together as one burst, in order", async () => {
    descriptor.incoming.push(frameOf(1), frameOf(2, 1514), frameOf(3));
    await descriptor.ready();
    expect(sink.bursts.map((burst) => burst.map((frame) => frame.slice(0, 2)))).to.deep.equal([
      ["01", "02", "03"],
    ]);
    expect(sink.bursts[0]?.[1]).to.have.length(2 * 1514);
  });

  it("ends a burst at 64 frames, and reads on without being told", async () => {
    for (let i = 0; i < 150; i++) descriptor.incoming.push(frameOf(i));
    await descriptor.ready();
    expect(sink.bursts.map((burst) => burst.length)).to.deep.equal([64, 64, 22]);
  });

  it("never calls the sink from within the watcher's call", async () => {
    descriptor.incoming.push(frameOf(1));
    const done = descriptor.ready();
    expect(sink.bursts).to.deep.equal([]);
    await done;
    expect(sink.bursts).to.have.length(1);
  });

  it("counts and drops a frame that there is no room for", async () => {
    descriptor.incoming.push(frameOf(1, 9_000), frameOf(2));
    await descriptor.ready();
    expect(sink.bursts.map((burst) => burst.length)).to.deep.equal([1]);
    expect(link.statistics).to.include({ truncated: 1, framesReceived: 1, octetsReceived: 60 });
  });

  it("reads the virtio-net header of a super-segment", async () => {
    link.close();
    open(true);
    descriptor.incoming.push(frameOf(7, 60_000, "01014200a80522001000"));
    await descriptor.ready();
    expect(sink.bursts[0]?.[0]).to.equal("07".repeat(60_000));
    expect(sink.lastSegmentSize).to.equal(1448);
    expect(sink.lastOffloaded).to.equal(true);
  });

  it("drops a frame with an offload that was not granted, and one too short for its header", async () => {
    link.close();
    open(true);
    descriptor.incoming.push(
      frameOf(7, 100, "01052a00a80522000600"),
      frameOf(0, VNET - 1),
      frameOf(8, 60, "00".repeat(VNET)),
    );
    await descriptor.ready();
    expect(sink.bursts).to.deep.equal([["08".repeat(60)]]);
    expect(link.statistics.badHeaders).to.equal(2);
  });

  it("turns the loop on though all that it reads is dropped", async () => {
    link.close();
    open(true);
    for (let i = 0; i < 100; i++) descriptor.incoming.push(frameOf(0, VNET - 1));
    await descriptor.ready();
    expect(link.statistics.badHeaders).to.equal(100);
    expect(sink.bursts).to.deep.equal([]);
  });

  it("transmits frames as they are, and releases them", () => {
    const frames = [sink.frame(1), sink.frame(2)];
    expect(link.transmit(frames, 2)).to.equal(2);
    expect(descriptor.outgoing).to.deep.equal(["01".repeat(60), "02".repeat(60)]);
    expect(sink.pool.outstanding).to.equal(0);
  });

  it("puts the virtio-net header right in front of a frame", () => {
    link.close();
    open(true);
    link.transmit([sink.frame(5)], 1);
    expect(descriptor.outgoing).to.deep.equal(["00".repeat(VNET) + "05".repeat(60)]);
  });

  it("takes fewer frames than it is given when the kernel has no room, and says when there is again", async () => {
    const frames = [sink.frame(1), sink.frame(2), sink.frame(3)];
    descriptor.writeResults.push(0, EAGAIN);
    expect(link.transmit(frames, 3)).to.equal(1);
    expect(descriptor.interest.writable).to.equal(true);
    await descriptor.ready({ readable: true });
    expect(sink.writables, "it is only readable").to.equal(0);
    await descriptor.ready({ writable: true });
    expect(sink.writables).to.equal(1);
    expect(descriptor.interest.writable, "else the loop would spin").to.equal(false);
    expect(link.transmit(frames.slice(1), 2)).to.equal(2);
    expect(descriptor.outgoing.map((frame) => frame.slice(0, 2))).to.deep.equal(["01", "02", "03"]);
  });

  it("loses a frame while the device is down or memory is short, and lives on", async () => {
    descriptor.writeResults.push(EIO, ENOBUFS);
    expect(link.transmit([sink.frame(1), sink.frame(2), sink.frame(3)], 3)).to.equal(3);
    expect(link.statistics).to.include({ sendErrors: 2, framesSent: 1 });
    await turns(2);
    expect(sink.failures).to.deep.equal([]);
    descriptor.incoming.push(frameOf(1));
    await descriptor.ready();
    expect(sink.bursts).to.have.length(1);
  });

  it("fails when a read says that the device is gone, after handing on what was still there", async () => {
    descriptor.incoming.push(frameOf(1), EBADFD);
    await descriptor.ready();
    expect(sink.bursts).to.have.length(1);
    expect(sink.failures).to.deep.equal(["the device tap9 is gone"]);
    expect(link.transmit([sink.frame(1)], 1), "what is sent now is dropped").to.equal(1);
    expect(descriptor.outgoing).to.deep.equal([]);
  });

  it("fails when a read fails in a way that it does not know, instead of trying for ever", async () => {
    descriptor.incoming.push(EIO);
    await descriptor.ready();
    expect(sink.failures).to.deep.equal(["cannot read: EIO"]);
  });

  it("fails when a write says so, but not from within transmit", async () => {
    descriptor.writeResults.push(EBADFD);
    expect(link.transmit([sink.frame(1), sink.frame(2)], 2)).to.equal(2);
    expect(sink.failures).to.deep.equal([]);
    await turns(2);
    expect(sink.failures).to.deep.equal(["the device tap9 is gone"]);
    expect(descriptor.outgoing).to.deep.equal([]);
  });

  it("fails when the watcher reports an error", async () => {
    await descriptor.ready({}, -9);
    expect(sink.failures).to.deep.equal(["the device tap9 is gone"]);
  });

  it("may be closed from within received, which may still look at its frames", async () => {
    let outstanding = -1;
    sink.whenReceived = () => {
      link.close();
      outstanding = sink.pool.outstanding;
    };
    descriptor.incoming.push(frameOf(1), frameOf(2));
    await descriptor.ready();
    expect(outstanding, "the frames are lent until received returns").to.be.at.least(2);
    expect(sink.pool.outstanding).to.equal(0);
    expect(sink.failures).to.deep.equal([]);
  });

  it("calls the sink no more once it is closed", async () => {
    descriptor.incoming.push(frameOf(1));
    const done = descriptor.ready();
    link.close();
    await done;
    link.close();
    expect(sink.bursts).to.deep.equal([]);
  });
});
