/** What an event says beside what all of them say. */
import type { LoggedEvent } from "tapstack/events";

/** By kind of event. */
export function detailOf(event: LoggedEvent): Readonly<Record<string, string | number>> {
  switch (event.kind) {
    case "received":
      return { interface: event.interface, octets: event.octets };
    case "sent":
      return { octets: event.octets };
    case "segment":
      return {
        seq: event.seq >>> 0,
        octets: event.octets,
        flags: event.flags,
        window: event.window,
        state: event.numbers.state,
      };
    case "held":
      return { unsent: event.unsent, state: event.numbers.state };
    case "window":
      return { state: event.numbers.state };
    case "timer":
      return { what: event.what, purpose: event.purpose, at: event.at };
    case "state":
      return { from: event.from, to: event.to };
    case "delayed":
      return {
        octets: event.octets,
        queued: event.queued,
        transmission: event.transmission,
        travel: event.travel,
      };
    case "cut":
    case "merged":
      return { octets: event.octets, pieces: event.pieces };
    case "text":
      return { seq: event.seq >>> 0, octets: event.octets };
    case "ended":
      return { call: event.call, octets: event.octets };
    case "call":
      return { call: event.call, octets: event.octets };
    default:
      return {};
  }
}
