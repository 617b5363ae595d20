/** Why frames were sent, and what became of them, in words: from the events that a stack tells. */
import type {
  ConnectionEnds,
  DroppedEvent,
  SegmentEvent,
  SentEvent,
  TraceEvent,
} from "../../../stack/index.ts";
import { DROPS, SENDS } from "../../../stack/reasons.ts";

/** What is known of why a frame was sent. */
export interface FrameReason {
  /** A sentence: the reason, where it is written, and the numbers that decided. */
  readonly comment: string;
  /** The ends of its connection, if it is of one. */
  readonly socket: string | undefined;
}

/** Events that are remembered: a frame may wait so long in a queue, or for its next hop. */
const REMEMBERED = 65_536;

/** Remembers what the last events said. */
export class ReasonsOfFrames {
  readonly #reasons: Map<number, FrameReason> = new Map();
  /** By the number of the event: what was dropped of what was received with it. */
  readonly #drops: Map<number, string[]> = new Map();

  /** Hears of an event, which is lent. */
  event(event: TraceEvent): void {
    if (event.kind === "segment") this.#remember(event.id, { ...ofSegment(event) });
    else if (event.kind === "sent") this.#remember(event.id, { comment: ofSent(event), socket: undefined });
    else if (event.kind === "dropped" && event.cause !== 0) {
      const before = this.#drops.get(event.cause);
      if (before !== undefined) before.push(ofDrop(event));
      else forgetOldest(this.#drops.set(event.cause, [ofDrop(event)]));
    }
  }

  /** Why the frame that was sent by this event was; undefined where that is not known any more. */
  sent(cause: number): FrameReason | undefined {
    return this.#reasons.get(cause);
  }

  /** Takes what was dropped of the frame that was received with this event; undefined: nothing. */
  dropped(received: number): readonly string[] | undefined {
    const found = this.#drops.get(received);
    if (found !== undefined) this.#drops.delete(received);
    return found;
  }

  #remember(id: number, reason: FrameReason): void {
    forgetOldest(this.#reasons.set(id, reason));
  }
}

function forgetOldest(of: Map<number, unknown>): void {
  if (of.size <= REMEMBERED) return;
  for (const id of of.keys()) {
    of.delete(id);
    return;
  }
}

function ofSegment({ id, cause, reason, connection, seq, octets, numbers }: SegmentEvent): FrameReason {
  const { cwnd, inFlight, sndUna, sndWnd, state } = numbers;
  const row = SENDS[reason];
  const decided = `SND.UNA + ${(seq - sndUna) | 0}, ${octets} octets, ${state.toUpperCase()}, window ${sndWnd}, cwnd ${cwnd}, in flight ${inFlight}`;
  return {
    comment: `tcp: ${reason} (${row?.where.tcp ?? "no RFC"}): ${row?.meaning ?? ""} ${decided}${numbered(id, cause)}`,
    socket: namedEnds(connection),
  };
}

function ofSent({ id, cause, layer, reason }: SentEvent): string {
  const row = SENDS[reason];
  return `${layer}: ${reason} (${row?.where[layer] ?? "no RFC"}): ${row?.meaning ?? ""}${numbered(id, cause)}`;
}

function ofDrop({ id, cause, layer, reason }: DroppedEvent): string {
  const row = DROPS[reason];
  return `dropped by ${layer}: ${reason} (${row?.where[layer] ?? "no RFC"}): ${row?.meaning ?? ""}${numbered(id, cause)}`;
}

function numbered(id: number, cause: number): string {
  return ` #${id}${cause === 0 ? "" : ` due to #${cause}`}`;
}

function namedEnds({ localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds): string {
  return `${localAddress}:${localPort} > ${remoteAddress}:${remotePort}`;
}
