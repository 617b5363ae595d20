/** The report that `-J` prints: the same members as iperf 3.12's, so that its readers take ours. */
import type { SocketAddress } from "../../stack/index.ts";
import type { Iperf3Host } from "./iperf3-host.ts";
import type { Parameters, Results } from "./protocol.ts";
import { streamNumber } from "./report-text.ts";
import type { TestStream } from "./stream.ts";
import { type SideSummary, type StreamSummary, sumOf } from "./summary.ts";
import type { IntervalSample, StreamSample, TestRun } from "./test-run.ts";

type Json = Record<string, unknown>;

/** Gathers what `-J` prints. */
export class JsonReport {
  readonly #host: Iperf3Host;
  readonly #parameters: Parameters;
  readonly #start: Json = {};
  readonly #intervals: Json[] = [];
  #end: Json = {};

  constructor(host: Iperf3Host, parameters: Parameters) {
    this.#host = host;
    this.#parameters = parameters;
  }

  /** What is known when the test begins. `peer` is "connecting_to" of a client, "accepted_connection" of a server. */
  started(
    streams: readonly TestStream[],
    cookie: string,
    peer: SocketAddress | undefined,
    side: "client" | "server",
  ): void {
    const p = this.#parameters;
    const wall = this.#host.wallClock?.();
    const host = { host: peer?.address.toString() ?? "", port: peer?.port ?? 0 };
    Object.assign(this.#start, {
      connected: streams.map((stream) => ({
        socket: streamNumber(stream),
        local_host: stream.local?.address.toString() ?? "",
        local_port: stream.local?.port ?? 0,
        remote_host: stream.remote?.address.toString() ?? "",
        remote_port: stream.remote?.port ?? 0,
      })),
      version: "iperf 3.12",
      system_info: this.#host.systemInfo ?? "tapstack",
      timestamp: { time: wall?.words ?? "", timesecs: Math.floor(wall?.seconds ?? 0) },
      [side === "client" ? "connecting_to" : "accepted_connection"]: host,
      cookie,
      target_bitrate: p.bandwidth,
      sock_bufsize: p.window,
      test_start: {
        protocol: p.protocol.toUpperCase(),
        num_streams: p.parallel,
        blksize: p.length,
        omit: p.omit,
        duration: p.time,
        bytes: p.bytes,
        blocks: p.blocks,
        reverse: p.reverse ? 1 : 0,
        bidir: p.bidirectional ? 1 : 0,
        tos: p.trafficClass,
        target_bitrate: p.bandwidth,
      },
    });
    const mss = streams[0]?.info()?.sendMss;
    if (mss !== undefined) this.#start["tcp_mss_default"] = mss;
    if (p.extraData !== "") this.#start["extra_data"] = p.extraData;
  }

  interval(sample: IntervalSample): void {
    const json: Json = { streams: sample.streams.map((s) => this.#sample(sample, s)) };
    const sending = sample.streams.filter(({ stream }) => stream.sending);
    const receiving = sample.streams.filter(({ stream }) => !stream.sending);
    const groups = [sending, receiving].filter((group) => group.length > 0);
    for (const [index, group] of groups.entries()) {
      json[index === 0 ? "sum" : "sum_bidir_reverse"] = this.#sum(sample, group);
    }
    this.#intervals.push(json);
  }

  ended(
    run: TestRun,
    summaries: readonly StreamSummary[],
    local: Results,
    remote: Results | undefined,
  ): void {
    const udp = this.#parameters.protocol === "udp";
    const end: Json = {
      streams: summaries.map((s) => (udp ? { udp: udpStream(s) } : tcpStream(s))),
    };
    Object.assign(end, sums(summaries, udp));
    end["cpu_utilization_percent"] = {
      host_total: local.cpuTotal,
      host_user: local.cpuUser,
      host_system: local.cpuSystem,
      remote_total: remote?.cpuTotal ?? 0,
      remote_user: remote?.cpuUser ?? 0,
      remote_system: remote?.cpuSystem ?? 0,
    };
    if (!udp) {
      const weSend = run.streams[0]?.sending === true;
      end["sender_tcp_congestion"] = weSend ? local.congestion : (remote?.congestion ?? "");
      end["receiver_tcp_congestion"] = weSend ? (remote?.congestion ?? "") : local.congestion;
    }
    this.#end = end;
  }

  /** The whole report. `error` as the original has it, where the test failed. */
  toJson(error: string | undefined, serverOutput: string): Json {
    const json: Json = { start: this.#start, intervals: this.#intervals, end: this.#end };
    if (serverOutput !== "") json["server_output_text"] = serverOutput;
    if (error !== undefined) json["error"] = error;
    return json;
  }

  #sample(sample: IntervalSample, s: StreamSample): Json {
    const json: Json = { socket: streamNumber(s.stream), ...span(sample, s.bytes) };
    if (this.#parameters.protocol === "udp") {
      json["packets"] = s.packets;
      if (!s.stream.sending) Object.assign(json, losses(s.stream.tally.jitter, s.lost, s.packets));
    } else if (s.stream.sending) {
      Object.assign(json, {
        retransmits: s.retransmits,
        snd_cwnd: s.cwnd,
        snd_wnd: s.sendWindow,
        rtt: s.rtt,
        rttvar: s.rttVariation,
        pmtu: s.mtu,
      });
    }
    return { ...json, omitted: sample.omitted, sender: s.stream.sending };
  }

  #sum(sample: IntervalSample, group: readonly StreamSample[]): Json {
    let bytes = 0;
    let packets = 0;
    let lost = 0;
    let retransmits = 0;
    let jitter = 0;
    for (const s of group) {
      bytes += s.bytes;
      packets += s.packets;
      lost += s.lost;
      retransmits += s.retransmits;
      jitter += s.stream.tally.jitter / group.length;
    }
    const sender = group[0]?.stream.sending === true;
    const json: Json = span(sample, bytes);
    if (this.#parameters.protocol === "udp") {
      json["packets"] = packets;
      if (!sender) Object.assign(json, losses(jitter, lost, packets));
    } else if (sender) {
      json["retransmits"] = retransmits;
    }
    return { ...json, omitted: sample.omitted, sender };
  }
}

