/** Numbers, times and segments as people read them. */
import { type LoggedEvent, nameOf, readTcpHead, TCP_FLAGS, type TcpHead } from "../events/index.ts";

/** 14480 as "14,480". */
export function count(value: number): string {
  if (!Number.isFinite(value)) return "unlimited";
  const text = String(Math.round(Math.abs(value))).replace(/\B(?=(\d{3})+$)/g, ",");
  return value < 0 ? `-${text}` : text;
}

/** So many of what `one` names: "1 probe", "5 probes". */
export function many(value: number, one: string): string {
  return `${count(value)} ${one}${value === 1 ? "" : "s"}`;
}

/** "1 octet", "5 octets". */
export function octets(value: number): string {
  return many(value, "octet");
}

/** A span of microseconds: "200 ms", "1.5 s", "40 us". */
export function span(microseconds: number): string {
  if (!Number.isFinite(microseconds)) return "for ever";
  if (microseconds >= 1_000_000) return `${trimmed(microseconds / 1_000_000)} s`;
  if (microseconds >= 1000) return `${trimmed(microseconds / 1000)} ms`;
  return `${trimmed(microseconds)} us`;
}

/** A time in seconds since the clock began, with six decimals at most. */
export function moment(microseconds: number): string {
  return `${trimmed(microseconds / 1_000_000, 6)} s`;
}

function trimmed(value: number, digits = 3): string {
  return value.toFixed(digits).replace(/\.?0+$/, "");
}

/** What a segment is, in a few words: "a SYN", "an ACK", "1,448 octets of text". */
export function kindOfSegment(flags: number, text: number): string {
  const { syn, fin, rst, ack } = TCP_FLAGS;
  if ((flags & syn) !== 0) return (flags & ack) !== 0 ? "a SYN with an ACK" : "a SYN";
  if ((flags & rst) !== 0) return "a reset";
  if ((flags & fin) !== 0) return text > 0 ? `${octets(text)} of text with a FIN` : "a FIN";
  return text > 0 ? `${octets(text)} of text` : "an ACK";
}

/** The TCP header of what was received; undefined for anything else. */
export function headOf(event: LoggedEvent): TcpHead | undefined {
  return event.kind === "received"
    ? readTcpHead(event.head, event.interface === "lo" ? "ip" : "ethernet")
    : undefined;
}

/** A segment that came, in words. */
export function segmentWords(head: TcpHead): string {
  const what = kindOfSegment(head.flags, head.text);
  const acks = (head.flags & TCP_FLAGS.ack) !== 0 ? `, which acknowledges all before ${head.ack >>> 0}` : "";
  const more = head.sack.length === 0 ? "" : ` and has ${many(head.sack.length / 2, "SACK block")}`;
  return `${what} from ${head.connection.localAddress}:${head.connection.localPort} (sequence number ${head.seq >>> 0})${acks}${more}`;
}

/** A connection, as its own end sees it. */
export function connectionWords(event: LoggedEvent): string {
  return "connection" in event && event.connection !== undefined ? nameOf(event.connection) : "";
}
