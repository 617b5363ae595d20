/** A test while it runs: starts and stops its streams, measures by intervals, and sums up. Both sides use it. */
import { type Instant, type Timer, timer } from "../../stack/index.ts";
import type { CpuTime, Iperf3Host } from "./iperf3-host.ts";
import type { Parameters, Results, StreamResult } from "./protocol.ts";
import type { StreamOwner, TestStream } from "./stream.ts";

/** One stream's part in one interval. Times are seconds since counting began. */
export interface StreamSample {
  readonly stream: TestStream;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  /** TCP, sending: in this interval, and as it is at its end. */
  readonly retransmits: number;
  readonly cwnd: number;
  readonly sendWindow: number;
  readonly rtt: number;
  readonly rttVariation: number;
  readonly mtu: number;
}

/** What one stream did in one interval. */
export interface IntervalSample {
  readonly start: number;
  readonly end: number;
  readonly omitted: boolean;
  readonly streams: readonly StreamSample[];
}

/** Who runs a test: the client or the server's session. */
export interface RunOwner {
  interval(sample: IntervalSample): void;
  /** The test's end is reached: by time, octets or blocks. Only where the run was told to watch for it. */
  finished(): void;
  streamEnded(stream: TestStream): void;
}

/** The test itself, from the first octet to the last, and its reports meanwhile. */
export class TestRun implements StreamOwner {
  readonly parameters: Parameters;
  readonly streams: TestStream[] = [];
  readonly #host: Iperf3Host;
  readonly #owner: RunOwner;
  /** This side decides when the test ends: the client. */
  readonly #decides: boolean;
  readonly #interval: number;
  readonly #intervalTimer: Timer;
  readonly #endTimer: Timer;
  #running = false;
  #omitting = false;
  #began = 0;
  #marked = 0;
  #ended = 0;
  #octetsOut = 0;
  #octetsIn = 0;
  #blocks = 0;
  #cpuAtStart: CpuTime = { user: 0, system: 0 };
  #cpu: CpuTime = { user: 0, system: 0 };

  /** @param interval - seconds between samples; 0: none but the last */
  constructor(
    host: Iperf3Host,
    parameters: Parameters,
    owner: RunOwner,
    options: { readonly decides: boolean; readonly interval: number },
  ) {
    this.#host = host;
    this.parameters = parameters;
    this.#owner = owner;
    this.#decides = options.decides;
    this.#interval = options.interval * 1e6;
    this.#intervalTimer = timer(host.timers, (now) => this.#intervalOver(now));
    this.#endTimer = timer(host.timers, (now) => this.#timeOver(now));
  }

  get running(): boolean {
    return this.#running;
  }

