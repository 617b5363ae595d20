/**
 * A small world, from its seed alone, of two hosts of either family that keep their events: short conversations of TCP in
 * every manner, datagrams, echo requests, crashes and partitions, on a line on which everything goes wrong; and perhaps
 * somebody who forges.
 */
import { type CableOptions, Lab, type LabHost } from "../../../src/lab/index.ts";
import {
  below,
  type Duration,
  fraction,
  type Instant,
  milliseconds,
  type Random,
  seconds,
  type TcpEndpoint,
  type TcpOptions,
  type TcpSettings,
  timer,
  Xoshiro128,
} from "../../../src/stack/index.ts";
import { at, type Manner, Talker } from "../net.ts";
import { type HeldPort, hex, type Premises } from "../reasons/premises.ts";
import { Forger } from "./forger.ts";
import { between, chance, pick, trouble } from "./trouble.ts";

/** How long it lasts, in its own time. */
const LENGTH = seconds(90);
/** Everything begins within this time. */
const BEGINNINGS = seconds(3);

/** The hosts of a world, and what they were made of. */
export interface World {
  readonly lab: Lab;
  readonly hosts: readonly [LabHost, LabHost];
  /** What a checker must be told. */
  readonly premises: Premises;
  /** The line and what was chosen, for reports. */
  readonly story: string;
}

/** Makes the world of `seed` and lets it pass. */
export function worldOf(seed: number): World {
  return new Making(seed).run();
}

class Making {
  readonly #random: Random;
  readonly #lab: Lab;
  readonly #hosts: readonly [LabHost, LabHost];
  readonly #forgers: readonly [Forger, Forger];
  readonly #impairments: string;
  readonly #is6: boolean;
  /** TCP ports whose listeners wait for text; both hosts' together. */
  readonly #deferring: Set<number> = new Set();
  /** When hosts lost their memory. */
  readonly #restarts: Map<string, Instant[]> = new Map();
  /** UDP ports, by host. */
  readonly #ports: Map<string, Map<number, HeldPort>> = new Map();

  constructor(seed: number) {
    this.#random = new Xoshiro128(seed).fork("explained");
    const random = this.#random;
    this.#is6 = chance(random, 0.4);
    this.#impairments = chance(random, 0.85) ? this.#line() : "";
    const mtu = pick(random, [1280, 1500, 1500, 1500]);
    this.#lab = new Lab({ seed, events: { octets: 1 << 28, head: 9216 } });
    this.#forgers = [new Forger(random.fork("forger a")), new Forger(random.fork("forger b"))];
    this.#hosts = [
      this.#host("alice", this.#is6 ? "fd00::1/64" : "10.0.0.1/24", 0),
      this.#host("bob", this.#is6 ? "fd00::2/64" : "10.0.0.2/24", 1),
    ];
    const cable: CableOptions = chance(random, 0.08)
      ? { mtu, offloads: true }
      : { mtu, impairments: this.#impairments };
    this.#lab.link(this.#hosts[0], this.#hosts[1], cable);
  }

