/** An iperf3 client: runs one test against a server, and reports. */

import { encodeUtf8 } from "../../stack/base/utf8.ts";
import {
  CALLABLE,
  checkSettings,
  type Failure,
  FLAG,
  later,
  OBJECT,
  quantity,
  type Rules,
  required,
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
  COOKIE_OCTETS,
  makeCookie,
  type Parameters,
  parametersToJson,
  type Results,
  resultsFromJson,
  resultsToJson,
  State,
  streamId,
  UDP_HELLO,
  wrongWith,
} from "./protocol.ts";
import { JsonReport } from "./report-json.ts";
import { TextReport } from "./report-text.ts";
import { configureTcp, configureUdp, directions, makeBlock } from "./streams.ts";
import { type StreamSummary, summarize } from "./summary.ts";
import { TcpStream } from "./tcp-stream.ts";
import { type IntervalSample, type RunOwner, TestRun } from "./test-run.ts";
import { UdpStream } from "./udp-stream.ts";

/** How long each step before and after the test itself may take. */
const STEP_SECONDS = 15;

/** What a client is to do. */
export interface ClientOptions {
  /** Where the server listens. */
  readonly server: SocketAddress;
  /** What is tested: `DEFAULT_PARAMETERS`, with what is to differ. */
  readonly parameters: Parameters;
  /** Seconds between reports; 0: only the last. */
  readonly interval?: number | undefined;
  /** Report as one JSON text at the end. */
  readonly json?: boolean | undefined;
  /** Gets each line of the report. Without it, the client is silent. */
  print?(line: string): void;
  /** The test is over. */
  done?(outcome: Outcome): void;
}

const RULES: Rules<ClientOptions> = {
  server: required(OBJECT),
  parameters: required(OBJECT),
  interval: quantity(0, Infinity),
  json: FLAG,
  print: CALLABLE,
  done: CALLABLE,
};

/** How a test has ended. */
export interface Outcome {
  /** Why there are no results, for people; undefined if there are. */
  readonly error: string | undefined;
  /** What each stream has carried, as this side saw it. */
  readonly streams: readonly StreamSummary[];
  /** The results of this side. */
  readonly local: Results | undefined;
  /** The results of the other side. */
  readonly remote: Results | undefined;
}

/** Runs one test against a server, and reports. */
export class Iperf3Client implements ControlOwner, RunOwner {
  readonly #host: Iperf3Host;
  readonly #options: ClientOptions;
  readonly #parameters: Parameters;
  readonly #cookie: string;
  readonly #control: ControlChannel;
  readonly #watchdog: Timer;
  readonly #run: TestRun;
  readonly #text: TextReport;
  readonly #json: JsonReport;
  readonly #endpoints: (TcpEndpoint | UdpEndpoint)[] = [];
  #opened = 0;
  /** The server has begun the test. */
  #mayBegin = false;
  #over = false;
  #local: Results | undefined;
  #remote: Results | undefined;

