/**
 * A UDP stream of a test. Every datagram opens with the time it was sent, in seconds and microseconds, and a
 * number counted from 1, of 32 or 64 bits. The receiver counts what is missing and what came late, and
 * estimates the jitter (RFC 1889 §6.3.1).
 */
import type { SocketAddress, UdpEndpoint } from "../../stack/index.ts";
import type { Iperf3Host } from "./iperf3-host.ts";
import { Pacer } from "./pacer.ts";
import type { Parameters } from "./protocol.ts";
import type { StreamOwner, TestStream } from "./stream.ts";
import { Tally } from "./tally.ts";

/** Datagrams in a row, where no pace bounds them. */
const MOST_IN_A_ROW = 64;

/** What a UDP stream is made with. */
export interface UdpStreamOptions {
  readonly id: number;
  readonly sending: boolean;
  readonly parameters: Parameters;
  readonly remote: SocketAddress;
  /** Given when the endpoint is this stream's own; else whoever owns it calls `arrived`. */
  readonly ownsEndpoint: boolean;
}

/** One UDP stream of a test. */
export class UdpStream implements TestStream {
  readonly id: number;
  readonly sending: boolean;
  readonly tally: Tally = new Tally();
  readonly local: SocketAddress | undefined;
  readonly remote: SocketAddress;
  readonly #host: Iperf3Host;
  readonly #endpoint: UdpEndpoint;
  readonly #owner: StreamOwner;
  readonly #parameters: Parameters;
  readonly #ownsEndpoint: boolean;
  readonly #pacer: Pacer;
  readonly #datagram: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #running = false;
  /** A block that was counted and has found no room yet. */
  #holdsBlock = false;
  #lastTransit = 0;
  #received = false;

  constructor(host: Iperf3Host, endpoint: UdpEndpoint, owner: StreamOwner, options: UdpStreamOptions) {
    this.id = options.id;
    this.sending = options.sending;
    this.local = endpoint.local;
    this.remote = options.remote;
    this.#host = host;
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#parameters = options.parameters;
    this.#ownsEndpoint = options.ownsEndpoint;
    this.#pacer = new Pacer(host, options.parameters, () => this.#send());
    this.#datagram = new Uint8Array(this.sending ? options.parameters.length : 65_536);
    this.#view = new DataView(this.#datagram.buffer);
    if (this.sending) fillWithNoise(host, this.#datagram);
  }

  start(): void {
    this.#running = true;
    if (this.#ownsEndpoint) this.#endpoint.onChange(() => this.#changed());
    if (!this.sending) return;
    this.#pacer.start();
    this.#send();
  }

  stop(): void {
    this.#running = false;
    this.#pacer.stop();
    if (this.#ownsEndpoint) this.#endpoint.onChange(undefined);
  }

  close(): void {
    this.stop();
    if (this.#ownsEndpoint) this.#endpoint.close();
  }

  info(): undefined {
    return undefined;
  }

  /** There is room to send again, on an endpoint that is not this stream's own. */
  writable(): void {
    if (this.sending) this.#send();
  }

  /** A datagram of `length` octets, whose header is at the start of `view`, has come for this stream. */
  arrived(view: DataView, length: number): void {
    const wide = this.#parameters.wideCounters;
    if (!this.#running || this.sending || length < (wide ? 16 : 12)) return;
    const tally = this.tally;
    tally.bytes += length;
    this.#owner.moved(length, false);
    const number = wide ? view.getUint32(8) * 0x1_0000_0000 + view.getUint32(12) : view.getUint32(8);
    if (number > tally.packets) {
      tally.lost += number - 1 - tally.packets;
      tally.packets = number;
    } else {
      tally.outOfOrder++; // and was counted as lost when a later one came first
      if (tally.lost > 0) tally.lost--;
    }
    const sent = view.getUint32(0) + view.getUint32(4) / 1e6;
    const transit = this.#host.now() / 1e6 - sent;
    if (this.#received) tally.jitter += (Math.abs(transit - this.#lastTransit) - tally.jitter) / 16;
    this.#received = true;
    this.#lastTransit = transit;
  }

  #changed(): void {
    if (this.sending) {
      this.#send();
      return;
    }
    while (this.#running) {
      const n = this.#endpoint.receive(this.#datagram);
      if (n === undefined) {
        // An ICMP error may mean one lost datagram only: the control connection tells when it is over.
        if (this.#endpoint.takeFailure() === undefined) return;
      } else {
        this.arrived(this.#view, n);
      }
    }
  }

  #send(): void {
    let inARow = 0;
    while (this.#running) {
      if (!this.#pacer.mayGo()) return;
      if (inARow === MOST_IN_A_ROW) {
        this.#pacer.rest();
        return;
      }
      if (!this.#holdsBlock && !this.#owner.takeBlock()) return;
      this.#holdsBlock = !this.#sendOne();
      if (this.#holdsBlock) {
        this.#pacer.rest();
        return;
      }
      inARow++;
    }
  }

  /** False when there is no room for it now. */
  #sendOne(): boolean {
    const now = this.#host.now();
    const number = this.tally.packets + 1;
    const seconds = Math.floor(now / 1e6);
    this.#view.setUint32(0, seconds);
    this.#view.setUint32(4, Math.floor(now - seconds * 1e6));
    if (this.#parameters.wideCounters) {
      this.#view.setUint32(8, Math.floor(number / 0x1_0000_0000));
      this.#view.setUint32(12, number >>> 0);
    } else {
      this.#view.setUint32(8, number >>> 0);
    }
    const to = this.#ownsEndpoint ? undefined : this.remote;
    const result = this.#endpoint.send(this.#datagram, to, 0, this.#parameters.length);
    if (result === "would-wait" || result === "no-buffers") return false;
    if (typeof result === "string") this.#endpoint.takeFailure();
    this.tally.packets = number;
    this.tally.bytes += this.#parameters.length;
    this.#pacer.sent(this.#parameters.length);
    this.#owner.moved(this.#parameters.length, true);
    return true;
  }
}

/** Noise, so that nothing on the way compresses it. */
export function fillWithNoise(host: Iperf3Host, octets: Uint8Array): void {
  const random = host.random.fork("iperf3 payload");
  let bits = 0;
  for (let i = 0; i < octets.length; i++) {
    if ((i & 3) === 0) bits = random.bits();
    octets[i] = bits & 255;
    bits >>>= 8;
  }
}
