/**
 * Events as binary records: a few stores each, no object, no text. A record stands for itself, so it can be kept in a
 * ring, and in a file. Numbers are little-endian.
 *
 * | octets | what                                                                  |
 * | ------ | --------------------------------------------------------------------- |
 * | 2      | the length of the record, a multiple of 8                             |
 * | 1      | the version of the events (`TRACE_VERSION`)                           |
 * | 1      | kind, as in `codes.ts`                                                |
 * | 4, 4   | `id`, `cause`                                                         |
 * | 2      | host, as whoever keeps the record numbers its hosts                   |
 * | 2      | reason (`Drop` or `Send`); 0 where there is none                      |
 * | 8      | time, microseconds, as a float                                        |
 * | 1      | layer                                                                 |
 * | …      | the rest, by kind, as the code below has it                           |
 */
import {
  type ConnectionEnds,
  Drop,
  type IpAddress,
  type Packet,
  Send,
  type TcpNumbers,
  TRACE_VERSION,
  type TraceEvent,
} from "../stack/index.ts";
import { CALLS, KINDS, LAYERS, PURPOSES, STATES, TIMER_STEPS } from "./codes.ts";

/** Octets of the part that all records have. */
export const HEAD_OCTETS = 25;
/** Octets that a record needs at most, besides those of a packet. */
export const MOST_OCTETS = 512;

/** Writes records into memory that it is given. One for all is enough: it remembers nothing. */
export class EventEncoder {
  #view: DataView = new DataView(new ArrayBuffer(0));
  #bytes: Uint8Array = new Uint8Array();
  /** Where the record begins, and where it goes on. */
  #begin = 0;
  #at = 0;
  #host = 0;

