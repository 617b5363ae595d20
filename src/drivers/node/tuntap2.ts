/**
 * A `Tap` object of the `tuntap2` package, which the caller has made and set up, as a link. The package is
 * not a dependency: its objects are known here by their shape (of version 0.9.1) and their habits, which are
 * - `data` in flowing mode has one frame per chunk, while `read()` in paused mode glues frames together;
 * - `write` gives false when its queue is full, and `drain` follows; frames are queued all the same;
 * - a write that is rejected gives `error`, and ends the write side for good, though frames still arrive.
 */
import {
  checkSettings,
  FLAG,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  type Packet,
} from "../../stack/index.ts";

/** The part of a `Tap` of tuntap2 that is used; also what a test's stand-in must have. */
export interface Tuntap2Tap {
  /** The device's name. */
  readonly name: string;
  /** Octets of the largest IP datagram. */
  readonly mtu: number;
  /** Calls `listener`: each frame. */
  on(event: "data", listener: (frame: Uint8Array) => void): unknown;
  /** Calls `listener`: a write that was rejected. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Calls `listener`: there is room again, or the device is gone. */
  on(event: "drain" | "close", listener: () => void): unknown;
  /** No longer calls `listener`: each frame. */
  off(event: "data", listener: (frame: Uint8Array) => void): unknown;
  /** No longer calls `listener`: a write that was rejected. */
  off(event: "error", listener: (error: Error) => void): unknown;
  /** No longer calls `listener`: there is room again, or the device is gone. */
  off(event: "drain" | "close", listener: () => void): unknown;
  /** False when no more should be written before `drain`. */
  write(frame: Uint8Array): boolean;
  /** Stops the flow of `data`. */
  pause(): unknown;
  /** Gives the device back. */
  release(): unknown;
}

/** How the device is given back. */
export interface Tuntap2Options {
  /** Whether closing the link releases the device; by default it does. */
  readonly release?: boolean | undefined;
}

/** Octets of an Ethernet header, and of a VLAN tag in it. */
const FRAME_OVERHEAD = 18;

/** Makes a link of `tap`, which must be up by the time that frames are to flow. */
export function fromTuntap2(tap: Tuntap2Tap, options: Tuntap2Options = {}): Link {
  checkSettings("fromTuntap2", options, { release: FLAG });
  return new Tuntap2Link(tap, options.release ?? true);
}

class Tuntap2Link implements Link {
  readonly capabilities: LinkCapabilities;
  // The `mac` of a Tap is that of the kernel's side, so our interface has to choose another one.
  readonly #tap: Tuntap2Tap;
  readonly #releases: boolean;
  readonly #burst: Packet[] = [];
  #sink: LinkSink | undefined;
  #isFull = false;
  #isClosed = false;

  constructor(tap: Tuntap2Tap, releases: boolean) {
    this.#tap = tap;
    this.#releases = releases;
    this.capabilities = {
      medium: "ethernet",
      mtu: tap.mtu,
      headroom: 0,
      verifiesChecksums: false,
      fillsChecksums: false,
      maxSuperSegment: 0,
    };
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
    this.#tap.on("error", this.#errorArrived);
    this.#tap.on("close", this.#closeArrived);
    this.#tap.on("drain", this.#drained);
    this.#tap.on("data", this.#frameArrived); // this begins the flow
  }

  transmit(frames: readonly Packet[], count: number): number {
    const sink = this.#sink;
    if (sink === undefined) return 0;
    let taken = 0;
    while (taken < count && !this.#isFull) {
      const packet = frames[taken++] as Packet;
      // The package keeps the frame until it is written, and the packet is used again: hence a copy.
      if (!this.#isClosed) this.#isFull = !this.#tap.write(packet.bytes.slice(packet.start, packet.end));
      sink.pool.release(packet);
    }
    return taken;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isFull = false;
    this.#tap.off("data", this.#frameArrived);
    this.#tap.off("drain", this.#drained);
    this.#tap.off("close", this.#closeArrived);
    // The listener for `error` stays: a write under way may still fail, which nobody minds any more, but
    // which would end the process if nobody listened.
    this.#tap.pause();
    if (this.#releases) this.#tap.release();
  }

  readonly #frameArrived = (frame: Uint8Array): void => {
    const sink = this.#sink;
    // More than a frame can have is several of them, glued; where one ends cannot be known.
    if (sink === undefined || this.#isClosed || frame.length > this.capabilities.mtu + FRAME_OVERHEAD) return;
    const packet = sink.pool.take(frame.length + 2);
    packet.start += 2; // so that the IP header is at a multiple of 4
    packet.end = packet.start + frame.length;
    packet.bytes.set(frame, packet.start);
    this.#burst[0] = packet;
    sink.received(this.#burst, 1);
    this.#burst.length = 0;
    sink.pool.release(packet);
  };

  readonly #drained = (): void => {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#sink?.writable();
  };

  /** Any error ends the link: after a rejected write nothing can be written any more. */
  readonly #errorArrived = (error: Error): void => {
    this.#fail(`${this.#tap.name}: ${error.message}`);
  };

  readonly #closeArrived = (): void => {
    this.#fail(`${this.#tap.name} was closed`);
  };

  #fail(reason: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#sink?.failed(reason);
  }
}
