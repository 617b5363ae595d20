/**
 * SEGMENT ARRIVES (RFC 9293 §3.10.7, RFC 5961, RFC 1337) as one table: every state × every segment × every place in the
 * sequence space, and what comes of it: what is sent, the state after, what poll, SO_ERROR and recv say. Measured on
 * anything that scripts run against, ours or a kernel.
 *
 * Each row is a connection of its own, on a port of its own; all go through their steps together.
 */
import type { PendingCall, Target, Value } from "../../src/scripts/index.ts";
import {
  decodeDatagram,
  decodeSegment,
  encodeDatagram,
  encodeSegment,
  TCP,
} from "../../src/scripts/run/wire.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

export const LOCAL = 0xc0a8_0001;
export const REMOTE = 0xc000_0201;
const FIRST_PORT = 2000;
const PEER_PORT = 4000;
/** Wraps soon. */
const PEER_ISS = 0xffff_fff8;
const PEER_WINDOW = 60_000;
/** Octets that we have sent and the peer has not acknowledged, where a state allows it. */
const UNACKNOWLEDGED = 10;

export type StateName =
  | "CLOSED"
  | "LISTEN"
  | "SYN-SENT"
  | "SYN-RECEIVED"
  | "SYN-RECEIVED (crossed)"
  | "ESTABLISHED"
  | "FIN-WAIT-1"
  | "FIN-WAIT-2"
  | "CLOSE-WAIT"
  | "CLOSING"
  | "LAST-ACK"
  | "TIME-WAIT";

/** How a connection is brought into a state: `<` a segment of the peer's, else a call. */
const WAYS: Readonly<Record<StateName, readonly string[]>> = {
  CLOSED: [],
  LISTEN: ["listen"],
  "SYN-SENT": ["connect"],
  "SYN-RECEIVED": ["listen", "< S"],
  "SYN-RECEIVED (crossed)": ["connect", "< S"],
  ESTABLISHED: ["open", "write"],
  "FIN-WAIT-1": ["open", "shutdown"],
  "FIN-WAIT-2": ["open", "shutdown", "< ."],
  "CLOSE-WAIT": ["open", "< F.", "write"],
  CLOSING: ["open", "shutdown", "< F. una"],
  "LAST-ACK": ["open", "< F.", "shutdown"],
  "TIME-WAIT": ["open", "shutdown", "< F."],
};

export const STATES = Object.keys(WAYS) as readonly StateName[];

/** Flags, octets of text, and what is acknowledged: as so far from SND.UNA or SND.NXT. */
interface Kind {
  readonly flags: number;
  readonly text: number;
  readonly ack?: { readonly from: "una" | "nxt"; readonly by: number };
}

const UNA = { from: "una", by: 0 } as const;
const NXT = { from: "nxt", by: 0 } as const;

const SEGMENTS: Readonly<Record<string, Kind>> = {
  SYN: { flags: SYN, text: 0 },
  "SYN, text": { flags: SYN, text: 5 },
  "SYN|ACK": { flags: SYN | ACK, text: 0, ack: NXT },
  "SYN|ACK of nothing": { flags: SYN | ACK, text: 0, ack: { from: "nxt", by: 1000 } },
  "SYN|FIN": { flags: SYN | FIN, text: 0 },
  "SYN|RST": { flags: SYN | RST, text: 0 },
  RST: { flags: RST, text: 0 },
  "RST|ACK": { flags: RST | ACK, text: 0, ack: NXT },
  "RST|ACK of nothing": { flags: RST | ACK, text: 0, ack: { from: "nxt", by: 1000 } },
  "ACK, too old": { flags: ACK, text: 0, ack: { from: "una", by: -70_000 } },
  "ACK, old": { flags: ACK, text: 0, ack: { from: "una", by: -1 } },
  "ACK of SND.UNA": { flags: ACK, text: 0, ack: UNA },
  "ACK of SND.NXT": { flags: ACK, text: 0, ack: NXT },
  "ACK, beyond": { flags: ACK, text: 0, ack: { from: "nxt", by: 1 } },
  "ACK, far beyond": { flags: ACK, text: 0, ack: { from: "nxt", by: 100_000 } },
  text: { flags: ACK | PSH, text: 5, ack: NXT },
  "text, ACK too old": { flags: ACK | PSH, text: 5, ack: { from: "una", by: -70_000 } },
  "text, ACK beyond": { flags: ACK | PSH, text: 5, ack: { from: "nxt", by: 1 } },
  "text without ACK": { flags: PSH, text: 5 },
  "FIN|ACK": { flags: FIN | ACK, text: 0, ack: NXT },
  "text, FIN|ACK": { flags: FIN | ACK, text: 5, ack: NXT },
  "FIN without ACK": { flags: FIN, text: 0 },
  "no flags": { flags: 0, text: 0 },
};

