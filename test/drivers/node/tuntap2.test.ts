import { EventEmitter } from "node:events";
import { expect } from "chai";
import { fromTuntap2, type Tuntap2Tap } from "../../../src/drivers/node/index.ts";
import { type Link, type LinkSink, type Packet, PacketPool } from "../../../src/stack/index.ts";

/**
 * A stand-in with the habits of `Tap` of tuntap2 0.9.1: frames wait until somebody listens for `data`, and
 * then come one to a chunk; `write` queues all that it is given, but says false when more than 16 KB wait;
 * a rejected write gives `error` and ends the write side; `mac` throws while the device is down.
 */
class StandIn extends EventEmitter implements Tuntap2Tap {
  readonly name: string = "tap3";
  readonly mtu: number = 1500;
  readonly queue: Uint8Array[] = [];
  readonly written: string[] = [];
  released = 0;
  paused = true;
  rejects = false;
  ended = false;
  readonly #waiting: Uint8Array[] = [];

  get mac(): string {
    throw "you must set isUp = true in order to access this method";
  }
  override on(event: string, listener: (...values: never[]) => void): this {
    super.on(event, listener as () => void);
    if (event === "data") this.#flow();
    return this;
  }
  arrive(frame: Uint8Array): void {
    this.#waiting.push(frame);
    if (!this.paused) this.#flow();
  }
  #flow(): void {
    this.paused = false;
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      this.emit("data", frame);
    }
  }
  pause(): void {
    this.paused = true;
  }
  write(frame: Uint8Array): boolean {
    if (this.ended) {
      queueMicrotask(() => this.emit("error", new Error("write after end")));
      return false;
    }
    this.queue.push(frame);
    return this.queue.reduce((sum, each) => sum + each.length, 0) < 16_384;
  }
  /** The kernel takes what is queued, or rejects the first of it. */
  settle(): void {
    if (this.rejects) {
      this.ended = true;
      this.queue.length = 0;
      this.emit("error", new Error("EIO: i/o error, write"));
      return;
    }
    for (const frame of this.queue.splice(0)) this.written.push(Buffer.from(frame).toString("hex"));
    this.emit("drain");
  }
  release(): void {
    this.released++;
    this.emit("close");
  }
}

class Sink implements LinkSink {
  readonly pool: PacketPool = new PacketPool();
  readonly frames: string[] = [];
  readonly failures: string[] = [];
  writables = 0;

  received(frames: readonly Packet[], count: number): void {
    for (const { bytes, start, end } of frames.slice(0, count)) {
      expect((start + 14) % 4, "the IP header is aligned").to.equal(0);
      this.frames.push(Buffer.from(bytes.subarray(start, end)).toString("hex"));
    }
  }
  writable(): void {
    this.writables++;
  }
  failed(reason: string): void {
    this.failures.push(reason);
  }
  take(octet: number, octets: number): Packet {
    const packet = this.pool.take(octets);
    packet.end = packet.start + octets;
    packet.bytes.fill(octet, packet.start, packet.end);
    return packet;
  }
}

describe("a link over a Tap of tuntap2", () => {
  let tap: StandIn;
  let sink: Sink;
  let link: Link;

  beforeEach(() => {
    tap = new StandIn();
    sink = new Sink();
    link = fromTuntap2(tap);
  });
  afterEach(() => {
    link.close();
    expect(sink.pool.outstanding).to.equal(0);
  });

  it("offers what the device has, and no offloads", () => {
    expect(link.capabilities).to.include({ medium: "ethernet", mtu: 1500, maxSuperSegment: 0 });
    expect(link.capabilities).to.include({ fillsChecksums: false, verifiesChecksums: false });
    expect(link.mac, "the Tap's is the kernel's").to.equal(undefined);
  });

  it("lets no frame flow before it is attached, and loses none", () => {
    tap.arrive(Buffer.alloc(60, 1));
    expect(tap.paused).to.equal(true);
    link.attach(sink);
    tap.arrive(Buffer.alloc(1514, 2));
    expect(sink.frames).to.deep.equal(["01".repeat(60), "02".repeat(1514)]);
  });

  it("drops a chunk that is longer than a frame can be", () => {
    link.attach(sink);
    tap.arrive(Buffer.alloc(3028, 1));
    tap.arrive(Buffer.alloc(60, 2));
    expect(sink.frames).to.deep.equal(["02".repeat(60)]);
  });

  it("writes copies, since the package keeps what it is given", () => {
    link.attach(sink);
    const packet = sink.take(1, 60);
    expect(link.transmit([packet], 1)).to.equal(1);
    packet.bytes.fill(9);
    tap.settle();
    expect(tap.written).to.deep.equal(["01".repeat(60)]);
  });

  it("takes no more once write gives false, until drain", () => {
    link.attach(sink);
    const frames = Array.from({ length: 20 }, (_, i) => sink.take(i, 1514));
    const taken = link.transmit(frames, 20);
    expect(taken).to.equal(11); // the eleventh fills the 16 KB
    expect(link.transmit(frames.slice(taken), 20 - taken)).to.equal(0);
    tap.settle();
    expect(sink.writables).to.equal(1);
    expect(link.transmit(frames.slice(taken), 20 - taken)).to.equal(9);
    tap.settle();
    expect(tap.written.map((frame) => Number.parseInt(frame.slice(0, 2), 16))).to.deep.equal([
      ...Array(20).keys(),
    ]);
  });

  it("fails when a write is rejected, and writes no more", () => {
    link.attach(sink);
    tap.rejects = true;
    link.transmit([sink.take(1, 60)], 1);
    tap.settle();
    expect(sink.failures).to.deep.equal(["tap3: EIO: i/o error, write"]);
    expect(tap.released).to.equal(1);
    expect(link.transmit([sink.take(2, 60)], 1), "dropped").to.equal(1);
    expect(tap.queue).to.deep.equal([]);
  });

  it("fails when the device is released by somebody else", () => {
    link.attach(sink);
    tap.release();
    expect(sink.failures).to.deep.equal(["tap3 was closed"]);
  });

  it("releases the device when it is closed, and is deaf to errors that come then", () => {
    link.attach(sink);
    link.close();
    link.close();
    expect(tap.released).to.equal(1);
    tap.emit("error", new Error("a write was under way"));
    tap.arrive(Buffer.alloc(60));
    expect(sink.frames).to.deep.equal([]);
    expect(sink.failures).to.deep.equal([]);
  });

  it("leaves the device to its owner when asked to", () => {
    link = fromTuntap2(tap, { release: false });
    link.attach(sink);
    link.close();
    expect(tap.released).to.equal(0);
  });
});
