/** What happens, in lines of text as tcpdump writes them, to a function that somebody gives. */
import {
  type Clock,
  type Drop,
  dropName,
  formatFrame,
  type Layer,
  type Packet,
  type TcpState,
  type Tracer,
} from "../../stack/index.ts";
import type { Direction, FrameRecorder } from "./observed-link.ts";

export interface TextTraceOptions {
  /** Takes one line, without its end. */
  readonly line: (text: string) => void;
  readonly clock: Clock;
  /** Of the interface that is traced when this is no tracer but a recorder of one link: "" by default. */
  readonly name?: string;
  /** "ip" where the frames are bare IP datagrams: for the tracer, by interface name. */
  readonly medium?: (name: string) => "ethernet" | "ip";
}

/**
 * As a `Tracer`: frames, drops and changes of state of a whole stack. As the recorder of an `ObservedLink`:
 * the frames of one link. Lines begin with the stack's time, then the interface and the direction.
 */
export class TextTrace implements Tracer, FrameRecorder<string> {
  readonly #options: TextTraceOptions;

  constructor(options: TextTraceOptions) {
    this.#options = options;
  }

  frame(name: string, direction: Direction, packet: Packet): void {
    const medium = this.#options.medium?.(name) ?? (name === "lo" ? "ip" : "ethernet");
    this.record(this.#frameLine(name, direction, packet, medium));
  }

  dropped(layer: Layer, packet: Packet, reason: Drop): void {
    this.record(`${this.#time()} ${layer} dropped ${packet.length} octets: ${dropName(reason)}`);
  }

  stateChanged(connection: string, from: TcpState, to: TcpState): void {
    this.record(`${this.#time()} TCP ${connection}: ${from} -> ${to}`);
  }

  describe(direction: Direction, frame: Packet, medium: "ethernet" | "ip"): string {
    return this.#frameLine(this.#options.name ?? "", direction, frame, medium);
  }

  record(description: string): void {
    this.#options.line(description);
  }

  #frameLine(name: string, direction: Direction, packet: Packet, medium: "ethernet" | "ip"): string {
    const place = `${name === "" ? "" : `${name} `}${direction === "in" ? "In " : "Out"}`;
    return `${this.#time()} ${place} ${formatFrame(packet.view, packet.start, packet.end, medium)}`;
  }

  #time(): string {
    return formatTime(this.#options.clock.now());
  }
}

/** Microseconds as hours, minutes, seconds and six decimals. */
function formatTime(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${time}.${String(Math.floor(microseconds % 1_000_000)).padStart(6, "0")}`;
}
