/** What both sides know at the end, put together: for each stream what was sent and what was received. */
import type { Parameters, Results, StreamResult } from "./protocol.ts";
import type { TestStream } from "./stream.ts";
import type { TestRun } from "./test-run.ts";

/** What one side of a stream has carried. */
export interface SideSummary {
  /** Octets of data. */
  readonly bytes: number;
  /** Seconds. */
  readonly end: number;
  /** TCP; -1 where it is not known. */
  readonly retransmits: number;
  /** Of UDP, in seconds. */
  readonly jitter: number;
  /** Datagrams that did not come. */
  readonly lost: number;
  /** Datagrams sent, or the highest number received. */
  readonly packets: number;
}

/** What both sides of a stream have carried. */
export interface StreamSummary {
  /** The stream. */
  readonly stream: TestStream;
  /** What its sender tells. */
  readonly sender: SideSummary;
  /** What its receiver tells. */
  readonly receiver: SideSummary;
}

/** `remote` is undefined on a server that has not been told. */
export function summarize(run: TestRun, local: Results, remote: Results | undefined): StreamSummary[] {
  return run.streams.map((stream, index) => {
    const ours = sideOf(local.streams[index]);
    const theirs = sideOf(remote?.streams.find((result) => result.id === stream.id));
    return stream.sending
      ? { stream, sender: ours, receiver: theirs }
      : { stream, sender: theirs, receiver: ours };
  });
}

/** Several streams as one; jitter is their mean. */
export function sumOf(sides: readonly SideSummary[]): SideSummary {
  const sum = { bytes: 0, end: 0, retransmits: 0, jitter: 0, lost: 0, packets: 0 };
  for (const side of sides) {
    sum.bytes += side.bytes;
    sum.end = Math.max(sum.end, side.end);
    sum.retransmits += Math.max(0, side.retransmits);
    sum.jitter += side.jitter / sides.length;
    sum.lost += side.lost;
    sum.packets += side.packets;
  }
  return sum;
}

/** The label of a direction in a bidirectional test, "" in any other. */
export function roleOf(parameters: Parameters, stream: TestStream, side: "client" | "server"): string {
  if (!parameters.bidirectional) return "";
  return `${stream.sending ? "TX" : "RX"}-${side === "client" ? "C" : "S"}`;
}

function sideOf(result: StreamResult | undefined): SideSummary {
  return {
    bytes: result?.bytes ?? 0,
    end: result?.end ?? 0,
    retransmits: result?.retransmits ?? -1,
    jitter: result?.jitter ?? 0,
    lost: result?.errors ?? 0,
    packets: result?.packets ?? 0,
  };
}
