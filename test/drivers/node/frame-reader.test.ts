import { expect } from "chai";
import { FrameReader } from "../../../src/drivers/node/frame-reader.ts";
import { newStatistics } from "../../../src/drivers/node/tap-descriptor.ts";
import { PacketPool } from "../../../src/stack/index.ts";
import { FakeDescriptor } from "../../support/fake-tap.ts";

const EAGAIN = 11;
const EBADFD = 77;
const EOPNOTSUPP = 95;

describe("a reader of frames", () => {
  let descriptor: FakeDescriptor;
  let reader: FrameReader;
  let pool: PacketPool;
  let next: number;

  beforeEach(() => {
    descriptor = new FakeDescriptor();
    descriptor.hasRings = true;
    pool = new PacketPool();
    next = 0;
    reader = new FrameReader(descriptor, newStatistics(), { offload: false, datagram: 1500 });
  });
  afterEach(() => {
    reader.release(pool);
    expect(pool.outstanding).to.equal(0);
  });

  function arrive(count: number, octets = 60): void {
    for (let i = 0; i < count; i++) descriptor.incoming.push(new Uint8Array(octets).fill(next++));
  }
  /** The first octet of each frame of the burst. */
  function firsts(): number[] {
    return reader.burst.slice(0, reader.count).map((packet) => packet.view.getUint8(packet.start));
  }
  function numbers(from: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => (from + i) & 0xff);
  }
  it("reads single frames one by one, without a ring", () => {
    for (let i = 0; i < 5; i++) {
      arrive(3);
      expect(reader.read(pool)).to.equal(true);
      expect(firsts()).to.deep.equal(numbers(i * 3, 3));
    }
    expect(descriptor.rings).to.have.length(0);
  });

  it("reads the burst after a crowd through a ring, in order", () => {
    arrive(40);
    expect(reader.read(pool)).to.equal(true);
    arrive(50);
    expect(reader.read(pool)).to.equal(true);
    expect(firsts()).to.deep.equal(numbers(40, 50));
    expect(descriptor.rings.map(({ thread }) => thread)).to.deep.equal([false]);
  });

  it("reads into no packet that the receiver has taken over", () => {
    arrive(3);
    reader.read(pool);
    const kept = pool.takeOver(reader.burst[1] ?? expect.fail("nothing was read"));
    arrive(3);
    reader.read(pool);
    expect(firsts()).to.deep.equal([3, 4, 5]);
    expect(kept.view.getUint8(kept.start)).to.equal(1);
    pool.release(kept);
  });

  it("says that there is more when as much came as was asked for", () => {
    arrive(20);
    reader.read(pool);
    arrive(64);
    expect(reader.read(pool), "asked for half as many again as came").to.equal(false);
    expect(firsts()).to.deep.equal(numbers(20, 30));
    expect(reader.read(pool)).to.equal(true);
    expect(firsts()).to.deep.equal(numbers(50, 34));
  });

  it("goes back to single reads when the crowd is over", () => {
    arrive(20);
    reader.read(pool);
    arrive(2);
    reader.read(pool);
    const handed = descriptor.rings[0]?.submitted;
    arrive(2);
    reader.read(pool);
    expect(firsts()).to.deep.equal([22, 23]);
    expect(descriptor.rings[0]?.submitted).to.equal(handed);
  });

  it("keeps the order when a frame comes amid the reads, which some of them miss", () => {
    arrive(20);
    reader.read(pool);
    arrive(20);
    const ring = descriptor.ring.bind(descriptor);
    descriptor.ring = (entries, thread) => {
      const made = ring(entries, thread);
      descriptor.rings[0]?.results.push(undefined, -EAGAIN, -EAGAIN);
      return made;
    };
    expect(reader.read(pool)).to.equal(true);
    expect(firsts()).to.deep.equal(numbers(20, 20));
    expect(new Set(reader.burst).size, "no packet twice").to.equal(reader.burst.length);
  });

  it("does not ask for more large frames than it wants to hold at once", () => {
    reader.release(pool);
    reader = new FrameReader(descriptor, newStatistics(), { offload: true, datagram: 65_535 });
    descriptor.incoming.push(...Array.from({ length: 12 }, () => new Uint8Array(40_000)));
    reader.read(pool);
    descriptor.incoming.push(...Array.from({ length: 64 }, () => new Uint8Array(40_000)));
    reader.read(pool);
    expect(descriptor.rings[0]?.submitted).to.equal(Math.ceil((512 * 1024) / 40_000));
  });

  it("reads one by one for good where a ring cannot read the device", () => {
    arrive(20);
    reader.read(pool);
    const ring = descriptor.ring.bind(descriptor);
    descriptor.ring = (entries, thread) => {
      const made = ring(entries, thread);
      descriptor.rings[0]?.results.push(...Array<number>(64).fill(-EOPNOTSUPP));
      return made;
    };
    arrive(20);
    expect(reader.read(pool), "there is more to read").to.equal(false);
    expect(reader.count).to.equal(0);
    reader.read(pool);
    expect(firsts()).to.deep.equal(numbers(20, 20));
    arrive(20);
    reader.read(pool);
    expect(firsts()).to.deep.equal(numbers(40, 20));
    expect(descriptor.rings).to.have.length(1);
    expect(descriptor.rings[0]?.closed).to.equal(true);
  });

  it("hands on what came before the device was gone", () => {
    arrive(20);
    reader.read(pool);
    arrive(3);
    descriptor.incoming.push(EBADFD);
    reader.read(pool);
    expect(firsts()).to.deep.equal([20, 21, 22]);
    expect(reader.failure).to.equal(EBADFD);
  });
});
