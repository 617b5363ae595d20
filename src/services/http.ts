/**
 * An HTTP/1.1 server of read-only pages (RFC 9110, 9112): GET and HEAD, persistent connections, pipelining.
 * It understands HTTP/1.0 too. One answer is kept per connection, and no request is read while it waits
 * for room, so a client that does not read cannot make memory grow.
 */
import { type Duration, later, seconds, type TcpEndpoint, type Timer, timer } from "../stack/index.ts";
import { ascii } from "./ascii.ts";
import { throwAway } from "./discard.ts";
import { type HttpRequest, MAX_HEAD, readRequest } from "./http-request.ts";
import type { Progress, ServiceHost, Session, StreamService } from "./session.ts";

/** A page: the answer to GET of its path. */
export interface Page {
  /** Its media type with its parameters, as `text/html; charset=utf-8`. */
  readonly type: string;
  /** Makes the body: ASCII, or octets of whatever kind. */
  readonly body: () => string | Uint8Array;
  /** The same for who does not ask for HTML, such as `curl`: plain text, ASCII. */
  readonly plain?: (() => string) | undefined;
  /** The answer has no end: after so long comes another body, and so on (server-sent events, say). */
  readonly every?: Duration | undefined;
}

/** How long a connection may stand without a request coming in or an answer going out. */
const PATIENCE: Duration = seconds(60);

/** After an error: how long what the client still sends is thrown away, so that it can read the answer (RFC 9112 §9.6). */
const LINGER: Duration = seconds(2);

/** The web server. */
export class HttpService implements StreamService {
  /** `http`. */
  readonly name: string = "http";
  readonly #host: ServiceHost;
  readonly #pages: ReadonlyMap<string, Page>;
  readonly #scratch: Uint8Array;

  /**
   * @param pages - by path
   * @param scratch - for the duration of a step only; larger than the longest head
   */
  constructor(host: ServiceHost, pages: ReadonlyMap<string, Page>, scratch: Uint8Array) {
    this.#host = host;
    this.#pages = pages;
    this.#scratch = scratch;
  }

  open(connection: TcpEndpoint, again: () => void): Session {
    return new HttpSession(this.#host, this.#pages, connection, this.#scratch, again);
  }
}

class HttpSession implements Session {
  readonly #host: ServiceHost;
  readonly #pages: ReadonlyMap<string, Page>;
  readonly #connection: TcpEndpoint;
  readonly #scratch: Uint8Array;
  readonly #idle: Timer;
  /** Octets of a request's body that are still to be skipped. */
  #skip = 0;
  /** The answer on its way out, and how much of it is written. */
  #answer: Uint8Array = NOTHING;
  #answered = 0;
  /** No further request is served. */
  #last = false;
  /** The last answer is on its way, and the client may still be sending. */
  #lingering = false;
  #timedOut = false;
  /** A page without an end is being sent. */
  #stream: (Page & { readonly every: Duration }) | undefined = undefined;
  /** The timer runs until its next part. */
  #awaitsNext = false;

