/**
 * What happened to each octet of a stream, by position: when it was offered, written, sent, delivered, in order, read.
 * Positions count from 0, the first octet of text; a step has ranges that follow one another.
 */
import { type EventLog, type LoggedEvent, type LoggedOf, nameOf, reversed } from "../events/index.ts";
import type { ConnectionEnds, Instant } from "../stack/index.ts";

/** Octets `[from, to)` to which something happened at one time. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly time: Instant;
  /** The event with which it did. */
  readonly event: number;
}

/** What holds the sender back, from a time on. */
export interface Limit {
  readonly since: Instant;
  readonly reason: string;
}

/** One direction of a connection. */
export interface StreamHistory {
  readonly offered: readonly Step[];
  readonly written: readonly Step[];
  /** The first time that it was sent. */
  readonly sent: readonly Step[];
  /** When it came, in the order of positions; the event is the `text` of the receiver. */
  readonly arrived: readonly Step[];
  readonly inOrder: readonly Step[];
  readonly read: readonly Step[];
  /** In their order. Before the connection is established the reason is "opening". */
  readonly limits: readonly Limit[];
}

/** A place in sequence space, as a position that does not wrap around. */
class Positions {
  #seq: number | undefined = undefined;
  #position = 0;

  /** `seq` is position 0. */
  begin(seq: number): void {
    this.#seq ??= seq | 0;
  }

  get known(): boolean {
    return this.#seq !== undefined;
  }

  /** Near the last one that was asked for: not further than 2 GiB from it. */
  of(seq: number): number {
    const position = this.#position + ((seq - (this.#seq ?? seq)) | 0);
    this.#seq = seq | 0;
    this.#position = position;
    return position;
  }
}

/**
 * Reads it out of the log.
 *
 * @param host - who sends
 * @param connection - as its host sees it
 */
export function historyOf(log: EventLog, host: string, connection: ConnectionEnds): StreamHistory {
  const sender = new SenderHistory(nameOf(connection));
  const receiver = new ReceiverHistory(nameOf(reversed(connection)));
  for (const event of log.events({
    kinds: ["segment", "held", "window", "state", "call", "ended", "text"],
  })) {
    if (event.host === host) sender.take(event);
    else receiver.take(event, sender.positions);
  }
  const { offered, written, sent, limits } = sender;
  return { offered, written, sent, limits, ...receiver.steps() };
}

class SenderHistory {
  readonly positions: Positions = new Positions();
  readonly offered: Step[] = [];
  readonly written: Step[] = [];
  readonly sent: Step[] = [];
  readonly limits: Limit[] = [];
  readonly #name: string;
  #offered = 0;
  #written = 0;
  #sent = 0;
  #asked: LoggedOf<"call"> | undefined = undefined;
  #established = false;

  constructor(name: string) {
    this.#name = name;
  }

  take(event: LoggedEvent): void {
    if (!("connection" in event) || event.connection === undefined || nameOf(event.connection) !== this.#name)
      return;
    if ("numbers" in event) this.#begin(event);
    if (event.kind === "call" && event.call === "write") this.#asked = event;
    else if (event.kind === "ended" && event.call === "write") this.#write(event);
    else if (event.kind === "segment" && event.octets > 0) this.#send(event);
    else if (event.kind === "held") this.limits.push({ since: event.time, reason: event.reason });
    else if (event.kind === "state" && !this.#established) this.#open(event);
  }

  /** The SYN has a number of its own, before the first octet. */
  #begin({ numbers: { state, sndUna } }: Extract<LoggedEvent, { readonly numbers: unknown }>): void {
    this.positions.begin(state === "syn-sent" || state === "syn-received" ? sndUna + 1 : sndUna);
  }

  #open({ to, time }: LoggedOf<"state">): void {
    this.#established = to !== "syn-sent" && to !== "syn-received";
    this.limits.push({ since: time, reason: this.#established ? "heldByApplication" : "opening" });
  }

  #write({ time, octets, id }: LoggedOf<"ended">): void {
    const end = this.#written + (this.#asked?.octets ?? octets);
    if (end > this.#offered) {
      this.offered.push({ from: this.#offered, to: end, time, event: id });
      this.#offered = end;
    }
    if (octets <= 0) return;
    this.written.push({ from: this.#written, to: this.#written + octets, time, event: id });
    this.#written += octets;
  }

  #send({ seq, octets, time, id }: LoggedOf<"segment">): void {
    const end = this.positions.of(seq) + octets;
    if (end <= this.#sent) return;
    this.sent.push({ from: this.#sent, to: end, time, event: id });
    this.#sent = end;
  }
}

class ReceiverHistory {
  readonly #name: string;
  readonly #arrived: Step[] = [];
  readonly #inOrder: Step[] = [];
  readonly #read: Step[] = [];
  #next = 0;
  #readTo = 0;

  constructor(name: string) {
    this.#name = name;
  }

  take(event: LoggedEvent, positions: Positions): void {
    if (!("connection" in event) || event.connection === undefined || nameOf(event.connection) !== this.#name)
      return;
    if (event.kind === "text" && positions.known) this.#keep(event, positions);
    else if (event.kind === "ended" && event.call === "read" && event.octets > 0) {
      const to = this.#readTo + event.octets;
      this.#read.push({ from: this.#readTo, to, time: event.time, event: event.id });
      this.#readTo = to;
    }
  }

  steps(): Pick<StreamHistory, "arrived" | "inOrder" | "read"> {
    return { arrived: this.#arrived, inOrder: this.#inOrder, read: this.#read };
  }

  /** What of it is new; then how far it is in order. */
  #keep({ seq, octets, rcvNxt, time, id }: LoggedOf<"text">, positions: Positions): void {
    const from = positions.of(seq);
    const next = positions.of(rcvNxt);
    insert(this.#arrived, { from: Math.max(0, from), to: from + octets, time, event: id });
    if (next <= this.#next) return;
    this.#inOrder.push({ from: this.#next, to: next, time, event: id });
    this.#next = next;
  }
}

/** Adds what of `step` is in none of the ordered `steps`. */
function insert(steps: Step[], step: Step): void {
  let { from } = step;
  let at = steps.length;
  while (at > 0 && (steps[at - 1] as Step).to > from) at--;
  while (from < step.to) {
    const after = steps[at];
    const to = Math.min(step.to, after?.from ?? step.to);
    if (to > from) steps.splice(at++, 0, { ...step, from, to });
    if (after === undefined) return;
    from = Math.max(from, after.to);
    at++;
  }
}