/** Where SEG.SEQ is, of the window [RCV.NXT, RCV.NXT + RCV.WND). */
const PLACES: Readonly<Record<string, (window: number) => number>> = {
  "far left": () => -100_000,
  left: () => -1,
  edge: () => 0,
  inside: () => 10,
  "last inside": (window) => window - 1,
  "right edge": (window) => window,
  beyond: (window) => window + 100_000,
};

/** One row's connection. */
class Row {
  readonly state: StateName;
  readonly title: string;
  readonly kind: Kind;
  readonly place: (window: number) => number;
  readonly port: number;
  /** The listener or what connects; what was accepted, once it was. */
  fd = -1;
  listener = -1;
  /** Of the system under test: its ISS, what it has sent, what it takes. */
  iss = 0;
  sndNxt = 0;
  rcvNxt = 0;
  rcvWnd = 0;
  una = 0;
  /** SEG.SEQ of the row's segment. */
  probeSeq = 0;
  sent: string[] = [];
  readonly told: string[] = [];

  constructor(state: StateName, segment: string, place: string, port: number) {
    this.state = state;
    this.title = `${state}; ${segment}; ${place}`;
    this.kind = SEGMENTS[segment] as Kind;
    this.place = PLACES[place] as (window: number) => number;
    this.port = port;
  }

  /** A number of the peer's, without the window of whoever is asked: as so far from the segment. */
  shown(number: number): string {
    return this.probeSeq > 1000 && number >= this.probeSeq
      ? `SEG.SEQ+${number - this.probeSeq}`
      : `${number}`;
  }
}

/** The places that matter in a state: without a window, one. */
function placesIn(state: StateName): readonly string[] {
  return state === "CLOSED" || state === "LISTEN" || state === "SYN-SENT" ? ["edge"] : Object.keys(PLACES);
}

function allRows(states: readonly StateName[]): Row[] {
  let port = FIRST_PORT;
  return states.flatMap((state) =>
    Object.keys(SEGMENTS).flatMap((segment) =>
      placesIn(state).map((place) => new Row(state, segment, place, port++)),
    ),
  );
}

/** What comes of each row, by its title; of those alone for which `wanted` says so. */
export async function measure(
  target: Target,
  wanted: (title: string) => boolean = () => true,
): Promise<Map<string, string>> {
  return await new Table(
    target,
    allRows(STATES).filter(({ title }) => wanted(title)),
  ).measure();
}

/** Linux's settings without which it would be silent now and then, and windows of the same kind. */
export const SYSCTLS: ReadonlyMap<string, string> = new Map([
  ["net.ipv4.tcp_timestamps", "0"],
  ["net.ipv4.tcp_invalid_ratelimit", "0"],
  ["net.ipv4.tcp_challenge_ack_limit", "2147483647"],
  ["net.ipv4.tcp_rmem", "4096 65535 65535"],
]);

/** The rows as text: a line for each outcome of a state and a segment, with the places that have it. */
export function asText(rows: ReadonlyMap<string, string>): string {
  const lines = new Map<string, string[]>();
  for (const [title, outcome] of rows) {
    const [state = "", segment = "", place = ""] = title.split("; ");
    const key = `${state}; ${segment}; PLACES: ${outcome}`;
    lines.set(key, [...(lines.get(key) ?? []), place]);
  }
  return [...lines].map(([key, places]) => `${key.replace("PLACES", places.join(", "))}\n`).join("");
}

/** The rows that a text tells of. */
export function fromText(text: string): Map<string, string> {
  const rows = new Map<string, string>();
  for (const line of text.trim().split("\n")) {
    const [, state, segment, places = "", outcome = ""] =
      /^([^;]*); ([^;]*); ([^:]*): (.*)$/.exec(line) ?? [];
    for (const place of places.split(", ")) rows.set(`${state}; ${segment}; ${place}`, outcome);
  }
  return rows;
}

/** Microseconds in which an answer has surely come, and no timer of TCP's has expired. */
const ANSWER = 25_000;

class Table {
  readonly #target: Target;
  readonly #rows: readonly Row[];
  readonly #byPort: Map<number, Row>;

  constructor(target: Target, rows: readonly Row[]) {
    this.#target = target;
    this.#rows = rows;
    this.#byPort = new Map(rows.map((row) => [row.port, row]));
  }

