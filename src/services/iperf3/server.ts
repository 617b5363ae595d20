/**
 * An iperf3 server: one test at a time, as the original. Connections are told apart by the cookie that they
 * open with: a new one begins a test, the running test's own adds a stream, any other is turned away.
 */
import {
  CALLABLE,
  checkSettings,
  type Failure,
  FLAG,
  IPV6_ANY,
  integer,
  later,
  quantity,
  type Rules,
  seconds,
  type TcpEndpoint,
  type Timer,
  timer,
} from "../../stack/index.ts";
import { ControlChannel, type ControlOwner } from "./control-connection.ts";
import type { Iperf3Host } from "./iperf3-host.ts";
import { State } from "./protocol.ts";
import { ServerSession } from "./server-session.ts";

/** The port of iperf3. */
export const IPERF3_PORT = 5201;
const BACKLOG = 128;
/** How long a connection may take to send its cookie. */
const COOKIE_SECONDS = 15;

/** How a server serves. */
export interface ServerOptions {
  /** 5201 by default. */
  readonly port?: number | undefined;
  /** Seconds between reports; 0: only the last. */
  readonly interval?: number | undefined;
  /** Report as one JSON text at the end of each test; lines for people by default. */
  readonly json?: boolean | undefined;
  /** Gets each line of the report (of a JSON report, all of it at once). Without it, the server is silent. */
  print?(line: string): void;
  /** A test is over. */
  tested?(): void;
}

const RULES: Rules<ServerOptions> = {
  port: integer(0, 65_535),
  interval: quantity(0, Infinity),
  json: FLAG,
  print: CALLABLE,
  tested: CALLABLE,
};

/** Serves one test at a time. */
export class Iperf3Server {
  readonly #host: Iperf3Host;
  readonly #options: ServerOptions;
  readonly #port: number;
  readonly #pending: Set<Pending> = new Set();
  #listener: TcpEndpoint | undefined;
  #session: ServerSession | undefined;
  #tests = 0;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(host: Iperf3Host, options: ServerOptions = {}) {
    checkSettings("Iperf3Server", options, RULES);
    this.#host = host;
    this.#options = options;
    this.#port = options.port ?? IPERF3_PORT;
  }

  /** Begins to serve; why it cannot, otherwise. */
  listen(): Failure | undefined {
    const listener = this.#host.openTcp();
    const failure =
      listener.configure({ reuseAddress: true }) ??
      listener.bind({ address: IPV6_ANY, port: this.#port }) ??
      listener.listen(BACKLOG);
    if (failure !== undefined) {
      listener.close();
      return failure;
    }
    listener.onChange(() => this.#accept());
    this.#listener = listener;
    this.#announce();
    return undefined;
  }

  /** Ends a running test, and serves no more. */
  close(): void {
    this.#listener?.onChange(undefined);
    this.#listener?.close();
    this.#listener = undefined;
    for (const pending of this.#pending) pending.drop();
    this.#pending.clear();
    this.#session?.terminate();
  }

  #accept(): void {
    for (;;) {
      const endpoint = this.#listener?.accept();
      if (endpoint === undefined) return;
      const pending = new Pending(this.#host, endpoint, (cookie) => this.#identified(pending, cookie));
      this.#pending.add(pending);
      pending.start();
    }
  }

  /** `cookie` is undefined when the connection ended without one. */
  #identified(pending: Pending, cookie: string | undefined): void {
    this.#pending.delete(pending);
    if (cookie === undefined) return;
    if (this.#session === undefined) this.#begin(pending.release(), cookie);
    else if (this.#session.wantsStreams && this.#session.cookie === cookie) {
      this.#session.addStream(pending.release());
    } else {
      pending.deny();
    }
  }

  #begin(endpoint: TcpEndpoint, cookie: string): void {
    this.#session = new ServerSession(this.#host, endpoint, cookie, {
      port: this.#port,
      interval: this.#options.interval ?? 1,
      json: this.#options.json ?? false,
      print: (line) => this.#options.print?.(line),
      over: () => this.#over(),
    });
    this.#session.start();
  }

  #over(): void {
    this.#session = undefined;
    this.#options.tested?.();
    if (this.#listener !== undefined) this.#announce();
  }

  #announce(): void {
    this.#tests++;
    if (this.#options.json) return;
    const rule = "-----------------------------------------------------------";
    this.#options.print?.(rule);
    this.#options.print?.(`Server listening on ${this.#port} (test #${this.#tests})`);
    this.#options.print?.(rule);
  }
}

/** A connection that has not sent its cookie yet. */
class Pending implements ControlOwner {
  readonly #channel: ControlChannel;
  readonly #timer: Timer;
  readonly #identified: (cookie: string | undefined) => void;

  constructor(host: Iperf3Host, endpoint: TcpEndpoint, identified: (cookie: string | undefined) => void) {
    this.#identified = identified;
    this.#timer = timer(host.timers, () => this.ended());
    this.#timer.set(later(host.now(), seconds(COOKIE_SECONDS)));
    this.#channel = new ControlChannel(endpoint, this, "cookie");
  }

  start(): void {
    this.#channel.start();
  }

  release(): TcpEndpoint {
    return this.#channel.release();
  }

  deny(): void {
    this.#channel.sendState(State.accessDenied);
    this.#channel.close();
  }

  drop(): void {
    this.#timer.cancel();
    this.#channel.close();
  }

  cookieRead(text: string): void {
    this.#timer.cancel();
    this.#identified(text);
  }

  ended(): void {
    this.drop();
    this.#identified(undefined);
  }

  connected(): void {}
  state(): void {}
  json(): void {}
  error(): void {}
}
