/** A TCP stream of a test: writes blocks as long as there is room, or reads and discards. */
import type { SocketAddress, TcpEndpoint, TcpInfo } from "../../stack/index.ts";
import type { Iperf3Host } from "./iperf3-host.ts";
import { Pacer } from "./pacer.ts";
import type { Parameters } from "./protocol.ts";
import type { StreamOwner, TestStream } from "./stream.ts";
import { Tally } from "./tally.ts";

/** What a TCP stream is made with. */
export interface TcpStreamOptions {
  readonly id: number;
  readonly sending: boolean;
  readonly parameters: Parameters;
  /** Shared by all streams: what to send, and where to read into. At least one block long. */
  readonly block: Uint8Array;
}

/** One TCP stream of a test. */
export class TcpStream implements TestStream {
  readonly id: number;
  readonly sending: boolean;
  readonly tally: Tally = new Tally();
  /** Where the ends are stays known after the endpoint is closed. */
  readonly local: SocketAddress | undefined;
  readonly remote: SocketAddress | undefined;
  readonly #endpoint: TcpEndpoint;
  readonly #owner: StreamOwner;
  readonly #block: Uint8Array;
  readonly #length: number;
  readonly #pacer: Pacer;
  readonly #burst: number;
  #running = false;
  /** Octets of the current block that are still to be written. */
  #rest = 0;
  #burstLeft = 0;

  constructor(host: Iperf3Host, endpoint: TcpEndpoint, owner: StreamOwner, options: TcpStreamOptions) {
    this.id = options.id;
    this.sending = options.sending;
    this.local = endpoint.local;
    this.remote = endpoint.remote;
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#block = options.block;
    this.#length = options.parameters.length;
    this.#burst = Math.max(1, options.parameters.burst);
    this.#pacer = new Pacer(host, options.parameters, () => this.#send());
  }

  start(): void {
    this.#running = true;
    if (this.sending) {
      this.#pacer.start();
      this.#endpoint.onChange(() => this.#send());
      this.#send();
    } else {
      this.#endpoint.onChange(() => this.#receive());
      this.#receive();
    }
  }

  stop(): void {
    this.#running = false;
    this.#pacer.stop();
    this.#endpoint.onChange(undefined);
  }

  close(): void {
    this.stop();
    // In order, though what is still queued is of no use: the original takes a reset here for an error.
    this.#endpoint.close();
  }

  info(): TcpInfo {
    return this.#endpoint.info();
  }

  #send(): void {
    while (this.#running) {
      if (this.#rest === 0 && !this.#nextBlock()) return;
      const n = this.#endpoint.write(this.#block, this.#length - this.#rest, this.#length);
      if (n === undefined) {
        if (this.#endpoint.failure !== undefined) this.#ended();
        return;
      }
      this.#rest -= n;
      this.tally.bytes += n;
      this.#pacer.sent(n);
      this.#owner.moved(n, true);
    }
  }

  #nextBlock(): boolean {
    if (this.#burstLeft === 0) {
      if (!this.#pacer.mayGo()) return false;
      this.#burstLeft = this.#burst;
    }
    if (!this.#owner.takeBlock()) return false;
    this.#burstLeft--;
    this.#rest = this.#length;
    return true;
  }

  #receive(): void {
    while (this.#running) {
      const n = this.#endpoint.skip(this.#length);
      if (n === undefined) {
        if (this.#endpoint.failure !== undefined) this.#ended();
        return;
      }
      if (n === 0) {
        this.#ended();
        return;
      }
      this.tally.bytes += n;
      this.#owner.moved(n, false);
    }
  }

  #ended(): void {
    this.stop();
    this.#owner.streamEnded(this);
  }
}
