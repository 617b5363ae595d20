/** The queues in front of a bounded rate, one by one: who is dropped or marked, and when. */
import { expect } from "chai";
import { CoDel } from "../../../../src/drivers/simulation/queues/codel.ts";
import type { QueueDiscipline, QueueHost } from "../../../../src/drivers/simulation/queues/discipline.ts";
import { DropTail } from "../../../../src/drivers/simulation/queues/drop-tail.ts";
import { FqCoDel } from "../../../../src/drivers/simulation/queues/fq-codel.ts";
import { flowHash, markCongestion } from "../../../../src/drivers/simulation/queues/frame-header.ts";
import { Red } from "../../../../src/drivers/simulation/queues/red.ts";
import { type Instant, Packet, Xoshiro128 } from "../../../../src/stack/index.ts";
import { bytes } from "../../../support/frames.ts";
import { datagram6, udp6 } from "../../../support/frames6.ts";

/** A packet with these octets, and nothing in front. */
function packetOf(octets: Uint8Array): Packet {
  const packet = new Packet((octets.length + 3) & ~3);
  packet.bytes.set(octets);
  packet.end = octets.length;
  return packet;
}

/** An IPv4 datagram of UDP, between these ports; its identification says which it is. */
function datagram(octets: number, identification: number, port = 1, ecn = 0): Packet {
  const packet = new Packet(Math.max(octets, 28));
  packet.start = 0;
  packet.end = octets;
  const { view } = packet;
  view.setUint16(0, 0x4500 | ecn);
  view.setUint16(2, octets);
  view.setUint16(4, identification & 0xffff);
  view.setUint8(8, 64);
  view.setUint8(9, 17);
  view.setUint32(12, 0x0a00_0001);
  view.setUint32(16, 0x0a00_0002);
  view.setUint16(20, port);
  view.setUint16(22, 7);
  view.setUint16(10, ~sum(view) & 0xffff);
  return packet;
}

/** The ones' complement sum of the header: 0xffff where the checksum is right. */
function sum(view: DataView): number {
  let total = 0;
  for (let at = 0; at < 20; at += 2) total += view.getUint16(at);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

const numberOf = (packet: Packet): number => packet.view.getUint16(4);

class Host implements QueueHost {
  time = 0;
  readonly dropped: [at: number, number: number][] = [];
  readonly marked: [at: number, number: number][] = [];

  now(): Instant {
    return this.time as Instant;
  }

  drop(frame: Packet): void {
    this.dropped.push([this.time, numberOf(frame)]);
  }

  mark(frame: Packet): boolean {
    if (!markCongestion(frame, false)) return false;
    this.marked.push([this.time, numberOf(frame)]);
    return true;
  }
}

/** Feeds a frame of 1,000 octets every `every` microseconds, and takes one every 1,000. */
function overload(host: Host, queue: QueueDiscipline, frames: number, every: number, ecn = 0): Packet[] {
  const sent: Packet[] = [];
  let offered = 0;
  let next = 0;
  for (; offered < frames; host.time += 100) {
    while (offered < frames && offered * every <= host.time)
      queue.enqueue(datagram(1_000, offered++, 1, ecn));
    if (host.time < next) continue;
    const frame = queue.dequeue();
    if (frame !== undefined) sent.push(frame);
    next = host.time + 1_000;
  }
  return sent;
}

describe("the mark of congestion", () => {
  it("is set in what knows ECN, with the checksum right", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Xoshiro128(seed);
      const ecn = seed % 4;
      const packet = datagram(100, random.bits(), 1, ecn);
      packet.view.setUint32(12, random.bits());
      packet.view.setUint16(10, 0);
      packet.view.setUint16(10, ~sum(packet.view) & 0xffff);
      expect(markCongestion(packet, false), `seed ${seed}`).to.equal(ecn !== 0);
      expect(packet.view.getUint8(1) & 3).to.equal(ecn === 0 ? 0 : 3);
      expect(sum(packet.view), `seed ${seed}`).to.equal(0xffff);
    }
  });

  it("is set in IPv6 too, whose flows are known by their labels", () => {
    for (const ecn of [0, 1, 2, 3]) {
      const six = packetOf(datagram6(17, udp6(5000, 7, bytes("x")), { trafficClass: 0xa0 | ecn }));
      expect(markCongestion(six, false)).to.equal(ecn !== 0);
      expect((six.view.getUint16(six.start) >>> 4) & 0xff).to.equal(ecn === 0 ? 0xa0 : 0xa3);
    }
    const flow = (from: string): number =>
      flowHash(packetOf(datagram6(17, udp6(5000, 7, bytes("x")), { from })), false, 5);
    expect(flow("fd77::1")).to.equal(flow("fd77::1"));
    expect(flow("fd77::1")).to.not.equal(flow("fd77::3"));
  });

  it("is not set in what is no IP", () => {
    const arp = new Packet(60);
    arp.start = 0;
    arp.end = 60;
    arp.view.setUint16(12, 0x0806);
    expect(markCongestion(arp, true)).to.equal(false);
    expect(flowHash(arp, true, 5)).to.equal(5);
  });
});

