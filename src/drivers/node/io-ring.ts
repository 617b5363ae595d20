/**
 * Many reads and writes of a descriptor for one system call, or for none: io_uring(7) of Linux.
 *
 * Operations are put into a queue in memory that is shared with the kernel, and their results are found in another.
 * A thread of the kernel's own may look for them (IORING_SETUP_SQPOLL). While it is awake, handing them over costs
 * no system call, and a write does its work in the kernel on another processor.
 */
import { closeSync } from "node:fs";
import { arch, release } from "node:os";
import { EINTR, type Libc } from "./libc.ts";

/** What can be put on such a queue, and taken from it. One descriptor's. */
export interface FrameRing {
  /** How many operations may be under way at a time. */
  readonly entries: number;
  /** Operations put in whose results have not been forgotten yet. */
  readonly pending: number;
  /** Reads up to `octets` to `address`. `tag` comes back with the result. Wants `pending` below `entries`. */
  read(address: number, octets: number, tag: number): void;
  /** Writes `octets` from `address`, which must stay as they are until the result is there. */
  write(address: number, octets: number, tag: number): void;
  /**
   * Hands over what was put in. Without a thread all of it has been done when this returns, in order.
   * False if the kernel refuses, which it then will again: `abandon` the ring.
   */
  submit(): boolean;
  /** How many results are there: they have the indices from 0 on, and come in the order of their doing. */
  done(): number;
  tagAt(index: number): number;
  /** What read or write would have returned, or a negated errno. */
  resultAt(index: number): number;
  /** Ends with the first `count` results. */
  forget(count: number): void;
  /**
   * Sleeps until `count` results are there, or everything that was handed over has been done. False if the
   * kernel refuses.
   */
  wait(count: number): boolean;
  close(): void;
}

/** Linux gives every call that is newer than 2019 the same number on all architectures, but for two families. */
const IO_URING_SETUP = 425;
const IO_URING_ENTER = 426;

const SETUP_SQPOLL = 1 << 1;
const ENTER_GETEVENTS = 1 << 0;
const ENTER_SQ_WAKEUP = 1 << 1;
/** In the flags that the kernel's thread sets: it sleeps. */
const SQ_NEED_WAKEUP = 1 << 0;

const OP_READ = 22;
const OP_WRITE = 23;
/** Fail with EAGAIN instead of waiting. */
const RWF_NOWAIT = 8;

/** Where to map the parts of the ring from. */
const OFF_SQ_RING = 0;
const OFF_CQ_RING = 0x0800_0000;
const OFF_SQES = 0x1000_0000;

/** `struct io_uring_params` in 32-bit words: sizes and flags, then the offsets in both rings. */
const PARAMS_WORDS = 30;
const PARAM_SQ_ENTRIES = 0;
const PARAM_CQ_ENTRIES = 1;
const PARAM_FLAGS = 2;
const PARAM_THREAD_IDLE = 4;
/** `struct io_sqring_offsets`: head, tail, mask, entries, flags, dropped, array. */
const SQ_TAIL = 11;
const SQ_MASK = 12;
const SQ_FLAGS = 14;
const SQ_ARRAY = 16;
/** `struct io_cqring_offsets`: head, tail, mask, entries, overflow, cqes. */
const CQ_HEAD = 20;
const CQ_TAIL = 21;
const CQ_MASK = 22;
const CQ_CQES = 25;

/** `struct io_uring_sqe` has 64 octets, `struct io_uring_cqe` 16. */
const SQE_WORDS = 16;
const CQE_WORDS = 4;

/** How long the kernel's thread looks for work before it sleeps, in milliseconds: no time to be in the way. */
const THREAD_IDLE = 1;

/** How a ring is made. */
export interface IoRingOptions {
  /** Operations at a time; a power of two. */
  readonly entries: number;
  /** A thread of the kernel's does what is put in. */
  readonly thread: boolean;
}

