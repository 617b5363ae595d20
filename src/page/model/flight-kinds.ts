/** What kind of segment a flight is, for colours and for words. */
import type { Flight, RunEvent } from "../record/run-record.ts";
import type { RunModel } from "./run-model.ts";

/** How a flight is drawn. */
export type FlightKind = "data" | "ack" | "control" | "again" | "udp" | "other";

/** Why a segment goes once more. */
const AGAIN: ReadonlySet<string> = new Set([
  "synAgain",
  "synAckAgain",
  "synAckRepeated",
  "windowProbeAgain",
  "tailProbeAgain",
  "fastRetransmit",
  "nextHole",
  "partialAck",
  "lostAgain",
  "reorderingOver",
  "timeout",
  "afterTimeout",
  "smallerMtu",
]);

/** The kind of a flight. */
export function kindOf(model: RunModel, flight: Flight): FlightKind {
  if (flight.protocol === "udp") return "udp";
  if (flight.protocol !== "tcp") return "other";
  const cause: RunEvent | undefined = model.record.events[flight.event];
  if (cause !== undefined && AGAIN.has(cause.reason)) return "again";
  if (/[SFR]/.test(flight.flags)) return "control";
  return flight.length > 0 ? "data" : "ack";
}

/** A flight in a few words, with relative sequence numbers. */
export function labelOf(model: RunModel, flight: Flight): string {
  if (flight.protocol !== "tcp") return shorten(flight.text);
  const { side } = flight;
  const words = [wordsOfFlags(flight.flags)].filter((word) => word !== "");
  if (flight.length > 0 || /[SF]/.test(flight.flags)) {
    const seq = model.relative(flight.connection, side, flight.seq);
    words.push(flight.length > 0 ? `${seq}:${seq + flight.length}` : `seq ${seq}`);
  }
  if (flight.flags.includes(".")) {
    words.push(`ack ${model.relative(flight.connection, side === 0 ? 1 : 0, flight.ack)}`);
  }
  for (let at = 0; at + 1 < flight.sack.length; at += 2) {
    const [from, to] = [flight.sack[at] as number, flight.sack[at + 1] as number];
    const other = side === 0 ? 1 : 0;
    words.push(
      `sack ${model.relative(flight.connection, other, from)}:${model.relative(flight.connection, other, to)}`,
    );
  }
  if (flight.marked) words.push("CE");
  return words.join(" ");
}

function wordsOfFlags(flags: string): string {
  const names = { S: "SYN", F: "FIN", R: "RST", E: "ECE", W: "CWR" } as const;
  return Object.entries(names)
    .flatMap(([letter, name]) => (flags.includes(letter) ? [name] : []))
    .join(" ");
}

function shorten(text: string): string {
  const short = text
    .replace(/^IP /, "")
    .replace(/^[^:]*?: (?=ICMP|UDP)/, "")
    .replace(/^ARP, (\w+) ([^,]*).*$/, "ARP $1 $2")
    .replace(/^.*\(frag \d+:(\d+)@(\d+)\+?\)$/, (_, octets: string, at: string) => {
      return `fragment, octets ${at}:${Number(at) + Number(octets)}`;
    });
  return short.length > 44 ? `${short.slice(0, 43)}…` : short;
}
