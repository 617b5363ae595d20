import { expect } from "chai";
import { pipe } from "../../../src/drivers/memory/index.ts";
import { ImpairedLink, VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { type Instant, type Link, seconds, Xoshiro128 } from "../../../src/stack/index.ts";
import { describeLinkContract, frame, RecordingSink } from "../../contracts/link.contract.ts";

for (const line of [
  "",
  "delay=5ms",
  "rate=100mbit,queue=1mb,delay=1ms,jitter=500us",
  "rate=100mbit,queue=1mb:fq_codel,bucket=3kb",
]) {
  describeLinkContract(`a pipe behind impairments "${line}"`, () => {
    const time = new VirtualTime();
    const [a, b] = pipe(time);
    const wrap = (link: Link): Link => new ImpairedLink(link, time, new Xoshiro128(1), line);
    return { a: wrap(a), b: wrap(b), settle: () => time.elapse(seconds(10)), takesAll: true };
  });
}

/** An Ethernet frame with an IPv4 datagram of protocol 253 that says how long it is. */
function ipv4Frame(data: string): string {
  const length = (20 + data.length / 2).toString(16).padStart(4, "0");
  return `0200000000020200000000010800${`4500${length}0000000040fd00000a0000010a000002`}${data}`;
}

describe("an impaired link", () => {
  let time: VirtualTime;
  let link: ImpairedLink;
  let far: Link;
  let near: RecordingSink;
  let remote: RecordingSink;
  let arrivals: Instant[];

  function build(line: string, seed = 1): void {
    time = new VirtualTime();
    const [a, b] = pipe(time);
    link = new ImpairedLink(a, time, new Xoshiro128(seed), line);
    far = b;
    near = new RecordingSink();
    remote = new RecordingSink();
    arrivals = [];
    remote.whenReceived = () => arrivals.push(time.now());
    link.attach(near);
    far.attach(remote);
  }

  /** Sends `count` frames with their numbers in them, a microsecond apart; the numbers that arrived. */
  function sendNumbered(count: number): number[] {
    for (let i = 0; i < count; i++) {
      near.send(link, frame(1, 2, i.toString(16).padStart(8, "0")));
      time.elapse(1 as never);
    }
    time.elapse(seconds(100));
    expect(near.pool.outstanding).to.equal(0);
    expect(link.held).to.equal(0);
    return remote.frames.map((hex) => Number.parseInt(hex.slice(28), 16));
  }

  const inOrder = (numbers: number[]): boolean =>
    numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0));

  it("loses the share of frames that it was told to, and no two seeds lose the same", () => {
    build("loss=10%", 1);
    const first = sendNumbered(10_000);
    expect(first.length).to.be.within(8_900, 9_100);
    expect(inOrder(first)).to.equal(true);
    expect(link.counters.out.lost).to.equal(10_000 - first.length);
    build("loss=10%", 2);
    expect(sendNumbered(10_000)).to.not.deep.equal(first);
    build("loss=10%", 1);
    expect(sendNumbered(10_000)).to.deep.equal(first);
  });

  it("loses frames in bursts whose mean length is 1 / the probability that they end", () => {
    build("burst=1%:20%");
    const got = sendNumbered(50_000);
    const gaps = got.flatMap((n, i) =>
      i > 0 && n > (got[i - 1] ?? 0) + 1 ? [n - (got[i - 1] ?? 0) - 1] : [],
    );
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).to.be.within(4.5, 5.5);
    expect(got.length / 50_000).to.be.within(0.94, 0.965); // 0.2 / 0.21 are good
  });

  it("delays every frame, and with jitter keeps their order", () => {
    build("delay=5ms");
    near.send(link, frame(1, 2, "00"));
    time.elapse(seconds(1));
    expect(arrivals).to.deep.equal([5_000]);
    build("delay=5ms,jitter=4ms");
    expect(inOrder(sendNumbered(1_000))).to.equal(true);
    expect(arrivals[0]).to.be.within(1_000, 9_000);
    expect(arrivals.at(-1)).to.be.within(5_000, 10_000);
  });

  it("holds frames back so that others overtake them, and loses none", () => {
    build("reorder=25%:10us");
    const got = sendNumbered(4_000);
    expect(inOrder(got)).to.equal(false);
    expect([...got].sort((a, b) => a - b)).to.deep.equal([...Array(4_000).keys()]);
    expect(link.counters.out.reordered).to.be.within(900, 1_100);
    const late = got.filter((n, i) => got.slice(0, i).some((before) => before > n));
    expect(late.length).to.equal(link.counters.out.reordered);
  });

  it("duplicates frames, the copy right behind the original", () => {
    build("duplicate=10%");
    const got = sendNumbered(5_000);
    expect(got.length).to.be.within(5_400, 5_600);
    expect(new Set(got).size).to.equal(5_000);
    expect(link.counters.out.duplicated).to.equal(got.length - 5_000);
    expect(got.filter((n, i) => n === got[i - 1]).length).to.equal(got.length - 5_000);
  });

  it("flips exactly one bit of an IPv4 datagram, anywhere but in the Ethernet header and the padding", () => {
    build("corrupt=100%");
    const sent = ipv4Frame("00".repeat(8));
    const places = new Set<number>();
    for (let i = 0; i < 2_000; i++) near.send(link, `${sent}${"00".repeat(20)}`);
    time.elapse(seconds(1));
    for (const hex of remote.frames) {
      const difference = BigInt(`0x${hex}`) ^ BigInt(`0x${sent}${"00".repeat(20)}`);
      const bits = difference.toString(2);
      expect(bits.replaceAll("0", "")).to.equal("1");
      places.add(bits.length - 1 - 20 * 8);
    }
    expect(Math.min(...places)).to.equal(0);
    expect(Math.max(...places)).to.equal(28 * 8 - 1);
    expect(places.size).to.equal(28 * 8);
    expect(link.counters.out.corrupted).to.equal(2_000);
  });

  it("corrupts nothing but IPv4: ARP has no checksum that would catch it", () => {
    build("corrupt=100%");
    expect(sendNumbered(100)).to.deep.equal([...Array(100).keys()]);
    expect(link.counters.out.corrupted).to.equal(0);
  });

  it("lets no more through than its rate, and drops what its queue does not hold", () => {
    build("rate=8mbit,queue=10kb"); // 1 octet a microsecond
    const one = frame(1, 2, "00".repeat(986)); // 1000 octets
    for (let i = 0; i < 30; i++) near.send(link, one);
    time.elapse(seconds(1));
    expect(remote.frames).to.have.length(10);
    expect(arrivals).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => n * 1_000));
    expect(link.counters.out.overflowed).to.equal(20);
    expect(near.pool.outstanding).to.equal(0);
  });

  it("impairs each direction by its own faults", () => {
    build("in:loss=100%,out:delay=3ms");
    remote.send(far, frame(2, 1, "00"));
    near.send(link, frame(1, 2, "00"));
    time.elapse(seconds(1));
    expect(near.frames).to.deep.equal([]);
    expect(arrivals).to.deep.equal([3_000]);
    expect(link.counters.in).to.include({ offered: 1, lost: 1, passed: 0 });
    expect(link.counters.out).to.include({ offered: 1, lost: 0, passed: 1 });
  });

  it("changes its faults while it is in use", () => {
    build("");
    expect(sendNumbered(3)).to.have.length(3);
    link.change("loss=100%");
    expect(sendNumbered(3)).to.have.length(3);
    link.change("");
    expect(sendNumbered(1)).to.have.length(4);
  });

  it("waits, and loses nothing, when the link under it has no room", () => {
    build("delay=1ms");
    const frames = Array.from({ length: 3_000 }, (_, i) =>
      near.packet(frame(1, 2, i.toString(16).padStart(4, "0"))),
    );
    expect(link.transmit(frames, frames.length)).to.equal(3_000);
    time.elapse(seconds(1));
    expect(remote.frames.map((hex) => Number.parseInt(hex.slice(28), 16))).to.deep.equal([
      ...Array(3_000).keys(),
    ]);
    expect(near.pool.outstanding).to.equal(0);
  });

  it("offers no offloads, and refuses a link that hands up what was offloaded", () => {
    build("");
    expect(link.capabilities).to.include({
      fillsChecksums: false,
      verifiesChecksums: false,
      maxSuperSegment: 0,
    });
    const [offloading] = pipe(time, { offloads: true });
    expect(() => new ImpairedLink(offloading, time, new Xoshiro128(1), "")).to.throw(
      RangeError,
      /without offloads/,
    );
  });

  it("may be closed by the stack while it delivers", () => {
    build("in:delay=1ms");
    for (let i = 0; i < 5; i++) remote.send(far, frame(2, 1, "00"));
    near.whenReceived = () => link.close();
    time.elapse(seconds(1));
    expect(near.frames).to.have.length(5);
    expect(near.pool.outstanding).to.equal(0);
  });

  it("reports the end of the link under it", () => {
    build("");
    link.failed("unplugged");
    expect(near.failures).to.deep.equal(["unplugged"]);
  });
});
