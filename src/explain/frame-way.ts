/** The way of a segment from its sender to where it was received, over routers, and how long each part of it took. */
import { type EventLog, type LoggedEvent, type LoggedOf, readTcpHead } from "../events/index.ts";

/** How long, in microseconds. */
export type Way = Record<"neighbour" | "queue" | "transmission" | "propagation", number>;

/** Finds ways in a log, which is read once for that. */
export class Ways {
  readonly #log: EventLog;
  /** What has held frames, by the event that sent them. */
  readonly #delays: Map<number, LoggedOf<"delayed">[]> = new Map();

  constructor(log: EventLog) {
    this.#log = log;
    for (const event of log.events({ kinds: ["delayed"] })) {
      if (event.kind !== "delayed") continue;
      const sender = event.sentAs === 0 ? event.cause : event.sentAs;
      const others = this.#delays.get(sender);
      if (others === undefined) this.#delays.set(sender, [event]);
      else others.push(event);
    }
  }

  /** Back from what was received to the segment of the sender. */
  of(arrival: LoggedEvent | undefined): { readonly segment: LoggedEvent | undefined; readonly way: Way } {
    const way: Way = { neighbour: 0, queue: 0, transmission: 0, propagation: 0 };
    let received = arrival;
    let sent = this.#sentBefore(received);
    while (received?.kind === "received" && sent !== undefined) {
      this.#addHop(way, sent, received);
      if (sent.kind === "segment") return { segment: sent, way };
      const before = this.#log.event(sent.cause);
      if (before?.kind !== "received") break;
      way.queue += sent.time - before.time;
      received = before;
      sent = this.#sentBefore(received);
    }
    return { segment: sent, way };
  }

  #sentBefore(received: LoggedEvent | undefined): LoggedEvent | undefined {
    return received?.kind === "received" && received.sentAs !== 0
      ? this.#log.event(received.sentAs)
      : undefined;
  }

  /** One hop: as the line has told it, else all of it is propagation. */
  #addHop(way: Way, sent: LoggedEvent, received: LoggedOf<"received">): void {
    const delays = this.#delays.get(sent.id) ?? [];
    const line = delayOfFrame(delays, received);
    const waited = delays.some(({ reason }) => reason === "waitsForNeighbour");
    const entered = line?.since ?? (waited ? received.time : sent.time);
    way[waited ? "neighbour" : "queue"] += entered - sent.time;
    if (line === undefined) {
      way.propagation += received.time - entered;
      return;
    }
    // What is left: a host that is paused has it in its network card.
    way.queue += line.queued + (received.time - endOf(line));
    way.transmission += line.transmission;
    way.propagation += line.travel;
  }
}

/** What the line says of the frame that was received, among all that the same event has sent. */
function delayOfFrame(
  delays: readonly LoggedOf<"delayed">[],
  received: LoggedOf<"received">,
): LoggedOf<"delayed"> | undefined {
  const seq = readTcpHead(received.head)?.seq;
  return delays.findLast(
    (one) => one.layer === "link" && endOf(one) <= received.time && readTcpHead(one.head)?.seq === seq,
  );
}

function endOf({ since, queued, transmission, travel }: LoggedOf<"delayed">): number {
  return since + queued + transmission + travel;
}
