/** One direction of an impaired link: decides the fate of each frame, and holds it until it is due. */
import {
  below,
  Drop,
  FrameHeaders,
  fraction,
  type Instant,
  type LinkDelay,
  type LinkSink,
  NEVER,
  Packet,
  type Random,
  Timer,
  type TimerOwner,
} from "../../stack/index.ts";
import { copyFrame } from "../copy-frame.ts";
import type { Timekeeper } from "../scheduler.ts";
import { DueQueue } from "./due-queue.ts";
import type { Faults } from "./impairment-spec.ts";
import type { Bottleneck } from "./queues/bottleneck.ts";

/** What one direction has done so far, in frames. */
export interface LaneCounters {
  /** Frames that came, and frames that were passed on, duplicates included. */
  offered: number;
  /** Frames that came out at the other end, duplicates included. */
  passed: number;
  /** Frames that were lost by chance. */
  lost: number;
  /** Frames that came twice. */
  duplicated: number;
  /** Frames of which bits were flipped. */
  corrupted: number;
  /** Frames that were held back. */
  reordered: number;
  /** Dropped by the queue in front of the bounded rate, or since too many frames were under way. */
  overflowed: number;
  /** Marked as having met congestion (ECN) by that queue. */
  marked: number;
  /** Larger than what passes. */
  tooLarge: number;
}

/** What a lane needs of a stack. */
export type LaneSink = Pick<LinkSink, "pool" | "lost" | "delayed">;

/** Makes what stands in front of a bounded rate where that is more than a full queue. */
export type BottleneckMaker = (...given: ConstructorParameters<typeof Bottleneck>) => Bottleneck;

/** Where the frames of a lane go. */
export interface LaneExit {
  /** Takes some of `frames[0..count)`, for good; returns how many. Call `Lane.resume` when it takes more. */
  pass(frames: readonly Packet[], count: number): number;
}

/** Frames that are handed on at once. */
const BURST = 64;

/** Frames under way in one direction, of all kinds: a bound on memory. */
const MOST_HELD = 32_768;

const ETHERNET_HEADER = 14;

const headers = new FrameHeaders();

const NOTHING: Packet = new Packet(0);

/** One direction of a link with faults. */
export class Lane implements TimerOwner {
  readonly counters: LaneCounters = {
    offered: 0,
    passed: 0,
    lost: 0,
    duplicated: 0,
    corrupted: 0,
    reordered: 0,
    overflowed: 0,
    marked: 0,
    tooLarge: 0,
  };
  #faults: Faults;
  readonly #host: Timekeeper;
  readonly #random: Random;
  readonly #exit: LaneExit;
  readonly #ethernet: boolean;
  readonly #timer: Timer;
  readonly #makeBottleneck: BottleneckMaker | undefined;
  /** Frames in their order, and those that are held back for longer; each queue is sorted by itself. */
  readonly #ordered: DueQueue = new DueQueue();
  readonly #late: DueQueue = new DueQueue();
  /** The burst that is being handed on: `[#from, #to)` is left of it. */
  readonly #burst: Packet[] = new Array<Packet>(BURST).fill(NOTHING);
  #from = 0;
  #to = 0;
  #sink: LaneSink | undefined = undefined;
  #arriving = false;
  /** When frames came that wait in a bottleneck: only while somebody wants to know. */
  #since: WeakMap<Packet, Instant> | undefined = undefined;
  #badPhase = false;
  /** Where a bounded rate needs more than to be reckoned with: made when it first does. */
  #bottleneck: Bottleneck | undefined = undefined;
  /** When the bounded rate will have sent all that is queued; microseconds with a fraction. */
  #busyUntil = 0;

  /** @throws Error for faults that need a bottleneck, where nobody makes one */
  constructor(
    host: Timekeeper,
    random: Random,
    faults: Faults,
    ethernet: boolean,
    exit: LaneExit,
    makeBottleneck?: BottleneckMaker,
  ) {
    this.#host = host;
    this.#random = random;
    this.#makeBottleneck = makeBottleneck;
    this.#faults = this.#checked(faults);
    this.#ethernet = ethernet;
    this.#exit = exit;
    this.#timer = new Timer(host.timers, this);
  }

  get faults(): Faults {
    return this.#faults;
  }

