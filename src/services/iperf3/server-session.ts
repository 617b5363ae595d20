/** The server's side of one test, from the accepted control connection to the client's last word. */
import {
  type Failure,
  IPV6_ANY,
  later,
  type MutableSocketAddress,
  type SocketAddress,
  seconds,
  type TcpEndpoint,
  type Timer,
  timer,
  type UdpEndpoint,
} from "../../stack/index.ts";
import { ControlChannel, type ControlOwner } from "./control-connection.ts";
import type { Iperf3Host } from "./iperf3-host.ts";
import {
  ERROR_RECEIVE_PARAMETERS,
  type Parameters,
  parametersFromJson,
  type Results,
  resultsFromJson,
  resultsToJson,
  State,
  streamId,
  UDP_ANSWER,
} from "./protocol.ts";
import { JsonReport } from "./report-json.ts";
import { TextReport } from "./report-text.ts";
import { configureTcp, configureUdp, directions, makeBlock } from "./streams.ts";
import { summarize } from "./summary.ts";
import { TcpStream } from "./tcp-stream.ts";
import { type IntervalSample, type RunOwner, TestRun } from "./test-run.ts";
import { UdpStream } from "./udp-stream.ts";

/** How long the client may take for each step before and after the test itself. */
const STEP_SECONDS = 15;
/** How long a test by time may overrun before it is given up. */
const GRACE_SECONDS = 60;

/** What a session is made with. */
export interface SessionOptions {
  readonly port: number;
  /** Seconds between reports. */
  readonly interval: number;
  readonly json: boolean;
  print(line: string): void;
  /** The test is over, well or not; the endpoints are given back. */
  over(): void;
}

/** The server's side of one test. */
export class ServerSession implements ControlOwner, RunOwner {
  readonly cookie: string;
  readonly #host: Iperf3Host;
  readonly #options: SessionOptions;
  readonly #control: ControlChannel;
  readonly #peer: SocketAddress | undefined;
  readonly #watchdog: Timer;
  readonly #output: string[] = [];
  readonly #arrivedFrom: MutableSocketAddress = { address: IPV6_ANY, port: 0 };
  readonly #datagram: Uint8Array<ArrayBuffer> = new Uint8Array(65_536);
  readonly #datagramView: DataView = new DataView(this.#datagram.buffer);
  #state: "parameters" | "streams" | "running" | "results" | "display" | "over" = "parameters";
  #run: TestRun | undefined;
  #directions: boolean[] = [];
  #block: Uint8Array = new Uint8Array(0);
  #udp: UdpEndpoint | undefined;
  #text: TextReport | undefined;
  #json: JsonReport | undefined;
  #results: Results | undefined;

  /** @param endpoint - the control connection, behind its cookie */
  constructor(host: Iperf3Host, endpoint: TcpEndpoint, cookie: string, options: SessionOptions) {
    this.cookie = cookie;
    this.#host = host;
    this.#options = options;
    this.#peer = endpoint.remote;
    this.#watchdog = timer(host.timers, () => this.#fail("the client does not go on"));
    this.#control = new ControlChannel(endpoint, this, "state");
  }

  get wantsStreams(): boolean {
    return this.#state === "streams" && this.#run?.parameters.protocol === "tcp";
  }

  start(): void {
    this.#step();
    this.#control.expectJson();
    this.#control.sendState(State.paramExchange);
    this.#control.start();
  }

  /** The control connection came established, and its cookie was read by the server. */
  connected(): void {}

  cookieRead(): void {}

