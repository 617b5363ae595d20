/**
 * The control connection: reads exactly what is expected next, so that the endpoint can be handed on behind
 * the cookie; writes state octets and JSON texts in order, whatever room the send buffer has.
 */

import { decodeUtf8, encodeUtf8 } from "../../stack/base/utf8.ts";
import type { Failure, TcpEndpoint } from "../../stack/index.ts";
import { COOKIE_OCTETS, LONGEST_JSON } from "./protocol.ts";

/** What the owner of a control connection is told. Each call may set what is expected next by `expect…`. */
export interface ControlOwner {
  /** The connection of an active open is established. */
  connected(): void;
  cookieRead(text: string): void;
  state(state: number): void;
  json(value: unknown): void;
  /** Two integers behind SERVER_ERROR. */
  error(code: number, errno: number): void;
  /** The peer has closed, has reset, or speaks something else. Nothing more will come. */
  ended(reason: Failure | "closed" | "malformed"): void;
}

type Expected = "cookie" | "state" | "length" | "json" | "error" | "nothing";

/** The control connection: states and JSON texts, whole. */
export class ControlChannel {
  readonly endpoint: TcpEndpoint;
  readonly #owner: ControlOwner;
  #expected: Expected;
  #wanted: number;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(COOKIE_OCTETS);
  #have = 0;
  readonly #unwritten: Uint8Array[] = [];
  #written = 0;
  #connected: boolean;
  #closing = false;

  constructor(endpoint: TcpEndpoint, owner: ControlOwner, expected: "cookie" | "state") {
    this.endpoint = endpoint;
    this.#owner = owner;
    this.#expected = expected;
    this.#wanted = expected === "cookie" ? COOKIE_OCTETS : 1;
    this.#connected = endpoint.connected;
    // State octets are written one by one: Nagle's algorithm would hold the second back for the ACK of the first.
    endpoint.configure({ noDelay: true });
    endpoint.onChange(() => this.#changed());
  }

  /** Looks at what has arrived before `onChange` was set. */
  start(): void {
    this.#changed();
  }

  sendState(state: number): void {
    this.send(Uint8Array.of(state & 0xff));
  }

  sendJson(value: unknown): void {
    const text = encodeUtf8(JSON.stringify(value));
    const octets = new Uint8Array(4 + text.length);
    new DataView(octets.buffer).setUint32(0, text.length);
    octets.set(text, 4);
    this.send(octets);
  }

  send(octets: Uint8Array): void {
    this.#unwritten.push(octets);
    this.#write();
  }

  expectState(): void {
    this.#expect("state", 1);
  }

  expectJson(): void {
    this.#expect("length", 4);
  }

  expectError(): void {
    this.#expect("error", 8);
  }

  /** Gives the endpoint back, with whatever follows the cookie still in it. */
  release(): TcpEndpoint {
    this.#expect("nothing", 0);
    this.endpoint.onChange(undefined);
    return this.endpoint;
  }

  /** Closes once everything is written. */
  close(): void {
    this.#expect("nothing", 0);
    this.#closing = true;
    this.#write();
  }

  #expect(what: Expected, octets: number): void {
    this.#expected = what;
    this.#wanted = octets;
    this.#have = 0;
    if (octets > this.#buffer.length) this.#buffer = new Uint8Array(octets);
  }

  #changed(): void {
    if (!this.#connected && this.endpoint.connected) {
      this.#connected = true;
      this.#owner.connected();
    }
    this.#write();
    this.#read();
  }

  #read(): void {
    while (this.#expected !== "nothing") {
      const n = this.endpoint.read(this.#buffer, this.#have, this.#wanted);
      if (n === undefined) {
        const failure = this.endpoint.takeFailure();
        if (failure !== undefined) this.#end(failure);
        return;
      }
      if (n === 0) {
        this.#end("closed");
        return;
      }
      this.#have += n;
      if (this.#have === this.#wanted) this.#complete();
    }
  }

  #complete(): void {
    const octets = this.#buffer;
    const view = new DataView(octets.buffer, 0, this.#wanted);
    const expected = this.#expected;
    const text = expected === "json" ? decodeUtf8(octets.subarray(0, this.#wanted)) : "";
    this.#have = 0;
    if (expected === "length") {
      this.#lengthRead(view.getUint32(0));
      return;
    }
    this.#expect("state", 1);
    if (expected === "cookie") this.#owner.cookieRead(decodeUtf8(octets.subarray(0, COOKIE_OCTETS - 1)));
    else if (expected === "state") this.#owner.state(view.getInt8(0));
    else if (expected === "error") this.#owner.error(view.getInt32(0), view.getInt32(4));
    else this.#jsonRead(text);
  }

  #lengthRead(length: number): void {
    if (length === 0 || length > LONGEST_JSON) this.#end("malformed");
    else this.#expect("json", length);
  }

  #jsonRead(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#end("malformed");
      return;
    }
    this.#owner.json(value);
  }

  #write(): void {
    if (this.#closing && (!this.#connected || this.endpoint.failure !== undefined)) {
      this.endpoint.onChange(undefined);
      this.endpoint.abort();
      return;
    }
    if (!this.#connected) return;
    for (let first = this.#unwritten[0]; first !== undefined; first = this.#unwritten[0]) {
      const n = this.endpoint.write(first, this.#written, first.length);
      if (n === undefined) return;
      this.#written += n;
      if (this.#written === first.length) {
        this.#unwritten.shift();
        this.#written = 0;
      }
    }
    if (!this.#closing) return;
    this.endpoint.onChange(undefined);
    this.endpoint.close();
  }

  #end(reason: Failure | "closed" | "malformed"): void {
    this.#expect("nothing", 0);
    this.#owner.ended(reason);
  }
}
