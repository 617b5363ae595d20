/** Every frame that was sent, kept: for captures, and for assertions about what was on the wire. */
import { PcapWriter } from "../../drivers/observe/index.ts";
import { type Instant, Packet } from "../../stack/index.ts";
import { type WirePacket, wirePacket } from "./wire-packet.ts";

interface Kept {
  readonly at: Instant;
  readonly link: number;
  readonly from: string;
  readonly to: string | undefined;
  readonly octets: Uint8Array;
}

/** Writes a capture of a link. */
export class Recorder {
  readonly #frames: Kept[] = [];

  keep(at: Instant, link: number, from: string, to: string | undefined, octets: Uint8Array): void {
    this.#frames.push({ at, link, from, to, octets });
  }

  /** All frames, in the order in which they were sent. */
  packets(): WirePacket[] {
    return this.#frames.map(({ at, from, to, octets }) => wirePacket(octets, at / 1000, from, to));
  }

  /** What was sent on a link, or by a host on all of its links, as a pcap file. */
  pcap(wanted: { readonly link?: number; readonly from?: string }): Uint8Array<ArrayBuffer> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let now = 0 as Instant;
    const writer = new PcapWriter({ clock: { now: () => now }, write: (bytes) => pieces.push(bytes) });
    for (const { at, link, from, octets } of this.#frames) {
      if ((wanted.link ?? link) !== link || (wanted.from ?? from) !== from) continue;
      const frame = new Packet((octets.length + 3) & ~3);
      frame.bytes.set(octets);
      frame.end = octets.length;
      now = at;
      writer.record(writer.describe("out", frame));
    }
    return new Uint8Array(Buffer.concat(pieces));
  }
}