  /** Puts other faults in their place; what waits in a bottleneck that is no more comes out at once. */
  changeFaults(faults: Faults): void {
    this.#faults = this.#checked(faults);
    if (this.#bottleneck === undefined) return;
    if (faults.rate > 0) this.#bottleneck.configure(faults);
    else {
      const now = this.#host.now();
      this.#bottleneck.clear((frame) => this.#delay(frame, now, now));
    }
    this.pump();
  }

  /**
   * Begins: packets are copied to, and dropped into, the pool of `sink`, which hears of what is lost, or held.
   *
   * @param arriving - they are on their way to the sink
   */
  open(sink: LaneSink, arriving: boolean): void {
    this.#sink = sink;
    this.#arriving = arriving;
  }

  /** Frames that are held. */
  get held(): number {
    return this.#ordered.size + this.#late.size + this.#to - this.#from + (this.#bottleneck?.frames ?? 0);
  }

  /** Takes `frame`, or if it is only `lent`, a copy. Call `pump` after the last one of a burst. */
  offer(frame: Packet, lent: boolean): void {
    const sink = this.#sink as LaneSink; // open before the first frame
    const { pool } = sink;
    const { counters, faults } = this;
    counters.offered++;
    const isTooLarge = faults.mtu > 0 && frame.length - (this.#ethernet ? ETHERNET_HEADER : 0) > faults.mtu;
    if (isTooLarge || this.#isLost()) {
      if (isTooLarge) counters.tooLarge++;
      else counters.lost++;
      sink.lost?.(frame, Drop.linkLoss, this.#arriving);
      if (!lent) pool.release(frame);
      return;
    }
    const packet = lent ? copyFrame(pool, frame) : frame;
    if (this.#draw(faults.corrupt)) this.#corrupt(packet);
    if (this.#draw(faults.duplicate)) {
      counters.duplicated++;
      this.#schedule(copyFrame(pool, packet));
    }
    this.#schedule(packet);
  }

  /** Hands on what is due. */
  pump(): void {
    const now = this.#host.now();
    for (;;) {
      if (this.#from === this.#to) this.#fill(now);
      if (this.#from === this.#to) break;
      if (!this.#handOn()) return; // until `resume`
    }
    const next = Math.min(this.#ordered.nextDue(), this.#late.nextDue()) as Instant;
    if (next === NEVER) this.#timer.cancel();
    else if (next !== this.#timer.deadline) {
      this.#timer.set(next);
      this.#host.wakeAt(next);
    }
  }

  /** The exit takes frames again. */
  resume(): void {
    this.pump();
  }

  /** For the timer queue. */
  expired(): void {
    this.pump();
  }

  /** Gives every packet that is held back to the pool. */
  close(): void {
    this.#timer.cancel();
    const pool = this.#sink?.pool;
    if (pool === undefined) return;
    for (; this.#from < this.#to; this.#from++) pool.release(this.#burst[this.#from] as Packet);
    while (this.#ordered.size > 0) pool.release(this.#ordered.shift());
    while (this.#late.size > 0) pool.release(this.#late.shift());
    this.#bottleneck?.clear((frame) => pool.release(frame));
  }

  #draw(probability: number): boolean {
    return probability > 0 && fraction(this.#random) < probability;
  }

  /** Loss by itself, and by the phases of Gilbert and Elliott. */
  #isLost(): boolean {
    const { loss, burstBegin, burstEnd, burstLoss, burstGoodLoss } = this.#faults;
    if (burstBegin > 0 || this.#badPhase) {
      if (this.#draw(this.#badPhase ? burstEnd : burstBegin)) this.#badPhase = !this.#badPhase;
      if (this.#draw(this.#badPhase ? burstLoss : burstGoodLoss)) return true;
    }
    return this.#draw(loss);
  }

  /**
   * Flips bits somewhere in an IPv4 datagram, or behind the header of an IPv6 one, which no checksum covers as a whole.
   * The Internet checksum catches every single one of them. Other frames are let be: ARP has no checksum, and an
   * Ethernet header is covered by a frame check sequence on a real line, where the frame would just be lost.
   */
  #corrupt(packet: Packet): void {
    const { view, bytes, start, end } = packet;
    const found = headers.read(view, start, end, this.#ethernet ? "ethernet" : "ip");
    if (found.version === 0) return;
    const at = found.version === 6 ? found.transport : found.network;
    const octets = found.end - at; // the padding of Ethernet does not count
    if (octets === 0) return;
    for (let i = 0; i < this.#faults.corruptBits; i++) {
      const bit = below(this.#random, octets * 8);
      const octet = at + (bit >>> 3);
      bytes[octet] = (bytes[octet] ?? 0) ^ (1 << (bit & 7));
    }
    this.counters.corrupted++;
  }

  /** Decides when `packet` has passed the bottleneck, if there is one. */
  #schedule(packet: Packet): void {
    const { rate } = this.#faults;
    const now = this.#host.now();
    if (this.held >= MOST_HELD) this.#overflow(packet);
    else if (rate === 0) this.#delay(packet, now, now);
    else if (needsBottleneck(this.#faults)) this.#throughBottleneck(packet);
    else if (this.#enqueue(packet.length, now)) this.#delay(packet, this.#busyUntil, now);
    else this.#overflow(packet);
  }

  #overflow(packet: Packet, reason: Drop = Drop.linkQueueFull): void {
    this.counters.overflowed++;
    this.#sink?.lost?.(packet, reason, this.#arriving);
    this.#sink?.pool.release(packet);
  }

  #throughBottleneck(packet: Packet): void {
    if (this.#sink?.delayed !== undefined) {
      this.#since ??= new WeakMap();
      this.#since.set(packet, this.#host.now());
    }
    this.#bottleneck ??= this.#makeBottleneck?.(this.#host, this.#random, this.#ethernet, this.#faults, {
      passed: (frame) => {
        const now = this.#host.now();
        this.#delay(frame, now, this.#since?.get(frame) ?? now);
        this.pump();
      },
      dropped: (frame, reason) => this.#overflow(frame, reason),
      marked: () => {
        this.counters.marked++;
      },
    });
    this.#bottleneck?.offer(packet); // there is one: see `#checked`
  }

  #checked(faults: Faults): Faults {
    if (this.#makeBottleneck === undefined && needsBottleneck(faults))
      throw new Error(
        `a ${faults.discipline} queue with a bucket of ${faults.bucket} octets needs the part "queues"`,
      );
    return faults;
  }

  /** Decides when `packet`, which came at `since` and leaves the bottleneck at `from`, is due. */
  #delay(packet: Packet, from: number, since: Instant): void {
    const { delay, jitter, reorder, reorderBy } = this.#faults;
    let due = from + delay;
    if (jitter > 0) due += Math.max(-delay, (2 * fraction(this.#random) - 1) * jitter);
    if (this.#draw(reorder)) {
      this.counters.reordered++;
      this.#tell(packet, from, since, this.#late.push(packet, Math.ceil(due + reorderBy)));
    } else this.#tell(packet, from, since, this.#ordered.push(packet, Math.ceil(due)));
  }

  /** How long `packet` is held, if somebody wants to know: whole microseconds that add up to all of it. */
  #tell(packet: Packet, from: number, since: Instant, due: number): void {
    if (due <= since || this.#sink?.delayed === undefined) return;
    const { rate } = this.#faults;
    const sent = Math.min(Math.max(Math.round(from), since), due);
    const transmission =
      rate === 0 ? 0 : Math.min(sent - since, Math.ceil((packet.length * 8_000_000) / rate));
    const delay = { since, queued: sent - since - transmission, transmission, travel: due - sent };
    this.#sink.delayed(packet, delay as LinkDelay, this.#arriving);
  }

  /** Lets `octets` wait for the bounded rate, and moves `#busyUntil` on; false if the queue is full. */
  #enqueue(octets: number, now: number): boolean {
    const { rate, queue } = this.faults;
    const start = Math.max(now, this.#busyUntil);
    const waiting = ((start - now) * rate) / 8_000_000;
    if (waiting + octets > queue) return false;
    this.#busyUntil = start + (octets * 8_000_000) / rate;
    return true;
  }

  /** Gathers a burst of what is due. */
  #fill(now: Instant): void {
    this.#from = 0;
    this.#to = 0;
    while (this.#to < BURST) {
      const first = this.#late.nextDue() < this.#ordered.nextDue() ? this.#late : this.#ordered;
      if (first.nextDue() > now) return;
      this.#burst[this.#to++] = first.shift();
    }
  }

  /** Hands on the burst; false if the exit did not take all of it. */
  #handOn(): boolean {
    const burst = this.#burst;
    const count = this.#to - this.#from;
    if (this.#from > 0) burst.copyWithin(0, this.#from, this.#to);
    this.#from = this.#to = 0; // they are the exit's, even if it closes this lane meanwhile
    const taken = this.#exit.pass(burst, count);
    this.counters.passed += taken;
    this.#from = taken;
    this.#to = count;
    return taken === count;
  }
}

/** A full queue that drops what comes can be reckoned with; anything else has to be there. */
function needsBottleneck({ discipline, bucket }: Faults): boolean {
  return discipline !== "drop-tail" || bucket > 0;
}
