/** Keeps what a tracer is told: events are lent, so each is copied. */
import type { TraceEvent } from "../../../src/stack/index.ts";

export class EventLog {
  readonly events: TraceEvent[] = [];

  readonly event = (event: TraceEvent): void => {
    this.events.push("numbers" in event ? { ...event, numbers: { ...event.numbers } } : { ...event });
  };

  find(id: number): TraceEvent | undefined {
    return this.events[id - 1];
  }

  /** The event that `event` is due to. */
  causeOf(event: TraceEvent): TraceEvent | undefined {
    return this.find(event.cause);
  }

  /** The chain from `event` to what began it. Fails where a link is missing. */
  chain(event: TraceEvent): TraceEvent[] {
    const chain = [event];
    for (let one = event; one.cause !== 0; ) {
      const next = this.find(one.cause);
      if (next === undefined || next.id !== one.cause || next.id >= one.id) {
        throw new Error(`event ${one.id} (${one.kind}) is due to ${one.cause}, which is not before it`);
      }
      chain.push(next);
      one = next;
    }
    return chain;
  }
}
