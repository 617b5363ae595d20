import { expect } from "chai";
import { FrameWriter } from "../../../src/drivers/node/frame-writer.ts";
import { newStatistics, type TapStatistics } from "../../../src/drivers/node/tap-descriptor.ts";
import { type Packet, PacketPool } from "../../../src/stack/index.ts";
import { FakeDescriptor, type FakeRing } from "../../support/fake-tap.ts";

const EIO = 5;
const EBADFD = 77;
const EOPNOTSUPP = 95;

describe("a writer of frames", () => {
  let descriptor: FakeDescriptor;
  let writer: FrameWriter;
  let pool: PacketPool;
  let sent: number;
  let statistics: TapStatistics;

  beforeEach(() => {
    descriptor = new FakeDescriptor();
    descriptor.hasRings = true;
    pool = new PacketPool();
    statistics = newStatistics();
    writer = new FrameWriter(descriptor, statistics, false);
    sent = 0;
  });
  afterEach(() => {
    writer.close(pool);
    expect(pool.outstanding, "every packet was given back").to.equal(0);
    expect(descriptor.rings.every(({ closed }) => closed)).to.equal(true);
  });

  /** Sends so many frames, each filled with its number; how many were taken. */
  function send(count: number, octets = 60): number {
    const frames: Packet[] = [];
    for (let i = 0; i < count; i++) {
      const packet = pool.take(octets);
      packet.end = packet.start + octets;
      packet.bytes.fill(sent++, packet.start, packet.end);
      frames.push(packet);
    }
    const taken = writer.write(frames, count, pool);
    for (let i = taken; i < count; i++) pool.release(frames[i] as Packet);
    return taken;
  }
  /** The numbers of the frames that have come out. */
  function written(): number[] {
    return descriptor.outgoing.map((frame) => Number.parseInt(frame.slice(0, 2), 16));
  }
  function upTo(count: number): number[] {
    return Array.from({ length: count }, (_, i) => i & 0xff);
  }
  function thread(): FakeRing {
    const found = descriptor.rings.find((ring) => ring.thread);
    if (found === undefined) throw new Error("the thread was not asked for");
    return found;
  }

  it("writes single frames by themselves", () => {
    send(1, 1514);
    send(3);
    expect(written()).to.deep.equal(upTo(4));
    expect(descriptor.rings).to.have.length(0);
  });

  it("writes a batch of small frames by one call of a ring", () => {
    expect(send(32)).to.equal(32);
    expect(written()).to.deep.equal(upTo(32));
    expect(descriptor.rings.map((ring) => ring.thread)).to.deep.equal([false]);
    expect(pool.outstanding, "they are released at once").to.equal(0);
  });

  it("leaves bulk to the kernel's thread, and keeps the packets until that has written them", () => {
    send(8, 1514);
    expect(written()).to.deep.equal([]);
    expect(writer.waiting).to.equal(8);
    thread().run(5);
    writer.collect(pool);
    expect(written()).to.deep.equal(upTo(5));
    expect(pool.outstanding).to.equal(3);
    expect(statistics.framesSent).to.equal(5);
  });

  it("lets nothing overtake what the thread has yet to write", () => {
    send(8, 1514);
    send(1);
    send(5);
    expect(written(), "neither the single frame nor the batch").to.deep.equal([]);
    thread().run(14);
    send(1);
    expect(written(), "once it has nothing left, frames go straight again").to.deep.equal(upTo(15));
  });

  it("leaves ACKs to the thread too while crowds are received", () => {
    writer.receivesCrowds = true;
    send(1);
    expect(written()).to.deep.equal([]);
    thread().run(1);
    writer.receivesCrowds = false;
    send(1);
    expect(written()).to.deep.equal([0, 1]);
  });

  it("waits for the thread when that has all it can take, and loses nothing", () => {
    for (let i = 0; i < 40; i++) expect(send(64, 1514)).to.equal(64);
    expect(thread().waits).to.be.greaterThan(0);
    writer.close(pool);
    expect(written()).to.deep.equal(upTo(40 * 64));
  });

  it("finishes what the thread has left before it closes", () => {
    send(64, 1514);
    writer.close(pool);
    expect(written()).to.deep.equal(upTo(64));
  });

  it("has no use for a thread with offloads", () => {
    writer = new FrameWriter(descriptor, statistics, true);
    send(8, 1514);
    expect(descriptor.rings.map((ring) => ring.thread)).to.deep.equal([false]);
  });

  it("writes one by one where there are no rings", () => {
    descriptor.hasRings = false;
    send(64, 1514);
    send(8);
    expect(written()).to.deep.equal(upTo(72));
  });

  it("counts what the kernel refused, and goes on", () => {
    descriptor.writeResults.push(0, EIO);
    expect(send(4)).to.equal(4);
    expect(written()).to.deep.equal([0, 2, 3]);
    expect(statistics).to.include({ framesSent: 3, sendErrors: 1 });
    expect(writer.failure).to.equal(0);
  });

  it("knows that the device is gone, whichever way it learns it", () => {
    send(8, 1514);
    descriptor.writeResults.push(EBADFD);
    thread().run(8);
    writer.collect(pool);
    expect(writer.failure).to.equal(EBADFD);
  });

  for (const octets of [60, 1514]) {
    it(`writes one by one for good where a ring cannot write the device (${octets} octets)`, () => {
      const ring = descriptor.ring.bind(descriptor);
      descriptor.ring = (entries, withThread) => {
        const made = ring(entries, withThread);
        descriptor.rings.at(-1)?.results.push(...Array<number>(8).fill(-EOPNOTSUPP));
        return made;
      };
      send(8, octets);
      for (const { thread: has } of descriptor.rings) if (has) thread().run(8);
      send(8, octets);
      send(64, octets);
      expect(written()).to.deep.equal(upTo(80));
    });
  }

  it("goes on without a thread that the kernel has ended, and says what was lost", () => {
    send(8, 1514);
    thread().broken = true;
    send(8, 1514);
    expect(statistics.sendErrors, "what the thread had").to.equal(16);
    send(8, 1514);
    expect(written()).to.deep.equal(upTo(24).slice(16));
  });
});
