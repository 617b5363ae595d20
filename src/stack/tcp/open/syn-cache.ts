/**
 * The half-open connections of all listeners, each listener's in a queue of its own, oldest first: what floods one
 * listener takes nothing from the others. With cookies (`syn-cookies.ts`) a full queue takes no more; without them
 * the oldest gives way to the newest (RFC 4987 §3.4), so those who answer at once still get through.
 */
import { Drop } from "../../base/drop.ts";
import type { Send } from "../../base/send.ts";
import { NEVER } from "../../base/time.ts";
import type { TcbHost } from "../connection/tcb.ts";
import type { ConnectionTable } from "../demux/connection-table.ts";
import type { PendingOwner, PendingSyn } from "./pending-syn.ts";

/** What it needs of TCP. */
type SynCacheHost = Pick<TcbHost, "config" | "counters" | "deadlines" | "dropped" | "trace">;

/** Half-open connections (RFC 4987 §3.4, §3.6). */
export class SynCache {
  readonly #flows: ConnectionTable;
  readonly #host: SynCacheHost;
  #size = 0;
  readonly #noteFlush: () => void;
  /** Those that have something to send, and some that had. */
  readonly #noted: PendingSyn[] = [];

  /**
   * @param flows - the table in which segments find what they belong to
   * @param noteFlush - `flush` is to be called at the end of the entry
   */
  constructor(flows: ConnectionTable, host: SynCacheHost, noteFlush: () => void) {
    this.#noteFlush = noteFlush;
    this.#flows = flows;
    this.#host = host;
  }

  /** Of all listeners. */
  get size(): number {
    return this.#size;
  }

  /** Whether a listener has as many as it may have. */
  isFull({ halfOpen }: PendingOwner): boolean {
    return halfOpen.size >= this.#host.config.synQueue;
  }

  add(pending: PendingSyn): void {
    const { halfOpen } = pending.listener;
    this.#flows.add(pending);
    pending.older = halfOpen.newest;
    if (halfOpen.newest === undefined) halfOpen.oldest = pending;
    else halfOpen.newest.newer = pending;
    halfOpen.newest = pending;
    halfOpen.size++;
    this.#size++;
    if (halfOpen.size > this.#host.config.synQueue && halfOpen.oldest !== undefined) {
      this.#host.counters.synQueueOverflows++;
      this.#host.dropped(undefined, Drop.synCacheFull);
      this.remove(halfOpen.oldest);
    }
  }

  remove(pending: PendingSyn): void {
    this.#flows.remove(pending);
    this.unlink(pending);
  }

  /** A segment with these flags, SYN and ACK or ACK, is to be sent. A SYN|ACK says all that an ACK does. */
  note(pending: PendingSyn, flags: number, why: Send): void {
    this.#host.trace?.noted(pending, 0, why, pending.due !== 0 && (flags & ~pending.due) === 0);
    if (pending.due === 0) this.#noted.push(pending);
    pending.due |= flags;
    this.#noteFlush();
  }

  /** Sends what was noted for those that are still half-open. */
  flush(): void {
    if (this.#noted.length === 0) return; // to set the length of an array costs more than all of an empty flush
    for (let i = 0; i < this.#noted.length; i++) {
      const pending = this.#noted[i] as PendingSyn;
      if (pending.due !== 0) pending.listener.sendDue(pending);
      pending.due = 0;
    }
    this.#noted.length = 0;
  }

  /** Takes it out of the list, but leaves it in the table of flows, where its connection takes its place. */
  unlink(pending: PendingSyn): void {
    this.#host.deadlines.giveBack(pending);
    this.#host.trace?.armed(pending, "syn-ack", NEVER);
    pending.due = 0;
    const { halfOpen } = pending.listener;
    if (pending.older === undefined) halfOpen.oldest = pending.newer;
    else pending.older.newer = pending.newer;
    if (pending.newer === undefined) halfOpen.newest = pending.older;
    else pending.newer.older = pending.older;
    halfOpen.size--;
    this.#size--;
  }

  /** Forgets the half-open connections of a listener that closes. */
  drop({ halfOpen }: PendingOwner): void {
    while (halfOpen.oldest !== undefined) {
      this.#host.dropped(undefined, Drop.listenerClosed);
      this.remove(halfOpen.oldest);
    }
  }
}
