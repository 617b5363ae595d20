/**
 * A capture of what passes between a stack and its links, in one pcapng file: each frame with its direction, and
 * those of the stack with the reason why they were sent. What the stack has dropped of a frame is said beside that
 * frame. So a received frame is written when it was looked at, before anything that the stack sends because of it.
 *
 * As in any capture on a host, super-segments are recorded whole, and what is sent has its checksum completed.
 */

import { EventRing } from "../../../events/index.ts";
import {
  CALLABLE,
  type Clock,
  checkSettings,
  type Drop,
  having,
  instanceOf,
  integer,
  type Link,
  type LinkSink,
  OBJECT,
  type Packet,
  PacketFilter,
  quantity,
  type Rules,
  required,
  rule,
  TEXT,
  type TraceEvent,
  type Tracer,
} from "../../../stack/index.ts";
import { FrameCompleter } from "../completed-frame.ts";
import type { CaptureFilter } from "./capture-filter.ts";
import { eventBlocks } from "./event-blocks.ts";
import { fileTime, PcapngWriter } from "./pcapng-writer.ts";
import { ReasonsOfFrames } from "./reasons-of-frames.ts";

/** What a capture is made with. */
export interface CaptureOptions {
  /** Takes the next octets of the file, which are the taker's to keep. A call is one block. */
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Stamps each frame. */
  readonly clock: Clock;
  /** Microseconds from 1970 until the clock's zero; 0 by default, so that the same run gives the same file. */
  readonly epoch?: number | undefined;
  /** Octets kept of each frame; by default, all. */
  readonly snapLength?: number | undefined;
  /** Only the frames that pass: see `captureFilter`. */
  readonly filter?: CaptureFilter | undefined;
  /** As in `PcapngOptions`. */
  readonly application?: string | undefined;
  readonly hardware?: string | undefined;
  readonly system?: string | undefined;
  readonly comment?: string | undefined;
  /** The process whose stack this is, as `node 4711`: written beside each packet of a socket. */
  readonly process?: string | undefined;
  /** Keeps the events of the stack as well, and writes them at the end: then `tapstack why` can tell more. */
  readonly events?: EventRing | undefined;
}

const RULES: Rules<CaptureOptions> = {
  write: required(CALLABLE),
  clock: required(having("a clock: an object whose now() gives the time", "now")),
  epoch: quantity(0, Number.MAX_SAFE_INTEGER),
  snapLength: integer(1),
  filter: rule("a filter: see captureFilter", (value) => OBJECT.accepts(value)),
  application: TEXT,
  hardware: TEXT,
  system: TEXT,
  comment: TEXT,
  process: TEXT,
  events: instanceOf(EventRing, "an EventRing"),
};

/** A frame that has been received, and is being looked at. */
interface Seen {
  readonly on: Watched;
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly lost: number;
  /** The event with which it was received; 0: the stack has not come to it yet. */
  id: number;
}

/** Writes one capture, of any number of links. */
export class Capture {
  readonly #options: CaptureOptions;
  readonly #epoch: number;
  readonly #writer: PcapngWriter;
  readonly #completer: FrameCompleter = new FrameCompleter();
  readonly #reasons: ReasonsOfFrames = new ReasonsOfFrames();
  readonly #links: Watched[] = [];
  /** Oldest first. */
  readonly #seen: Seen[] = [];
  #traced = false;

  /** @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be */
  constructor(options: CaptureOptions) {
    checkSettings("Capture", options, RULES);
    this.#options = options;
    this.#epoch = Math.floor(options.epoch ?? 0);
    const { write, application, hardware, system, comment } = options;
    this.#writer = new PcapngWriter({ write, application, hardware, system, comment });
  }

