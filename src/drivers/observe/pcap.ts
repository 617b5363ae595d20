/**
 * Captures that tcpdump and Wireshark open: classic pcap files (draft-ietf-opsawg-pcap), with microseconds,
 * which is what the stack's clock counts. The octets go to a function that somebody gives; no file is known
 * here.
 *
 * What is recorded is what passes between stack and link. With offloads that is not what is on the wire.
 * Super-segments of up to 64 KB are recorded as they are, as tcpdump does on Linux: in one frame whose IP total
 * length is that of the whole. A checksum that is left to the link is completed in the capture, not in the frame,
 * as the link will do: no reader takes it for damage. `checksums: "as-seen"` shows the partial sum instead. A
 * received frame whose link vouches for the checksum is treated alike.
 */
import {
  CALLABLE,
  type Clock,
  checkSettings,
  having,
  integer,
  type Link,
  oneOf,
  type Packet,
  quantity,
  type Rules,
  required,
  type Tracer,
} from "../../stack/index.ts";
import { FrameCompleter } from "./completed-frame.ts";
import { type Direction, type FrameRecorder, ObservedLink } from "./observed-link.ts";

/** What a capture is made with. */
export interface PcapOptions {
  /** Takes the next octets of the file, which are the taker's to keep. */
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Stamps each frame. */
  readonly clock: Clock;
  /** Ethernet frames by default; a file holds only one kind. */
  readonly medium?: "ethernet" | "ip" | undefined;
  /** Microseconds from 1970 until the clock's zero; 0 by default, so that the same run gives the same file. */
  readonly epoch?: number | undefined;
  /** Octets kept of each frame; by default, all. */
  readonly snapLength?: number | undefined;
  /** Checksums that are left to the link: completed, by default, or as the stack has them. */
  readonly checksums?: "completed" | "as-seen" | undefined;
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const VERSION_MAJOR = 2;
const VERSION_MINOR = 4;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const LINKTYPE_ETHERNET = 1;
const LINKTYPE_RAW = 101;
/** The most that Wireshark and tcpdump take: more than any frame of ours. */
const MAX_SNAP_LENGTH = 262_144;

const RULES: Rules<PcapOptions> = {
  write: required(CALLABLE),
  clock: required(having("a clock: an object whose now() gives the time", "now")),
  medium: oneOf(["ethernet", "ip"]),
  epoch: quantity(0, Infinity),
  snapLength: integer(1),
  checksums: oneOf(["completed", "as-seen"]),
};

/** Writes one capture; the file header at once, and one record for each frame. */
export class PcapWriter implements FrameRecorder<Uint8Array<ArrayBuffer>> {
  readonly #options: PcapOptions;
  readonly #epoch: number;
  readonly #snapLength: number;
  readonly #completer: FrameCompleter = new FrameCompleter();

  /** @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be */
  constructor(options: PcapOptions) {
    checkSettings("PcapWriter", options, RULES);
    this.#options = options;
    this.#epoch = options.epoch ?? 0;
    this.#snapLength = Math.min(options.snapLength ?? MAX_SNAP_LENGTH, MAX_SNAP_LENGTH);
    const header = new DataView(new ArrayBuffer(FILE_HEADER_BYTES));
    header.setUint32(0, MAGIC_MICROSECONDS);
    header.setUint16(4, VERSION_MAJOR);
    header.setUint16(6, VERSION_MINOR);
    header.setUint32(16, this.#snapLength);
    header.setUint32(20, options.medium === "ip" ? LINKTYPE_RAW : LINKTYPE_ETHERNET);
    options.write(new Uint8Array(header.buffer));
  }

  /** The record of `frame`, stamped with the present time. */
  describe(_direction: Direction, frame: Packet): Uint8Array<ArrayBuffer> {
    const length = frame.length;
    const kept = Math.min(length, this.#snapLength);
    const record = new Uint8Array(RECORD_HEADER_BYTES + kept);
    const header = new DataView(record.buffer);
    const now = this.#epoch + this.#options.clock.now();
    header.setUint32(0, Math.floor(now / 1_000_000));
    header.setUint32(4, now % 1_000_000);
    header.setUint32(8, kept);
    header.setUint32(12, length);
    const { checksums, medium = "ethernet" } = this.#options;
    const from = checksums === "as-seen" ? frame : this.#completer.completed(frame, medium);
    record.set(from.bytes.subarray(from.start, from.start + kept), RECORD_HEADER_BYTES);
    return record;
  }

  record(description: Uint8Array<ArrayBuffer>): void {
    this.#options.write(description);
  }
}

/** Captures all that passes through `link`. The medium is the link's. */
export function captureLink(link: Link, options: Omit<PcapOptions, "medium">): Link {
  return new ObservedLink(link, new PcapWriter({ ...options, medium: link.capabilities.medium }));
}

/** Captures what the stack sees of the interface named `interfaceName`, without a link of its own. */
export function captureTracer(interfaceName: string, options: PcapOptions): Tracer {
  const writer = new PcapWriter(options);
  return {
    frame(name, direction, packet) {
      if (name === interfaceName) writer.record(writer.describe(direction, packet));
    },
  };
}
