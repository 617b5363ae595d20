/** What each transport gets of the stack. */
import type { IpAddress } from "../base/ip-address.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import type { Random } from "../base/random.ts";
import type { Instant } from "../base/time.ts";
import type { TimerQueue } from "../base/timer-queue.ts";
import type { Endpoint, Failure } from "../contract/endpoint.ts";
import type { Route } from "../contract/network.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Tracer } from "../contract/trace.ts";
import type { TransportContext, TransportProtocol, Wakeable } from "../contract/transport.ts";
import type { Entry } from "./entry.ts";

/** What a context needs of the stack. */
export interface ContextHost {
  readonly entry: Entry;
  readonly pool: PacketPool;
  readonly tracer: Tracer | undefined;
  route(destination: IpAddress, source?: IpAddress, through?: NetworkInterface): Route | undefined;
  isLocal(address: IpAddress): boolean;
  isMany(address: IpAddress): boolean;
  interface(name: string): NetworkInterface | undefined;
  joinGroup(group: IpAddress, through: NetworkInterface): Failure | undefined;
  leaveGroup(group: IpAddress, through: NetworkInterface): Failure | undefined;
}

export class Context implements TransportContext {
  readonly random: Random;
  readonly timers: TimerQueue;
  readonly pool: PacketPool;
  readonly tracer: Tracer | undefined;
  readonly #host: ContextHost;
  readonly #entry: Entry;

  constructor(host: ContextHost, random: Random) {
    this.#host = host;
    this.#entry = host.entry;
    this.random = random;
    this.timers = host.entry.timers;
    this.pool = host.pool;
    this.tracer = host.tracer;
  }

  get now(): Instant {
    return this.#entry.now;
  }

  route(destination: IpAddress, source?: IpAddress, through?: NetworkInterface): Route | undefined {
    return this.#host.route(destination, source, through);
  }

  isLocal(address: IpAddress): boolean {
    return this.#host.isLocal(address);
  }

  isMany(address: IpAddress): boolean {
    return this.#host.isMany(address);
  }

  interface(name: string): NetworkInterface | undefined {
    return this.#host.interface(name);
  }

  joinGroup(group: IpAddress, through: NetworkInterface): Failure | undefined {
    return this.#host.joinGroup(group, through);
  }

  leaveGroup(group: IpAddress, through: NetworkInterface): Failure | undefined {
    return this.#host.leaveGroup(group, through);
  }

  enter(): void {
    this.#entry.enter();
  }

  leave(): void {
    this.#entry.leave();
  }

  noteFlush(protocol: TransportProtocol): void {
    this.#entry.noteFlush(protocol);
  }

  noteWake(endpoint: Endpoint & Wakeable): void {
    this.#entry.noteWake(endpoint);
  }
}
