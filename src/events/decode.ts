/** Events out of the records that `encode.ts` has written. */
import {
  type ConnectionEnds,
  type Drop,
  type Duration,
  dropName,
  type Instant,
  IpAddress,
  type Send,
  sendName,
  type TcpNumbers,
  TRACE_VERSION,
} from "../stack/index.ts";
import {
  CALLS,
  type Codes,
  FLAGS,
  FLOATS,
  INTEGERS,
  KINDS,
  LAYERS,
  PURPOSES,
  STATES,
  TIMER_STEPS,
} from "./codes.ts";
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
  return new Reader(bytes, at).event(host);
}

/** Reads one record. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = at;
    this.#at = at + HEAD_OCTETS;
  }

  event(host: string): LoggedEvent {
    const view = this.#view;
    const at = this.#start;
    const version = view.getUint8(at + 2);
    const kind = recordKind(view, at);
    if (version !== TRACE_VERSION || kind === undefined) {
      throw new RangeError(
        `an event of version ${version}, kind ${view.getUint8(at + 3)}, cannot be read: this is version ${TRACE_VERSION}`,
      );
    }
    const head = {
      version: TRACE_VERSION,
      id: view.getUint32(at + 4, true),
      cause: view.getUint32(at + 8, true),
      time: view.getFloat64(at + 16, true) as Instant,
      layer: named(LAYER_NAMES, view.getUint8(at + 24)),
      host,
    } as const;
    const reason = view.getUint16(at + 14, true);
    return { ...head, ...this.#body(kind, reason) } as LoggedEvent;
  }

  #body(kind: EventKind, reason: number): object {
    const why = sendName(reason as Send);
    switch (kind) {
      case "received": {
        const octets = this.#integer();
        const sentAs = this.#integer() >>> 0;
        return { kind, octets, sentAs, interface: this.#text(), head: this.#packet() };
      }
      case "dropped": {
        const octets = this.#integer();
        const sentAs = this.#integer() >>> 0;
        return { kind, reason: dropName(reason as Drop), octets, sentAs, head: this.#packet() };
      }
      case "sent":
        return { kind, reason: why, octets: this.#integer(), head: this.#packet() };
      case "delayed":
        return { kind, reason: why, ...this.#delay() };
      case "cut":
      case "merged":
        return { kind, reason: why, octets: this.#integer(), pieces: this.#integer() };
      case "withheld":
        return { kind, reason: why };
      case "link":
        return { kind, up: this.#integer() === 1, interface: this.#text() };
      default:
        return { kind, connection: this.#ends(), ...this.#ofConnection(kind, why) };
    }
  }

  #delay(): object {
    const octets = this.#integer();
    const sentAs = this.#integer() >>> 0;
    const since = this.#float();
    const queued = this.#float() as Duration;
    const transmission = this.#float() as Duration;
    const travel = this.#float() as Duration;
    return { octets, sentAs, since, queued, transmission, travel, head: this.#packet() };
  }

  #ofConnection(kind: EventKind, reason: string): object {
    switch (kind) {
      case "segment": {
        const [seq, octets, flags, window] = [
          this.#integer(),
          this.#integer(),
          this.#integer(),
          this.#integer(),
        ];
        return { reason, seq, octets, flags, window, numbers: this.#numbers() };
      }
      case "text":
        return { seq: this.#integer(), octets: this.#integer(), rcvNxt: this.#integer() };
      case "held":
        return { reason, unsent: this.#integer(), numbers: this.#numbers() };
      case "window":
        return { changed: this.#integer(), numbers: this.#numbers() };
      case "timer": {
        const codes = this.#integer();
        const what = named(STEP_NAMES, codes & 255);
        return { what, purpose: named(PURPOSE_NAMES, (codes >> 8) & 255), at: this.#float() };
      }
      case "state": {
        const codes = this.#integer();
        return { from: named(STATE_NAMES, codes & 255), to: named(STATE_NAMES, (codes >> 8) & 255) };
      }
      case "call":
      case "ended":
        return { call: named(CALL_NAMES, this.#integer()), octets: this.#integer() };
      default:
        return {};
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

  #numbers(): TcpNumbers {
    const read: Record<string, number | boolean | string> = {};
    for (const name of INTEGERS) read[name] = this.#integer();
    for (const name of FLOATS) read[name] = this.#float();
    const flags = this.#integer();
    for (const [bit, name] of FLAGS.entries()) read[name] = (flags & (1 << bit)) !== 0;
    read["state"] = named(STATE_NAMES, (flags >> 8) & 255);
    return read as unknown as TcpNumbers;
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
