/** Events out of the records that `encode.ts` has written. */
import {
  type ConnectionEnds,
  type Drop,
  type Duration,
  dropName,
  type EventHead,
  type Instant,
  IpAddress,
  type Send,
  sendName,
  type TcpNumbers,
  TRACE_VERSION,
} from "../stack/index.ts";
import { CALLS, type Codes, KINDS, LAYERS, PURPOSES, STATES, TIMER_STEPS } from "./codes.ts";
import { HEAD_OCTETS } from "./encode.ts";
import type { EventKind, LoggedEvent } from "./logged-event.ts";

const KIND_NAMES = namesOf(KINDS);
const LAYER_NAMES = namesOf(LAYERS);
const STATE_NAMES = namesOf(STATES);
const PURPOSE_NAMES = namesOf(PURPOSES);
const CALL_NAMES = namesOf(CALLS);
const STEP_NAMES = namesOf(TIMER_STEPS);

/** How long the record at `at` is, in octets. */
export function recordLength(view: DataView, at: number): number {
  return view.getUint16(at, true);
}

/** The kind of the record at `at`; undefined for one that this version does not know. */
export function recordKind(view: DataView, at: number): EventKind | undefined {
  return KIND_NAMES[view.getUint8(at + 3)];
}

/** The host of the record at `at`, by number. */
export function recordHost(view: DataView, at: number): number {
  return view.getUint16(at + 12, true);
}

/**
 * The event of the record at `at` of `bytes`.
 *
 * @param host - the name of its host
 * @throws RangeError for what is no record, or of another version
 */
export function decodeEvent(bytes: Uint8Array, at: number, host: string): LoggedEvent {
  const decoder = new EventDecoder();
  decoder.use(bytes);
  return decoder.decode(at, host);
}

/** Reads records out of memory that it is given, as `EventEncoder` writes them. Each event is one object of one shape. */
export class EventDecoder {
  #bytes: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  /** Where it reads from now on. */
  use(bytes: Uint8Array): void {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * The event of the record at `at`.
   *
   * @param host - the name of its host
   * @throws RangeError as `decodeEvent`
   */
  decode(at: number, host: string): LoggedEvent {
    const view = this.#view;
    const version = view.getUint8(at + 2);
    const kind = recordKind(view, at);
    if (version !== TRACE_VERSION || kind === undefined) {
      throw new RangeError(
        `an event of version ${version}, kind ${view.getUint8(at + 3)}, cannot be read: this is version ${TRACE_VERSION}`,
      );
    }
    this.#at = at + HEAD_OCTETS;
    const id = view.getUint32(at + 4, true);
    const cause = view.getUint32(at + 8, true);
    const reason = view.getUint16(at + 14, true);
    const time = view.getFloat64(at + 16, true) as Instant;
    const layer = named(LAYER_NAMES, view.getUint8(at + 24));
    const head: Head = { version, id, cause, time, layer, host };
    return this.#isOfConnection(kind)
      ? this.#ofConnection(head, kind, reason)
      : this.#ofPacket(head, kind, reason);
  }

  #isOfConnection(kind: EventKind): kind is KindOfConnection {
    return KINDS[kind] >= KINDS.segment && kind !== "link";
  }

