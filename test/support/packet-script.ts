/**
 * Packet scripts: what a peer sends, what the stack answers, what the application calls, and when, one event
 * a line, in the notation of packetdrill (a part of it):
 *
 *     +0    listen(3, 1) = 0
 *     +0    < S 0:0(0) win 65535 <mss 1460,sackOK>
 *     +0    > S. 0:0(0) ack 1 <mss 1460,sackOK>
 *     +.1   < . 1:1(0) ack 1 win 65535
 *     +0    accept(3, ..., ...) = 4
 *     +0    write(4, ..., 1000) = 1000
 *     +0    > P. 1:1001(1000) ack 1
 *     +.2   > P. 1:1001(1000) ack 1
 *
 * `+t` is seconds after the event before. Segments of the stack must come in the order of the script, each
 * within 4 ms of its time, or an eighth of the wait. Without `win` any window will do, and with `<...>` any
 * options. What is left over at the end is a failure. One connection per script, numbers relative to the ISS
 * of their side; the listener is 3, the connection 4.
 */
import type { Duration, TcpEndpoint, TcpOptions } from "../../src/stack/index.ts";
import { Rig } from "./rig.ts";

const EVENT = /^\+(\d*\.?\d*)\s+(.*)$/;
const CALL = /^(\w+)\((.*)\)\s*=\s*(-?\d+)$/;
const SEGMENT = /^(\S+) (\d+):(\d+)\((\d+)\)(.*)$/;

/** The options of a socket that a script can set, by name. */
const OPTIONS: Readonly<Record<string, (value: number) => Partial<TcpOptions>>> = {
  TCP_NODELAY: (value) => ({ noDelay: value !== 0 }),
  TCP_CORK: (value) => ({ cork: value !== 0 }),
  TCP_MAXSEG: (value) => ({ maxSegment: value }),
  TCP_USER_TIMEOUT: (value) => ({ userTimeout: value * 1000 }),
  TCP_DEFER_ACCEPT: (value) => ({ deferAccept: value * 1_000_000 }),
  SO_RCVBUF: (value) => ({ receiveBuffer: value }),
  SO_SNDBUF: (value) => ({ sendBuffer: value }),
};

/** Runs the script; throws at the first line that does not come true. */
export function runPacketScript(text: string): void {
  const run = new Run();
  let number = 0;
  for (const raw of text.split("\n")) {
    number++;
    const line = raw.replace(/\/\/.*$/, "").trim();
    if (line === "") continue;
    try {
      run.event(line);
    } catch (error) {
      throw new Error(`line ${number}: ${line}\n${(error as Error).message}`, { cause: error });
    }
  }
  run.end();
}

interface Sent {
  readonly line: string;
  readonly at: number;
}

class Run {
  readonly #rig: Rig = new Rig();
  #options: Partial<TcpOptions> = {};
  #seen: Sent[] = [];
  /** When the last event was. */
  #at: number = this.#rig.time.now();

  event(line: string): void {
    const match = EVENT.exec(line);
    if (match === null) throw new SyntaxError("an event begins with +seconds");
    const [, wait = "0", what = ""] = match;
    const due = this.#at + Math.round(Number(wait) * 1e6);
    if (what.startsWith("> ")) {
      this.#expect(what.slice(2), due);
      return;
    }
    this.#advance(due);
    this.#at = due;
    if (what.startsWith("< ")) this.#rig.peerSends(withoutLength(what.slice(2)));
    else this.#call(what);
    this.#collect();
  }

  end(): void {
    this.#collect();
    if (this.#seen.length > 0) throw new Error(`sent, and not in the script: ${this.#seen[0]?.line}`);
    this.#rig.check();
  }

  /** The next segment is this one, and comes at its time. */
  #expect(script: string, due: number): void {
    const tolerance = Math.max(4_000, (due - this.#at) / 8);
    while (this.#seen.length === 0 && this.#rig.time.nextDeadline() <= due + tolerance) this.#step();
    const next = this.#seen.shift();
    if (next === undefined) throw new Error("nothing was sent");
    const wanted = withoutLength(script);
    const shown = comparable(next.line, wanted);
    if (shown !== wanted.replace(/ <\.\.\.>$/, "")) throw new Error(`sent instead: ${next.line}`);
    const early = due - next.at;
    if (Math.abs(early) > tolerance) throw new Error(`sent ${early / 1000} ms before its time`);
    this.#at = next.at;
  }

  #advance(to: number): void {
    while (this.#rig.time.nextDeadline() <= to) this.#step();
    this.#rig.time.elapse(Math.max(0, to - this.#rig.time.now()) as Duration);
  }

  #step(): void {
    this.#rig.time.step();
    this.#collect();
  }

  /** Notes when what was sent was. */
  #collect(): void {
    const at = this.#rig.time.now();
    for (const line of this.#rig.sent) this.#seen.push({ line, at });
    this.#rig.sent = [];
  }

  #call(what: string): void {
    const match = CALL.exec(what);
    if (match === null) throw new SyntaxError("neither a segment nor a call");
    const [, name = "", list = "", expected = ""] = match;
    const words = list.split(",").map((word) => word.trim());
    const result = this.#perform(name, words);
    if (result !== Number(expected)) throw new Error(`${name} returned ${result}`);
    this.#rig.do(() => undefined); // what it has sent arrives
  }

  #perform(name: string, words: readonly string[]): number {
    const rig = this.#rig;
    switch (name) {
      case "listen":
        rig.listen({ options: this.#options });
        this.#at = rig.time.now(); // the rig has waited for a good ISS
        return 0;
      case "accept":
        rig.accept();
        return 4;
      case "setsockopt":
        return this.#setOption(words[2] ?? "", Number(words[3]?.replace(/[[\]]/g, "")));
      case "write":
        return rig.write(Number(words[2])) ?? -1;
      case "send":
        return rig.write(Number(words[2]), words[3] === "MSG_MORE") ?? -1;
      case "read":
        return rig.read(Number(words[2]))?.length ?? -1;
      case "shutdown":
        rig.do((endpoint) => (words[1] === "SHUT_RD" ? endpoint.discard() : endpoint.finish()));
        return 0;
      case "close":
        rig.do((endpoint) => endpoint.close());
        return 0;
      default:
        throw new SyntaxError(`no such call: ${name}`);
    }
  }

  #setOption(name: string, value: number): number {
    const change = OPTIONS[name]?.(value);
    if (change === undefined) throw new SyntaxError(`no such option: ${name}`);
    this.#options = { ...this.#options, ...change };
    const endpoint: TcpEndpoint = this.#rig.endpoint;
    if (endpoint.state === "closed") return 0;
    return endpoint.configure(change) === undefined ? 0 : -1;
  }
}

/** `1:11(10)` says the length twice, which guards against slips; the rig wants it once. */
function withoutLength(script: string): string {
  const match = SEGMENT.exec(script.trim());
  if (match === null) throw new SyntaxError(`not a segment: ${script}`);
  const [, flags = "", from = "", to = "", length = "", rest = ""] = match;
  if (Number(to) - Number(from) !== Number(length)) throw new SyntaxError(`${from}:${to} is not ${length}`);
  return `${flags} ${from}:${to}${rest}`;
}

/** What was sent, without the parts that the script does not ask for. */
function comparable(sent: string, wanted: string): string {
  let shown = sent;
  if (!/ win \d/.test(wanted)) shown = shown.replace(/ win \d+/, "");
  if (wanted.endsWith("<...>")) shown = shown.replace(/ <[^>]*>$/, "");
  return shown;
}
