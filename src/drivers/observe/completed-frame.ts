/** Frames as the wire will have them: checksums that are left to the link are completed, in a copy. */
import { Packet, recomputeChecksum } from "../../stack/index.ts";

/** Completes checksums, one frame at a time. */
export class FrameCompleter {
  /** Where checksums are completed. Larger than any frame, aligned like one. */
  readonly #scratch: Packet = new Packet(65_536 + 256);

  /** `frame`, or a copy of it with its checksum completed, good until the next call. */
  completed(frame: Packet, medium: "ethernet" | "ip"): Packet {
    const scratch = this.#scratch;
    if (!frame.checksumOffloaded || frame.length + 4 > scratch.bytes.length) return frame;
    scratch.start = frame.start & 3;
    scratch.end = scratch.start + frame.length;
    scratch.bytes.set(frame.bytes.subarray(frame.start, frame.end), scratch.start);
    recomputeChecksum(scratch, medium);
    return scratch;
  }
}