  /** A link that does what `link` does, and is captured as interface `name`. */
  watch(name: string, link: Link, description?: string): Link {
    const { snapLength, filter } = this.#options;
    const { medium } = link.capabilities;
    const number = this.#writer.interface({
      name,
      medium,
      description,
      mac: link.mac,
      snapLength,
      filter: filter?.text,
    });
    const watched = new Watched(this, number, link, filter && new PacketFilter(filter.program));
    this.#links.push(watched);
    return watched;
  }

  /** Give it to the stack: then its frames have their reasons. `also` hears of everything, too. */
  tracer(also?: Tracer): Tracer {
    this.#traced = true;
    const event = (one: TraceEvent): void => {
      if (one.kind === "received") this.#came(one.id);
      else this.#reasons.event(one);
      also?.event?.(one);
    };
    const told = also === undefined ? { event } : besides(also, event);
    return this.#options.events?.tracer(this.#options.hardware ?? "", told) ?? told;
  }

  /** Keys of TLS, in the lines of NSS's key log, of what is captured from here on. */
  secrets(keyLog: string): void {
    this.#writer.secrets(keyLog);
  }

  /** A block of our own, best at the end: see `PcapngWriter.own`. */
  own(kind: number, data: Uint8Array): void {
    this.settle();
    this.#writer.own(kind, data);
  }

  /** Ends the capture: writes what the interfaces have counted, and the events. */
  finish(): void {
    this.settle();
    const at = fileTime(this.#epoch, this.#options.clock.now());
    for (const { number, counts } of this.#links) this.#writer.statistics(number, at, counts);
    const { events, write } = this.#options;
    if (events !== undefined) for (const block of eventBlocks(events)) write(block);
  }

  /** For links that are watched: `frame` has come, and is about to be looked at. */
  arrives(on: Watched, frame: Packet): void {
    const { counts } = on;
    counts.received++;
    const from = this.#as(on, frame);
    const kept = on.kept(from);
    if (kept === 0 && !this.#traced) return;
    // Of one that does not pass the filter nothing is kept but its place in the order.
    const bytes = from.bytes.slice(from.start, from.start + this.#cut(Math.min(kept, from.length)));
    const lost = kept === 0 ? 0 : on.takeLost();
    this.#seen.push({
      on,
      at: this.#options.clock.now(),
      bytes,
      length: kept === 0 ? -1 : frame.length,
      lost,
      id: 0,
    });
  }

  /** … `frame` has been taken: why, its `cause` tells. `bytes` are its octets, completed. */
  departs(on: Watched, at: number, bytes: Uint8Array, length: number, cause: number): void {
    this.settle();
    const reason = this.#reasons.sent(cause);
    on.counts.delivered++;
    const { process } = this.#options;
    const socket = reason?.socket;
    const whose = socket === undefined || process === undefined ? socket : `${process}, ${socket}`;
    this.#writer.packet(on.number, fileTime(this.#epoch, at), bytes, 0, bytes.length, length, {
      direction: "out",
      ...(reason !== undefined && { comments: [reason.comment] }),
      ...(cause !== 0 && { id: cause }),
      ...(whose !== undefined && { socket: whose }),
    });
  }

  /** … the octets that are to be kept of `frame`, which is lent; undefined: none. */
  copied(on: Watched, frame: Packet): Uint8Array | undefined {
    const from = this.#as(on, frame);
    const kept = on.kept(from);
    return kept === 0
      ? undefined
      : from.bytes.slice(from.start, from.start + this.#cut(Math.min(kept, from.length)));
  }

  /** … the present time. */
  now(): number {
    return this.#options.clock.now();
  }

  /** Writes the frames that have been looked at. Nothing to do but for links that are watched. */
  settle(): void {
    if (this.#seen.length === 0) return;
    const seen = this.#seen.splice(0);
    for (const one of seen) this.#writeSeen(one);
  }

  #writeSeen({ on, at, bytes, length, lost, id }: Seen): void {
    const drops = id === 0 ? undefined : this.#reasons.dropped(id);
    if (drops !== undefined) on.counts.dropped++;
    if (length < 0) return;
    on.counts.delivered++;
    this.#writer.packet(on.number, fileTime(this.#epoch, at), bytes, 0, bytes.length, length, {
      direction: "in",
      ...(drops !== undefined && { comments: drops }),
      ...(id !== 0 && { id }),
      ...(lost > 0 && { lost }),
    });
  }

  /** The stack has come to the next of them. */
  #came(id: number): void {
    for (const one of this.#seen) {
      if (one.id !== 0) continue;
      one.id = id;
      return;
    }
  }

  #as(on: Watched, frame: Packet): Packet {
    return this.#completer.completed(frame, on.capabilities.medium);
  }

  #cut(length: number): number {
    return Math.min(length, this.#options.snapLength ?? length);
  }
}