/** A ring for the descriptor `target`; undefined where the kernel has none, or forbids it, as many containers do. */
export function openRing(libc: Libc, target: number, options: IoRingOptions): IoRing | undefined {
  if (!KNOWN_ARCHITECTURES.has(arch()) || !canRefuseToWait(release())) return undefined;
  const params = new Int32Array(PARAMS_WORDS);
  if (options.thread) {
    params[PARAM_FLAGS] = SETUP_SQPOLL;
    params[PARAM_THREAD_IDLE] = THREAD_IDLE;
  }
  const fd = libc.syscall(IO_URING_SETUP, options.entries, libc.addressOf(params), 0, 0, 0, 0);
  if (fd < 0) return undefined;
  const maps: Mapping[] = [];
  for (const { octets, offset } of regions(params)) {
    const address = libc.map(fd, octets, offset);
    if (address < 0) {
      unmake(libc, fd, maps);
      return undefined;
    }
    maps.push({ address, octets });
  }
  return new IoRing(libc, { target, fd, params, maps, thread: options.thread });
}

/** TUN devices take "do not wait" (RWF_NOWAIT) since Linux 6.4; before, a read through a ring might wait for ever. */
function canRefuseToWait(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 4);
}

/** 64-bit systems whose call numbers and whose `mmap` are as here. */
const KNOWN_ARCHITECTURES: ReadonlySet<string> = new Set([
  "x64",
  "arm64",
  "riscv64",
  "loong64",
  "ppc64",
  "s390x",
]);

/** Memory that is shared with the kernel. */
interface Mapping {
  readonly address: number;
  readonly octets: number;
}

/** What is to be mapped: the queue of operations, that of results, and the operations themselves. */
function regions(params: Int32Array): { octets: number; offset: number }[] {
  const entries = params[PARAM_SQ_ENTRIES] ?? 0;
  const results = (params[PARAM_CQ_ENTRIES] ?? 0) * CQE_WORDS * 4;
  return [
    { octets: (params[SQ_ARRAY] ?? 0) + entries * 4, offset: OFF_SQ_RING },
    { octets: (params[CQ_CQES] ?? 0) + results, offset: OFF_CQ_RING },
    { octets: entries * SQE_WORDS * 4, offset: OFF_SQES },
  ];
}

function unmake(libc: Libc, fd: number, maps: readonly Mapping[]): void {
  for (const { address, octets } of maps) libc.unmap(address, octets);
  closeSync(fd);
}

/** A ring as the kernel has made it. */
interface RingSetup {
  readonly target: number;
  readonly fd: number;
  readonly params: Int32Array;
  /** As `regions` has them. */
  readonly maps: readonly Mapping[];
  readonly thread: boolean;
}

/** One io_uring. */
class IoRing implements FrameRing {
  readonly entries: number;
  readonly #libc: Libc;
  readonly #setup: RingSetup;
  readonly #sqMask: number;
  readonly #sqTailAt: number;
  readonly #sqFlagsAt: number;
  readonly #cqMask: number;
  readonly #cqHeadAt: number;
  readonly #cqTailAt: number;
  readonly #cqesAt: number;
  /** Shared with the kernel, as 32-bit words. Empty once the ring is closed. */
  #sq: Int32Array<ArrayBuffer>;
  #cq: Int32Array<ArrayBuffer>;
  #sqes: Int32Array<ArrayBuffer>;
  #tail = 0;
  #head = 0;
  #unsubmitted = 0;
  #pending = 0;
  #closed = false;

  constructor(libc: Libc, setup: RingSetup) {
    this.#libc = libc;
    this.#setup = setup;
    const word = (index: number): number => setup.params[index] ?? 0;
    const [sq, cq, sqes] = setup.maps.map(
      ({ address, octets }) => new Int32Array(libc.view(address, octets)),
    );
    this.#sq = sq as Int32Array<ArrayBuffer>;
    this.#cq = cq as Int32Array<ArrayBuffer>;
    this.#sqes = sqes as Int32Array<ArrayBuffer>;
    this.entries = word(PARAM_SQ_ENTRIES);
    this.#sqTailAt = word(SQ_TAIL) >> 2;
    this.#sqFlagsAt = word(SQ_FLAGS) >> 2;
    this.#sqMask = this.#sq[word(SQ_MASK) >> 2] ?? 0;
    this.#cqHeadAt = word(CQ_HEAD) >> 2;
    this.#cqTailAt = word(CQ_TAIL) >> 2;
    this.#cqMask = this.#cq[word(CQ_MASK) >> 2] ?? 0;
    this.#cqesAt = word(CQ_CQES) >> 2;
    // The queue is one of indices: each entry keeps its own for good.
    for (let i = 0; i < this.entries; i++) this.#sq[(word(SQ_ARRAY) >> 2) + i] = i;
  }

