/** What routers of one link say, and how they are asked: RFC 4861 §6.3, RFC 7559, RFC 4191, RFC 8106. */
import { Drop } from "../../base/drop.ts";
import { IPV6_ANY, type IpAddress } from "../../base/ip-address.ts";
import { fraction } from "../../base/random.ts";
import { Send } from "../../base/send.ts";
import { type Duration, type Instant, later, milliseconds, NEVER, seconds } from "../../base/time.ts";
import { Timer, type TimerOwner } from "../../base/timer-queue.ts";
import type { Services } from "../../contract/services.ts";
import type { ResolverInterface } from "../../interface/resolver.ts";
import { ND_ROUTER_SOLICITATION } from "../../wire/icmpv6.ts";
import {
  LINK_ADDRESS_OPTION_BYTES,
  NdOptions,
  OPTION_SOURCE_LINK_ADDRESS,
  ROUTER_ADVERTISEMENT_BYTES,
  ROUTER_SOLICITATION_BYTES,
  RouterAdvertisement,
  readNdOptions,
  readRouterAdvertisement,
  writeLinkAddressOption,
} from "../../wire/nd.ts";
import { chooseSource } from "./address-selection.ts";
import type { Ipv6Arrival } from "./arrival.ts";
import { type Autoconfiguration, lifetimeOf } from "./autoconfiguration.ts";
import { ALL_ROUTERS } from "./groups.ts";
import type { LearnedRoutes } from "./learned-routes.ts";
import type { NeighbourDiscovery } from "./neighbour-discovery.ts";

/** RTR_SOLICITATION_INTERVAL (RFC 4861 §10), the IRT of RFC 7559 §2. */
const FIRST_INTERVAL: Duration = seconds(4);
/** MRT of RFC 7559 §2: they are asked for ever, but ever less often. */
const LONGEST_INTERVAL: Duration = seconds(3600);
/** RFC 4861 §6.2.1: AdvReachableTime is an hour at most. */
const LONGEST_REACHABLE_TIME = 3_600_000;
/** Outside of this a retransmission timer would be a storm, or silence. Milliseconds. */
const SHORTEST_RETRANS_TIMER = 100;
const LONGEST_RETRANS_TIMER = 60_000;
/** A hop limit below the default would only keep us from going far (CVE-2015-2922). */
const LEAST_HOP_LIMIT = 64;
/** Name servers that are remembered. */
const MAX_SERVERS = 16;

interface NameServer {
  readonly address: IpAddress;
  readonly expires: Instant;
}

/** What router discovery needs. */
export interface RouterDiscoveryParts {
  readonly services: Services;
  readonly on: ResolverInterface;
  readonly discovery: NeighbourDiscovery;
  readonly routes: LearnedRoutes;
  readonly addresses: Autoconfiguration;
  /** The link's parameters have changed: routes must be asked for anew. */
  parametersChanged(): void;
}

/** Listens to the routers of one link, and asks for them. */
export class RouterDiscovery implements TimerOwner {
  readonly #parts: RouterDiscoveryParts;
  readonly #options: NdOptions = new NdOptions();
  readonly #advertised: RouterAdvertisement = new RouterAdvertisement();
  readonly #timer: Timer;
  #interval: Duration = 0 as Duration;
  #servers: NameServer[] = [];

  constructor(parts: RouterDiscoveryParts) {
    this.#parts = parts;
    this.#timer = new Timer(parts.services.timers, this, true);
  }

  /** Asks for routers until one answers. */
  start(): void {
    this.#interval = 0 as Duration;
    this.#solicit(Send.routerSolicitation);
  }

  stop(): void {
    this.#arm(NEVER);
    this.#parts.routes.clear();
    this.#parts.addresses.clear();
  }

  /** The name servers that routers have told of, while they last (RFC 8106 §5.1). */
  nameServers(): readonly IpAddress[] {
    const { now } = this.#parts.services;
    return this.#servers.filter(({ expires }) => expires > now).map(({ address }) => address);
  }

  expired(): void {
    this.#parts.services.trace?.fired("nd", this, "router");
    this.#solicit(Send.routerSolicitation);
  }

