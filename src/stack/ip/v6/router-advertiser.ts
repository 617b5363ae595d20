/**
 * A router tells the hosts of one link that it is there, and what they need: RFC 4861 §6.2. It advertises unasked at random
 * times, answers solicitations, and says at last that it is no router any more.
 */
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import { prefixOf } from "../../base/prefix.ts";
import { below } from "../../base/random.ts";
import { Send } from "../../base/send.ts";
import { type Duration, type Instant, later, milliseconds, NEVER, seconds } from "../../base/time.ts";
import { Timer, type TimerOwner } from "../../base/timer-queue.ts";
import type { Services } from "../../contract/services.ts";
import type { ResolverInterface } from "../../interface/resolver.ts";
import { ND_ROUTER_ADVERTISEMENT } from "../../wire/icmpv6.ts";
import {
  LINK_ADDRESS_OPTION_BYTES,
  NdOptions,
  OPTION_SOURCE_LINK_ADDRESS,
  type PrefixInformation,
  ROUTER_ADVERTISEMENT_BYTES,
  ROUTER_SOLICITATION_BYTES,
  RouterAdvertisement,
  readNdOptions,
  readRouterAdvertisement,
  writeLinkAddressOption,
} from "../../wire/nd.ts";
import {
  PREFIX_OPTION_BYTES,
  writeMtuOption,
  writePrefixOption,
  writeRouteOption,
  writeRouterAdvertisement,
  writeServersOption,
} from "../../wire/router-advertisement.ts";
import {
  type Advertisement,
  advertisementBytes,
  MOST_OCTETS,
  prefixInformation,
} from "./advertisement-options.ts";
import type { Ipv6Arrival } from "./arrival.ts";
import { ALL_NODES } from "./groups.ts";
import type { NeighbourDiscovery } from "./neighbour-discovery.ts";

/** RFC 4861 §10: the first advertisements come in shorter intervals. */
const MAX_INITIAL_RTR_ADVERT_INTERVAL: Duration = seconds(16);
const MAX_INITIAL_RTR_ADVERTISEMENTS = 3;
/** Between two advertisements to all nodes lies as much at least, whoever asks. */
const MIN_DELAY_BETWEEN_RAS: Duration = seconds(3);
/** An answer is delayed by chance, so that routers do not all answer at once. */
const MAX_RA_DELAY_TIME: Duration = milliseconds(500);
/** Where a time has not come yet: long before the first. */
const LONG_AGO = Number.NEGATIVE_INFINITY as Instant;

/** What an advertiser needs. */
export interface AdvertiserParts {
  readonly services: Services;
  readonly on: ResolverInterface;
  readonly discovery: NeighbourDiscovery;
  /** This host passes on what is for others, now. */
  forwards(): boolean;
}

/** Advertises this router on one interface. */
export class RouterAdvertiser implements TimerOwner {
  readonly #parts: AdvertiserParts;
  readonly #options: NdOptions = new NdOptions();
  readonly #message: RouterAdvertisement = new RouterAdvertisement();
  readonly #timer: Timer;
  #told: Advertisement;
  #next: Instant = NEVER;
  #last: Instant = LONG_AGO;
  #initialLeft = MAX_INITIAL_RTR_ADVERTISEMENTS;

  constructor(parts: AdvertiserParts, told: Advertisement) {
    this.#parts = parts;
    this.#told = told;
    this.#timer = new Timer(parts.services.timers, this, true);
  }