describe("drop-tail", () => {
  it("drops what does not fit, and keeps the order of the rest", () => {
    const host = new Host();
    const queue = new DropTail(host, 3_500);
    for (let i = 0; i < 6; i++) queue.enqueue(datagram(1_000, i));
    expect(host.dropped.map(([, number]) => number)).to.deep.equal([3, 4, 5]);
    queue.enqueue(datagram(500, 6));
    expect(queue.octets).to.equal(3_500);
    expect([0, 1, 2, 3, 4].map(() => queue.dequeue()).map((one) => one && numberOf(one))).to.deep.equal([
      0,
      1,
      2,
      6,
      undefined,
    ]);
  });
});

describe("CoDel (RFC 8289)", () => {
  it("drops nothing while frames wait for less than 5 ms, however many come", () => {
    const host = new Host();
    const queue = new CoDel(host, 1e9);
    for (let i = 0; i < 10_000; i++, host.time += 1_000) {
      queue.enqueue(datagram(1_000, i));
      expect(numberOf(queue.dequeue() as Packet)).to.equal(i & 0xffff);
    }
    expect(host.dropped).to.deep.equal([]);
  });

  it("begins when all have waited too long for 100 ms, and then drops at intervals of 100 ms by the root of the count", () => {
    const host = new Host();
    overload(host, new CoDel(host, 1e9), 2_000, 500);
    const times = host.dropped.map(([at]) => at);
    expect(times.length).to.be.above(10);
    // The first frame that waits for 5 ms leaves after 10 ms; 100 ms later the first is dropped.
    expect(times[0]).to.be.within(109_000, 113_000);
    for (let i = 1; i < 10; i++) {
      const gap = (times[i] as number) - (times[i - 1] as number);
      expect(gap, `drop ${i + 1}`).to.be.closeTo(100_000 / Math.sqrt(i), 1_100);
    }
  });

  it("marks what knows ECN at the same times, and drops nothing", () => {
    const [dropping, marking] = [new Host(), new Host()];
    overload(dropping, new CoDel(dropping, 1e9), 1_000, 500);
    const sent = overload(marking, new CoDel(marking, 1e9), 1_000, 500, 2);
    expect(marking.dropped).to.deep.equal([]);
    expect(marking.marked.length).to.be.closeTo(dropping.dropped.length, 2);
    expect(sent.filter((packet) => (packet.view.getUint8(1) & 3) === 3)).to.have.length(
      marking.marked.length,
    );
    expect(marking.marked.slice(0, 4).map(([at]) => at)).to.deep.equal(
      dropping.dropped.slice(0, 4).map(([at]) => at),
    );
  });
});