  get pending(): number {
    return this.#pending;
  }

  read(address: number, octets: number, tag: number): void {
    this.#put(OP_READ, address, octets, tag);
  }

  write(address: number, octets: number, tag: number): void {
    this.#put(OP_WRITE, address, octets, tag);
  }

  submit(): boolean {
    const count = this.#unsubmitted;
    if (count === 0) return true;
    // An atomic store: what was written into the entries before is seen by whoever sees the tail.
    Atomics.store(this.#sq, this.#sqTailAt, this.#tail);
    this.#unsubmitted = 0;
    if (!this.#setup.thread) return this.#enter(count, 0, 0);
    if ((Atomics.load(this.#sq, this.#sqFlagsAt) & SQ_NEED_WAKEUP) === 0) return true;
    return this.#enter(0, 0, ENTER_SQ_WAKEUP);
  }

  done(): number {
    return (Atomics.load(this.#cq, this.#cqTailAt) - this.#head) | 0;
  }

  tagAt(index: number): number {
    return this.#cq[this.#resultEntry(index)] as number;
  }

  resultAt(index: number): number {
    return this.#cq[this.#resultEntry(index) + 2] as number;
  }

  forget(count: number): void {
    this.#head = (this.#head + count) | 0;
    this.#pending -= count;
    Atomics.store(this.#cq, this.#cqHeadAt, this.#head);
  }

  wait(count: number): boolean {
    const wanted = Math.min(count, this.#pending);
    while (this.done() < wanted) if (!this.#enter(0, wanted, ENTER_GETEVENTS)) return false;
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.submit()) this.wait(this.#pending);
    // Nothing may look at memory that is not there any more.
    this.#sq = this.#cq = this.#sqes = new Int32Array(0);
    this.#pending = 0;
    unmake(this.#libc, this.#setup.fd, this.#setup.maps);
  }

  #put(operation: number, address: number, octets: number, tag: number): void {
    const sqes = this.#sqes;
    const at = (this.#tail & this.#sqMask) * SQE_WORDS;
    sqes[at] = operation; // flags and priority are 0
    sqes[at + 1] = this.#setup.target;
    sqes[at + 2] = -1; // offset: where the file stands
    sqes[at + 3] = -1;
    this.#putAddress(at + 4, address);
    sqes[at + 6] = octets;
    sqes[at + 7] = RWF_NOWAIT;
    sqes[at + 8] = tag;
    this.#tail = (this.#tail + 1) | 0;
    this.#unsubmitted++;
    this.#pending++;
  }

  /** 64 bits, in the machine's order. */
  #putAddress(at: number, address: number): void {
    const low = address | 0;
    const high = Math.floor(address / 0x1_0000_0000);
    this.#sqes[at] = LITTLE_ENDIAN ? low : high;
    this.#sqes[at + 1] = LITTLE_ENDIAN ? high : low;
  }

  #resultEntry(index: number): number {
    return this.#cqesAt + ((this.#head + index) & this.#cqMask) * CQE_WORDS;
  }

  /** False if the kernel refuses for another reason than a signal. */
  #enter(submit: number, complete: number, flags: number): boolean {
    for (let left = submit; ; ) {
      const taken = this.#libc.syscall(IO_URING_ENTER, this.#setup.fd, left, complete, flags, 0, 0);
      if (taken < 0 && this.#libc.errno() !== EINTR) return false;
      if (taken >= 0) left -= taken;
      if (taken >= 0 && left <= 0) return true;
      if (taken === 0) return false;
    }
  }
}

const LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
