/**
 * The clocks of TCP_INFO (Linux's tcp_chrono and its times of the last text), from the events of the stack: the stack itself
 * keeps none, so that nobody pays for them who does not ask. Times are microseconds.
 */
import type { ConnectionEnds, TraceEvent } from "../../stack/index.ts";

/** All that a script's connections differ in. */
export type Ports = Pick<ConnectionEnds, "localPort" | "remotePort">;

/** A time that adds up while it runs. */
class Clock {
  #total = 0;
  #since = -1;

  run(runs: boolean, now: number): void {
    if (runs === this.#since >= 0) return;
    if (!runs) this.#total += now - this.#since;
    this.#since = runs ? now : -1;
  }

  at(now: number): number {
    return this.#total + (this.#since < 0 ? 0 : now - this.#since);
  }
}

/** Of one connection. */
class Clocks {
  /** Text waits or is not acknowledged. */
  readonly busy: Clock = new Clock();
  /** The peer's window keeps it back. */
  readonly windowLimited: Clock = new Clock();
  sentAt: number;
  receivedAt: number;

  constructor(now: number) {
    this.sentAt = now;
    this.receivedAt = now;
  }
}

/** What the events tell of each connection's time. */
export class ConnectionClocks {
  /** By its ports. */
  readonly #of: Map<number, Clocks> = new Map();

  /** Takes an event in. */
  note(event: TraceEvent): void {
    if (!("connection" in event) || event.connection === undefined) return;
    const { time } = event;
    if (event.kind === "state") {
      if (event.to === "established") this.#of.set(keyOf(event.connection), new Clocks(time));
      return;
    }
    const clocks = this.#of.get(keyOf(event.connection));
    if (clocks === undefined) return;
    if (event.kind === "text") clocks.receivedAt = time;
    else if (event.kind === "ended" && event.call === "write" && event.octets > 0)
      clocks.busy.run(true, time);
    else if (event.kind === "held") clocks.windowLimited.run(event.reason === "heldByReceiveWindow", time);
    else if (event.kind === "segment" && event.octets > 0) clocks.sentAt = time;
    else if (event.kind === "window" && ((event.numbers.sndUna - event.numbers.sndEnd) | 0) >= 0)
      clocks.busy.run(false, time);
  }

  /** By Linux's names; nothing of a connection that is not known. */
  info(ports: Ports, now: number): Readonly<Record<string, number>> {
    const clocks = this.#of.get(keyOf(ports)) ?? new Clocks(now);
    return {
      tcpi_last_data_sent: Math.floor((now - clocks.sentAt) / 1000),
      tcpi_last_data_recv: Math.floor((now - clocks.receivedAt) / 1000),
      tcpi_busy_time: clocks.busy.at(now),
      tcpi_rwnd_limited: clocks.windowLimited.at(now),
    };
  }
}

function keyOf({ localPort, remotePort }: Ports): number {
  return localPort * 65_536 + remotePort;
}