function span(sample: IntervalSample, bytes: number): Json {
  const seconds = sample.end - sample.start;
  return { start: sample.start, end: sample.end, seconds, bytes, bits_per_second: rate(bytes, seconds) };
}

function tcpStream({ stream, sender, receiver }: StreamSummary): Json {
  const { tally } = stream;
  const socket = streamNumber(stream);
  const ours = stream.sending
    ? {
        max_snd_cwnd: tally.largestCwnd,
        max_snd_wnd: tally.largestWindow,
        max_rtt: tally.largestRtt,
        min_rtt: tally.smallestRtt,
        mean_rtt: tally.rttSamples > 0 ? Math.round(tally.rttSum / tally.rttSamples) : 0,
      }
    : {};
  return {
    sender: { socket, ...tcpTotals(sender, stream.sending, true), ...ours, sender: stream.sending },
    receiver: { socket, ...tcpTotals(receiver, stream.sending, false) },
  };
}

function tcpTotals(side: SideSummary, sender: boolean, withRetransmits: boolean): Json {
  const { bytes, end } = side;
  const json: Json = { start: 0, end, seconds: end, bytes, bits_per_second: rate(bytes, end) };
  if (withRetransmits && side.retransmits >= 0) json["retransmits"] = side.retransmits;
  json["sender"] = sender;
  return json;
}

/** The sums of each direction; the second direction of a bidirectional test has names of its own. */
function sums(summaries: readonly StreamSummary[], udp: boolean): Json {
  const json: Json = {};
  const groups = [true, false]
    .map((sending) => summaries.filter(({ stream }) => stream.sending === sending))
    .filter((group) => group.length > 0);
  for (const [index, group] of groups.entries()) {
    const tail = index === 0 ? "" : "_bidir_reverse";
    const sending = group[0]?.stream.sending === true;
    const sent = sumOf(group.map(({ sender }) => sender));
    const received = sumOf(group.map(({ receiver }) => receiver));
    if (udp) json[`sum${tail}`] = { ...udpTotals(received, sending), end: sent.end };
    json[`sum_sent${tail}`] = udp ? udpTotals(sent, sending) : tcpTotals(sent, sending, true);
    json[`sum_received${tail}`] = udp ? udpTotals(received, sending) : tcpTotals(received, sending, false);
  }
  return json;
}

function udpStream({ stream, sender, receiver }: StreamSummary): Json {
  return {
    socket: streamNumber(stream),
    ...udpTotals(
      { ...receiver, bytes: sender.bytes, end: sender.end, packets: sender.packets },
      stream.sending,
    ),
    out_of_order: stream.tally.outOfOrder,
  };
}

function udpTotals(side: SideSummary, sender: boolean): Json {
  const { bytes, end } = side;
  return {
    start: 0,
    end,
    seconds: end,
    bytes,
    bits_per_second: rate(bytes, end),
    ...losses(side.jitter, side.lost, side.packets),
    packets: side.packets,
    sender,
  };
}

function losses(jitter: number, lost: number, packets: number): Json {
  return {
    jitter_ms: jitter * 1000,
    lost_packets: lost,
    lost_percent: packets > 0 ? (100 * lost) / packets : 0,
  };
}

function rate(bytes: number, seconds: number): number {
  return seconds > 0 ? (bytes * 8) / seconds : 0;
}