describe("FQ-CoDel (RFC 8290)", () => {
  it("lets flows take turns by octets, whatever the size of their frames", () => {
    const host = new Host();
    const queue = new FqCoDel(host, new Xoshiro128(1), 1e9, false);
    for (let i = 0; i < 300; i++) queue.enqueue(datagram(1_500, i, 1));
    for (let i = 0; i < 1_500; i++) queue.enqueue(datagram(300, i, 2));
    const octets = new Map<number, number>();
    for (let i = 0; i < 600; i++) {
      const frame = queue.dequeue() as Packet;
      const port = frame.view.getUint16(20);
      octets.set(port, (octets.get(port) ?? 0) + frame.length);
    }
    expect((octets.get(1) ?? 0) / (octets.get(2) ?? 1)).to.be.within(0.95, 1.05);
  });

  it("serves a flow that sends little before those that have bulk", () => {
    const host = new Host();
    const queue = new FqCoDel(host, new Xoshiro128(2), 1e9, false);
    for (let i = 0; i < 200; i++) queue.enqueue(datagram(1_500, i, 1));
    for (let i = 0; i < 3; i++) queue.dequeue();
    queue.enqueue(datagram(100, 999, 2));
    const next = [queue.dequeue(), queue.dequeue()].map((frame) => numberOf(frame as Packet));
    expect(next).to.include(999);
  });

  it("drops from the fattest flow when memory is full, and counts its octets right", () => {
    const host = new Host();
    const queue = new FqCoDel(host, new Xoshiro128(3), 50_000, false);
    queue.enqueue(datagram(1_000, 1, 2));
    for (let i = 0; i < 100; i++) queue.enqueue(datagram(1_000, 10_000 + i, 1));
    expect(host.dropped.length).to.be.above(0);
    expect(host.dropped.map(([, number]) => number)).to.not.include(1);
    let left = 0;
    for (let frame = queue.dequeue(); frame !== undefined; frame = queue.dequeue()) left++;
    expect(left + host.dropped.length).to.equal(101);
    expect(queue.octets).to.equal(0);
  });
});

describe("RED", () => {
  it("drops nothing while the queue is short on average, though it be long for a moment", () => {
    const host = new Host();
    const queue = new Red(host, new Xoshiro128(1), 60_000, 1);
    for (let i = 0; i < 30; i++) queue.enqueue(datagram(1_000, i));
    expect(host.dropped).to.deep.equal([]);
    for (let i = 0; i < 30; i++) queue.dequeue();
    expect(queue.dequeue()).to.equal(undefined);
  });

  it("drops some in between, evenly spread, and marks them if they know ECN", () => {
    for (const ecn of [0, 1]) {
      const host = new Host();
      const queue = new Red(host, new Xoshiro128(4), 60_000, 1);
      let number = 0;
      // 20 frames wait all the time: the average settles at 20,000 of thresholds of 10,000 and 30,000.
      for (; number < 5_000; number++, host.time += 1_000) {
        queue.enqueue(datagram(1_000, number, 1, ecn));
        if (queue.octets > 20_000) queue.dequeue();
      }
      const chosen = ecn === 0 ? host.dropped : host.marked;
      expect(ecn === 0 ? host.marked : host.dropped).to.deep.equal([]);
      // Probability 5 %: by the count, one of 10 to 20.
      expect(chosen.length / 5_000, `ecn ${ecn}`).to.be.within(0.05, 0.12);
      const gaps = chosen.slice(1).map(([, at], i) => at - (chosen[i]?.[1] as number));
      expect(Math.max(...gaps.slice(50))).to.be.below(60);
    }
  });

  it("drops all when the queue is full", () => {
    const host = new Host();
    const queue = new Red(host, new Xoshiro128(5), 6_000, 1);
    for (let i = 0; i < 100; i++) queue.enqueue(datagram(1_000, i));
    expect(queue.octets).to.be.at.most(6_000);
    expect(host.dropped.length).to.be.at.least(94);
  });
});
