/** Our own stack as the target of scripts: in virtual time, over a link in memory that carries bare datagrams. */
import { createSockets, type Sockets } from "../../api/index.ts";
import { type PipeEnd, pipe } from "../../drivers/memory/index.ts";
import { VirtualTime } from "../../drivers/simulation/index.ts";
import {
  type Duration,
  IPV4_ANY,
  ipv4,
  type LinkSink,
  type Packet,
  PacketPool,
  Stack,
  type TcpSettings,
  Xoshiro128,
} from "../../stack/index.ts";
import type {
  Emission,
  Outcome,
  PendingCall,
  Target,
  TargetFactory,
  TargetOptions,
  Value,
} from "../run/target.ts";
import { ConnectionClocks } from "./connection-clocks.ts";
import { Reasons } from "./sent-reasons.ts";
import { StackCalls } from "./stack-calls.ts";
import { settingsFor } from "./sysctls.ts";
import { tcpInfo } from "./tcp-info.ts";

/** How the stack is made. */
export interface StackTargetOptions {
  /** Constants and options: a profile, or one's own. */
  readonly tcp: TcpSettings;
  /** Of all its chance: initial sequence numbers, ephemeral ports. */
  readonly seed: number;
}

const PREFIX_LENGTH = 24;

/** Makes targets that are stacks with these settings. */
export function stackTarget(options: StackTargetOptions): TargetFactory {
  return async (about) => new StackTarget(options, about);
}

class StackTarget implements Target, LinkSink {
  readonly name: string = "the stack";
  readonly pool: PacketPool = new PacketPool();
  readonly #time: VirtualTime = new VirtualTime();
  readonly #clocks: ConnectionClocks = new ConnectionClocks();
  readonly #reasons: Reasons = new Reasons((event) => this.#clocks.note(event));
  readonly #stack: Stack;
  readonly #far: PipeEnd;
  readonly #calls: StackCalls;
  #emissions: Emission[] = [];

  constructor(options: StackTargetOptions, about: TargetOptions) {
    const [near, far] = pipe(this.#time, { mtu: about.mtu, medium: "ip" });
    this.#far = far;
    far.attach(this);
    this.#stack = new Stack({
      clock: this.#time,
      random: new Xoshiro128(options.seed),
      wakeAt: () => undefined,
      tracer: this.#reasons.tracer,
      tcp: settingsFor(about.sysctls, options.tcp),
    });
    this.#time.join("stack", this.#stack);
    const address = { address: ipv4(about.addresses.local | 0), prefixLength: PREFIX_LENGTH };
    const through = this.#stack.addInterface("eth0", near, [address], { claim: "off" });
    this.#stack.addRoute(IPV4_ANY, 0, undefined, through);
    const sockets: Sockets = createSockets(this.#stack);
    this.#calls = new StackCalls(sockets);
    this.#time.elapse(1_000_000 as Duration); // what an interface says when it comes up is over
    this.#emissions = [];
  }

  now(): number {
    return this.#time.now();
  }

  async wait(until: number, done: () => boolean): Promise<void> {
    const time = this.#time;
    await this.#settle();
    while (!done()) {
      const next = time.nextDeadline();
      if (next > until) {
        if (until !== Number.POSITIVE_INFINITY && until > time.now())
          await time.runFor((until - time.now()) as Duration);
        return;
      }
      await time.runFor((next - time.now()) as Duration);
    }
  }

  async inject(datagram: Uint8Array): Promise<number> {
    const at = this.#time.now();
    const packet = this.pool.take(datagram.length);
    packet.bytes.set(datagram, packet.start);
    packet.end = packet.start + datagram.length;
    this.#far.transmit([packet], 1);
    await this.#settle();
    return at;
  }

  async call(name: string, given: readonly Value[]): Promise<PendingCall> {
    let outcome: Outcome | undefined;
    const began = this.#time.now();
    const call = this.#calls.make(name, given).then((result) => {
      outcome = { ...result, at: this.#time.now() };
    });
    let broken: unknown;
    call.catch((error: unknown) => {
      broken = error;
    });
    await this.#settle();
    if (broken !== undefined) throw broken;
    return { began, outcome: () => outcome };
  }

  emissions(): readonly Emission[] {
    const taken = this.#emissions;
    this.#emissions = [];
    return taken;
  }

  async info(descriptor: number): Promise<Readonly<Record<string, number>>> {
    const ports = this.#calls.ports(descriptor);
    return { ...tcpInfo(this.#calls.info(descriptor)), ...this.#clocks.info(ports, this.#time.now()) };
  }

  async configure(sysctls: ReadonlyMap<string, string>): Promise<void> {
    const { config, options } = settingsFor(sysctls, {});
    this.#stack.configureTcp({ config, options });
  }

  async close(): Promise<void> {
    this.#time.leave(this.#stack);
    this.#stack.close();
    this.#time.settleDeferred();
  }

  received(frames: readonly Packet[], count: number): void {
    for (let i = 0; i < count; i++) {
      const { bytes, start, end } = frames[i] as Packet;
      this.#emissions.push({
        at: this.#time.now(),
        datagram: bytes.slice(start, end),
        reason: this.#reasons.take(),
      });
    }
  }

  writable(): void {}

  failed(reason: string): void {
    throw new Error(reason);
  }

  /** Everything that happens at this instant. */
  async #settle(): Promise<void> {
    await this.#time.runFor(0 as Duration);
  }
}
