/**
 * Passes datagrams on: RFC 1812 §5, of either family. What a family alone knows (its header, its errors) is behind
 * `DatagramCodec`.
 */

import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import { type Duration, later, NEVER, seconds } from "../base/time.ts";
import { DropCounters } from "../contract/counters.ts";
import type {
  DatagramCodec,
  Forwarder,
  HookPoint,
  Passage,
  TransitError,
  Way,
} from "../contract/forwarding.ts";
import type { Interfaces, NetworkInterface } from "../contract/network-interface.ts";
import { OpenPassage } from "../contract/open-passage.ts";
import type { Services } from "../contract/services.ts";
import type { RoutingPolicy } from "../ip/routing-policy.ts";
import { flowHash } from "./flow-hash.ts";
import { Hooks } from "./hooks.ts";
import { type ForwardPath, PathCache } from "./path-cache.ts";
import { staysOnLink } from "./reserved.ts";
import { checkReversePath, type ReversePath } from "./reverse-path.ts";
import { DatagramSender, segmentLength } from "./transmitter.ts";

/** A sender is told again of a better gateway after this, then twice, … (RFC 1812 §4.3.2.8). */
const REDIRECT_INTERVAL: Duration = seconds(1);
/** So often, at most: whoever does not heed nine redirects does not heed any (as in Linux). */
const MAX_REDIRECTS = 9;

/** How a router behaves. */
export interface RouterOptions {
  /** Passes datagrams on; true by default. False: only hooks are wanted, on a host. */
  readonly forwarding?: boolean | undefined;
  /** See `ReversePath`; "off" by default. */
  readonly reversePath?: ReversePath | undefined;
  /** Tells hosts of better gateways on their own link (RFC 1812 §5.2.7.2); true by default. */
  readonly redirects?: boolean | undefined;
}

/** What a router has counted (RFC 4293: ipSystemStatsTable). */
export class ForwardCounters {
  /** Datagrams for others, that a way was looked for. */
  ipForwDatagrams = 0;
  /** Of them, those that were sent on. */
  ipOutForwDatagrams = 0;
  /** Datagrams cut into fragments on their way, and the fragments made. */
  ipFragOKs = 0;
  ipFragCreates = 0;
  /** Redirects sent. */
  redirects = 0;
  /** All drops, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** What a router is made with. */
export interface RouterParts {
  readonly services: Services;
  readonly interfaces: Interfaces;
  readonly policy: RoutingPolicy;
}

/** Makes a router of a host. */
export class Router implements Forwarder {
  readonly counters: ForwardCounters = new ForwardCounters();
  readonly policy: RoutingPolicy;
  readonly hooks: Hooks = new Hooks();
  /** Time, timers, chance and packets, for what hangs on the hooks. */
  readonly services: Services;
  readonly #interfaces: Interfaces;
  readonly #cache: PathCache;
  readonly #sender: DatagramSender;
  readonly #secret: number;
  readonly #passing: OpenPassage = new OpenPassage();
  readonly #sending: OpenPassage = new OpenPassage();
  readonly #watchers: (() => void)[] = [];
  /** Grows when addresses, interfaces or routes change. */
  #generation = 0;
  #forwarding: boolean;
  #redirects: boolean;
  #reversePath: ReversePath;
  readonly #reversePaths: Map<NetworkInterface, ReversePath> = new Map();

  constructor(parts: RouterParts, options: RouterOptions) {
    this.services = parts.services;
    this.#interfaces = parts.interfaces;
    this.policy = parts.policy;
    this.#secret = parts.services.random.bits();
    this.#cache = new PathCache(parts.services.random.bits());
    this.#sender = new DatagramSender(parts.services.pool);
    this.#forwarding = options.forwarding ?? true;
    this.#redirects = options.redirects ?? true;
    this.#reversePath = options.reversePath ?? "off";
  }

  /** Whether it passes on what is for others. */
  get forwarding(): boolean {
    return this.#forwarding;
  }

  get hooked(): boolean {
    return !this.hooks.none;
  }

  /** Changes how it behaves; what is not named stays. */
  configure(options: RouterOptions): void {
    this.#forwarding = options.forwarding ?? this.#forwarding;
    this.#redirects = options.redirects ?? this.#redirects;
    this.#reversePath = options.reversePath ?? this.#reversePath;
    this.services.enter();
    this.services.trace?.called("interface", "configure", 0, undefined);
    try {
      this.changed();
    } finally {
      this.services.leave();
    }
  }

  /** What may come in by this interface, in place of what holds for all. */
  setReversePath(from: NetworkInterface, mode: ReversePath): void {
    this.#reversePaths.set(from, mode);
    this.changed();
  }

  /** All that comes in by this interface is for this host, whatever address it is for: see `catchFlows`. */
  setTransparent(from: NetworkInterface, transparent: boolean): void {
    this.#interfaces.setTransparent(from, transparent);
    this.changed();
  }