  run(): World {
    const random = this.#random;
    for (let i = between(random, 1, 3); i > 0; i--) this.#at(() => this.#connection(i));
    for (let i = below(random, 4); i > 0; i--) this.#at(() => this.#datagrams(i));
    for (let i = below(random, 3); i > 0; i--) this.#at(() => this.#ping());
    if (chance(random, 0.2)) this.#at(() => this.#knock());
    if (chance(random, 0.2)) this.#at(() => this.#crowd());
    if (chance(random, 0.15)) this.#at(() => this.#outage());
    if (chance(random, 0.35)) this.#forge();
    this.#lab.time.elapse(LENGTH);
    const story = `IPv${this.#is6 ? 6 : 4}, line ${this.#impairments || "good"}`;
    return { lab: this.#lab, hosts: this.#hosts, premises: this.#premises(), story };
  }

  #premises(): Premises {
    return new Map(
      this.#hosts.map((host) => {
        const on = host.stack.interface("eth0");
        if (on === undefined) throw new Error(`${host.name} has no interface`);
        const octets = new Uint8Array(16);
        const view = new DataView(octets.buffer);
        const addresses = on.addresses.map(({ address }) => {
          address.write(view, 0);
          return address.family === 4 ? hex(octets, 12, 4) : hex(octets, 0, 16);
        });
        const probes = host.options.claim === "probe";
        const udpPorts = this.#ports.get(host.name) ?? new Map<number, HeldPort>();
        return [
          host.name,
          {
            station: on.mac.toString().replaceAll(":", ""),
            addresses,
            probes,
            deferring: this.#deferring,
            restarts: this.#restarts.get(host.name) ?? [],
            udpPorts,
          },
        ];
      }),
    );
  }

  #line(): string {
    const random = this.#random;
    const line = trouble(random);
    if (!line.includes("queue=") || !chance(random, 0.3)) return line;
    return line.replace(/queue=\d+kb/, `queue=${pick(random, ["30kb:codel", "60kb:red", "40kb:fq_codel"])}`);
  }

  #host(name: string, address: string, side: 0 | 1): LabHost {
    const forger = this.#forgers[side];
    const frame: NonNullable<NonNullable<Parameters<Lab["host"]>[2]>["tracer"]>["frame"] = (
      _,
      direction,
      packet,
    ) => {
      if (direction === "out") forger.hear(packet.bytes.subarray(packet.start, packet.start + packet.length));
    };
    const claim = pick(this.#random, [undefined, undefined, undefined, "announce", "probe", "off"] as const);
    return this.#lab.host(name, address, { tcp: settings(this.#random), tracer: { frame }, claim });
  }

  /** `action`, at some time early on. */
  #at(action: () => void, most: Duration = BEGINNINGS): void {
    const instant = (this.#lab.time.now() + below(this.#random, most)) as Instant;
    timer(this.#lab.time.timers, action).set(instant);
  }

  #sides(): readonly [LabHost, LabHost] {
    const [one, other] = this.#hosts;
    return chance(this.#random, 0.5) ? [one, other] : [other, one];
  }

  /** One conversation of TCP. */
  #connection(index: number): void {
    const random = this.#random.fork(`connection ${index}`);
    const [client, server] = this.#sides();
    const [left, right] = manners(random, index);
    const port = 80 + index;
    const talk = (endpoint: TcpEndpoint, manner: Manner, who: string): Talker => {
      const talker = new Talker(endpoint, this.#lab.time, random.fork(who), manner);
      this.#unrest(endpoint, talker, random);
      return talker;
    };
    const active = client.stack.openTcp();
    active.configure(options(random));
    if (chance(random, 0.1)) {
      const other = server.stack.openTcp();
      other.configure(options(random));
      active.bind(at(client, 5000 + index));
      other.bind(at(server, port));
      if (other.connect(at(client, 5000 + index)) === undefined) talk(other, right, "right");
    } else {
      const listener = server.stack.openTcp();
      const defers = chance(random, 0.1);
      if (defers) this.#deferring.add(port);
      listener.configure({ ...options(random), deferAccept: defers ? seconds(1) : 0 });
      if (listener.bind(at(server, port)) !== undefined) return;
      listener.listen(between(random, 0, 3));
      listener.onChange(() => {
        const accepted = listener.accept();
        if (accepted === undefined) return;
        talk(accepted, right, "right").talk();
      });
      if (chance(random, 0.1)) this.#at(() => listener.close(), milliseconds(100));
    }
    if (active.connect(at(server, port)) === undefined) talk(active, left, "left");
  }

  /** The application ends early, or changes its mind. */
  #unrest(endpoint: TcpEndpoint, talker: Talker, random: Random): void {
    if (!chance(random, 0.3)) return;
    const kind = below(random, 6);
    this.#at(() => {
      if (talker.done) return;
      if (kind === 0) this.#leave(talker, () => endpoint.abort());
      else if (kind === 1) this.#leave(talker, () => endpoint.close());
      else if (kind === 2) endpoint.discard();
      else if (kind === 3) endpoint.configure({ quickAck: true, noDelay: true });
      else if (kind === 4) endpoint.configure({ cork: chance(random, 0.5), receiveBuffer: 3000 });
      else endpoint.writeUrgent(new Uint8Array(3));
    });
  }

  #leave(talker: Talker, how: () => void): void {
    talker.done = true;
    talker.endpoint.onChange(undefined);
    how();
  }

  /** Datagrams to a port that somebody has, or nobody. */
  #datagrams(index: number): void {
    const random = this.#random.fork(`datagrams ${index}`);
    const [one, other] = this.#sides();
    const receiver = other.stack.openUdp();
    const port = 700 + index;
    const receiveBuffer = between(random, 300, 20_000);
    const shut = chance(random, 0.1);
    receiver.configure({ receiveBuffer });
    if (chance(random, 0.6) && receiver.bind(at(other, port)) === undefined) {
      const ports = this.#ports.get(other.name) ?? new Map<number, HeldPort>();
      ports.set(port, { since: this.#lab.time.now(), receiveBuffer, shut });
      this.#ports.set(other.name, ports);
      if (shut) receiver.shutdown(true, false);
    }
    const sender = one.stack.openUdp();
    sender.configure({ noChecksum: chance(random, 0.1), sendBuffer: 20_000 });
    if (chance(random, 0.2)) sender.connect(at(other, port));
    const buffer = new Uint8Array(9000);
    const most = chance(random, 0.2) ? 9000 : 1200;
    for (let i = between(random, 1, 12); i > 0; i--) {
      this.#at(() => sender.send(buffer, at(other, port), 0, between(random, 0, most)));
      if (chance(random, 0.3)) this.#at(() => receiver.receive(buffer));
    }
  }

  #ping(): void {
    const random = this.#random;
    const [one, other] = this.#sides();
    const endpoint = one.stack.openEcho();
    const data = new Uint8Array(pick(random, [0, 8, 56, 56, 3000]));
    for (let i = between(random, 1, 4); i > 0; i--) endpoint.request(other.ip, i, data);
    if (chance(random, 0.5)) this.#at(() => endpoint.close());
  }

  /** A connection to where nobody listens. */
  #knock(): void {
    const [one, other] = this.#sides();
    const endpoint = one.stack.openTcp();
    endpoint.configure(options(this.#random));
    endpoint.connect(at(other, 9));
  }

  /** More than the listener takes: nobody accepts. */
  #crowd(): void {
    const [one, other] = this.#sides();
    const listener = other.stack.openTcp();
    if (listener.bind(at(other, 70)) !== undefined) return;
    listener.listen(below(this.#random, 2));
    for (let i = between(this.#random, 2, 5); i > 0; i--) {
      const endpoint = one.stack.openTcp();
      endpoint.configure({ synCount: between(this.#random, 1, 4) });
      endpoint.connect(at(other, 70));
      if (chance(this.#random, 0.5)) endpoint.write(new Uint8Array(100));
      if (chance(this.#random, 0.5)) this.#at(() => endpoint.abort());
    }
    if (chance(this.#random, 0.5)) this.#at(() => listener.close(), seconds(20));
  }

  /** A host that stands still or loses its memory, or a line that is cut. */
  #outage(): void {
    const random = this.#random;
    const [one] = this.#sides();
    const kind = below(random, 3);
    const span = pick(random, [milliseconds(300), seconds(3), seconds(30)]);
    if (kind === 0) {
      one.pause();
      this.#at(() => one.resume(), span);
    } else if (kind === 1) {
      this.#restarts.set(one.name, [this.#lab.time.now()]);
      one.restart();
    } else {
      this.#lab.partition(one);
      this.#at(() => this.#lab.heal(), span);
    }
  }

  #forge(): void {
    for (let i = between(this.#random, 1, 40); i > 0; i--) {
      const side = below(this.#random, 2) as 0 | 1;
      this.#at(() => {
        const { stack, state } = this.#hosts[side];
        const on = state === "running" ? stack.interface("eth0") : undefined;
        if (on !== undefined) this.#forgers[side].act(stack, on);
      }, seconds(4));
    }
  }
}

function settings(random: Random): TcpSettings {
  return {
    config: {
      sack: chance(random, 0.8),
      timestamps: chance(random, 0.75),
      windowScaling: chance(random, 0.75),
      ecn: pick(random, ["off", "passive", "active", "active"]),
      quickAcks: pick(random, [0, 16, 16]),
      tailLossProbe: chance(random, 0.9),
      pushBursts: pick(random, [0, 0, 2]),
      timeWait: pick(random, [seconds(60), seconds(2)]),
      synQueue: pick(random, [4096, 4096, 1, 2]),
      synCookies: pick(random, ["never", "when-full", "when-full", "always"]),
    },
  };
}

function options(random: Random): Partial<TcpOptions> {
  return {
    sendBuffer: between(random, 2_000, 60_000),
    receiveBuffer: between(random, 2_000, 60_000),
    noDelay: chance(random, 0.3),
    cork: chance(random, 0.08),
    quickAck: chance(random, 0.1),
    keepAlive: chance(random, 0.1),
    keepIdle: seconds(2),
    keepInterval: seconds(1),
    keepCount: 3,
    userTimeout: chance(random, 0.1) ? seconds(3) : 0,
    maxSegment: chance(random, 0.1) ? between(random, 200, 1400) : 0,
    linger: chance(random, 0.05) ? 0 : -1,
    synCount: between(random, 1, 6),
    congestion: pick(random, ["cubic", "newreno"]),
  };
}

/** The manners of the two ends of connection `index`. */
function manners(random: Random, index: number): [Manner, Manner] {
  const most = pick(random, [200, 5_000, 30_000, 90_000]);
  const one = chance(random, 0.1) ? 0 : between(random, 1, most);
  const other = chance(random, 0.3) ? 0 : between(random, 1, most);
  const manner = (sends: number, receives: number): Manner => ({
    sends,
    sendKey: index,
    receives,
    receiveKey: index,
    writeMost: pick(random, [50, 1_000, 5_000, 20_000]),
    readMost: pick(random, [500, 5_000, 50_000]),
    pause: pick(random, [0, 0.05, 0.3]),
    pauseMost: pick(random, [milliseconds(1), milliseconds(100), seconds(3)]),
    finishesFirst: fraction(random) < 0.7,
  });
  return [manner(one, other), manner(other, one)];
}
