/** Two stacks in one process, joined by a pipe, driven as fast as it goes. */
import { type Deferred, type PipeEnd, pipe, type Scheduler } from "../src/drivers/memory/index.ts";
import { HostClock } from "../src/drivers/node/host-clock.ts";
import {
  type Instant,
  IpAddress,
  ipv4,
  Stack,
  type TcpSettings,
  type Tracer,
  Xoshiro128,
} from "../src/stack/index.ts";

export const ALICE: IpAddress = ipv4(0x0a00_0001);
export const BOB: IpAddress = ipv4(0x0a00_0002);
export const ALICE_6: IpAddress = new IpAddress(0xfd77_0000, 0, 0, 1);
export const BOB_6: IpAddress = new IpAddress(0xfd77_0000, 0, 0, 2);

export interface RigOptions {
  readonly offloads: boolean;
  /** The pipe vouches for checksums: nobody sums. With `offloads` it does so anyway. */
  readonly vouchesForChecksums?: boolean;
  readonly mtu?: number;
  /** Both have IPv6 addresses as well. */
  readonly ipv6?: boolean;
  /** What both stacks' TCP is to be like. */
  readonly tcp?: TcpSettings;
  /** Who hears of what alice and bob do. */
  readonly tracers?: readonly (Tracer | undefined)[];
}

export class Rig implements Scheduler {
  readonly clock: HostClock = new HostClock();
  readonly alice: Stack;
  readonly bob: Stack;
  readonly ends: readonly [PipeEnd, PipeEnd];
  #deferred: Deferred[] = [];
  #running: Deferred[] = [];
  readonly #tcp: TcpSettings | undefined;

  constructor(options: RigOptions) {
    this.#tcp = options.tcp;
    const { offloads, vouchesForChecksums, mtu = 1500 } = options;
    this.ends = pipe(this, { offloads, vouchesForChecksums, mtu });
    this.alice = this.#stack(1, options.tracers?.[0]);
    this.bob = this.#stack(2, options.tracers?.[1]);
    this.alice.addInterface("eth0", this.ends[0], [{ address: ALICE, prefixLength: 24 }]);
    this.bob.addInterface("eth0", this.ends[1], [{ address: BOB, prefixLength: 24 }]);
    if (options.ipv6 !== true) return;
    for (const [stack, address] of [
      [this.alice, ALICE_6],
      [this.bob, BOB_6],
    ] as const) {
      const eth0 = stack.interface("eth0");
      if (eth0 !== undefined) stack.addAddress(eth0, { address, prefixLength: 64 }, "announce");
    }
  }

  /** Frames that have arrived at either end. */
  get frames(): number {
    return this.ends[0].delivered + this.ends[1].delivered;
  }

  defer(task: Deferred): void {
    this.#deferred.push(task);
  }

  /** Runs until `done()`; asked after each burst. Throws if nothing is left that could happen for 10 s. */
  run(done: () => boolean): void {
    let idleSince = 0;
    while (!done()) {
      if (this.#deferred.length > 0) {
        this.#runDeferred();
        idleSince = 0;
        continue;
      }
      const now = this.clock.now();
      if (idleSince === 0) idleSince = now;
      if (now - idleSince > 10_000_000) throw new Error("the benchmark stands still");
      this.#advance(this.alice, now);
      this.#advance(this.bob, now);
    }
  }

  #advance(stack: Stack, now: Instant): void {
    if (stack.nextDeadline() <= now) stack.advance(now);
  }

  #runDeferred(): void {
    const tasks = this.#deferred;
    this.#deferred = this.#running;
    this.#running = tasks;
    for (let i = 0; i < tasks.length; i++) (tasks[i] as Deferred).run();
    tasks.length = 0;
  }

  #stack(seed: number, tracer: Tracer | undefined): Stack {
    // `run` looks for deadlines itself
    const tcp = this.#tcp === undefined ? {} : { tcp: this.#tcp };
    return new Stack({ clock: this.clock, random: new Xoshiro128(seed), wakeAt: () => {}, tracer, ...tcp });
  }
}
