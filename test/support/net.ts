/** Hosts on a simulated network, and talkers on them: what the big tests of TCP are made of. */
import type { VirtualTime } from "../../src/drivers/simulation/index.ts";
import { type CableOptions, Lab, type LabCable, type LabHost } from "../../src/lab/index.ts";
import {
  below,
  type Duration,
  fraction,
  type Instant,
  type Random,
  type SocketAddress,
  type TcpEndpoint,
  type TcpSettings,
  type Timer,
  type Tracer,
  timer,
} from "../../src/stack/index.ts";

/** Two hosts, 10.0.0.1 and 10.0.0.2, and the cable between them. */
export interface TwoHosts {
  readonly lab: Lab;
  readonly alice: LabHost;
  readonly bob: LabHost;
  readonly cable: LabCable;
}

export function twoHosts(
  seed: number,
  options: CableOptions = {},
  settings: {
    readonly alice?: TcpSettings;
    readonly bob?: TcpSettings;
    readonly capture?: boolean;
    readonly tracers?: readonly Tracer[];
  } = {},
): TwoHosts {
  const lab = new Lab({ seed, capture: settings.capture ?? false });
  const alice = lab.host("alice", "10.0.0.1/24", { tcp: settings.alice, tracer: settings.tracers?.[0] });
  const bob = lab.host("bob", "10.0.0.2/24", { tcp: settings.bob, tracer: settings.tracers?.[1] });
  return { lab, alice, bob, cable: lab.link(alice, bob, options) };
}

/** What the octet at `at` of the stream with this key is. Every stream differs, and none repeats soon. */
export function octetOf(key: number, at: number): number {
  let z = Math.imul((at >>> 2) ^ key, 0x9e3779b1);
  z = Math.imul(z ^ (z >>> 15), 0x85ebca6b);
  return ((z ^ (z >>> 13)) >>> ((at & 3) * 8)) & 255;
}

/** How a talker behaves. Sizes are octets. */
export interface Manner {
  /** What it sends in all, and which stream that is; what it expects likewise. */
  readonly sends: number;
  readonly sendKey: number;
  readonly receives: number;
  readonly receiveKey: number;
  /** Largest single write and read. */
  readonly writeMost: number;
  readonly readMost: number;
  /** Probability that it pauses after a read or write, and for how long at most. */
  readonly pause: number;
  readonly pauseMost: Duration;
  /** Finishes its half when it has sent all; else only when it has also received all. */
  readonly finishesFirst: boolean;
}

/** One end of a connection: sends its stream and checks the other's, in random pieces, with random pauses. */
export class Talker {
  readonly endpoint: TcpEndpoint;
  readonly manner: Manner;
  sent = 0;
  received = 0;
  finished = false;
  /** The connection is, or was, established. */
  begun = false;
  /** It has sent all, has seen the peer's end, and has closed. */
  done = false;
  trouble: string | undefined = undefined;
  readonly #random: Random;
  readonly #time: VirtualTime;
  readonly #readPause: Timer;
  readonly #writePause: Timer;
  readonly #buffer: Uint8Array;
  #sawEnd = false;
  #talking = false;

  constructor(endpoint: TcpEndpoint, time: VirtualTime, random: Random, manner: Manner) {
    this.endpoint = endpoint;
    this.manner = manner;
    this.#time = time;
    this.#random = random;
    this.#readPause = timer(time.timers, () => this.talk());
    this.#writePause = timer(time.timers, () => this.talk());
    this.#buffer = new Uint8Array(Math.max(manner.writeMost, manner.readMost));
    endpoint.onChange(() => this.talk());
  }

  /** Does whatever can be done now. */
  talk(): void {
    if (this.#talking || this.done || this.trouble !== undefined) return;
    this.#talking = true;
    const { failure } = this.endpoint; // not `takeFailure`, which tells of rumours by ICMP as well
    if (failure !== undefined) this.trouble = `${failure} after ${this.sent} sent, ${this.received} received`;
    else if (this.endpoint.connected || this.#sawEnd || this.finished) this.#work();
    this.#talking = false;
  }

  toString(): string {
    const { endpoint, manner } = this;
    return `${endpoint.state}: sent ${this.sent}/${manner.sends}, received ${this.received}/${manner.receives}${this.finished ? ", finished" : ""}`;
  }

  #work(): void {
    this.begun = true;
    while (!this.#readPause.armed && !this.#sawEnd && this.#readSome()) this.#maybePause(this.#readPause);
    while (!this.#writePause.armed && this.sent < this.manner.sends && this.#writeSome()) {
      this.#maybePause(this.#writePause);
    }
    const all = this.sent === this.manner.sends;
    if (all && !this.finished && (this.manner.finishesFirst || this.#sawEnd || this.#receivedAll)) {
      this.finished = true;
      this.endpoint.finish();
    }
    if (this.finished && this.#sawEnd) {
      this.done = true;
      this.endpoint.onChange(undefined);
      this.endpoint.close();
    }
  }

  get #receivedAll(): boolean {
    return this.received === this.manner.receives;
  }

  #readSome(): boolean {
    const most = 1 + below(this.#random, this.manner.readMost);
    const count = this.endpoint.read(this.#buffer, 0, most);
    if (count === undefined) return false;
    if (count === 0) {
      this.#sawEnd = true;
      if (!this.#receivedAll)
        this.trouble = `the stream ended after ${this.received} of ${this.manner.receives}`;
      return true;
    }
    for (let i = 0; i < count; i++) {
      if (this.#buffer[i] === octetOf(this.manner.receiveKey, this.received + i)) continue;
      this.trouble ??= `octet ${this.received + i} of ${this.manner.receives} is wrong`;
    }
    this.received += count;
    if (this.received > this.manner.receives)
      this.trouble ??= `more than ${this.manner.receives} octets came`;
    return true;
  }

  #writeSome(): boolean {
    const { sends, sendKey, writeMost } = this.manner;
    const count = Math.min(1 + below(this.#random, writeMost), sends - this.sent);
    for (let i = 0; i < count; i++) this.#buffer[i] = octetOf(sendKey, this.sent + i);
    const taken = this.endpoint.write(this.#buffer, 0, count);
    if (taken === undefined) return false;
    this.sent += taken;
    return taken === count;
  }

  #maybePause(which: Timer): void {
    if (fraction(this.#random) >= this.manner.pause) return;
    which.set((this.#time.now() + 1 + below(this.#random, this.manner.pauseMost)) as Instant);
  }
}

/** Port `port` of a host. */
export function at(host: LabHost, port: number): SocketAddress {
  return { address: host.ip, port };
}
