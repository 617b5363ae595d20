/** What happens, in lines of text as tcpdump writes them, to a function that somebody gives. */
import {
  CALLABLE,
  type Clock,
  checkSettings,
  type Drop,
  dropName,
  dropRow,
  formatFrame,
  having,
  type Layer,
  type Packet,
  type Rules,
  required,
  type TcpState,
  TEXT,
  type Tracer,
} from "../../stack/index.ts";
import type { Direction, FrameRecorder } from "./observed-link.ts";

/** What a trace is made with. */
export interface TextTraceOptions {
  /** Takes one line, without its end. */
  readonly line: (text: string) => void;
  /** Stamps each line. */
  readonly clock: Clock;
  /** Of the interface that is traced when this is no tracer but a recorder of one link: "" by default. */
  readonly name?: string | undefined;
  /** "ip" where the frames are bare IP datagrams: for the tracer, by interface name. */
  readonly medium?: ((name: string) => "ethernet" | "ip") | undefined;
}

const RULES: Rules<TextTraceOptions> = {
  line: required(CALLABLE),
  clock: required(having("a clock: an object whose now() gives the time", "now")),
  name: TEXT,
  medium: CALLABLE,
};

/**
 * As a `Tracer`: frames, drops and changes of state of a whole stack. As the recorder of an `ObservedLink`:
 * the frames of one link. Lines begin with the stack's time, then the interface and the direction.
 */
export class TextTrace implements Tracer, FrameRecorder<string> {
  readonly #options: TextTraceOptions;

  /** @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be */
  constructor(options: TextTraceOptions) {
    checkSettings("TextTrace", options, RULES);
    this.#options = options;
  }

  frame(name: string, direction: Direction, packet: Packet): void {
    const medium = this.#options.medium?.(name) ?? (name === "lo" ? "ip" : "ethernet");
    this.record(this.#frameLine(name, direction, packet, medium));
  }

  dropped(layer: Layer, packet: Packet | undefined, reason: Drop): void {
    const what = packet === undefined ? "" : ` ${packet.length} octets`;
    const row = dropRow(reason);
    const why = row === undefined ? "" : ` (${row.where[layer]}) ${row.meaning}`;
    this.record(`${this.#time()} ${layer} dropped${what}: ${dropName(reason)}${why}`);
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
