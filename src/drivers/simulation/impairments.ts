/**
 * A link with faults: it wraps any other link, a TAP too, and loses, delays, reorders, duplicates and
 * corrupts what passes, each direction by itself. The same seed and the same frames at the same times give
 * the same faults.
 *
 * It offers no offloads, whatever is under it. A partial checksum would be filled in behind a corruption, and hide
 * it; a super-segment that is lost would be 45 frames at once. So the stack cuts up and sums what it sends before
 * it gets here.
 */
import type {
  Drop,
  Link,
  LinkCapabilities,
  LinkSink,
  MacAddress,
  Packet,
  Random,
} from "../../stack/index.ts";
import type { Timekeeper } from "../scheduler.ts";
import { checkImpairments, type Faults, type Impairments, parseImpairments } from "./impairment-spec.ts";
import { type BottleneckMaker, Lane, type LaneCounters, type LaneExit } from "./lane.ts";

/** A link with faults, as a `BareLab` has it: of what queues do, only that they are full. `ImpairedLink` has all. */
export class BareImpairedLink implements Link, LinkSink {
  /** Those of the link under it, without offloads. */
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress | undefined;
  readonly #inner: Link;
  readonly #in: Lane;
  readonly #out: Lane;
  #sink: LinkSink | undefined = undefined;
  #closed = false;

  /**
   * @param inner - the link to wrap, without offloads; this one attaches to it and closes it
   * @param host - the time that delays are measured in
   * @param random - decides; each direction takes a fork of it
   * @param impairments - what is to go wrong, or a line as for `parseImpairments`
   * @param makeBottleneck - for token buckets, and queues that do more than drop what finds them full
   * @throws RangeError when `inner` hands up super-segments or unverified partial checksums, and for a fault that
   *   cannot be; Error for one that needs a bottleneck which it was not handed
   * @throws SyntaxError as `parseImpairments`
   */
  constructor(
    inner: Link,
    host: Timekeeper,
    random: Random,
    impairments: Impairments | string,
    makeBottleneck?: BottleneckMaker,
  ) {
    const { capabilities } = inner;
    if (capabilities.verifiesChecksums || capabilities.maxSuperSegment > 0) {
      throw new RangeError("an impaired link needs the link under it opened without offloads");
    }
    const { in: inward, out: outward } = parsed(impairments);
    const ethernet = capabilities.medium === "ethernet";
    this.#inner = inner;
    this.mac = inner.mac;
    this.capabilities = { ...capabilities, fillsChecksums: false };
    const lane = (name: string, faults: Faults, pass: LaneExit["pass"]): Lane =>
      new Lane(host, random.fork(name), faults, ethernet, { pass }, makeBottleneck);
    this.#in = lane("in", inward, (frames, count) => this.#passIn(frames, count));
    this.#out = lane("out", outward, (frames, count) => this.#passOut(frames, count));
  }

  /** What has happened to frames that the stack was to receive, and to those that it transmitted. */
  get counters(): { readonly in: Readonly<LaneCounters>; readonly out: Readonly<LaneCounters> } {
    return { in: this.#in.counters, out: this.#out.counters };
  }

  /** Frames under way, both directions together. */
  get held(): number {
    return this.#in.held + this.#out.held;
  }

  /** From now on other things go wrong. Frames that are under way arrive as was decided before. */
  change(impairments: Impairments | string): void {
    const { in: inward, out: outward } = parsed(impairments);
    this.#in.changeFaults(inward);
    this.#out.changeFaults(outward);
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
    this.#in.open(sink, true);
    this.#out.open(sink, false);
    this.#inner.attach(this);
  }

  /** Takes all frames: what is too much for it, it drops, as a line does. */
  transmit(frames: readonly Packet[], count: number): number {
    for (let i = 0; i < count; i++) this.#out.offer(frames[i] as Packet, false);
    this.#out.pump();
    return count;
  }

  /** Closes the link under it; what is under way is lost. */
  close(): void {
    this.#closed = true;
    this.#in.close();
    this.#out.close();
    this.#inner.close();
  }

  /** For the link under this one. */
  get pool(): LinkSink["pool"] {
    return (this.#sink as LinkSink).pool; // it was attached in `attach`
  }

  /** For the link under this one. */
  received(frames: readonly Packet[], count: number): void {
    if (this.#closed) return;
    for (let i = 0; i < count; i++) this.#in.offer(frames[i] as Packet, true);
    this.#in.pump();
  }

  /** For the link under this one. */
  writable(): void {
    if (!this.#closed) this.#out.resume();
  }

  /** For the link under this one. */
  lost(frame: Packet, reason: Drop, arriving?: boolean): void {
    this.#sink?.lost?.(frame, reason, arriving);
  }

  /** For the link under this one. */
  get delayed(): LinkSink["delayed"] {
    return this.#sink?.delayed;
  }

  /** For the link under this one. */
  carrierChanged(present: boolean): void {
    this.#sink?.carrierChanged?.(present);
  }

  /** For the link under this one. */
  failed(reason: string): void {
    this.#sink?.failed(reason);
  }

  #passIn(frames: readonly Packet[], count: number): number {
    const sink = this.#sink as LinkSink; // frames come only when attached
    if (!this.#closed) sink.received(frames, count);
    for (let i = 0; i < count; i++) sink.pool.release(frames[i] as Packet);
    return count;
  }

  #passOut(frames: readonly Packet[], count: number): number {
    return this.#inner.transmit(frames, count);
  }
}

function parsed(impairments: Impairments | string): Impairments {
  if (typeof impairments === "string") return parseImpairments(impairments);
  checkImpairments(impairments);
  return impairments;
}
