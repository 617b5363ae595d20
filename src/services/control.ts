/**
 * A service for test tools, which cannot otherwise make this stack open connections. The line
 * `CONNECT ip port` opens one, and echoes on it; at the end of the attempt comes `OK` or `ERR reason`.
 */
import { parseIpv4, type SocketAddress, type TcpEndpoint } from "../stack/index.ts";
import { ascii } from "./ascii.ts";
import { EchoService } from "./echo.ts";
import {
  type Progress,
  runSession,
  type ServiceHost,
  type ServiceObserver,
  type Session,
  type StreamService,
} from "./session.ts";

/** The longest line that is understood. */
const MAX_LINE = 128;

/** Attempts under way that one control connection may have, so that it cannot take all ports. */
const MAX_ATTEMPTS = 1024;

/** The control service: it is told by a client, line by line, what to do. */
export class ControlService implements StreamService {
  /** `control`. */
  readonly name: string = "control";
  readonly #host: ServiceHost;
  readonly #scratch: Uint8Array;
  readonly #observer: ServiceObserver | undefined;
  readonly #echo: EchoService;

  /** @param scratch - for the duration of a step only */
  constructor(host: ServiceHost, scratch: Uint8Array, observer?: ServiceObserver) {
    this.#host = host;
    this.#scratch = scratch;
    this.#observer = observer;
    this.#echo = new EchoService(scratch);
  }

  open(connection: TcpEndpoint, again: () => void): Session {
    return new ControlSession(connection, this.#scratch, again, (to, answer) => this.#attempt(to, answer));
  }

  /** Opens a connection to `to`; calls `answer` once, when it stands or has failed. */
  #attempt(to: SocketAddress, answer: (line: string) => void): void {
    const connection = this.#host.openTcp();
    const failure = connection.connect(to);
    if (failure !== undefined) {
      connection.close();
      answer(`ERR ${failure}`);
      return;
    }
    const outcome = (): void => {
      if (connection.failure === undefined && !connection.connected) return;
      connection.onChange(undefined);
      if (connection.connected) {
        answer("OK");
        runSession(this.#echo, connection, this.#observer);
      } else {
        answer(`ERR ${connection.takeFailure()}`);
        connection.close();
      }
    };
    connection.onChange(outcome);
  }
}

/** Opens a connection; `answer` is called once, perhaps before this returns. */
type Connect = (to: SocketAddress, answer: (line: string) => void) => void;

class ControlSession implements Session {
  readonly #connection: TcpEndpoint;
  readonly #scratch: Uint8Array;
  readonly #again: () => void;
  readonly #connect: Connect;
  /** The line that is still coming. */
  #line = "";
  /** Answers that were not yet written. */
  #answers = "";
  #attempts = 0;
  #atEnd = false;

  constructor(connection: TcpEndpoint, scratch: Uint8Array, again: () => void, connect: Connect) {
    this.#connection = connection;
    this.#scratch = scratch;
    this.#again = again;
    this.#connect = connect;
  }

  /** After the peer's FIN the connection stays until every attempt has been answered. */
  step(): Progress {
    while (!this.#atEnd) {
      const count = this.#connection.read(this.#scratch);
      if (count === undefined) break;
      if (count === 0) this.#atEnd = true;
      else this.#takeText(count);
    }
    this.#flush();
    return this.#atEnd && this.#attempts === 0 && this.#answers === "" ? "done" : "wait";
  }

  #takeText(count: number): void {
    for (let i = 0; i < count; i++) {
      const octet = this.#scratch[i] as number;
      if (octet === NEWLINE) {
        const line = this.#line;
        this.#line = "";
        this.#obey(line.trimEnd());
      } else if (this.#line.length < MAX_LINE) this.#line += String.fromCharCode(octet);
    }
  }

  #obey(line: string): void {
    const [, host, portText] = /^CONNECT ([0-9.]+) ([0-9]{1,5})$/.exec(line) ?? [];
    const address = host === undefined ? undefined : parseIpv4(host);
    const port = Number(portText);
    if (address === undefined || !(port > 0 && port < 65_536))
      this.#answers += "ERR usage: CONNECT ip port\n";
    else if (this.#attempts >= MAX_ATTEMPTS) this.#answers += "ERR too many attempts under way\n";
    else {
      this.#attempts++;
      this.#connect({ address, port }, (answer) => {
        this.#attempts--;
        this.#answers += `${answer}\n`;
        this.#again();
      });
    }
  }

  #flush(): void {
    if (this.#answers === "") return;
    const written = this.#connection.write(ascii(this.#answers)) ?? 0;
    this.#answers = this.#answers.slice(written);
  }
}

const NEWLINE = 0x0a;
