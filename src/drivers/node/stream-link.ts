/**
 * Ethernet frames over a stream, each behind its length in four octets, highest first. QEMU speaks this with
 * `-netdev stream` (and `socket`), so virtual machines and other machines can join a network of ours. Any `Duplex`
 * will do: a connection, a Unix socket, a pair of pipes.
 */
import type { Duplex } from "node:stream";
import {
  checkSettings,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  type Packet,
  type Rules,
} from "../../stack/index.ts";
import { ETHERNET_HEADER, MTU_RULE, packetWith, plainEthernet, VLAN_TAG } from "../plain-ethernet.ts";

/** What a link over a stream may be. */
export interface StreamLinkOptions {
  /** Largest IP datagram, 68 to 65,535; 1500 by default. */
  readonly mtu?: number | undefined;
}

/** What came and went, in frames. */
export interface StreamLinkCounters {
  sent: number;
  received: number;
  /** Longer than this end takes. */
  tooLong: number;
}

const RULES: Rules<StreamLinkOptions> = { mtu: MTU_RULE };
const LENGTH = 4;
/** QEMU's own bound (NET_BUFSIZE): a length beyond it says that the other side speaks something else. */
const LARGEST = 68 * 1024;

/** A link over a stream. */
export class StreamLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly counters: StreamLinkCounters = { sent: 0, received: 0, tooLong: 0 };
  readonly #stream: Duplex;
  readonly #room: number;
  #sink: LinkSink | undefined = undefined;
  /** What has come of a frame that is not whole, its length included. */
  #rest: Buffer = Buffer.alloc(0);
  #refused = false;
  #closed = false;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(stream: Duplex, options: StreamLinkOptions = {}) {
    checkSettings("StreamLink", options, RULES);
    const { mtu = 1500 } = options;
    this.#stream = stream;
    this.#room = mtu + ETHERNET_HEADER + VLAN_TAG;
    this.capabilities = plainEthernet(mtu);
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
    this.#stream.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#stream.on("drain", () => this.#drained());
    this.#stream.on("error", (error) => this.#fail(error.message));
    this.#stream.on("close", () => this.#fail("the other side has closed the stream"));
  }

  transmit(frames: readonly Packet[], count: number): number {
    const sink = this.#sink as LinkSink; // only an attached stack transmits
    for (let i = 0; i < count; i++) {
      if (this.#stream.writableNeedDrain && !this.#closed) {
        this.#refused = true;
        return i;
      }
      const frame = frames[i] as Packet;
      if (!this.#closed) this.#send(frame);
      sink.pool.release(frame);
    }
    return count;
  }

  close(): void {
    this.#closed = true;
    this.#stream.destroy();
  }

  #send(frame: Packet): void {
    const octets = Buffer.allocUnsafe(LENGTH + frame.length);
    octets.writeUInt32BE(frame.length);
    octets.set(frame.bytes.subarray(frame.start, frame.end), LENGTH);
    this.#stream.write(octets);
    this.counters.sent++;
  }

  #drained(): void {
    if (!this.#refused || this.#closed) return;
    this.#refused = false;
    this.#sink?.writable();
  }

  #take(chunk: Buffer): void {
    const sink = this.#sink;
    if (this.#closed || sink === undefined) return;
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const burst: Packet[] = [];
    while (bytes.length >= LENGTH) {
      const length = bytes.readUInt32BE();
      if (length > LARGEST) {
        this.#fail(`a frame of ${length} octets: the other side speaks something else`);
        break;
      }
      if (bytes.length < LENGTH + length) break;
      this.#keep(bytes.subarray(LENGTH, LENGTH + length), sink, burst);
      bytes = bytes.subarray(LENGTH + length);
    }
    this.#rest = Buffer.from(bytes); // not a view: the chunk may be used again
    if (burst.length > 0) sink.received(burst, burst.length);
    for (const packet of burst) sink.pool.release(packet);
  }

  #keep(octets: Buffer, sink: LinkSink, burst: Packet[]): void {
    if (octets.length > this.#room) {
      this.counters.tooLong++;
      return;
    }
    const packet = packetWith(octets, sink);
    burst.push(packet);
    this.counters.received++;
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    this.#sink?.failed(reason);
  }
}
