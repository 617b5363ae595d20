import type { OctetSum } from "./summing-store.ts";

/**
 * A frame's octets and what the stack has learnt about them. The backing store is allocated once and
 * reused: `bytes`, `view` and `words` never change, only the offsets do, so passing a packet up or down the
 * stack allocates nothing.
 *
 * Ownership: **lent on receive, given on transmit.** A receiver may look until it returns, and copies what
 * it wants to keep, or takes the packet over (`PacketPool.takeOver`). Whoever is given a packet to transmit must pass it on or `release` it, exactly once.
 *
 * Alignment: an IP header starts at a multiple of 4 in the store (so an Ethernet header at 4n + 2), which
 * lets the checksum go by 32-bit words.
 */
export class Packet {
  /** All octets of the store; the packet is `[start, end)` of them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same store, for numbers. */
  readonly view: DataView<ArrayBuffer>;
  /** The same octets as 32-bit words in the machine's order: for checksums, whose sum has no byte order. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Sums octets of its store, in which it begins at `storeAt`; undefined: `checksum.ts` does it word by word. */
  readonly storeSum: OctetSum | undefined;
  readonly storeAt: number;
  #part: Uint8Array;
  #partStart = 0;
  #partEnd = 0;
  /** The current layer's octets are `[start, end)`. */
  start = 0;
  /** Where the packet ends in `bytes`. */
  end = 0;
  /** Where each header begins, as far as known. */
  network = 0;
  /** Where in `bytes` the transport header begins. */
  transport = 0;
  /** The transport checksum: verified by the link (rx), or left for the link to finish (tx). */
  checksumOffloaded = false;
  /** Of what was received with `checksumOffloaded`: the field is right; else it holds the sum of the pseudo-header (rx). */
  checksumComplete = false;
  /** TCP payload octets per segment when this is a super-segment for the link to cut up; else 0. */
  segmentSize = 0;
  /** IP time to live: as received, or to send with; 0 to send with the stack's default. */
  hopLimit = 0;
  /** IP type of service octet (DSCP and ECN): as received, or to send with. */
  trafficClass = 0;
  /** That of the socket that sends it (SO_MARK): of meaning on this host alone. */
  mark = 0;
  /** Must not be fragmented on its way (tx). */
  dontFragment = false;
  /** May be as large as the interface takes, whatever is known of the path: that is to be found out (tx, RFC 4821). */
  probesPath = false;
  /** Of what goes to a group or to everybody (tx): this host's own members get no copy (IP_MULTICAST_LOOP off) … */
  notToSelf = false;
  /** … or nobody else does: a multicast with a time to live of 0 (RFC 1112 §6.1). */
  onlyToSelf = false;
  /** Who is told while this waits in a queue on its way out (tx); undefined: nobody. */
  sender: PacketSender | undefined = undefined;
  /**
   * The text of a super-segment that is still where its sender keeps it, from position `sourceAt` on; there is
   * room for it at the end of this packet. Who makes frames of it copies it, once (tx, on the way to IP only).
   */
  source: TextSource | undefined = undefined;
  /** Where in `source` the text begins. */
  sourceAt = 0;
  /** The pool that it was taken from last. For pools only. */
  home: object | undefined = undefined;
  /** How many hold it besides the first: each `release` but the last only ends one's hold. For pools only. */
  holders = 0;
  /** The trace event that it is due to, as its stack numbers them; 0 while nobody traces. */
  cause = 0;
  /** Whoever keeps packets in a list links them here. */
  next: Packet | undefined = undefined;

  /**
   * @param capacity - octets, a multiple of 4
   * @param store - where they are, from `at`, a multiple of 4; without it they are by themselves
   * @param storeSum - the store's own way to sum its octets, if it has one
   */
  constructor(
    capacity: number,
    store: ArrayBuffer = new ArrayBuffer(capacity),
    at = 0,
    storeSum: OctetSum | undefined = undefined,
  ) {
    this.bytes = new Uint8Array(store, at, capacity);
    this.view = new DataView(store, at, capacity);
    this.words = new Uint32Array(store, at, capacity >> 2);
    this.storeSum = storeSum;
    this.storeAt = at;
    this.#part = this.bytes.subarray(0, 0);
  }

  /** Octets of the packet. */
  get length(): number {
    return this.end - this.start;
  }

  /**
   * The octets `[start, end)` by themselves, for as long as the packet is not used again. In bulk a packet has its text
   * at the same place each time, so the view of the last time is kept: making one costs as much as the copy of a frame.
   */
  part(start: number, end: number): Uint8Array {
    if (start !== this.#partStart || end !== this.#partEnd) {
      this.#part = this.bytes.subarray(start, end);
      this.#partStart = start;
      this.#partEnd = end;
    }
    return this.#part;
  }

  /** Empties the packet, keeping `headroom` octets free for the headers that will be prepended. */
  reset(headroom: number): this {
    this.start = headroom;
    this.end = headroom;
    this.network = 0;
    this.transport = 0;
    this.checksumOffloaded = false;
    this.checksumComplete = false;
    this.segmentSize = 0;
    this.hopLimit = 0;
    this.trafficClass = 0;
    this.mark = 0;
    this.dontFragment = false;
    this.probesPath = false;
    this.sender = undefined;
    this.notToSelf = false;
    this.onlyToSelf = false;
    this.source = undefined;
    this.holders = 0;
    this.cause = 0;
    this.next = undefined;
    return this;
  }

  /** Makes room for a header in front; returns where to write it. */
  prepend(octets: number): number {
    this.start -= octets;
    return this.start;
  }
}

/** Where text can be copied from: a send buffer. */
export interface TextSource {
  /** Copies `octets` from position `at` to `into[start..)`. They must be there. */
  copyOut(at: number, octets: number, into: Uint8Array, start: number): void;
}

/** A socket whose packets wait for a link address, or for the link: what its send buffer bounds. */
export interface PacketSender {
  /** So many octets more, or fewer (negative), are waiting. Called within an entry. */
  waits(octets: number): void;
}
