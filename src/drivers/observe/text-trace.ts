/** What happens, in lines of text as tcpdump writes them, to a function that somebody gives. */
import {
  CALLABLE,
  type Clock,
  type ConnectionEnds,
  checkSettings,
  type DelayedEvent,
  type DroppedEvent,
  FLAG,
  formatFrame,
  type HeldEvent,
  having,
  type Packet,
  type Rules,
  required,
  type SegmentEvent,
  type SendName,
  TEXT,
  type TraceEvent,
  type Tracer,
} from "../../stack/index.ts";
import { DROPS, type Layer, SENDS } from "../../stack/reasons.ts";
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
  /** Lines also for timers, windows, calls and what is received; false by default. */
  readonly verbose?: boolean | undefined;
}

const RULES: Rules<TextTraceOptions> = {
  line: required(CALLABLE),
  clock: required(having("a clock: an object whose now() gives the time", "now")),
  name: TEXT,
  medium: CALLABLE,
  verbose: FLAG,
};

/**
 * As a `Tracer`: frames, drops, changes of state, and why each thing is sent, of a whole stack. As the recorder of an
 * `ObservedLink`: the frames of one link. Lines begin with the stack's time, then the interface and the direction, or
 * the layer that decides. `#34 due to #33` are the numbers of events: see `TraceEvent`.
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

  event(event: TraceEvent): void {
    const text = this.#describeEvent(event);
    if (text === undefined) return;
    const due = event.cause === 0 ? "" : ` due to #${event.cause}`;
    this.record(`${this.#time()} ${text} #${event.id}${due}`);
  }

  describe(direction: Direction, frame: Packet, medium: "ethernet" | "ip"): string {
    return this.#frameLine(this.#options.name ?? "", direction, frame, medium);
  }

  record(description: string): void {
    this.#options.line(description);
  }

  #describeEvent(event: TraceEvent): string | undefined {
    switch (event.kind) {
      case "dropped":
        return describeDrop(event);
      case "sent":
        return `${event.layer} sent ${event.octets} octets: ${sourced(event)}`;
      case "withheld":
        return `${event.layer} sent nothing: ${sourced(event)}`;
      case "segment":
        return describeSegment(event);
      case "held":
        return describeHeld(event);
      case "state":
        return `TCP ${describeEnds(event.connection)}: ${event.from} -> ${event.to}`;
      default:
        return this.#options.verbose === true ? describeMore(event) : undefined;
    }
  }

  #frameLine(name: string, direction: Direction, packet: Packet, medium: "ethernet" | "ip"): string {
    const place = `${name === "" ? "" : `${name} `}${direction === "in" ? "In " : "Out"}`;
    return `${this.#time()} ${place} ${formatFrame(packet.view, packet.start, packet.end, medium)}`;
  }

  #time(): string {
    return formatTime(this.#options.clock.now());
  }
}

function describeDrop({ layer, packet, reason }: DroppedEvent): string {
  const what = packet === undefined ? "" : ` ${packet.length} octets`;
  const row = DROPS[reason];
  return `${layer} dropped${what}: ${reason} (${row?.where[layer]}) ${row?.meaning}`;
}

/** The reason, and who asks for it. */
function sourced({ layer, reason }: { readonly layer: Layer; readonly reason: SendName }): string {
  return `${reason} (${SENDS[reason]?.where[layer]})`;
}

function describeHeld(event: HeldEvent): string {
  const what = event.reason === "heldByApplication" ? "nothing waits" : `${event.unsent} octets wait`;
  return `TCP ${describeEnds(event.connection)}: ${what}: ${sourced(event)}`;
}

function describeSegment(event: SegmentEvent): string {
  const { connection, seq, octets, numbers } = event;
  const { cwnd, inFlight, sndUna, sndWnd } = numbers;
  const windows = `window ${sndWnd}, cwnd ${cwnd}, in flight ${inFlight}`;
  return `TCP ${describeEnds(connection)}: sent ${octets} octets from SND.UNA + ${(seq - sndUna) | 0}: ${sourced(event)}, ${windows}`;
}

/** What is of interest to those who want to know everything. */
function describeMore(event: TraceEvent): string | undefined {
  switch (event.kind) {
    case "timer": {
      const whose = event.connection === undefined ? "" : ` of ${describeEnds(event.connection)}`;
      const when = event.what === "armed" ? ` for ${formatTime(event.at)}` : "";
      return `${event.layer} timer ${event.purpose}${whose} ${event.what}${when}`;
    }
    case "window": {
      const { cwnd, ssthresh, srtt, sndWnd } = event.numbers;
      const windows = `cwnd ${cwnd}, ssthresh ${ssthresh}, srtt ${srtt} us, window ${sndWnd}`;
      return `TCP ${describeEnds(event.connection)}: ${windows}`;
    }
    case "call":
      return `${event.layer} call ${event.call}${event.octets > 0 ? ` of ${event.octets} octets` : ""}`;
    case "delayed":
      return `${event.layer} holds ${event.octets} octets: ${sourced(event)}${describeDelay(event)}`;
    case "cut":
      return `${event.layer} makes ${event.pieces} of ${event.octets} octets: ${sourced(event)}`;
    case "merged":
      return `${event.layer} makes ${event.octets} octets of ${event.pieces} pieces: ${sourced(event)}`;
    case "text":
      return `TCP ${describeEnds(event.connection)}: keeps ${event.octets} octets of text, ${(event.rcvNxt - event.seq) | 0} of them in order`;
    case "woken":
      return `${event.layer} wakes the application`;
    case "received":
      return `${event.interface} received ${event.octets} octets`;
    default:
      return undefined;
  }
}

function describeDelay({ queued, transmission, travel }: DelayedEvent): string {
  return queued + transmission + travel === 0 ? "" : `, ${queued} + ${transmission} + ${travel} us`;
}

function describeEnds({ localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds): string {
  return `${localAddress}:${localPort} > ${remoteAddress}:${remotePort}`;
}

/** Microseconds as hours, minutes, seconds and six decimals. */
function formatTime(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${time}.${String(Math.floor(microseconds % 1_000_000)).padStart(6, "0")}`;
}