/** A link that is captured. */
class Watched implements Link {
  readonly number: number;
  readonly counts: {
    received: number;
    lostByInterface: number;
    accepted: number;
    dropped: number;
    delivered: number;
  } = { received: 0, lostByInterface: 0, accepted: 0, dropped: 0, delivered: 0 };
  readonly #capture: Capture;
  readonly #inner: Link;
  readonly #filter: PacketFilter | undefined;
  #lost = 0;

  constructor(capture: Capture, number: number, inner: Link, filter: PacketFilter | undefined) {
    this.#capture = capture;
    this.number = number;
    this.#inner = inner;
    this.#filter = filter;
  }

  get capabilities(): Link["capabilities"] {
    return this.#inner.capabilities;
  }

  get mac(): Link["mac"] {
    return this.#inner.mac;
  }

  /** Octets that the filter keeps of a frame; 0: it does not pass. */
  kept({ bytes, start, end }: Packet): number {
    const kept = this.#filter === undefined ? end - start : this.#filter.run(bytes, start, end);
    if (kept > 0) this.counts.accepted++;
    return kept;
  }

  /** How many were lost since this was last asked. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  attach(sink: LinkSink): void {
    const capture = this.#capture;
    this.#inner.attach({
      pool: sink.pool,
      received: (frames, count) => {
        for (let i = 0; i < count; i++) capture.arrives(this, frames[i] as Packet);
        sink.received(frames, count);
        capture.settle();
      },
      writable: () => sink.writable(),
      lost: (frame: Packet, reason: Drop, arriving?: boolean) => {
        this.counts.lostByInterface++;
        this.#lost++;
        sink.lost?.(frame, reason, arriving);
      },
      get delayed(): LinkSink["delayed"] {
        return sink.delayed;
      },
      carrierChanged: (present) => sink.carrierChanged?.(present),
      failed: (reason) => sink.failed(reason),
    });
  }

  transmit(frames: readonly Packet[], count: number): number {
    const capture = this.#capture;
    const at = capture.now();
    // A frame is gone by the time that a link has taken it.
    const copies: { bytes: Uint8Array | undefined; length: number; cause: number }[] = [];
    for (let i = 0; i < count; i++) {
      const frame = frames[i] as Packet;
      copies.push({ bytes: capture.copied(this, frame), length: frame.length, cause: frame.cause });
    }
    const taken = this.#inner.transmit(frames, count);
    for (const { bytes, length, cause } of copies.slice(0, taken)) {
      this.counts.received++;
      if (bytes !== undefined) capture.departs(this, at, bytes, length, cause);
    }
    return taken;
  }

  close(): void {
    this.#inner.close();
  }
}

/** What else a tracer may have; what is not there costs nothing. */
const OTHERS: readonly string[] = ["frame", "dropped", "stateChanged", "numbers"];

/** `also`, but that `event` hears of events in its place. */
function besides(also: Tracer, event: (event: TraceEvent) => void): Tracer {
  const both: Record<string, unknown> = { event };
  for (const name of OTHERS) {
    const one: unknown = Reflect.get(also, name);
    if (one !== undefined) both[name] = typeof one === "function" ? one.bind(also) : one;
  }
  return both as Tracer;
}