  /**
   * @throws TypeError for an option that there is not or that is missing
   * @throws RangeError for a value that cannot be, and for parameters of which something is wrong
   */
  constructor(host: Iperf3Host, options: ClientOptions) {
    checkSettings("Iperf3Client", options, RULES);
    const wrong = wrongWith(options.parameters);
    if (wrong !== undefined) throw new RangeError(`Iperf3Client: ${wrong}`);
    this.#host = host;
    this.#options = options;
    this.#parameters = options.parameters;
    this.#cookie = makeCookie(host.random.fork("iperf3 cookie"));
    this.#run = new TestRun(host, options.parameters, this, {
      decides: true,
      interval: options.interval ?? 1,
    });
    this.#text = new TextReport(options.parameters, "client", (line) => this.#print(line));
    this.#json = new JsonReport(host, options.parameters);
    this.#watchdog = timer(host.timers, () => this.#fail("the server does not answer"));
    this.#control = new ControlChannel(host.openTcp(), this, "state");
  }

  /** Connects to the server and begins. Why it cannot, otherwise. */
  start(): void {
    const { server } = this.#options;
    this.#print(`Connecting to host ${server.address.toString()}, port ${server.port}`);
    if (this.#parameters.reverse) {
      this.#print(`Reverse mode, remote host ${server.address.toString()} is sending`);
    }
    this.#step();
    const failure = this.#control.endpoint.connect(server);
    if (failure !== undefined) this.#fail(`unable to connect to server: ${failure}`);
    else this.#control.start();
  }

  /** Ends the test before its time, without results. */
  terminate(): void {
    if (this.#over) return;
    this.#control.sendState(State.clientTerminate);
    this.#fail("interrupt - the client has terminated");
  }

  connected(): void {
    this.#step();
    this.#control.send(cookieOctets(this.#cookie));
  }

  /** For the control channel: a client is sent no cookie. @internal */
  cookieRead(): void {}

  /** For the control channel: the server has sent a state. @internal */
  state(state: number): void {
    this.#step();
    if (state === State.paramExchange) this.#control.sendJson(parametersToJson(this.#parameters));
    else if (state === State.createStreams) this.#openStreams();
    else if (state === State.testStart) this.#begin();
    else if (state === State.testRunning) this.#watch();
    else if (state === State.exchangeResults) this.#exchange();
    else if (state === State.displayResults) this.#display();
    else if (state === State.serverError) this.#control.expectError();
    else if (state === State.accessDenied) {
      this.#fail("the server is busy running a test. try again later");
    } else if (state === State.serverTerminate) this.#fail("the server has terminated");
    else this.#fail("received an unknown control message");
  }

  /** For the control channel: the server has sent a JSON text. @internal */
  json(value: unknown): void {
    this.#remote = resultsFromJson(value);
    if (this.#remote === undefined) this.#fail("unable to receive results");
  }

  error(code: number, errno: number): void {
    this.#fail(`the server reports error ${code}, errno ${errno}`);
  }

  ended(reason: Failure | "closed" | "malformed"): void {
    this.#fail(`the control connection ended: ${reason}`);
  }

  /** For the run: an interval is over. @internal */
  interval(sample: IntervalSample): void {
    this.#text.interval(sample);
    this.#json.interval(sample);
  }

  finished(): void {
    if (!this.#run.running) return;
    this.#run.stop();
    this.#local = this.#run.results("");
    this.#step();
    this.#control.sendState(State.testEnd);
  }

  /** For the run: a stream has ended. @internal */
  streamEnded(): void {
    this.#fail("a data connection ended before the test did");
  }

  #step(): void {
    this.#watchdog.set(later(this.#host.now(), seconds(STEP_SECONDS)));
  }

  #openStreams(): void {
    const block = this.#parameters.protocol === "tcp" ? makeBlock(this.#host, this.#parameters) : undefined;
    for (const [index, sending] of directions(this.#parameters, "client").entries()) {
      const failure =
        block === undefined ? this.#openUdp(index, sending) : this.#openTcp(index, sending, block);
      if (failure !== undefined) {
        this.#fail(`unable to open a stream: ${failure}`);
        return;
      }
    }
  }

  #openTcp(index: number, sending: boolean, block: Uint8Array): Failure | undefined {
    const endpoint = this.#host.openTcp();
    this.#endpoints.push(endpoint);
    configureTcp(endpoint, this.#parameters);
    const cookie = cookieOctets(this.#cookie);
    endpoint.onChange(() => {
      if (endpoint.failure !== undefined) return this.#fail(`unable to open a stream: ${endpoint.failure}`);
      if (!endpoint.connected) return;
      endpoint.onChange(undefined);
      // A send buffer is never shorter than a cookie, and is empty now.
      endpoint.write(cookie);
      const options = { id: streamId(index), sending, parameters: this.#parameters, block };
      this.#run.streams[index] = new TcpStream(this.#host, endpoint, this.#run, options);
      this.#opened++;
      if (this.#mayBegin) this.#begin();
    });
    return endpoint.connect(this.#options.server);
  }

  #openUdp(index: number, sending: boolean): Failure | undefined {
    const endpoint = this.#host.openUdp();
    this.#endpoints.push(endpoint);
    configureUdp(endpoint, this.#parameters);
    const failure = endpoint.connect(this.#options.server);
    if (failure !== undefined) return failure;
    const answer = new Uint8Array(4);
    endpoint.onChange(() => {
      if (endpoint.receive(answer) === undefined) {
        const error = endpoint.takeFailure();
        if (error !== undefined) this.#fail(`unable to open a stream: ${error}`);
        return;
      }
      endpoint.onChange(undefined);
      const options = {
        id: streamId(index),
        sending,
        parameters: this.#parameters,
        remote: this.#options.server,
        ownsEndpoint: true,
      };
      this.#run.streams[index] = new UdpStream(this.#host, endpoint, this.#run, options);
      this.#opened++;
      if (this.#mayBegin) this.#begin();
    });
    const sent = endpoint.send(UDP_HELLO);
    return typeof sent === "string" ? sent : undefined;
  }

  #begin(): void {
    this.#mayBegin = true;
    // The server's last UDP answer may come behind its word on the control connection.
    if (this.#opened < this.#endpoints.length) return;
    this.#text.connected(this.#run.streams);
    this.#json.started(this.#run.streams, this.#cookie, this.#options.server, "client");
    this.#run.start();
    this.#watch();
  }

  /** The test itself has an end of its own; everything else must come soon. */
  #watch(): void {
    if (this.#run.running) this.#watchdog.cancel();
  }

  #exchange(): void {
    if (this.#local === undefined) {
      this.#fail("the server ended the test");
      return;
    }
    this.#control.sendJson(resultsToJson(this.#local));
    this.#control.expectJson();
  }

  #display(): void {
    const local = this.#local;
    if (local === undefined) {
      this.#fail("received an unknown control message");
      return;
    }
    const summaries = summarize(this.#run, local, this.#remote);
    this.#text.summary(summaries, true);
    this.#json.ended(this.#run, summaries, local, this.#remote);
    const output = this.#serverOutput();
    if (output !== "") this.#print(`\nServer output:\n${output}`);
    this.#print("\niperf Done.");
    this.#control.sendState(State.iperfDone);
    this.#finish(undefined, summaries);
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.#print(`iperf3: error - ${reason}`);
    this.#finish(reason, []);
  }

  #finish(error: string | undefined, streams: readonly StreamSummary[]): void {
    this.#over = true;
    this.#watchdog.cancel();
    this.#run.close();
    const open = this.#opened === this.#endpoints.length ? [] : this.#endpoints;
    for (const endpoint of open) {
      endpoint.onChange(undefined);
      endpoint.abort();
    }
    this.#control.close();
    if (this.#options.json === true) {
      const report = this.#json.toJson(error, this.#serverOutput());
      this.#options.print?.(JSON.stringify(report, null, "\t"));
    }
    this.#options.done?.({ error, streams, local: this.#local, remote: this.#remote });
  }

  /** iperf 3.12 as a server sends its output to everybody once anybody has asked for it. */
  #serverOutput(): string {
    return this.#parameters.wantsServerOutput ? (this.#remote?.serverOutput ?? "") : "";
  }

  #print(line: string): void {
    if (this.#options.json !== true) this.#options.print?.(line);
  }
}

function cookieOctets(text: string): Uint8Array {
  const octets = new Uint8Array(COOKIE_OCTETS);
  octets.set(encodeUtf8(text));
  return octets;
}
