/** The open descriptor of a TAP as its link uses it, and what the link counts. */
import { closeSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Packet } from "../../stack/index.ts";
import { type FrameRing, openRing } from "./io-ring.ts";
import type { Libc, Readiness, Ready, Watcher } from "./libc.ts";

/**
 * How frames in crowds pass between us and the kernel: one a system call (`single`); many a call, by io_uring
 * (`batch`); and of what is sent in bulk, none, as a thread of the kernel's writes it (`thread`). Where a way
 * is not to be had (io_uring is forbidden, there is one processor), it is the one before.
 */
export type Batching = "single" | "batch" | "thread";

/** The open descriptor of a TAP. */
export interface TapDescriptor {
  /** Octets of the frame read to `address`, or a negated errno. */
  read(address: number, octets: number): number;
  /** Octets written, or a negated errno. */
  write(address: number, octets: number): number;
  /** The device is up, as far as it can be told: it would take a frame. */
  readonly up: boolean;
  /** Where in memory the packet's store is. */
  addressOf(packet: Packet): number;
  /**
   * A ring for reads and writes of many frames at once; undefined where there is none.
   *
   * @param thread - a thread of the kernel's does what is put in
   */
  ring(entries: number, thread: boolean): FrameRing | undefined;
  /** Calls `ready` once per turn of the event loop while it is; a negative `status` is an error. */
  watch(interest: Readiness, ready: Ready): void;
  ref(): void;
  unref(): void;
  /** Gives back all that opening has changed, and the descriptor. */
  close(): void;
}

/** What the link has done so far. */
export interface TapStatistics {
  /** Frames that were read. */
  framesReceived: number;
  /** Octets in them. */
  octetsReceived: number;
  /** How often frames were read, any number at once. */
  bursts: number;
  /** Frames that were written. */
  framesSent: number;
  /** Octets in them. */
  octetsSent: number;
  /** Frames longer than there was room for: the device's MTU was raised under us. */
  truncated: number;
  /** Frames with an offload that was not granted. */
  badHeaders: number;
  /** Frames that the kernel did not take, because the device was down, or for want of memory. */
  sendErrors: number;
}

const POLLOUT = 4;

/** Nothing done yet. */
export function newStatistics(): TapStatistics {
  return {
    framesReceived: 0,
    octetsReceived: 0,
    bursts: 0,
    framesSent: 0,
    octetsSent: 0,
    truncated: 0,
    badHeaders: 0,
    sendErrors: 0,
  };
}

/**
 * @param fd - the open descriptor; closed with the result
 * @param undo - called before the descriptor is closed
 */
export function openDescriptor(libc: Libc, fd: number, batching: Batching, undo: () => void): TapDescriptor {
  // One processor has nothing to give to a thread.
  const mayHaveThread = batching === "thread" && availableParallelism() > 1;
  // Packets live as long as their pool: their addresses are looked up once. (20 ns, of a write's 1,200.)
  const addresses = new WeakMap<Packet, number>();
  let watcher: Watcher | undefined;
  let keepsAlive = true;
  return {
    read: (address, octets) => {
      const got = libc.read(fd, address, octets);
      return got < 0 ? -libc.errno() : got;
    },
    write: (address, octets) => {
      const written = libc.write(fd, address, octets);
      return written < 0 ? -libc.errno() : written;
    },
    // The kernel always takes a frame, unless the device is down (tun_sock_writeable of its driver).
    get up(): boolean {
      return libc.poll(fd, POLLOUT) !== 0;
    },
    addressOf: (packet) => {
      const known = addresses.get(packet);
      if (known !== undefined) return known;
      const address = libc.addressOf(packet.bytes);
      addresses.set(packet, address);
      return address;
    },
    ring: (entries, thread) => {
      if (batching === "single" || (thread && !mayHaveThread)) return undefined;
      return openRing(libc, fd, { entries, thread });
    },
    watch: (interest: Readiness, ready) => {
      if (watcher !== undefined) return watcher.start(interest, ready);
      watcher = libc.watch(fd, interest, ready);
      if (!keepsAlive) watcher.unref();
    },
    ref: () => {
      keepsAlive = true;
      watcher?.ref();
    },
    unref: () => {
      keepsAlive = false;
      watcher?.unref();
    },
    close: () => {
      watcher?.close(); // before the descriptor, as libuv demands
      undo();
      closeSync(fd);
    },
  };
}
