/** Reports for people, in the columns that iperf3 prints. */
import type { SocketAddress } from "../../stack/index.ts";
import type { Parameters } from "./protocol.ts";
import type { TestStream } from "./stream.ts";
import { roleOf, type SideSummary, type StreamSummary, sumOf } from "./summary.ts";
import type { IntervalSample, StreamSample } from "./test-run.ts";
import { formatOctets, formatRate } from "./units.ts";

const RULE: string = "- - - - - - - - - - - - - - - - - - - - - - - - -";

/** Prints what people read. */
export class TextReport {
  readonly #parameters: Parameters;
  readonly #side: "client" | "server";
  readonly #print: (line: string) => void;
  #omittedBefore = false;
  #ruled = false;

  constructor(parameters: Parameters, side: "client" | "server", print: (line: string) => void) {
    this.#parameters = parameters;
    this.#side = side;
    this.#print = print;
  }

  connected(streams: readonly TestStream[]): void {
    for (const stream of streams) {
      this.#print(`[${number(stream)}] local ${ends(stream.local)} connected to ${ends(stream.remote)}`);
    }
    this.#print(this.#heading(true, streams));
  }

  interval(sample: IntervalSample): void {
    if (this.#omittedBefore && !sample.omitted) this.#rule();
    this.#omittedBefore = sample.omitted;
    for (const stream of sample.streams) this.#print(this.#sampleLine(sample, stream));
    for (const sending of [true, false]) {
      const group = sample.streams.filter(({ stream }) => stream.sending === sending);
      if (group.length > 1) this.#print(this.#sumLine(sample, group));
    }
    this.#ruled = false;
    if (sample.streams.length > 1) this.#rule();
  }

  /** @param both - the peer's half is known too */
  summary(summaries: readonly StreamSummary[], both: boolean): void {
    this.#rule();
    this.#print(
      this.#heading(
        false,
        summaries.map(({ stream }) => stream),
      ),
    );
    for (const { stream, sender, receiver } of summaries) {
      const id = `[${number(stream)}]${this.#role(stream)}`;
      if (both || stream.sending) this.#print(this.#totalLine(id, sender, receiver, "sender"));
      if (both || !stream.sending) this.#print(this.#totalLine(id, receiver, receiver, "receiver"));
    }
    for (const sending of [true, false]) {
      const group = summaries.filter(({ stream }) => stream.sending === sending);
      if (group.length > 1) this.#sumTotals(group, sending, both);
    }
  }

  /** Draws a line, unless the last thing drawn was one. */
  #rule(): void {
    if (!this.#ruled) this.#print(RULE);
    this.#ruled = true;
  }

  #sumTotals(group: readonly StreamSummary[], sending: boolean, both: boolean): void {
    const [first] = group;
    const id = `[SUM]${first === undefined ? "" : this.#role(first.stream)}`;
    const sent = sumOf(group.map(({ sender }) => sender));
    const received = sumOf(group.map(({ receiver }) => receiver));
    if (both || sending) this.#print(this.#totalLine(id, sent, received, "sender"));
    if (both || !sending) this.#print(this.#totalLine(id, received, received, "receiver"));
  }

  #heading(interval: boolean, streams: readonly TestStream[]): string {
    const role = this.#parameters.bidirectional ? "[Role]" : "";
    const sends = streams.some((stream) => stream.sending);
    let columns = "";
    if (this.#parameters.protocol === "tcp") {
      const knowsRetransmits = sends || !interval;
      columns = knowsRetransmits ? (interval ? "Retr  Cwnd" : "Retr") : "";
    } else {
      columns = interval && sends ? "Total Datagrams" : "Jitter    Lost/Total Datagrams";
    }
    return `[ ID]${role} Interval           Transfer     Bitrate         ${columns}`.trimEnd();
  }

  #role(stream: TestStream): string {
    const role = roleOf(this.#parameters, stream, this.#side);
    return role === "" ? "" : `[${role}]`;
  }

  #sampleLine(sample: IntervalSample, s: StreamSample): string {
    const line = span(`[${number(s.stream)}]${this.#role(s.stream)}`, sample.start, sample.end, s.bytes);
    return this.#withDetail(line, s, sample.omitted);
  }

  #withDetail(line: string, s: StreamSample, omitted: boolean): string {
    let detail = "";
    if (this.#parameters.protocol === "tcp") {
      if (s.stream.sending) detail = `${String(s.retransmits).padStart(3)}   ${formatOctets(s.cwnd)}`;
    } else if (s.stream.sending) {
      detail = String(s.packets);
    } else {
      detail = losses(s.stream.tally.jitter, s.lost, s.packets);
    }
    return `${line}  ${detail}${omitted ? "  (omitted)" : ""}`.trimEnd();
  }

  #sumLine(sample: IntervalSample, group: readonly StreamSample[]): string {
    let bytes = 0;
    let retransmits = 0;
    let packets = 0;
    let lost = 0;
    for (const s of group) {
      bytes += s.bytes;
      retransmits += s.retransmits;
      packets += s.packets;
      lost += s.lost;
    }
    const [first] = group;
    const role = first === undefined ? "" : this.#role(first.stream);
    const line = span(`[SUM]${role}`, sample.start, sample.end, bytes);
    const sending = first?.stream.sending === true;
    let detail = "";
    if (this.#parameters.protocol === "udp") {
      const jitter = group.reduce((sum, { stream }) => sum + stream.tally.jitter, 0) / group.length;
      detail = sending ? String(packets) : losses(jitter, lost, packets);
    } else if (sending) {
      detail = String(retransmits).padStart(3);
    }
    return `${line}  ${detail}${sample.omitted ? "  (omitted)" : ""}`.trimEnd();
  }

  #totalLine(id: string, side: SideSummary, receiver: SideSummary, name: "sender" | "receiver"): string {
    const line = span(id, 0, side.end, side.bytes);
    if (this.#parameters.protocol === "tcp") {
      const known = name === "sender" && side.retransmits >= 0;
      return `${line}  ${(known ? String(side.retransmits) : "").padStart(3)}             ${name}`;
    }
    const detail =
      name === "sender"
        ? losses(0, 0, side.packets)
        : losses(receiver.jitter, receiver.lost, receiver.packets);
    return `${line}  ${detail}  ${name}`;
  }
}

function span(id: string, start: number, end: number, octets: number): string {
  const from = start.toFixed(2).padStart(6);
  const to = end.toFixed(2).padEnd(6);
  const transfer = formatOctets(octets).padStart(12);
  return `${id} ${from}-${to} sec ${transfer} ${formatRate(octets, end - start).padStart(15)}`;
}

function losses(jitter: number, lost: number, packets: number): string {
  const percent = packets > 0 ? (100 * lost) / packets : 0;
  return `${(jitter * 1000).toFixed(3)} ms  ${lost}/${packets} (${Number(percent.toPrecision(2))}%)`;
}

/** The original shows its descriptors here; ours has none, so the stream's number stands in. */
export function streamNumber(stream: TestStream): number {
  return stream.id + 4;
}

function number(stream: TestStream): string {
  return String(streamNumber(stream)).padStart(3);
}

function ends(address: SocketAddress | undefined): string {
  return address === undefined ? "?" : `${address.address.toString()} port ${address.port}`;
}