  /** A data connection of this test has come. */
  addStream(endpoint: TcpEndpoint): void {
    const run = this.#run;
    if (run === undefined) {
      endpoint.abort();
      return;
    }
    configureTcp(endpoint, run.parameters);
    const index = run.streams.length;
    const options = {
      id: streamId(index),
      sending: this.#directions[index] === true,
      parameters: run.parameters,
      block: this.#block,
    };
    run.streams.push(new TcpStream(this.#host, endpoint, run, options));
    this.#begunWhenComplete();
  }

  /** Ends the test from this side. */
  terminate(): void {
    if (this.#state === "over") return;
    this.#control.sendState(State.serverTerminate);
    this.#fail("the server has terminated");
  }

  json(value: unknown): void {
    this.#control.expectState();
    if (this.#state === "parameters") this.#parametersRead(value);
    else if (this.#state === "results") this.#resultsRead(value);
  }

  state(state: number): void {
    if (state === State.testEnd && this.#state === "running") this.#testEnded();
    else if (state === State.iperfDone && this.#state === "display") this.#done();
    else if (state === State.clientTerminate) this.#fail("the client has terminated");
    else this.#fail(`the client sent state ${state}, which does not belong here`);
  }

  error(): void {}

  ended(reason: Failure | "closed" | "malformed"): void {
    if (this.#state === "display" && reason === "closed") this.#done();
    else this.#fail(`the control connection ended: ${reason}`);
  }

  interval(sample: IntervalSample): void {
    this.#text?.interval(sample);
    this.#json?.interval(sample);
  }

  /** Only the client watches for the end. */
  finished(): void {}

  streamEnded(): void {
    // The control connection tells when a test ends; a data connection may close a little before.
  }

  #step(): void {
    this.#watchdog.set(later(this.#host.now(), seconds(STEP_SECONDS)));
  }

  #parametersRead(value: unknown): void {
    const parameters = parametersFromJson(value);
    if (typeof parameters === "string") {
      const answer = new Uint8Array(9);
      const view = new DataView(answer.buffer);
      view.setInt8(0, State.serverError);
      view.setInt32(1, ERROR_RECEIVE_PARAMETERS);
      this.#control.send(answer);
      this.#fail(parameters);
      return;
    }
    const run = new TestRun(this.#host, parameters, this, {
      decides: false,
      interval: this.#options.interval,
    });
    this.#run = run;
    this.#directions = directions(parameters, "server");
    this.#text = new TextReport(parameters, "server", (line) => this.#print(line));
    if (this.#options.json) this.#json = new JsonReport(this.#host, parameters);
    if (this.#peer !== undefined) {
      this.#print(`Accepted connection from ${this.#peer.address.toString()}, port ${this.#peer.port}`);
    }
    if (parameters.protocol === "tcp") this.#block = makeBlock(this.#host, parameters);
    else if (!this.#openUdp(parameters)) return;
    this.#state = "streams";
    this.#step();
    this.#control.sendState(State.createStreams);
  }

  #openUdp(parameters: Parameters): boolean {
    const udp = this.#host.openUdp();
    this.#udp = udp;
    configureUdp(udp, parameters);
    const failure = udp.bind({ address: IPV6_ANY, port: this.#options.port });
    if (failure !== undefined) {
      this.#fail(`cannot bind UDP port ${this.#options.port}: ${failure}`);
      return false;
    }
    udp.onChange(() => this.#udpChanged(udp));
    return true;
  }

  /** One endpoint serves all UDP streams; whose a datagram is, its source tells. */
  #udpChanged(udp: UdpEndpoint): void {
    for (;;) {
      const n = udp.receive(this.#datagram, this.#arrivedFrom);
      if (n !== undefined) this.#datagramArrived(udp, n);
      else if (udp.takeFailure() === undefined) break;
    }
    for (const stream of this.#run?.streams ?? []) if (stream instanceof UdpStream) stream.writable();
  }

  #datagramArrived(udp: UdpEndpoint, length: number): void {
    const run = this.#run;
    if (run === undefined) return;
    const stream = run.streams.find(
      ({ remote }) =>
        remote?.port === this.#arrivedFrom.port && remote.address.equals(this.#arrivedFrom.address),
    );
    if (stream instanceof UdpStream) {
      stream.arrived(this.#datagramView, length);
    } else if (this.#state === "streams" && length === 4) {
      this.#addUdpStream(udp, run);
    }
  }

  #addUdpStream(udp: UdpEndpoint, run: TestRun): void {
    const index = run.streams.length;
    const remote = { address: this.#arrivedFrom.address, port: this.#arrivedFrom.port };
    const options = {
      id: streamId(index),
      sending: this.#directions[index] === true,
      parameters: run.parameters,
      remote,
      ownsEndpoint: false,
    };
    run.streams.push(new UdpStream(this.#host, udp, run, options));
    udp.send(UDP_ANSWER, remote);
    this.#begunWhenComplete();
  }

  #begunWhenComplete(): void {
    const run = this.#run;
    if (run === undefined || run.streams.length < this.#directions.length) return;
    this.#state = "running";
    const { time, omit } = run.parameters;
    if (time > 0) {
      const longest = seconds(time + omit + GRACE_SECONDS);
      this.#watchdog.set(later(this.#host.now(), longest));
    } else {
      this.#watchdog.cancel();
    }
    this.#text?.connected(run.streams);
    this.#json?.started(run.streams, this.cookie, this.#peer, "server");
    this.#control.sendState(State.testStart);
    this.#control.sendState(State.testRunning);
    run.start();
  }

  #testEnded(): void {
    const run = this.#run;
    if (run === undefined) return;
    run.stop();
    this.#results = run.results("");
    this.#text?.summary(summarize(run, this.#results, undefined), false);
    this.#closeStreams();
    this.#state = "results";
    this.#step();
    this.#control.expectJson();
    this.#control.sendState(State.exchangeResults);
  }

  #resultsRead(value: unknown): void {
    const run = this.#run;
    const ours = this.#results;
    const remote = resultsFromJson(value);
    if (run === undefined || ours === undefined || remote === undefined) {
      this.#fail("the client's results make no sense");
      return;
    }
    this.#json?.ended(run, summarize(run, ours, remote), ours, remote);
    const text = run.parameters.wantsServerOutput ? `${this.#output.join("\n")}\n` : "";
    this.#state = "display";
    this.#step();
    this.#control.sendJson(resultsToJson({ ...ours, serverOutput: text }));
    this.#control.sendState(State.displayResults);
  }

  #done(): void {
    this.#printJson(undefined);
    this.#finish();
  }

  #fail(reason: string): void {
    if (this.#state === "over") return;
    this.#print(`iperf3: error - ${reason}`);
    this.#printJson(reason);
    this.#finish();
  }

  #finish(): void {
    this.#state = "over";
    this.#watchdog.cancel();
    this.#closeStreams();
    this.#control.close();
    this.#options.over();
  }

  #closeStreams(): void {
    this.#run?.close();
    this.#udp?.onChange(undefined);
    this.#udp?.close();
    this.#udp = undefined;
  }

  #print(line: string): void {
    this.#output.push(line);
    if (!this.#options.json) this.#options.print(line);
  }

  #printJson(error: string | undefined): void {
    if (this.#json === undefined) return;
    this.#options.print(JSON.stringify(this.#json.toJson(error, ""), null, "\t"));
  }
}