  /** What is told from now on. Begins to advertise, or does so anew after a change, if there is an address to send from. */
  start(told: Advertisement = this.#told): void {
    this.#told = told;
    this.#initialLeft = MAX_INITIAL_RTR_ADVERTISEMENTS;
    if (this.#source() !== undefined) this.#soon();
  }

  /** Nothing is sent any more; hosts are told that this is no router any more (§6.2.5). */
  stop(): void {
    this.down();
    if (this.#last !== LONG_AGO) this.#send(true);
  }

  /** The link is gone: nobody can be told. */
  down(): void {
    this.#arm(NEVER);
  }

  expired(): void {
    this.#parts.services.trace?.fired("nd", this, "router");
    this.#advertise();
  }

  /** A router solicitation, checked for what all messages must have (§6.1.1, §6.2.6). */
  solicited({ packet, source }: Ipv6Arrival): Drop {
    const { view, start, end } = packet;
    const { on, discovery } = this.#parts;
    on.ndCounters.ndInRouterSolicits++;
    // It has no more than the 8 octets that each message of ICMPv6 has before its options.
    const bad = readNdOptions(view, start + ROUTER_SOLICITATION_BYTES, end, this.#options);
    if (bad !== Drop.none) return bad;
    const { sourceLink } = this.#options;
    if (source.isAny && sourceLink !== undefined) return Drop.badNdAddresses;
    if (sourceLink?.isGroup === true) return Drop.groupSource;
    if (sourceLink !== undefined) discovery.cache.heard(source, sourceLink).isRouter = false;
    this.#soon();
    return Drop.none;
  }

  /** Another router of the link has advertised: whether what it says goes with what is said here (§6.2.7). */
  compare({ packet }: Ipv6Arrival): Drop {
    const { view, start, end } = packet;
    const options = this.#options;
    this.#parts.on.ndCounters.ndInRouterAdvertisements++;
    if (end - start < ROUTER_ADVERTISEMENT_BYTES) return Drop.truncated;
    const bad = readNdOptions(view, start + ROUTER_ADVERTISEMENT_BYTES, end, options);
    if (bad !== Drop.none) return bad;
    const theirs = this.#message;
    readRouterAdvertisement(view, start, theirs);
    const told = this.#told;
    const differ = (other: number, ours: number): boolean => other !== 0 && ours !== 0 && other !== ours;
    const inconsistent =
      differ(theirs.hopLimit, told.hopLimit) ||
      theirs.managed !== told.managed ||
      theirs.otherConfig !== told.otherConfig ||
      differ(theirs.reachableTime, told.reachableTime) ||
      differ(theirs.retransTimer, told.retransTimer) ||
      differ(options.mtu, told.mtu) ||
      this.#prefixes().some((ours) => options.prefixes.some((other) => contradicts(ours, other)));
    return inconsistent ? Drop.otherParameters : Drop.notAutoconfigured;
  }

  /** §6.2.6: after a short time of chance, unless one is due earlier, but not too soon after the last. */
  #soon(): void {
    const { services } = this.#parts;
    const { now } = services;
    const earliest = Math.max(now, later(this.#last, MIN_DELAY_BETWEEN_RAS)) as Instant;
    const at = later(earliest, below(services.random, MAX_RA_DELAY_TIME) as Duration);
    if (at < this.#next) this.#arm(at);
  }

  #advertise(): void {
    const { services } = this.#parts;
    this.#arm(NEVER);
    if (!this.#send(false)) return;
    this.#last = services.now;
    const { minInterval, maxInterval } = this.#told;
    let wait = minInterval + below(services.random, maxInterval - minInterval);
    if (this.#initialLeft > 0 && --this.#initialLeft > 0)
      wait = Math.min(wait, MAX_INITIAL_RTR_ADVERT_INTERVAL);
    this.#arm(later(services.now, wait as Duration));
  }

  /** False while there is no address to send from. @param final - as a router that is none any more */
  #send(final: boolean): boolean {
    const { on, discovery, forwards } = this.#parts;
    const source = this.#source();
    if (source === undefined) return false;
    const told = this.#told;
    const prefixes = this.#prefixes();
    const passesOn = !final && forwards();
    const octets = advertisementBytes(told, prefixes.length);
    const packet = discovery.sender.message(ND_ROUTER_ADVERTISEMENT, 0, octets);
    const { view, start } = packet;
    writeRouterAdvertisement(view, start, passesOn ? told : { ...told, lifetime: 0 });
    let at = start + ROUTER_ADVERTISEMENT_BYTES;
    writeLinkAddressOption(view, at, OPTION_SOURCE_LINK_ADDRESS, on.mac);
    at += LINK_ADDRESS_OPTION_BYTES;
    if (told.mtu !== 0) at += writeMtuOption(view, at, told.mtu);
    for (const prefix of prefixes) at += writePrefixOption(view, at, prefix);
    for (const route of told.routes) {
      at += writeRouteOption(view, at, passesOn ? route : { ...route, lifetime: 0 });
    }
    if (told.dns.servers.length > 0)
      at += writeServersOption(view, at, final ? { ...told.dns, lifetime: 0 } : told.dns);
    on.ndCounters.ndOutRouterAdvertisements++;
    const why = final ? Send.finalAdvertisement : Send.routerAdvertisement;
    discovery.sender.send(packet, source, ALL_NODES, undefined, why);
    return true;
  }

  /** RFC 4861 §6.1.2: hosts believe a link-local address only. */
  #source(): IpAddress | undefined {
    const { addresses } = this.#parts.on;
    return addresses.find(
      ({ address, state }) => address.family === 6 && address.isLinkLocal && state === "preferred",
    )?.address;
  }

  /** Those that are to be told; else those of the interface, as many as go into one message. */
  #prefixes(): readonly PrefixInformation[] {
    const told = this.#told;
    if (told.prefixes !== undefined) return told.prefixes;
    const room = Math.floor((MOST_OCTETS - advertisementBytes(told, 0)) / PREFIX_OPTION_BYTES);
    const found: PrefixInformation[] = [];
    for (const { address, prefixLength } of this.#parts.on.addresses) {
      if (address.family !== 6 || address.isLinkLocal || prefixLength === 128) continue;
      const prefix = prefixOf(address, prefixLength);
      const known = found.some((one) => one.length === prefixLength && one.prefix.equals(prefix));
      if (!known && found.length < room) found.push(prefixInformation(prefix, prefixLength));
    }
    return found;
  }

  #arm(at: Instant): void {
    this.#next = at;
    if (at === NEVER) this.#timer.cancel();
    else this.#timer.set(at);
    this.#parts.services.trace?.armed("nd", this, "router", at);
  }
}

/** The same prefix with other lifetimes. */
function contradicts(ours: PrefixInformation, theirs: PrefixInformation): boolean {
  if (ours.length !== theirs.length || !ours.prefix.equals(theirs.prefix)) return false;
  return ours.validLifetime !== theirs.validLifetime || ours.preferredLifetime !== theirs.preferredLifetime;
}
