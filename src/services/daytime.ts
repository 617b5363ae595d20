/** The Daytime Protocol over TCP: a line with the date, then the server closes (RFC 867). */
import type { TcpEndpoint } from "../stack/index.ts";
import { ascii } from "./ascii.ts";
import type { Session, StreamService } from "./session.ts";

/** Daytime (RFC 867): sends the date, and ends. */
export class DaytimeService implements StreamService {
  /** `daytime`. */
  readonly name: string = "daytime";
  readonly #date: () => string;

  /** @param date - what to say, without the line end: the stack itself knows no date */
  constructor(date: () => string) {
    this.#date = date;
  }

  open(connection: TcpEndpoint): Session {
    const line = ascii(`${this.#date()}\r\n`);
    let at = 0;
    return {
      step() {
        at += connection.write(line, at) ?? 0;
        return at === line.length ? "done" : "wait";
      },
    };
  }
}
