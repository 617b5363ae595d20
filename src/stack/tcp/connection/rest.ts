/**
 * Which connections rest, and when they are woken. One that has nothing to wait for joins the quiet ones as the newest,
 * each time anew; while there are more of them than are to be kept awake, the oldest leaves, and rests if it still has
 * nothing to do. No clock is needed for that, and a busy connection never rests. One that ends leaves at once: a list
 * that still held it would keep its control block from V8's collector, which made each new one dearer.
 */
import type { Flow } from "../../demux/flow-table.ts";
import { mayRest, RestingRows, RestingTcb } from "./resting.ts";
import type { AtRest, Tcb, TcbHost, TcbUser } from "./tcb.ts";

/** What it needs of TCP. */
export interface RestHost extends TcbHost {
  /** `next` takes the place of `old`, which has the same ends, in the table of connections. */
  replace(old: Flow, next: Flow): void;
  noteFlush(): void;
}

/** The connections of one TCP that rest, and those that may come to. */
export class Rest {
  readonly #host: RestHost;
  readonly #rows: RestingRows = new RestingRows();
  readonly #quiet: QuietList = new QuietList();

  constructor(host: RestHost) {
    this.#host = host;
  }

  /** Connections at rest. */
  get size(): number {
    return this.#rows.size;
  }

  /** Whether it is one that it has put to rest. */
  holds(flow: Flow | undefined): flow is RestingTcb {
    return flow instanceof RestingTcb;
  }

  /** Connections that may come to rest. */
  get quiet(): number {
    return this.#quiet.size;
  }

  /** `tcb` has nothing to wait for. Who traces knows connections by their control blocks: then none rests. */
  note(tcb: Tcb): void {
    const { config, context } = this.#host;
    if (context.trace !== undefined) return;
    if (tcb.state !== "established") return;
    this.#quiet.renew(tcb);
    if (this.#quiet.size > config.keptAwake) this.#host.noteFlush();
  }

  /** `tcb` will not rest any more. */
  forget(tcb: Tcb): void {
    if (tcb.isQuiet) this.#quiet.remove(tcb);
  }

  /** To be called at the end of a flush, when nobody works on a connection. */
  flush(): void {
    while (this.#quiet.size > this.#host.config.keptAwake) {
      const tcb = this.#quiet.oldest as Tcb;
      this.#quiet.remove(tcb);
      if (!mayRest(tcb)) continue;
      const user = tcb.user as TcbUser;
      const resting = this.#rows.put(tcb, user);
      this.#host.replace(tcb, resting);
      user.adopt(resting);
    }
  }

  /** Makes a control block of it again, in its place. */
  wakeUp(resting: AtRest): Tcb {
    const tcb = this.read(resting);
    this.#rows.release(resting);
    this.#host.replace(resting, tcb);
    resting.user.adopt(tcb);
    return tcb;
  }

  /** A control block like the one that it had, to look at. */
  read(resting: AtRest): Tcb {
    return this.#rows.read(resting, this.#host);
  }
}

/** The quiet ones, from the oldest to the newest: each knows its neighbours, so that any can leave in constant time. */
class QuietList {
  oldest: Tcb | undefined = undefined;
  size = 0;
  #newest: Tcb | undefined = undefined;

  /** Makes `tcb` the newest, whether it is among them or not. */
  renew(tcb: Tcb): void {
    if (tcb === this.#newest) return;
    if (tcb.isQuiet) this.remove(tcb);
    tcb.isQuiet = true;
    tcb.quietBefore = this.#newest;
    if (this.#newest === undefined) this.oldest = tcb;
    else this.#newest.quietAfter = tcb;
    this.#newest = tcb;
    this.size++;
  }

  /** Takes out `tcb`, which is among them. */
  remove(tcb: Tcb): void {
    const { quietBefore, quietAfter } = tcb;
    if (quietBefore === undefined) this.oldest = quietAfter;
    else quietBefore.quietAfter = quietAfter;
    if (quietAfter === undefined) this.#newest = quietBefore;
    else quietAfter.quietBefore = quietBefore;
    tcb.isQuiet = false;
    tcb.quietBefore = undefined;
    tcb.quietAfter = undefined;
    this.size--;
  }
}