  /** `look` is called when addresses, interfaces or routes have changed. Returns what ends that. */
  watch(look: () => void): () => void {
    this.#watchers.push(look);
    return () => {
      const at = this.#watchers.indexOf(look);
      if (at >= 0) this.#watchers.splice(at, 1);
    };
  }

  /** One of this host's own addresses. */
  isLocal(address: IpAddress): boolean {
    return this.#interfaces.isLocal(address);
  }

  changed(): void {
    this.#generation++;
    for (const look of this.#watchers) look();
  }

  checkSource(source: IpAddress, from: NetworkInterface): Drop {
    const mode = this.#reversePaths.size === 0 ? this.#reversePath : this.#reversePaths.get(from);
    if (mode === "off") return Drop.none;
    return checkReversePath(this.policy, mode ?? this.#reversePath, source, from);
  }

  // ── what arrives ─────────────────────────────────────────────────────────────────────────────────────

  arrives(packet: Packet, from: NetworkInterface, codec: DatagramCodec, reassembled: boolean): Passage {
    const passage = this.#passing;
    passage.reassembled = reassembled;
    passage.packet = packet;
    passage.codec = codec;
    passage.from = from;
    passage.through = undefined;
    passage.mark = from.loopback ? packet.mark : 0;
    passage.state = "untracked";
    passage.direction = undefined;
    codec.read(passage);
    return passage;
  }

  runHooks(point: HookPoint, passage: Passage): Drop {
    const reason = this.hooks.run(point, passage);
    return reason === Drop.none ? reason : this.#drop(passage.packet, reason);
  }

  forward(
    packet: Packet,
    from: NetworkInterface,
    source: IpAddress,
    destination: IpAddress,
    toGroup: boolean,
    codec: DatagramCodec,
  ): Drop {
    this.counters.ipForwDatagrams++;
    if (!this.#forwarding) return this.#drop(packet, Drop.notOurAddress);
    if (toGroup) return this.#drop(packet, Drop.linkBroadcast); // RFC 1812 §5.3.4
    const stays = staysOnLink(source, destination);
    if (stays !== Drop.none) {
      // RFC 4007 §9: who sends beyond the zone of its own address is told so. Of IPv4 nothing of the kind is known.
      const told = codec.family === 6 && !destination.isLinkLocal;
      return told ? this.#refuse(packet, stays, "scope", codec, from) : this.#drop(packet, stays);
    }
    const passage = this.hooked ? this.#passing : this.arrives(packet, from, codec, false);
    if (codec.hopLimit(packet) <= 1)
      return this.#refuse(packet, Drop.hopLimitExceeded, "time-exceeded", codec, from);
    const path = this.#path(source, destination, from, passage.mark);
    if (path.reason !== Drop.none) return this.#refusePath(packet, path.reason, codec, from);
    const way = this.#choose(path, passage);
    passage.through = way.interface;
    if (this.hooked) {
      const reason = this.runHooks("forward", passage);
      if (reason !== Drop.none) return reason;
    }
    if (path.redirectAt !== NEVER) this.#redirect(packet, path, way, codec);
    return this.#sendOn(passage, way);
  }

  #sendOn(passage: Passage, way: Way): Drop {
    const { codec, packet } = passage;
    const mayFragment = passage.reassembled || codec.mayFragment(packet);
    if (segmentLength(packet) > way.mtu && !mayFragment) {
      const reason = Drop.tooBig;
      codec.sendError("too-big", packet, way.mtu, passage.from);
      return this.#drop(packet, reason);
    }
    const { pool } = this.services;
    // From here on the packet is changed: it must be ours alone.
    const own = pool.takeOver(packet);
    passage.packet = own;
    codec.decrementHopLimit(own);
    codec.forwardOptions(own, way.interface, way.nextHop);
    if (this.hooked) {
      const reason = this.runHooks("postrouting", passage);
      if (reason !== Drop.none) {
        pool.release(own);
        return reason;
      }
    }
    this.counters.ipOutForwDatagrams++;
    const { trace } = this.services;
    const before = trace?.sent("forward", Send.forwarded, own) ?? 0;
    this.#send(own, way, codec);
    if (trace !== undefined) trace.cause = before;
    return Drop.none;
  }

  #send(packet: Packet, way: Way, codec: DatagramCodec): void {
    const pieces = this.#sender.send(packet, way, codec);
    if (pieces === 0) return;
    this.counters.ipFragOKs++;
    this.counters.ipFragCreates += pieces;
  }

  // ── what this host sends, while there are hooks ──────────────────────────────────────────────────────

  way(through: NetworkInterface, nextHop: IpAddress, mark = 0): Way {
    const { mtu, maxSuperSegment, fillsChecksums } = through.link.capabilities;
    return {
      interface: through,
      nextHop,
      hop: through.neighbour(nextHop),
      mtu,
      maxSuperSegment: fillsChecksums ? maxSuperSegment : 0,
      fillsChecksums,
      mark,
    };
  }

  sends(packet: Packet, way: Way, codec: DatagramCodec): Drop {
    const passage = this.#sending;
    passage.packet = packet;
    passage.codec = codec;
    passage.from = undefined;
    passage.through = way.interface;
    passage.mark = way.mark;
    passage.state = "untracked";
    passage.direction = undefined;
    codec.read(passage);
    const { destination } = passage;
    let reason = this.runHooks("output", passage);
    let out: Way | undefined = way;
    if (reason === Drop.none && (passage.mark !== way.mark || !passage.destination.equals(destination))) {
      out = this.#reroute(passage);
      if (out === undefined) reason = this.#drop(packet, Drop.noRoute);
      else passage.through = out.interface;
    }
    packet.mark = passage.mark;
    if (reason === Drop.none) reason = this.runHooks("postrouting", passage);
    if (reason === Drop.none && out !== undefined) this.#send(packet, out, codec);
    else this.services.pool.release(packet);
    return reason;
  }

  /** A hook has changed the destination, or marked it. */
  #reroute(passage: Passage): Way | undefined {
    const { source, destination, mark } = passage;
    if (this.#interfaces.isLocal(destination)) {
      return this.way(this.#interfaces.loopback, destination);
    }
    const entry = this.policy.find(destination, source, undefined, undefined, mark);
    return entry === undefined ? undefined : this.way(entry.interface, entry.gateway ?? destination);
  }

  // ── ways ─────────────────────────────────────────────────────────────────────────────────────────────

  #path(source: IpAddress, destination: IpAddress, from: NetworkInterface, mark: number): ForwardPath {
    const path = this.#cache.place(source, destination);
    if (path.generation === this.#generation && path.is(source, destination, from, mark)) return path;
    path.source = source;
    path.destination = destination;
    path.from = from;
    path.mark = mark;
    path.generation = this.#generation;
    path.redirects = 0;
    path.redirectAt = NEVER;
    path.ways = [];
    path.reason = this.checkSource(source, from);
    if (path.reason === Drop.none) path.reason = this.#find(path, from);
    return path;
  }

  #find(path: ForwardPath, from: NetworkInterface): Drop {
    const { source, destination, mark } = path;
    const entry = this.policy.find(destination, source, undefined, from, mark);
    if (entry === undefined || entry.interface.loopback) return Drop.noRoute;
    // RFC 2644 §2: what is for everybody on a network is not passed on to it.
    if (entry.gateway === undefined && entry.interface.isBroadcast(destination))
      return Drop.directedBroadcast;
    const entries = this.policy.equals(entry);
    path.ways = entries.map((one) => this.way(one.interface, one.gateway ?? destination));
    const [first] = path.ways as [Way];
    // RFC 1812 §5.2.7.2: the sender is on the link that it goes back to, and so is the next hop.
    const back = first.interface === from && path.ways.length === 1;
    if (this.#redirects && back && from.isOnLink(source) && from.isOnLink(first.nextHop)) {
      path.redirectAt = this.services.now;
    }
    return Drop.none;
  }