  async measure(): Promise<Map<string, string>> {
    // In groups, so that no timer expires while others go through their steps.
    for (let at = 0; at < this.#rows.length; at += 20) await this.#group(this.#rows.slice(at, at + 20));
    return new Map(this.#rows.map((row) => [row.title, row.told.join(" | ")]));
  }

  async #group(rows: readonly Row[]): Promise<void> {
    for (let step = 0; step < 4; step++) {
      for (const row of rows) {
        const what = WAYS[row.state][step];
        if (what !== undefined) await this.#step(row, what);
      }
      await this.#pass(5_000);
    }
    await this.#pass(60_000); // whatever delayed ACK there is has left
    for (const row of rows) row.sent = [];
    for (const row of rows) await this.#probe(row);
    await this.#pass(ANSWER);
    for (const row of rows) row.told.push(`sent ${row.sent.join(", ") || "nothing"}`);
    for (const row of rows) await this.#look(row);
    for (const row of rows) await this.#end(row);
    await this.#pass(1_000);
  }

  async #step(row: Row, what: string): Promise<void> {
    switch (what) {
      case "listen":
        await this.#listen(row);
        return;
      case "connect":
        await this.#connect(row);
        return;
      case "open":
        await this.#listen(row);
        await this.#say(row, SYN, 0, 0);
        await this.#pass(1_000);
        await this.#say(row, ACK, 1, row.sndNxt);
        await this.#pass(1_000);
        row.fd = await this.#call("accept", row.listener, undefined, undefined);
        return;
      case "write":
        await this.#call("write", row.fd, "0123456789", UNACKNOWLEDGED);
        return;
      case "shutdown":
        await this.#call("shutdown", row.fd, 1);
        return;
      case "< S":
        await this.#say(row, SYN, 0, 0);
        return;
      case "< .":
        await this.#say(row, ACK, 1, row.sndNxt);
        row.una = row.sndNxt;
        return;
      case "< F.":
        await this.#say(row, FIN | ACK, 1, row.sndNxt);
        row.una = row.sndNxt;
        return;
      case "< F. una":
        await this.#say(row, FIN | ACK, 1, row.una);
        return;
      default:
        throw new Error(`no step: ${what}`);
    }
  }

