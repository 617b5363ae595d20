/** Every frame that was sent, kept, with why it was: for captures, and for assertions about what was on the wire. */
import { PcapngWriter, ReasonsOfFrames } from "../../drivers/observe/index.ts";
import { type Directory, readWirePacket, type WirePacket } from "../../drivers/simulation/index.ts";
import { formatFrame, type Instant, Packet, type Tracer } from "../../stack/index.ts";

/** A frame that was sent: see `WirePacket`. */
export interface SentPacket extends WirePacket {
  /** Virtual milliseconds at which it was sent. */
  readonly at: number;
}

interface Kept {
  readonly at: Instant;
  readonly link: number;
  readonly from: string;
  readonly octets: Uint8Array;
  readonly comment: string | undefined;
  readonly socket: string | undefined;
}

/** Writes a capture of a link. */
export class Recorder {
  readonly #directory: Directory;
  readonly #frames: Kept[] = [];
  /** Lines of NSS's key log; both ends of a connection tell the same. */
  readonly #keys: Set<string> = new Set();
  readonly #reasons: Map<string, ReasonsOfFrames> = new Map();

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** What the next stack of this host is to be given. */
  tracerOf(name: string): Tracer {
    const reasons = new ReasonsOfFrames();
    this.#reasons.set(name, reasons);
    return { event: (event) => reasons.event(event) };
  }

  keep(at: Instant, link: number, from: string, octets: Uint8Array, cause: number): void {
    const reason = this.#reasons.get(from)?.sent(cause);
    this.#frames.push({ at, link, from, octets, comment: reason?.comment, socket: reason?.socket });
  }

  /** A key of TLS, as a line of NSS's key log. */
  key(line: string): void {
    this.#keys.add(line.trimEnd());
  }

  /** All frames, in the order in which they were sent. */
  packets(): SentPacket[] {
    return this.#frames.map(({ at, from, octets }) => ({
      ...readWirePacket(packetOf(octets), "ethernet", this.#directory),
      from,
      at: at / 1000,
    }));
  }

  /**
   * What was sent on a link, or by a host on all of its links, as a pcapng file: the keys of TLS, an interface for each
   * host, and with each frame why it was sent.
   */
  pcapng(wanted: { readonly link?: number; readonly from?: string }): Uint8Array<ArrayBuffer> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    const writer = new PcapngWriter({
      write: (bytes) => pieces.push(bytes),
      application: "tapstack simulate",
    });
    // In front of all that they protect.
    if (this.#keys.size > 0) writer.secrets(`${[...this.#keys].join("\n")}\n`);
    const interfaces = new Map<string, number>();
    for (const { at, link, from, octets, comment, socket } of this.#frames) {
      if ((wanted.link ?? link) !== link || (wanted.from ?? from) !== from) continue;
      const name = `${from} link ${link}`;
      const on = interfaces.get(name) ?? writer.interface({ name });
      interfaces.set(name, on);
      const time = { microseconds: at, nanoseconds: 0 };
      writer.packet(on, time, octets, 0, octets.length, octets.length, {
        direction: "out",
        ...(comment !== undefined && { comments: [comment] }),
        ...(socket !== undefined && { socket }),
      });
    }
    return new Uint8Array(Buffer.concat(pieces));
  }
}

/** The frame as tcpdump shows it. */
export function frameText(octets: Uint8Array): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return formatFrame(view, 0, octets.length, "ethernet");
}

function packetOf(octets: Uint8Array): Packet {
  const frame = new Packet((octets.length + 3) & ~3);
  frame.bytes.set(octets);
  frame.end = octets.length;
  return frame;
}
