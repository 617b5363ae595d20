/** What each transport gets of the stack: the services, and the network layer below it. */
import type { IpAddress } from "../base/ip-address.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import type { Random } from "../base/random.ts";
import type { Instant } from "../base/time.ts";
import type { TimerQueue } from "../base/timer-queue.ts";
import type { Turns } from "../base/turns.ts";
import type { Endpoint } from "../contract/endpoint.ts";
import type { Failure } from "../contract/failures.ts";
import { EVERYBODY, type SourceWish } from "../contract/multicast.ts";
import type { Route, RouteWish } from "../contract/network.ts";
import type { Interfaces, NetworkInterface } from "../contract/network-interface.ts";
import type { Delivery, Flushable, Services, Transmitter, Wakeable } from "../contract/services.ts";
import type { Trace, Tracer } from "../contract/trace.ts";
import type { TransportContext } from "../contract/transport.ts";
import type { Entry } from "./entry.ts";

/** The network layer, as transports ask it. */
export interface ContextHost {
  readonly interfaces: Interfaces;
  route(
    destination: IpAddress,
    source?: IpAddress,
    through?: NetworkInterface,
    wish?: RouteWish,
  ): Route | undefined;
  joinGroup(group: IpAddress, through: NetworkInterface, member: SourceWish): Failure | undefined;
  leaveGroup(group: IpAddress, through: NetworkInterface, member: SourceWish): Failure | undefined;
  wishChanged(group: IpAddress, through: NetworkInterface): void;
}

/** What the stack gives to one transport. */
export class Context implements TransportContext {
  readonly random: Random;
  readonly timers: TimerQueue;
  readonly pool: PacketPool;
  readonly tracer: Tracer | undefined;
  readonly trace: Trace | undefined;
  readonly #host: ContextHost;
  readonly #services: Services;
  readonly #entry: Entry;

  constructor(host: ContextHost, entry: Entry, services: Services) {
    this.#host = host;
    this.#entry = entry;
    this.#services = services;
    this.random = services.random;
    this.timers = services.timers;
    this.pool = services.pool;
    this.tracer = services.tracer;
    this.trace = services.trace;
  }

  get now(): Instant {
    return this.#entry.now;
  }

  get turns(): Turns | undefined {
    return this.#entry.turns;
  }

  fork(name: string): Services {
    return this.#services.fork(name);
  }

  route(
    destination: IpAddress,
    source?: IpAddress,
    through?: NetworkInterface,
    wish?: RouteWish,
  ): Route | undefined {
    return this.#host.route(destination, source, through, wish);
  }

  isLocal(address: IpAddress): boolean {
    const { interfaces } = this.#host;
    return interfaces.isLocal(address) || (interfaces.transparent && !this.isMany(address));
  }

  isMany(address: IpAddress): boolean {
    return this.#host.interfaces.isMany(address);
  }

  interface(name: string): NetworkInterface | undefined {
    return this.#host.interfaces.named(name);
  }

  joinGroup(
    group: IpAddress,
    through: NetworkInterface,
    member: SourceWish = EVERYBODY,
  ): Failure | undefined {
    return this.#host.joinGroup(group, through, member);
  }

  leaveGroup(
    group: IpAddress,
    through: NetworkInterface,
    member: SourceWish = EVERYBODY,
  ): Failure | undefined {
    return this.#host.leaveGroup(group, through, member);
  }

  wishChanged(group: IpAddress, through: NetworkInterface): void {
    this.#host.wishChanged(group, through);
  }

  enter(): void {
    this.#entry.enter();
  }

  leave(): void {
    this.#entry.leave();
  }

  noteFlush(task: Flushable): void {
    this.#entry.noteFlush(task);
  }

  noteTransmit(from: Transmitter): void {
    this.#entry.noteTransmit(from);
  }

  noteDelivery(delivery: Delivery): void {
    this.#entry.noteDelivery(delivery);
  }

  noteWake(endpoint: Endpoint & Wakeable): void {
    this.#entry.noteWake(endpoint);
  }
}