  #choose(path: ForwardPath, passage: Passage): Way {
    const { ways } = path;
    const hash = ways.length === 1 ? 0 : flowHash(passage, !passage.laterFragment, this.#secret);
    let index = hash % ways.length;
    let way = ways[index] as Way;
    // The state of interfaces is not in the generation when a link fails: another way will do.
    for (let tried = 1; !way.interface.up && tried < ways.length; tried++) {
      index = (index + 1) % ways.length;
      way = ways[index] as Way;
    }
    return way;
  }

  #redirect(packet: Packet, path: ForwardPath, way: Way, codec: DatagramCodec): void {
    const { now } = this.services;
    if (now < path.redirectAt || path.from === undefined) return;
    path.redirects++;
    path.redirectAt =
      path.redirects === MAX_REDIRECTS
        ? NEVER
        : later(now, (REDIRECT_INTERVAL * 2 ** path.redirects) as Duration);
    this.counters.redirects++;
    codec.sendRedirect(packet, way.nextHop, path.from);
  }

  // ── refusals ─────────────────────────────────────────────────────────────────────────────────────────

  #refusePath(packet: Packet, reason: Drop, codec: DatagramCodec, from: NetworkInterface): Drop {
    if (reason === Drop.noRoute) return this.#refuse(packet, reason, "network", codec, from);
    return this.#drop(packet, reason);
  }

  #refuse(
    packet: Packet,
    reason: Drop,
    error: TransitError,
    codec: DatagramCodec,
    from: NetworkInterface,
  ): Drop {
    codec.sendError(error, packet, 0, from);
    return this.#drop(packet, reason);
  }

  #drop(packet: Packet, reason: Drop): Drop {
    this.counters.drops.count(reason);
    this.services.trace?.dropped("forward", packet, reason);
    return reason;
  }
}
