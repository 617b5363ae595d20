/** A TAP's descriptor without a kernel, rings included, and a sink that remembers what it was given. */
import { expect } from "chai";
import type { FrameRing } from "../../src/drivers/node/io-ring.ts";
import type { Readiness, Ready } from "../../src/drivers/node/libc.ts";
import type { TapDescriptor } from "../../src/drivers/node/tap-descriptor.ts";
import { type LinkSink, type Packet, PacketPool } from "../../src/stack/index.ts";

const EAGAIN = 11;

/** A descriptor as the kernel's: frames come out of one queue and go into another, and calls may fail. */
export class FakeDescriptor implements TapDescriptor {
  readonly incoming: (Uint8Array | number)[] = [];
  readonly outgoing: string[] = [];
  /** What the next writes give: 0 for success, else an errno. */
  readonly writeResults: number[] = [];
  readonly #packets: Packet[] = [];
  /** Whether there is io_uring here; and the rings that were asked for. */
  hasRings = false;
  readonly rings: FakeRing[] = [];
  interest: Readiness = { readable: false, writable: false };
  closed = 0;
  up = true;
  #ready: Ready = () => {};

  read(address: number, octets: number): number {
    const next = this.incoming.shift();
    if (next === undefined) return -EAGAIN;
    if (typeof next === "number") return -next;
    const { packet, at } = this.#locate(address);
    const cut = next.subarray(0, octets);
    packet.bytes.set(cut, at);
    return cut.length;
  }
  write(address: number, octets: number): number {
    const errno = this.writeResults.shift() ?? 0;
    if (errno !== 0) return -errno;
    const { packet, at } = this.#locate(address);
    this.outgoing.push(Buffer.from(packet.bytes.subarray(at, at + octets)).toString("hex"));
    return octets;
  }
  addressOf(packet: Packet): number {
    let index = this.#packets.indexOf(packet);
    if (index < 0) index = this.#packets.push(packet) - 1;
    return (index + 1) * 2 ** 20;
  }
  #locate(address: number): { packet: Packet; at: number } {
    const packet = this.#packets[Math.floor(address / 2 ** 20) - 1];
    if (packet === undefined) throw new Error(`no packet is at ${address}`);
    return { packet, at: address % 2 ** 20 };
  }
  ring(entries: number, thread: boolean): FrameRing | undefined {
    if (!this.hasRings) return undefined;
    const ring = new FakeRing(this, entries, thread);
    this.rings.push(ring);
    return ring;
  }
  watch(interest: Readiness, ready: Ready): void {
    this.interest = interest;
    this.#ready = ready;
  }
  ref(): void {}
  unref(): void {}
  close(): void {
    this.closed++;
  }
  /** The event loop finds the descriptor ready; resolves when the link has done what there is to do. */
  async ready(now: Partial<Readiness> = { readable: true }, status = 0): Promise<void> {
    this.#ready(status, { readable: false, writable: false, ...now });
    await turns(3);
  }
}

/** A ring that does what is put in when it is handed over; with a thread, when that is told to `run`. */
export class FakeRing implements FrameRing {
  readonly entries: number;
  readonly thread: boolean;
  /** Handed over so far; calls that would have been system calls. */
  submitted = 0;
  waits = 0;
  closed = false;
  /** The kernel refuses to take or to wait for anything. */
  broken = false;
  /** What the next operations give, instead of being done; undefined: they are. */
  readonly results: (number | undefined)[] = [];
  readonly #descriptor: FakeDescriptor;
  readonly #put: (() => void)[] = [];
  readonly #handed: (() => void)[] = [];
  readonly #done: { tag: number; result: number }[] = [];

  constructor(descriptor: FakeDescriptor, entries: number, thread: boolean) {
    this.#descriptor = descriptor;
    this.entries = entries;
    this.thread = thread;
  }

  get pending(): number {
    return this.#put.length + this.#handed.length + this.#done.length;
  }
  read(address: number, octets: number, tag: number): void {
    this.#add(tag, () => this.#descriptor.read(address, octets));
  }
  write(address: number, octets: number, tag: number): void {
    this.#add(tag, () => this.#descriptor.write(address, octets));
  }
  #add(tag: number, work: () => number): void {
    if (this.pending >= this.entries) throw new Error("the ring is full");
    this.#put.push(() => this.#done.push({ tag, result: this.results.shift() ?? work() }));
  }
  submit(): boolean {
    if (this.broken) return false;
    this.submitted += this.#put.length;
    this.#handed.push(...this.#put.splice(0));
    if (!this.thread) this.run(this.#handed.length);
    return true;
  }
  /** The kernel's thread does `count` of what it has. */
  run(count: number): void {
    for (const work of this.#handed.splice(0, count)) work();
  }
  done(): number {
    return this.#done.length;
  }
  tagAt(index: number): number {
    return this.#done[index]?.tag ?? -1;
  }
  resultAt(index: number): number {
    return this.#done[index]?.result ?? -1;
  }
  forget(count: number): void {
    this.#done.splice(0, count);
  }
  wait(count: number): boolean {
    if (this.broken) return false;
    this.waits++;
    this.run(count - this.#done.length);
    return true;
  }
  close(): void {
    this.closed = true;
  }
}

/** As many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export class RecordingSink implements LinkSink {
  readonly pool: PacketPool = new PacketPool();
  readonly bursts: string[][] = [];
  readonly failures: string[] = [];
  writables = 0;
  lastSegmentSize = -1;
  lastOffloaded = false;
  whenReceived: () => void = () => {};

  received(frames: readonly Packet[], count: number): void {
    const burst: string[] = [];
    for (const { bytes, start, end, segmentSize, checksumOffloaded } of frames.slice(0, count)) {
      expect((start + 14) % 4, "the IP header is aligned").to.equal(0);
      burst.push(Buffer.from(bytes.subarray(start, end)).toString("hex"));
      this.lastSegmentSize = segmentSize;
      this.lastOffloaded = checksumOffloaded;
    }
    this.bursts.push(burst);
    this.whenReceived();
  }
  writable(): void {
    this.writables++;
  }
  failed(reason: string): void {
    this.failures.push(reason);
  }
  /** A frame to transmit, filled with `octet`. */
  frame(octet: number, octets = 60): Packet {
    const packet = this.pool.take(octets);
    packet.end = packet.start + octets;
    packet.bytes.fill(octet, packet.start, packet.end);
    return packet;
  }
}