  /** A router advertisement, checked for what all messages must have (RFC 4861 §6.1.2, §6.3.4). */
  receive(arrival: Ipv6Arrival): Drop {
    const { packet, source } = arrival;
    const { view, start, end } = packet;
    const { on, discovery, routes } = this.#parts;
    on.ndCounters.ndInRouterAdvertisements++;
    if (!source.isLinkLocal) return Drop.badNdAddresses;
    if (end - start < ROUTER_ADVERTISEMENT_BYTES) return Drop.truncated;
    const options = this.#options;
    const bad = readNdOptions(view, start + ROUTER_ADVERTISEMENT_BYTES, end, options);
    if (bad !== Drop.none) return bad;
    if (options.sourceLink?.isGroup === true) return Drop.groupSource;
    if (options.sourceLink !== undefined) discovery.cache.heard(source, options.sourceLink).isRouter = true;
    const advertised = this.#advertised;
    readRouterAdvertisement(view, start, advertised);
    const { lifetime, preference } = advertised;
    routes.learn(IPV6_ANY, 0, source, lifetime === 0 ? 0 : preference, seconds(lifetime));
    if (lifetime > 0) this.#arm(NEVER); // RFC 7559 §2: one with a lifetime has answered
    this.#adopt(advertised, options);
    this.#readPrefixes(options, source);
    for (const { prefix, length, preference: wanted, lifetime: until } of options.routes) {
      routes.learn(prefix, length, source, wanted, lifetimeOf(until));
    }
    for (const { servers, lifetime: until } of options.dnsServers)
      this.#keepServers(servers, lifetimeOf(until));
    return Drop.none;
  }

  /** The variables of the link (RFC 4861 §6.3.4), each within its bounds. */
  #adopt({ hopLimit, reachableTime, retransTimer }: RouterAdvertisement, { mtu }: NdOptions): void {
    const { link } = this.#parts.discovery;
    if (hopLimit >= LEAST_HOP_LIMIT) link.curHopLimit = hopLimit;
    if (reachableTime !== 0 && reachableTime <= LONGEST_REACHABLE_TIME) {
      link.adoptReachableTime(milliseconds(reachableTime));
    }
    if (retransTimer >= SHORTEST_RETRANS_TIMER && retransTimer <= LONGEST_RETRANS_TIMER) {
      link.retransTimer = milliseconds(retransTimer);
    }
    if (mtu !== 0 && link.adoptMtu(mtu)) this.#parts.parametersChanged();
  }

  #readPrefixes({ prefixes }: NdOptions, router: IpAddress): void {
    const { routes, addresses } = this.#parts;
    for (const information of prefixes) {
      const { prefix, length, onLink, autonomous, validLifetime } = information;
      if (prefix.isLinkLocal || prefix.isMulticast || length > 128) continue;
      if (onLink) routes.learn(prefix, length, undefined, 0, lifetimeOf(validLifetime));
      if (autonomous) addresses.prefix(information, router);
    }
  }

  #keepServers(servers: readonly IpAddress[], lifetime: Duration): void {
    const { now } = this.#parts.services;
    for (const address of servers) {
      this.#servers = this.#servers.filter((one) => one.expires > now && !one.address.equals(address));
      if (lifetime > 0 && this.#servers.length < MAX_SERVERS) {
        this.#servers.push({ address, expires: later(now, lifetime) });
      }
    }
  }

  /** RFC 4861 §6.3.7: with our link address, if there is an address to send from. RFC 7559 §2: and again. */
  #solicit(why: Send): void {
    const { on, discovery, services } = this.#parts;
    const source = chooseSource(on.addresses, ALL_ROUTERS) ?? IPV6_ANY;
    const octets = ROUTER_SOLICITATION_BYTES + (source.isAny ? 0 : LINK_ADDRESS_OPTION_BYTES);
    const packet = discovery.sender.message(ND_ROUTER_SOLICITATION, 0, octets);
    if (!source.isAny) {
      const at = packet.start + ROUTER_SOLICITATION_BYTES;
      writeLinkAddressOption(packet.view, at, OPTION_SOURCE_LINK_ADDRESS, on.mac);
    }
    on.ndCounters.ndOutRouterSolicits++;
    discovery.sender.send(packet, source, ALL_ROUTERS, undefined, why);
    // RT of RFC 8415 §15: twice as long each time, a tenth more or less.
    const spread = 0.2 * fraction(services.random) - 0.1;
    const last = this.#interval;
    const next = last === 0 ? FIRST_INTERVAL * (1 + spread) : last * (2 + spread);
    this.#interval = Math.round(Math.min(next, LONGEST_INTERVAL * (1 + spread))) as Duration;
    this.#arm(later(services.now, this.#interval));
  }

  #arm(at: Instant): void {
    if (at === NEVER) this.#timer.cancel();
    else this.#timer.set(at);
    this.#parts.services.trace?.armed("nd", this, "router", at);
  }
}