  /** Seconds from the beginning of counting to the end of the test. */
  get duration(): number {
    return (this.#ended - this.#began) / 1e6;
  }

  start(): void {
    this.#running = true;
    this.#omitting = this.parameters.omit > 0;
    this.#beginCounting(this.#host.now());
    const lasts = this.#omitting ? this.parameters.omit : this.parameters.time;
    if (lasts > 0 && (this.#decides || this.#omitting)) {
      this.#endTimer.set((this.#began + Math.round(lasts * 1e6)) as Instant);
    }
    for (const stream of this.streams) stream.start();
  }

  /** Ends the counting, and reports the last interval. The streams keep their endpoints until `close`. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#intervalTimer.cancel();
    this.#endTimer.cancel();
    this.#ended = this.#host.now();
    const cpu = this.#cpuNow();
    this.#cpu = { user: cpu.user - this.#cpuAtStart.user, system: cpu.system - this.#cpuAtStart.system };
    for (const stream of this.streams) stream.stop();
    const rest = this.#ended - this.#marked;
    // A sliver that the timer and the peer's word leave behind is a line of noise, unless it is all there is.
    if (rest > this.#interval / 10 || this.#marked === this.#began) this.#report(this.#ended);
  }

  close(): void {
    this.stop();
    for (const stream of this.streams) stream.close();
  }

  results(serverOutput: string): Results {
    const elapsed = Math.max(1, this.#ended - this.#began);
    const tcp = this.parameters.protocol === "tcp";
    const sends = this.streams.some((stream) => stream.sending);
    return {
      cpuTotal: ((this.#cpu.user + this.#cpu.system) / elapsed) * 100,
      cpuUser: (this.#cpu.user / elapsed) * 100,
      cpuSystem: (this.#cpu.system / elapsed) * 100,
      senderHasRetransmits: sends ? (tcp ? 1 : 0) : -1,
      congestion: this.streams[0]?.info()?.congestion ?? "",
      serverOutput,
      streams: this.streams.map((stream) => this.#result(stream)),
    };
  }

  takeBlock(): boolean {
    const { bytes, blocks } = this.parameters;
    if (this.#decides && !this.#omitting) {
      if ((bytes > 0 && this.#octetsOut >= bytes) || (blocks > 0 && this.#blocks >= blocks)) {
        this.#owner.finished();
        return false;
      }
    }
    this.#blocks++;
    return this.#running;
  }

  moved(octets: number, out: boolean): void {
    if (out) {
      this.#octetsOut += octets;
      return;
    }
    this.#octetsIn += octets;
    if (!this.#decides || this.#omitting) return;
    const { bytes, blocks, length } = this.parameters;
    const wanted = bytes > 0 ? bytes : blocks * length;
    if (wanted > 0 && this.#octetsIn >= wanted) this.#owner.finished();
  }

  streamEnded(stream: TestStream): void {
    if (this.#running) this.#owner.streamEnded(stream);
  }

  #beginCounting(now: number): void {
    this.#began = now;
    this.#marked = now;
    this.#octetsIn = 0;
    this.#octetsOut = 0;
    this.#blocks = 0;
    this.#cpuAtStart = this.#cpuNow();
    for (const stream of this.streams) stream.tally.restart(stream.info()?.totalRetransmits ?? 0);
    if (this.#interval > 0) this.#intervalTimer.set((now + this.#interval) as Instant);
  }

  #intervalOver(now: Instant): void {
    this.#report(now);
    // From the beginning, not from now, or the lateness of every timer would add up.
    const passed = Math.floor((now - this.#began) / this.#interval);
    this.#intervalTimer.set((this.#began + (passed + 1) * this.#interval) as Instant);
  }

  #timeOver(now: Instant): void {
    if (!this.#omitting) {
      this.#owner.finished();
      return;
    }
    if (now - this.#marked > this.#interval / 10) this.#report(now);
    this.#omitting = false;
    this.#beginCounting(now);
    if (this.#decides && this.parameters.time > 0) {
      this.#endTimer.set((now + Math.round(this.parameters.time * 1e6)) as Instant);
    }
  }

  #report(now: number): void {
    const streams = this.streams.map(sampleOf);
    const start = (this.#marked - this.#began) / 1e6;
    this.#marked = now;
    this.#owner.interval({ start, end: (now - this.#began) / 1e6, omitted: this.#omitting, streams });
  }

  #result(stream: TestStream): StreamResult {
    const { tally } = stream;
    const retransmits = stream.sending ? (stream.info()?.totalRetransmits ?? -1) : -1;
    return {
      id: stream.id,
      bytes: tally.bytes,
      retransmits: retransmits < 0 ? -1 : retransmits - tally.firstRetransmit,
      jitter: tally.jitter,
      errors: tally.lost,
      packets: tally.packets - tally.firstPacket,
      end: this.duration,
    };
  }

  #cpuNow(): CpuTime {
    return this.#host.cpuTime?.() ?? { user: 0, system: 0 };
  }
}

/** Takes an interval's sample of a stream, and begins its next one. */
function sampleOf(stream: TestStream): StreamSample {
  const { tally } = stream;
  const info = stream.info();
  const retransmits = info?.totalRetransmits ?? 0;
  const sample: StreamSample = {
    stream,
    bytes: tally.bytes - tally.markedBytes,
    packets: tally.packets - tally.markedPackets,
    lost: tally.lost - tally.markedLost,
    retransmits: retransmits - tally.markedRetransmits,
    cwnd: info?.congestionWindow ?? 0,
    sendWindow: info?.sendWindow ?? 0,
    rtt: info?.smoothedRtt ?? 0,
    rttVariation: info?.rttVariation ?? 0,
    mtu: info === undefined ? 0 : info.sendMss + 40,
  };
  tally.largestCwnd = Math.max(tally.largestCwnd, sample.cwnd);
  tally.largestWindow = Math.max(tally.largestWindow, sample.sendWindow);
  tally.sampleRtt(sample.rtt);
  tally.mark(retransmits);
  return sample;
}