  constructor(
    host: ServiceHost,
    pages: ReadonlyMap<string, Page>,
    connection: TcpEndpoint,
    scratch: Uint8Array,
    again: () => void,
  ) {
    this.#host = host;
    this.#pages = pages;
    this.#connection = connection;
    this.#scratch = scratch;
    this.#idle = timer(host.timers, () => {
      this.#timedOut = true;
      again();
    });
    this.#wait(PATIENCE);
  }

  ended(): void {
    this.#idle.cancel();
  }

  step(): Progress {
    if (this.#timedOut && !this.#goesOn()) return "done";
    for (;;) {
      const progress = this.#finishLast();
      if (progress !== undefined) return progress;
      const request = this.#nextRequest();
      if (request === undefined) return "wait";
      if (request === "end") return "done";
      this.#serve(request);
    }
  }

  /** What is still to be done about the last request; undefined if nothing: another one can be served. */
  #finishLast(): Progress | undefined {
    if (!this.#writeAnswer()) return "wait";
    if (this.#stream !== undefined) return this.#awaitNext(this.#stream);
    if (this.#lingering) return this.#throwAway();
    if (this.#last) return "done";
    return this.#skipBody() ? undefined : "wait";
  }

  /** Whether the answer has gone out entirely. */
  #writeAnswer(): boolean {
    if (this.#answered === this.#answer.length) return true;
    const count = this.#connection.write(this.#answer, this.#answered) ?? 0;
    if (count > 0) this.#wait(PATIENCE);
    this.#answered += count;
    if (this.#answered < this.#answer.length) return false;
    this.#answer = NOTHING;
    this.#answered = 0;
    return true;
  }

  /** Whether the time that is up is only that of the next part of a stream: then that is made. */
  #goesOn(): boolean {
    if (this.#stream === undefined || this.#answer !== NOTHING) return false;
    this.#timedOut = false;
    this.#awaitsNext = false;
    this.#answer = octetsOf(this.#stream.body());
    this.#wait(PATIENCE);
    return true;
  }

  #awaitNext({ every }: { readonly every: Duration }): Progress {
    if (!this.#awaitsNext) this.#wait(every);
    this.#awaitsNext = true;
    // What the client still says is of no interest; its FIN ends the stream.
    return throwAway(this.#connection);
  }

  /** Whether the body of the last request has been read to its end. */
  #skipBody(): boolean {
    while (this.#skip > 0) {
      const count = this.#connection.skip(this.#skip);
      if (count === undefined) return false;
      if (count === 0) break; // the end of the stream: the next read finds it too
      this.#skip -= count;
    }
    this.#skip = 0;
    return true;
  }

  /** Looks at what has come without taking it, until it is a whole request: so nothing has to be kept here. */
  #nextRequest(): HttpRequest | "end" | undefined {
    const seen = this.#connection.read(this.#scratch, 0, MAX_HEAD, true);
    if (seen === undefined) return undefined;
    if (seen === 0) return "end";
    const request = readRequest(this.#scratch, seen);
    // After the peer's FIN a head that is not complete never will be.
    if (request === undefined) return this.#connection.state === "close-wait" ? "end" : undefined;
    this.#connection.skip(request.head);
    return request;
  }

  #serve(request: HttpRequest): void {
    this.#wait(PATIENCE);
    this.#skip = request.body;
    this.#last = !request.keepAlive;
    const page = this.#pages.get(request.path);
    this.#answer = answerTo(request, page);
    if (page?.every !== undefined && request.status === 200 && request.method === "GET") {
      this.#stream = { ...page, every: page.every };
      return;
    }
    // A connection closed with data unread is reset, and the reset may overtake the answer (RFC 9112 §9.6).
    this.#lingering = this.#last && (request.status !== 200 || request.body > 0);
    if (this.#lingering) this.#wait(LINGER);
  }

  /** Our FIN goes out behind the answer; what still comes is read away until the client's FIN, or not for long. */
  #throwAway(): Progress {
    this.#connection.finish();
    return throwAway(this.#connection);
  }

  #wait(patience: Duration): void {
    this.#idle.set(later(this.#host.now(), patience));
  }
}

const NOTHING = new Uint8Array(0);

/** The whole answer; of a stream its head, and its first part. */
function answerTo(request: HttpRequest, page: Page | undefined): Uint8Array {
  const status = statusOf(request, page);
  const isPlain = page?.plain !== undefined && !/text\/html|text\/\*/.test(request.accept);
  const { type, body } = contentOf(status, page, isPlain);
  const streams = status === 200 && page?.every !== undefined;
  const fields = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    "Server: tapstack",
    `Content-Type: ${type}`,
    ...(streams ? [] : [`Content-Length: ${body.length}`]),
    "Cache-Control: no-store",
  ];
  if (page?.plain !== undefined) fields.push("Vary: Accept");
  if (status === 405) fields.push("Allow: GET, HEAD");
  if (streams || !request.keepAlive) fields.push("Connection: close");
  else if (request.minor === 0) fields.push("Connection: keep-alive");
  const head = ascii(`${fields.join("\r\n")}\r\n\r\n`);
  if (request.method === "HEAD") return head;
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

function contentOf(
  status: number,
  page: Page | undefined,
  isPlain: boolean,
): { readonly type: string; readonly body: Uint8Array } {
  if (status !== 200 || page === undefined)
    return { type: PLAIN, body: ascii(`${status} ${REASONS[status]}\n`) };
  if (isPlain && page.plain !== undefined) return { type: PLAIN, body: ascii(page.plain()) };
  return { type: page.type, body: octetsOf(page.body()) };
}

const PLAIN = "text/plain; charset=us-ascii";

function octetsOf(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? ascii(body) : body;
}

function statusOf(request: HttpRequest, page: Page | undefined): number {
  if (request.status !== 200) return request.status;
  if (request.method !== "GET" && request.method !== "HEAD") {
    return KNOWN_METHODS.includes(request.method) ? 405 : 501;
  }
  return page === undefined ? 404 : 200;
}

/** Methods that RFC 9110 §9 defines and that no page here allows; others are unknown (501). */
const KNOWN_METHODS: readonly string[] = ["POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  411: "Length Required",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  505: "HTTP Version Not Supported",
};
