/**
 * Keeps what stacks tell of, in binary records, up to so much memory: then the oldest go. Nothing is made of an event
 * until somebody reads it.
 */
import {
  checkSettings,
  type EventNumbers,
  integer,
  type Rules,
  type TraceEvent,
  type Tracer,
} from "../stack/index.ts";
import { EventDecoder, recordHost, recordKind, recordLength } from "./decode.ts";
import { EventEncoder, MOST_OCTETS } from "./encode.ts";
import { type EventFilter, type EventLog, passes } from "./event-log.ts";
import type { LoggedEvent } from "./logged-event.ts";

/** How much is kept. */
export interface EventRingOptions {
  /** Memory for all records together, in octets, from 1 MiB; 256 MiB by default. It is taken as it is needed. */
  readonly octets?: number | undefined;
  /** Octets that are kept of each packet, for its headers, 0 to 9216; 128 by default. */
  readonly head?: number | undefined;
}

const RULES: Rules<EventRingOptions> = { octets: integer(1 << 20), head: integer(0, 9216) };

/** Records are gathered in pieces of memory of this size, which come and go as a whole. */
const PIECE = 256 * 1024;

/** A piece of memory with records one after the other. */
interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  used: number;
  /** The number of its first event; those after it go on counting. */
  first: number;
  /** Where records begin, as far as anybody has asked. */
  readonly starts: number[];
}

/** Events of one or several stacks, with one numbering for all. */
export class EventRing implements EventLog, EventNumbers {
  last = 0;
  readonly hosts: string[] = [];
  readonly #most: number;
  readonly #head: number;
  readonly #encoder: EventEncoder = new EventEncoder();
  readonly #decoder: EventDecoder = new EventDecoder();
  readonly #pieces: Piece[] = [];
  #current: Piece | undefined = undefined;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(options: EventRingOptions = {}) {
    checkSettings("EventRing", options, RULES);
    this.#most = Math.max(2, Math.floor((options.octets ?? 256 << 20) / PIECE));
    this.#head = options.head ?? 128;
  }

  /**
   * Keeps what a stack tells that is given it.
   *
   * @param host - whose stack that is
   * @param also - hears of all that as well; numbers come from here
   */
  tracer(host: string, also?: Tracer): Tracer {
    const code = this.hosts.indexOf(host) < 0 ? this.hosts.push(host) - 1 : this.hosts.indexOf(host);
    const frame = also?.frame?.bind(also);
    const told = also?.event?.bind(also);
    return {
      numbers: this,
      event: (event) => {
        this.#keep(event, code);
        told?.(event);
      },
      ...(frame !== undefined && { frame }),
    };
  }

  get first(): number {
    return this.#pieces[0]?.first ?? this.last + 1;
  }

  /** Octets of records that are kept. */
  get octets(): number {
    return this.#pieces.reduce((sum, { used }) => sum + used, 0);
  }

  event(id: number): LoggedEvent | undefined {
    const piece = this.#pieces[this.#pieceOf(id)];
    if (piece === undefined || id > this.last) return undefined;
    const at = this.#startOf(piece, id - piece.first);
    return at === undefined ? undefined : this.#decode(piece, at);
  }

  *events(filter: EventFilter = {}): Iterable<LoggedEvent> {
    const from = Math.max(filter.from ?? 0, this.first);
    const to = Math.min(filter.to ?? this.last, this.last);
    for (let index = Math.max(0, this.#pieceOf(from)); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index] as Piece;
      let id = Math.max(from, piece.first);
      for (let at = this.#startOf(piece, id - piece.first) ?? piece.used; at < piece.used && id <= to; id++) {
        const event = this.#mayPass(piece, at, filter) ? this.#decode(piece, at) : undefined;
        if (event !== undefined && passes(event, filter)) yield event;
        at += recordLength(piece.view, at);
      }
    }
  }

  /** All records that are kept, as they are in memory: a piece has many, one after the other. Lent. */
  *pieces(): Iterable<Uint8Array> {
    for (const { bytes, used } of this.#pieces) yield bytes.subarray(0, used);
  }

  /** Forgets all; numbers go on counting. */
  clear(): void {
    this.#pieces.length = 0;
    this.#current = undefined;
  }

  #keep(event: TraceEvent, host: number): void {
    let piece = this.#current;
    if (piece === undefined || piece.used + MOST_OCTETS + this.#head > PIECE)
      piece = this.#nextPiece(event.id);
    // Where another tracer hears of it first, the numbers are that one's.
    if (event.id > this.last) this.last = event.id;
    piece.used += this.#encoder.encode(event, piece.used, host, this.#head);
  }

  #nextPiece(first: number): Piece {
    const old = this.#pieces.length >= this.#most ? this.#pieces.shift() : undefined;
    const piece = old ?? newPiece();
    piece.used = 0;
    piece.first = first;
    piece.starts.length = 0;
    this.#pieces.push(piece);
    this.#current = piece;
    this.#encoder.use(piece.bytes);
    return piece;
  }

  /** The piece that an event would be in, by index; -1 if it is gone. */
  #pieceOf(id: number): number {
    let low = -1;
    let high = this.#pieces.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#pieces[middle] as Piece).first <= id) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Where the record with this index begins; undefined if there are fewer. */
  #startOf(piece: Piece, index: number): number | undefined {
    const { starts, view } = piece;
    if (index < starts.length) return starts[index];
    const lastStart = starts.at(-1);
    let at = lastStart === undefined ? 0 : lastStart + recordLength(view, lastStart);
    while (starts.length <= index && at < piece.used) {
      starts.push(at);
      at += recordLength(view, at);
    }
    return starts[index];
  }

  /** As far as that can be told without making an event of the record. */
  #mayPass({ view }: Piece, at: number, { kinds, host }: EventFilter): boolean {
    const kind = recordKind(view, at);
    if (kinds !== undefined && (kind === undefined || !kinds.includes(kind))) return false;
    return host === undefined || this.hosts[recordHost(view, at)] === host;
  }

  #decode(piece: Piece, at: number): LoggedEvent {
    this.#decoder.use(piece.bytes);
    return this.#decoder.decode(at, this.hosts[recordHost(piece.view, at)] ?? "");
  }
}

function newPiece(): Piece {
  const bytes = new Uint8Array(PIECE);
  return { bytes, view: new DataView(bytes.buffer), used: 0, first: 0, starts: [] };
}