  async #listen(row: Row): Promise<void> {
    row.listener = await this.#socket(row);
    await this.#call("listen", row.listener, 5);
  }

  async #connect(row: Row): Promise<void> {
    row.fd = await this.#socket(row);
    await this.#call("connect", row.fd, { sin_family: 2, sin_port: PEER_PORT, sin_addr: REMOTE }, 16);
    await this.#pass(500);
  }

  async #socket(row: Row): Promise<number> {
    const fd = await this.#call("socket", 2, 1, 6);
    await this.#call("fcntl", fd, 4, 0o4000); // F_SETFL, O_NONBLOCK
    await this.#call("bind", fd, { sin_family: 2, sin_port: row.port, sin_addr: LOCAL }, 16);
    return fd;
  }

  /** The segment of the row, at its place. */
  async #probe(row: Row): Promise<void> {
    const { kind } = row;
    const window = row.rcvWnd;
    const base =
      row.state === "LISTEN" || row.state === "CLOSED" || row.state === "SYN-SENT" ? 0 : row.rcvNxt;
    const seq = base + row.place(window);
    row.probeSeq = seq;
    const ack = kind.ack === undefined ? 0 : (kind.ack.from === "una" ? row.una : row.sndNxt) + kind.ack.by;
    await this.#say(row, kind.flags, seq, ack, kind.text);
  }

  /** Sends a segment of the peer's; both numbers are relative to the ISS of their side. */
  async #say(row: Row, flags: number, seq: number, ack: number, text = 0): Promise<void> {
    const segment = {
      sourcePort: PEER_PORT,
      destinationPort: row.port,
      seq: (PEER_ISS + seq) >>> 0,
      ack: flags & ACK ? (row.iss + ack) >>> 0 : 0,
      flags,
      window: PEER_WINDOW,
      urgent: 0,
      options: flags & SYN ? [{ kind: "mss", value: 1460 } as const] : [],
      text: new Uint8Array(text).fill(120),
    };
    const payload = encodeSegment(segment, REMOTE, LOCAL);
    const about = { source: REMOTE, destination: LOCAL, protocol: TCP, trafficClass: 0, hopLimit: 64 };
    await this.#target.inject(encodeDatagram({ ...about, payload }), this.#target.now());
  }

  async #pass(microseconds: number): Promise<void> {
    await this.#target.wait(this.#target.now() + microseconds, () => false);
    for (const { datagram } of this.#target.emissions()) this.#heard(datagram);
  }

  #heard(bytes: Uint8Array): void {
    const datagram = decodeDatagram(bytes);
    if (datagram === undefined || datagram.protocol !== TCP) return;
    const segment = decodeSegment(datagram);
    if (typeof segment === "string") throw new Error(segment);
    const row = this.#byPort.get(segment.sourcePort);
    if (row === undefined) return;
    const { flags } = segment;
    if (flags & SYN) row.iss = segment.seq;
    const seq = (segment.seq - row.iss) | 0;
    const length = segment.text.length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
    if ((flags & RST) === 0) {
      row.sndNxt = Math.max(row.sndNxt, seq + length);
      if (flags & ACK) row.rcvNxt = (segment.ack - PEER_ISS) | 0;
      row.rcvWnd = segment.window;
      if ((flags & SYN) === 0 && row.una === 0) row.una = 1; // it was acknowledged, or this would be no text
    }
    const letters = [
      [SYN, "S"],
      [FIN, "F"],
      [RST, "R"],
      [PSH, "P"],
      [ACK, "."],
    ] as const;
    const shown = letters.map(([bit, letter]) => (flags & bit ? letter : "")).join("");
    // Without a SYN|ACK of ours there is nothing that a number of ours could count from; some resets have none.
    const number = segment.seq === 0 && flags & RST ? 0 : row.iss === 0 ? "its ACK" : seq;
    const ack = flags & ACK ? ` ack ${row.shown((segment.ack - PEER_ISS) | 0)}` : "";
    row.sent.push(`${shown} ${number}${length > 0 ? `+${length}` : ""}${ack}`);
  }

  /** What the calls say afterwards. */
  async #look(row: Row): Promise<void> {
    if (row.state === "CLOSED") return;
    if (row.fd < 0) {
      const accepted = await this.#call("accept", row.listener, undefined, undefined);
      row.told.push(accepted < 0 ? "nothing to accept" : "accepted");
      if (accepted < 0) return;
      row.fd = accepted;
    }
    const { tcpi_state: state } = await this.#target.info(row.fd);
    row.told.push(NAMES[state ?? 0] ?? `state ${state}`);
    row.told.push(`poll ${await this.#poll(row.fd)}`);
    const failure = await this.#make("getsockopt", row.fd, 1, 4, undefined, undefined); // SO_ERROR
    const [errno] = (failure.outcome()?.outputs[3] ?? [0]) as readonly [number];
    if (errno !== 0) row.told.push(`SO_ERROR ${errno}`);
    const read = await this.#make("recv", row.fd, undefined, 100, 0x40); // MSG_DONTWAIT
    const { result, errno: why } = read.outcome() ?? { result: -1, errno: "waits" };
    row.told.push(`recv ${result < 0 ? why : result}`);
  }

  async #poll(fd: number): Promise<string> {
    const poll = await this.#make("poll", [{ fd, events: 0x2005, revents: 0 }], 1, 0);
    const [first] = (poll.outcome()?.outputs[0] ?? []) as readonly [{ readonly revents?: number }];
    const events = first?.revents ?? 0;
    const names = [
      [1, "in"],
      [4, "out"],
      [8, "err"],
      [16, "hup"],
      [0x2000, "rdhup"],
    ] as const;
    return (
      names
        .filter(([bit]) => events & bit)
        .map(([, name]) => name)
        .join("+") || "nothing"
    );
  }

  /** Nothing more is to be heard of the row. */
  async #end(row: Row): Promise<void> {
    for (const fd of [row.fd, row.listener]) {
      if (fd < 0) continue;
      await this.#call("setsockopt", fd, 1, 13, { onoff: 1, linger: 0 }, 8);
      await this.#call("close", fd);
    }
    this.#byPort.delete(row.port);
  }

  async #call(name: string, ...given: Value[]): Promise<number> {
    return (await this.#make(name, ...given)).outcome()?.result ?? -1;
  }

  async #make(name: string, ...given: Value[]): Promise<PendingCall> {
    return await this.#target.call(name, given, this.#target.now(), false);
  }
}

/** As include/net/tcp_states.h numbers them. */
const NAMES: readonly string[] = [
  "",
  "ESTABLISHED",
  "SYN-SENT",
  "SYN-RECEIVED",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "CLOSED", // TIME-WAIT: Linux shows CLOSED of a socket whose connection is in it
  "CLOSED",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
];
