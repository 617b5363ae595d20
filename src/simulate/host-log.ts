/** What the program on a host has written to its stdout and stderr, line by line, with the time of each. */
import { secondsText } from "./time-text.ts";

/** One line that a program has printed. */
export interface LogLine {
  /** Virtual microseconds. */
  readonly at: number;
  /** The host's name. */
  readonly host: string;
  /** `event`: not the program, but the world says so. */
  readonly stream: "stdout" | "stderr" | "event";
  /** The line, without its end. */
  readonly text: string;
}

/** A line as reports show it: `  3.000417 s broker ready`. */
export function lineText({ at, host, stream, text }: LogLine): string {
  const mark = stream === "stdout" ? "" : stream === "stderr" ? "! " : "# ";
  return `  ${secondsText(at)} ${host} ${mark}${text}`;
}

/** What the programs of a host have printed. */
export class HostLog {
  readonly #host: string;
  readonly #now: () => number;
  readonly #tell: (line: LogLine) => void;
  readonly #lines: LogLine[] = [];
  /** What was written of a line that has not ended yet. */
  #open: { stdout: Open; stderr: Open } = { stdout: new Open(), stderr: new Open() };

  /** @param tell - hears of each line */
  constructor(host: string, now: () => number, tell: (line: LogLine) => void) {
    this.#host = host;
    this.#now = now;
    this.#tell = tell;
  }

  /** All lines so far. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** All lines, with line feeds between them. */
  get text(): string {
    return this.#lines.map(({ text }) => text).join("\n");
  }

  /** Whether a line has `text` in it. */
  includes(text: string): boolean {
    return this.#lines.some((line) => line.text.includes(text));
  }

  /** How many lines have `text` in them, or match it. */
  count(text: string | RegExp): number {
    const matches =
      typeof text === "string" ? (one: string) => one.includes(text) : (one: string) => text.test(one);
    return this.#lines.filter((line) => matches(line.text)).length;
  }

  /** For the world: octets that the program has written. */
  wrote(fd: number, octets: Uint8Array): void {
    const stream = fd === 2 ? "stderr" : "stdout";
    for (const text of this.#open[stream].add(octets)) this.#add(stream, text);
  }

  /** For the world: what has happened to the host or its program. */
  event(text: string): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.#open[stream].end();
      if (rest !== "") this.#add(stream, rest);
    }
    this.#add("event", text);
  }

  #add(stream: LogLine["stream"], text: string): void {
    const line = { at: this.#now(), host: this.#host, stream, text };
    this.#lines.push(line);
    this.#tell(line);
  }
}

/** A line that has begun. */
class Open {
  #decoder = new TextDecoder();
  #text = "";

  /** The lines that are complete now. */
  add(octets: Uint8Array): readonly string[] {
    const lines = (this.#text + this.#decoder.decode(octets, { stream: true })).split("\n");
    this.#text = lines.pop() ?? "";
    return lines;
  }

  end(): string {
    const text = this.#text + this.#decoder.decode();
    this.#text = "";
    return text;
  }
}