  #ofPacket({ version, id, cause, time, layer, host }: Head, kind: KindOfPacket, code: number): LoggedEvent {
    switch (kind) {
      case "received": {
        const octets = this.#integer();
        const sentAs = this.#integer() >>> 0;
        const name = this.#text();
        const head = this.#packet();
        const ours = layer as "interface"; // no other tells it
        return { version, id, cause, time, layer: ours, host, kind, octets, sentAs, interface: name, head };
      }
      case "dropped": {
        const reason = dropName(code as Drop);
        const octets = this.#integer();
        const sentAs = this.#integer() >>> 0;
        const head = this.#packet();
        return { version, id, cause, time, layer, host, kind, reason, octets, sentAs, head };
      }
      case "sent": {
        const octets = this.#integer();
        const reason = sendName(code as Send);
        return { version, id, cause, time, layer, host, kind, reason, octets, head: this.#packet() };
      }
      case "delayed": {
        const reason = sendName(code as Send);
        const octets = this.#integer();
        const sentAs = this.#integer() >>> 0;
        const since = this.#float() as Instant;
        const queued = this.#float() as Duration;
        const transmission = this.#float() as Duration;
        const travel = this.#float() as Duration;
        const head = this.#packet();
        const how = { octets, since, queued, transmission, travel, sentAs, head } as const;
        return { version, id, cause, time, layer, host, kind, reason, ...how };
      }
      case "cut":
      case "merged": {
        const octets = this.#integer();
        const pieces = this.#integer();
        return {
          version,
          id,
          cause,
          time,
          layer,
          host,
          kind,
          reason: sendName(code as Send),
          octets,
          pieces,
        };
      }
      case "link": {
        const up = this.#integer() === 1;
        const ours = layer as "interface"; // no other tells it
        return { version, id, cause, time, layer: ours, host, kind, up, interface: this.#text() };
      }
      default:
        return { version, id, cause, time, layer, host, kind, reason: sendName(code as Send) };
    }
  }

  #ofConnection(
    { version, id, cause, time, layer, host }: Head,
    kind: KindOfConnection,
    code: number,
  ): LoggedEvent {
    const ends = this.#ends();
    const connection = ends as ConnectionEnds; // where there may be none, the type says so below
    const ours = layer as "tcp"; // of what only TCP tells
    switch (kind) {
      case "segment": {
        const seq = this.#integer();
        const octets = this.#integer();
        const flags = this.#integer();
        const window = this.#integer();
        const reason = sendName(code as Send);
        const what = { reason, connection, seq, octets, flags, window, numbers: this.#numbers() } as const;
        return { version, id, cause, time, layer: ours, host, kind, ...what };
      }
      case "text": {
        const seq = this.#integer();
        const octets = this.#integer();
        const rcvNxt = this.#integer();
        return { version, id, cause, time, layer: ours, host, kind, connection, seq, octets, rcvNxt };
      }
      case "held": {
        const reason = sendName(code as Send);
        const unsent = this.#integer();
        const numbers = this.#numbers();
        return { version, id, cause, time, layer: ours, host, kind, reason, connection, unsent, numbers };
      }
      case "window": {
        const changed = this.#integer();
        const numbers = this.#numbers();
        return { version, id, cause, time, layer: ours, host, kind, connection, changed, numbers };
      }
      case "state": {
        const codes = this.#integer();
        const from = named(STATE_NAMES, codes & 255);
        const to = named(STATE_NAMES, (codes >> 8) & 255);
        return { version, id, cause, time, layer: ours, host, kind, connection, from, to };
      }
      case "timer": {
        const codes = this.#integer();
        const what = named(STEP_NAMES, codes & 255);
        const purpose = named(PURPOSE_NAMES, (codes >> 8) & 255);
        const at = this.#float() as Instant;
        return { version, id, cause, time, layer, host, kind, connection: ends, what, purpose, at };
      }
      case "call":
      case "ended": {
        const call = named(CALL_NAMES, this.#integer());
        const octets = this.#integer();
        if (kind === "call")
          return { version, id, cause, time, layer, host, kind, connection: ends, call, octets };
        return { version, id, cause, time, layer, host, kind, connection: ends, call, octets };
      }
      default:
        return { version, id, cause, time, layer, host, kind, connection: ends };
    }
  }

  #integer(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4, true);
  }

  #float(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  #address(): IpAddress {
    const view = this.#view;
    const at = this.#at;
    this.#at += 16;
    return new IpAddress(
      view.getInt32(at),
      view.getInt32(at + 4),
      view.getInt32(at + 8),
      view.getInt32(at + 12),
    );
  }

