/**
 * Which connections rest, and when they are woken. One that has nothing to wait for is noted; while there are more notes
 * than connections are to be kept awake, the oldest are looked at: who was not noted again since, and still has
 * nothing to do, rests. No clock is needed for that, and a busy connection never rests.
 */
import { Fifo } from "../../base/fifo.ts";
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
  readonly #quiet: Fifo<Tcb> = new Fifo();

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

  /** `tcb` has nothing to wait for. Who traces knows connections by their control blocks: then none rests. */
  note(tcb: Tcb): void {
    const { config, context } = this.#host;
    if (context.trace !== undefined) return;
    tcb.quietNotes++;
    this.#quiet.push(tcb);
    if (this.#quiet.length > config.keptAwake) this.#host.noteFlush();
  }

  /** To be called at the end of a flush, when nobody works on a connection. */
  flush(): void {
    while (this.#quiet.length > this.#host.config.keptAwake) {
      const tcb = this.#quiet.shift();
      if (tcb === undefined || --tcb.quietNotes > 0 || !mayRest(tcb)) continue;
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