  /** Where it writes from now on. */
  use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Writes `event` at `at`, a multiple of 8; there must be room for `MOST_OCTETS + head`. Each kind is read in a method of
   * its own, which so sees objects of one shape: reading all of them in one place costs several times as much.
   *
   * @param host - a number of the caller's, 0 to 65,535
   * @param head - octets of a packet that are kept
   * @returns the length of the record
   */
  encode(event: TraceEvent, at: number, host: number, head: number): number {
    this.#begin = at;
    this.#host = host;
    switch (event.kind) {
      case "timer":
        this.#timer(event);
        break;
      case "call":
        this.#call(event);
        break;
      case "ended":
        this.#ended(event);
        break;
      case "segment":
        this.#segment(event);
        break;
      case "received":
        this.#received(event, head);
        break;
      case "text":
        this.#textEvent(event);
        break;
      case "window":
        this.#window(event);
        break;
      case "woken":
        this.#woken(event);
        break;
      default:
        this.#seldom(event, head);
    }
    const length = (this.#at - at + 7) & ~7;
    this.#view.setUint16(at, length, true);
    return length;
  }

  #seldom(event: Seldom, head: number): void {
    switch (event.kind) {
      case "held":
        this.#held(event);
        break;
      case "sent":
        this.#sent(event, head);
        break;
      case "dropped":
        this.#dropped(event, head);
        break;
      case "delayed":
        this.#delayed(event, head);
        break;
      case "state":
        this.#head(KINDS.state, event.id, event.cause, event.time, LAYERS[event.layer], 0);
        this.#ends(event.connection);
        this.#integer(STATES[event.from] | (STATES[event.to] << 8));
        break;
      case "cut":
      case "merged":
        this.#head(
          KINDS[event.kind],
          event.id,
          event.cause,
          event.time,
          LAYERS[event.layer],
          Send[event.reason],
        );
        this.#integer(event.octets);
        this.#integer(event.pieces);
        break;
      case "withheld":
        this.#head(
          KINDS.withheld,
          event.id,
          event.cause,
          event.time,
          LAYERS[event.layer],
          Send[event.reason],
        );
        break;
      case "link":
        this.#head(KINDS.link, event.id, event.cause, event.time, LAYERS[event.layer], 0);
        this.#integer(event.up ? 1 : 0);
        this.#text(event.interface);
        break;
    }
  }

  /** The part that all records have, but for their length. */
  #head(kind: number, id: number, cause: number, time: number, layer: number, reason: number): void {
    const view = this.#view;
    const at = this.#begin;
    view.setUint8(at + 2, TRACE_VERSION);
    view.setUint8(at + 3, kind);
    view.setUint32(at + 4, id, true);
    view.setUint32(at + 8, cause, true);
    view.setUint16(at + 12, this.#host, true);
    view.setUint16(at + 14, reason, true);
    view.setFloat64(at + 16, time, true);
    view.setUint8(at + 24, layer);
    this.#at = at + HEAD_OCTETS;
  }

  #timer(event: Of<"timer">): void {
    this.#head(KINDS.timer, event.id, event.cause, event.time, LAYERS[event.layer], 0);
    this.#ends(event.connection);
    this.#integer(TIMER_STEPS[event.what] | (PURPOSES[event.purpose] << 8));
    this.#float(event.at);
  }

  #call(event: Of<"call">): void {
    this.#head(KINDS.call, event.id, event.cause, event.time, LAYERS[event.layer], 0);
    this.#ends(event.connection);
    this.#integer(CALLS[event.call]);
    this.#integer(event.octets);
  }

  #ended(event: Of<"ended">): void {
    this.#head(KINDS.ended, event.id, event.cause, event.time, LAYERS[event.layer], 0);
    this.#ends(event.connection);
    this.#integer(CALLS[event.call]);
    this.#integer(event.octets);
  }

  #woken(event: Of<"woken">): void {
    this.#head(KINDS.woken, event.id, event.cause, event.time, LAYERS[event.layer], 0);
    this.#ends(event.connection);
  }

  #segment(event: Of<"segment">): void {
    this.#head(KINDS.segment, event.id, event.cause, event.time, LAYERS.tcp, Send[event.reason]);
    this.#ends(event.connection);
    this.#integer(event.seq);
    this.#integer(event.octets);
    this.#integer(event.flags);
    this.#integer(event.window);
    this.#numbers(event.numbers);
  }

  #textEvent(event: Of<"text">): void {
    this.#head(KINDS.text, event.id, event.cause, event.time, LAYERS.tcp, 0);
    this.#ends(event.connection);
    this.#integer(event.seq);
    this.#integer(event.octets);
    this.#integer(event.rcvNxt);
  }

  #window(event: Of<"window">): void {
    this.#head(KINDS.window, event.id, event.cause, event.time, LAYERS.tcp, 0);
    this.#ends(event.connection);
    this.#integer(event.changed);
    this.#numbers(event.numbers);
  }

  #held(event: Of<"held">): void {
    this.#head(KINDS.held, event.id, event.cause, event.time, LAYERS.tcp, Send[event.reason]);
    this.#ends(event.connection);
    this.#integer(event.unsent);
    this.#numbers(event.numbers);
  }

  #received(event: Of<"received">, head: number): void {
    this.#head(KINDS.received, event.id, event.cause, event.time, LAYERS.interface, 0);
    this.#integer(event.octets);
    this.#integer(event.sentAs);
    this.#text(event.interface);
    this.#packet(event.packet, head);
  }

  #sent(event: Of<"sent">, head: number): void {
    this.#head(KINDS.sent, event.id, event.cause, event.time, LAYERS[event.layer], Send[event.reason]);
    this.#integer(event.octets);
    this.#packet(event.packet, head);
  }

  #dropped(event: Of<"dropped">, head: number): void {
    this.#head(KINDS.dropped, event.id, event.cause, event.time, LAYERS[event.layer], Drop[event.reason]);
    this.#integer(event.octets);
    this.#integer(event.sentAs);
    this.#packet(event.packet, head);
  }

  #delayed(event: Of<"delayed">, head: number): void {
    this.#head(KINDS.delayed, event.id, event.cause, event.time, LAYERS[event.layer], Send[event.reason]);
    this.#integer(event.octets);
    this.#integer(event.sentAs);
    this.#float(event.since);
    this.#float(event.queued);
    this.#float(event.transmission);
    this.#float(event.travel);
    this.#packet(event.packet, head);
  }

  #integer(value: number): void {
    this.#view.setInt32(this.#at, value, true);
    this.#at += 4;
  }

  #float(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  #address(address: IpAddress): void {
    address.write(this.#view, this.#at);
    this.#at += 16;
  }

  /** Ports 0 and 0: there is no connection. */
  #ends(ends: ConnectionEnds | undefined): void {
    this.#integer(ends === undefined ? 0 : ends.localPort | (ends.remotePort << 16));
    if (ends === undefined) return;
    this.#address(ends.localAddress);
    this.#address(ends.remoteAddress);
  }

  /** One by one: a loop over names costs four times as much. */
  #numbers(n: TcpNumbers): void {
    const view = this.#view;
    const at = this.#at;
    view.setInt32(at + 0, n.sndUna, true);
    view.setInt32(at + 4, n.sndNxt, true);
    view.setInt32(at + 8, n.sndWnd, true);
    view.setInt32(at + 12, n.sndMaxWnd, true);
    view.setInt32(at + 16, n.sndEnd, true);
    view.setInt32(at + 20, n.mss, true);
    view.setInt32(at + 24, n.sndSml, true);
    view.setInt32(at + 28, n.duplicateAcks, true);
    view.setInt32(at + 32, n.recovery, true);
    view.setInt32(at + 36, n.recoveryPoint, true);
    view.setInt32(at + 40, n.highRxt, true);
    view.setInt32(at + 44, n.lostEdge, true);
    view.setInt32(at + 48, n.sacked, true);
    view.setInt32(at + 52, n.retries, true);
    view.setInt32(at + 56, n.persistBackoff, true);
    view.setInt32(at + 60, n.rcvNxt, true);
    view.setInt32(at + 64, n.rcvAdv, true);
    view.setInt32(at + 68, n.rcvMss, true);
    view.setInt32(at + 72, n.unackedText, true);
    view.setInt32(at + 76, n.quickAcks, true);
    view.setInt32(at + 80, n.held, true);
    view.setInt32(at + 84, n.receiveBuffer, true);
    view.setInt32(at + 88, n.early, true);
    view.setFloat64(at + 92, n.cwnd, true);
    view.setFloat64(at + 100, n.ssthresh, true);
    view.setFloat64(at + 108, n.inFlight, true);
    view.setFloat64(at + 116, n.sndCnt, true);
    view.setFloat64(at + 124, n.srtt, true);
    view.setFloat64(at + 132, n.rttvar, true);
    view.setFloat64(at + 140, n.rto, true);
    view.setFloat64(at + 148, n.rtoAt, true);
    view.setFloat64(at + 156, n.persistAt, true);
    view.setFloat64(at + 164, n.ackAt, true);
    view.setFloat64(at + 172, n.idleAt, true);
    view.setFloat64(at + 180, n.holesAt, true);
    this.#at = at + 188;
    this.#integer((n.noDelay ? 1 : 0) | (n.cork ? 2 : 0) | (n.finQueued ? 4 : 0) | (STATES[n.state] << 8));
  }

  /** Up to 255 characters of ASCII. */
  #text(text: string): void {
    const octets = Math.min(text.length, 255);
    this.#view.setUint8(this.#at++, octets);
    for (let i = 0; i < octets; i++) this.#view.setUint8(this.#at++, text.charCodeAt(i));
  }

  #packet(packet: Packet | undefined, head: number): void {
    const octets = packet === undefined ? 0 : Math.min(packet.length, head);
    this.#view.setUint16(this.#at, octets, true);
    this.#at += 2;
    if (packet === undefined) return;
    const from = packet.bytes;
    const into = this.#bytes;
    let at = this.#at;
    for (let i = packet.start; i < packet.start + octets; i++) into[at++] = from[i] as number;
    this.#at = at;
  }
}

/** The events of a kind. */
type Of<K extends TraceEvent["kind"]> = Extract<TraceEvent, { readonly kind: K }>;
type Seldom = Exclude<
  TraceEvent,
  Of<"timer" | "call" | "ended" | "segment" | "received" | "text" | "window" | "woken">
>;