  #ends(): ConnectionEnds | undefined {
    const ports = this.#integer();
    if (ports === 0) return undefined;
    const localAddress = this.#address();
    const remoteAddress = this.#address();
    return { localAddress, localPort: ports & 0xffff, remoteAddress, remotePort: ports >>> 16 };
  }

  /** As `EventEncoder` writes them. */
  #numbers(): TcpNumbers {
    const view = this.#view;
    const at = this.#at;
    this.#at = at + 192;
    const flags = view.getInt32(at + 188, true);
    return {
      sndUna: view.getInt32(at + 0, true),
      sndNxt: view.getInt32(at + 4, true),
      sndWnd: view.getInt32(at + 8, true),
      sndMaxWnd: view.getInt32(at + 12, true),
      sndEnd: view.getInt32(at + 16, true),
      mss: view.getInt32(at + 20, true),
      sndSml: view.getInt32(at + 24, true),
      duplicateAcks: view.getInt32(at + 28, true),
      recovery: view.getInt32(at + 32, true),
      recoveryPoint: view.getInt32(at + 36, true),
      highRxt: view.getInt32(at + 40, true),
      lostEdge: view.getInt32(at + 44, true),
      sacked: view.getInt32(at + 48, true),
      retries: view.getInt32(at + 52, true),
      persistBackoff: view.getInt32(at + 56, true),
      rcvNxt: view.getInt32(at + 60, true),
      rcvAdv: view.getInt32(at + 64, true),
      rcvMss: view.getInt32(at + 68, true),
      unackedText: view.getInt32(at + 72, true),
      quickAcks: view.getInt32(at + 76, true),
      held: view.getInt32(at + 80, true),
      receiveBuffer: view.getInt32(at + 84, true),
      early: view.getInt32(at + 88, true),
      cwnd: view.getFloat64(at + 92, true),
      ssthresh: view.getFloat64(at + 100, true),
      inFlight: view.getFloat64(at + 108, true),
      sndCnt: view.getFloat64(at + 116, true),
      srtt: view.getFloat64(at + 124, true),
      rttvar: view.getFloat64(at + 132, true),
      rto: view.getFloat64(at + 140, true),
      rtoAt: view.getFloat64(at + 148, true),
      persistAt: view.getFloat64(at + 156, true),
      ackAt: view.getFloat64(at + 164, true),
      idleAt: view.getFloat64(at + 172, true),
      holesAt: view.getFloat64(at + 180, true),
      noDelay: (flags & 1) !== 0,
      cork: (flags & 2) !== 0,
      finQueued: (flags & 4) !== 0,
      state: named(STATE_NAMES, (flags >> 8) & 255),
    };
  }

  #text(): string {
    const octets = this.#view.getUint8(this.#at++);
    let text = "";
    for (let i = 0; i < octets; i++) text += String.fromCharCode(this.#view.getUint8(this.#at++));
    return text;
  }

  #packet(): Uint8Array {
    const octets = this.#view.getUint16(this.#at, true);
    this.#at += 2;
    return this.#bytes.slice(this.#at, this.#at + octets);
  }
}

/** What the heads of all records say. */
interface Head extends EventHead {
  readonly host: string;
}
type KindOfConnection =
  | "segment"
  | "text"
  | "held"
  | "timer"
  | "state"
  | "window"
  | "call"
  | "ended"
  | "woken";
type KindOfPacket = Exclude<EventKind, KindOfConnection>;

function namesOf<T extends string>(codes: Codes<T>): readonly T[] {
  const names: T[] = [];
  for (const name of Object.keys(codes) as T[]) names[codes[name]] = name;
  return names;
}

/** @throws RangeError for a code that no name has */
function named<T>(names: readonly T[], code: number): T {
  const name = names[code];
  if (name === undefined)
    throw new RangeError(`an event has the code ${code}, which is none of ${names.length}`);
  return name;
}
