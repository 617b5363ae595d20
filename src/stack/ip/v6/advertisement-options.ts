/** What a router tells the hosts of one link, as its user says it: RFC 4861 §6.2.1, RFC 4191, RFC 8106. */
import { IpAddress } from "../../base/ip-address.ts";
import { addressBits, prefixOf } from "../../base/prefix.ts";
import {
  checkSetting,
  checkSettings,
  FLAG,
  integer,
  oneOf,
  quantity,
  type Rule,
  type Rules,
  rule,
} from "../../base/settings.ts";
import { type Duration, microseconds, milliseconds, seconds } from "../../base/time.ts";
import { IPV6_HEADER_BYTES, IPV6_MIN_MTU } from "../../wire/ipv6.ts";
import {
  type DnsServers,
  LINK_ADDRESS_OPTION_BYTES,
  type PrefixInformation,
  ROUTER_ADVERTISEMENT_BYTES,
  type RouteInformation,
} from "../../wire/nd.ts";
import {
  MTU_OPTION_BYTES,
  PREFIX_OPTION_BYTES,
  routeOptionBytes,
  serversOptionBytes,
} from "../../wire/router-advertisement.ts";

/** How much hosts should prefer a router, or a route (RFC 4191 §2.1). */
export type RouterPreference = "low" | "medium" | "high";

/** A prefix that hosts are told of. */
export interface AdvertisedPrefix {
  /** The prefix; bits behind its length do not count. */
  readonly prefix: IpAddress;
  /** Bits. */
  readonly prefixLength: number;
  /** Its addresses are on the link; true by default. */
  readonly onLink?: boolean | undefined;
  /** Hosts make addresses of it; true by default of a prefix of 64 bits, false of all others. */
  readonly autonomous?: boolean | undefined;
  /** How long it is valid; Infinity for ever. 30 days by default. */
  readonly validLifetime?: Duration | undefined;
  /** How long addresses of it are preferred; 7 days by default, or as long as it is valid, if that is less. */
  readonly preferredLifetime?: Duration | undefined;
}

/** A route through this router that hosts are told of. */
export interface AdvertisedRoute {
  /** Where it leads; bits behind its length do not count. */
  readonly prefix: IpAddress;
  /** Bits. */
  readonly prefixLength: number;
  /** "medium" by default. */
  readonly preference?: RouterPreference | undefined;
  /** How long it holds; Infinity for ever. Three times `maxInterval` by default. */
  readonly lifetime?: Duration | undefined;
}

/** What the advertisements of a router on one interface say, and how often. Lifetimes are told in whole seconds. */
export interface AdvertisementOptions {
  /** MaxRtrAdvInterval: advertisements come so often at least, unasked. 4 to 1,800 s; 600 s by default. */
  readonly maxInterval?: Duration | undefined;
  /** MinRtrAdvInterval: and no more often. 3 s to three quarters of `maxInterval`; a third of that by default. */
  readonly minInterval?: Duration | undefined;
  /**
   * AdvDefaultLifetime: how long this is a default router. 0: it is none; else `maxInterval` to 65,535 s (RFC 8319); three
   * times `maxInterval` by default. While the router does not pass on, 0 is told.
   */
  readonly lifetime?: Duration | undefined;
  /** Which of several default routers hosts take; "medium" by default. */
  readonly preference?: RouterPreference | undefined;
  /** AdvManagedFlag: addresses are to be had by DHCPv6. */
  readonly managed?: boolean | undefined;
  /** AdvOtherConfigFlag: other things are to be had by DHCPv6. */
  readonly otherConfig?: boolean | undefined;
  /** AdvCurHopLimit, 0 to 255; 0 says nothing. 64 by default. */
  readonly hopLimit?: number | undefined;
  /** AdvLinkMTU, 1,280 to the link's; by default nothing is said. */
  readonly mtu?: number | undefined;
  /** AdvReachableTime, an hour at most; 0, the default, says nothing. */
  readonly reachableTime?: Duration | undefined;
  /** AdvRetransTimer; 0, the default, says nothing. */
  readonly retransTimer?: Duration | undefined;
  /** AdvPrefixList; by default the prefixes of the addresses that the interface has when an advertisement is sent. */
  readonly prefixes?: readonly AdvertisedPrefix[] | undefined;
  /** More specific routes (RFC 4191); none by default. */
  readonly routes?: readonly AdvertisedRoute[] | undefined;
  /** Recursive DNS servers (RFC 8106), told for three times `maxInterval`; none by default. */
  readonly nameServers?: readonly IpAddress[] | undefined;
}

/** RFC 4861 §6.2.1, §10. */
const MAX_INTERVAL: Duration = seconds(600);
const LEAST_MIN_INTERVAL: Duration = seconds(3);
const VALID_LIFETIME: Duration = seconds(30 * 86_400);
const PREFERRED_LIFETIME: Duration = seconds(7 * 86_400);
const LONGEST_REACHABLE_TIME: Duration = milliseconds(3_600_000);
/** RFC 8319 §4. */
const LONGEST_LIFETIME: Duration = seconds(65_535);
const HOP_LIMIT = 64;
/** In a lifetime of 32 bits: for ever. */
const FOR_EVER = 0xffff_ffff;

const PREFERENCES: Readonly<Record<RouterPreference, number>> = { low: -1, medium: 0, high: 1 };

/** The options, as messages have them: times in seconds, but for `minInterval` and `maxInterval`. */
export interface Advertisement {
  readonly minInterval: Duration;
  readonly maxInterval: Duration;
  readonly lifetime: number;
  readonly preference: number;
  readonly managed: boolean;
  readonly otherConfig: boolean;
  readonly hopLimit: number;
  /** 0: not told. */
  readonly mtu: number;
  /** Milliseconds. */
  readonly reachableTime: number;
  readonly retransTimer: number;
  /** Undefined: those of the interface. */
  readonly prefixes: readonly PrefixInformation[] | undefined;
  readonly routes: readonly RouteInformation[];
  /** Without servers, not told. */
  readonly dns: DnsServers;
}

const LIFETIME: Rule = rule("a time, or Infinity", (value) => typeof value === "number" && value >= 0);
const UNICAST6: Rule = rule(
  "the IPv6 address of a host",
  (value) => value instanceof IpAddress && value.family === 6 && !value.isAny && !value.isMulticast,
);
const PREFIX6: Rule = rule(
  "an IPv6 prefix",
  (value) => value instanceof IpAddress && value.family === 6 && !value.isMulticast,
);
const LIST: Rule = rule("an array", Array.isArray);
const PREFERENCE: Rule = oneOf(Object.keys(PREFERENCES));
const LENGTH: Rule = integer(0, addressBits(6));

const PREFIX_RULES: Rules<AdvertisedPrefix> = {
  prefix: rule(
    "a prefix of hosts, not link-local",
    (value) => PREFIX6.accepts(value) && !(value as IpAddress).isLinkLocal,
  ),
  prefixLength: LENGTH,
  onLink: FLAG,
  autonomous: FLAG,
  validLifetime: LIFETIME,
  preferredLifetime: LIFETIME,
};
const ROUTE_RULES: Rules<AdvertisedRoute> = {
  prefix: PREFIX6,
  prefixLength: LENGTH,
  preference: PREFERENCE,
  lifetime: LIFETIME,
};
const RULES: Rules<AdvertisementOptions> = {
  maxInterval: rule("4 to 1,800 seconds", (value) => quantity(seconds(4), seconds(1800)).accepts(value)),
  minInterval: quantity(LEAST_MIN_INTERVAL, seconds(1350)),
  lifetime: quantity(0, LONGEST_LIFETIME),
  preference: PREFERENCE,
  managed: FLAG,
  otherConfig: FLAG,
  hopLimit: integer(0, 255),
  mtu: integer(IPV6_MIN_MTU),
  reachableTime: quantity(0, LONGEST_REACHABLE_TIME),
  retransTimer: quantity(0, milliseconds(FOR_EVER)),
  prefixes: LIST,
  routes: LIST,
  nameServers: LIST,
};

/**
 * Checks what a router is to say on a link of that MTU, and puts it as messages have it.
 *
 * @throws TypeError for an option that there is not, RangeError for a value that cannot be
 */
export function readAdvertisement(
  where: string,
  options: AdvertisementOptions,
  linkMtu: number,
): Advertisement {
  checkSettings(where, options, RULES);
  const { maxInterval = MAX_INTERVAL, prefixes, routes = [], nameServers = [], mtu = 0 } = options;
  // RFC 4861 §6.2.1: a third, unless that is too often.
  const third = Math.round(maxInterval * (maxInterval >= seconds(9) ? 0.33 : 0.75)) as Duration;
  const minInterval = options.minInterval ?? (Math.max(third, LEAST_MIN_INTERVAL) as Duration);
  checkSetting(
    where,
    "minInterval",
    minInterval,
    quantity(LEAST_MIN_INTERVAL, Math.max(0.75 * maxInterval, LEAST_MIN_INTERVAL)),
  );
  const lifetime = options.lifetime ?? ((3 * maxInterval) as Duration);
  if (lifetime !== 0) checkSetting(where, "lifetime", lifetime, quantity(maxInterval, LONGEST_LIFETIME));
  if (mtu !== 0) checkSetting(where, "mtu", mtu, integer(IPV6_MIN_MTU, linkMtu));
  for (const server of nameServers) checkSetting(where, "nameServers", server, UNICAST6);
  const told: Advertisement = {
    minInterval,
    maxInterval,
    lifetime: inSeconds(lifetime),
    preference: PREFERENCES[options.preference ?? "medium"],
    managed: options.managed ?? false,
    otherConfig: options.otherConfig ?? false,
    hopLimit: options.hopLimit ?? HOP_LIMIT,
    mtu,
    reachableTime: inMilliseconds(options.reachableTime),
    retransTimer: inMilliseconds(options.retransTimer),
    prefixes: prefixes?.map((one) => readPrefix(`${where}: prefixes`, one)),
    routes: routes.map((one) => readRoute(`${where}: routes`, one, (3 * maxInterval) as Duration)),
    dns: { lifetime: inSeconds((3 * maxInterval) as Duration), servers: nameServers },
  };
  if (advertisementBytes(told, told.prefixes?.length ?? 0) > MOST_OCTETS) {
    throw new RangeError(`${where}: that does not fit into one message of ${MOST_OCTETS} octets`);
  }
  return told;
}

/** A prefix that is told of as its own router has it, by default. */
export function prefixInformation(prefix: IpAddress, prefixLength: number): PrefixInformation {
  return readPrefix("", { prefix, prefixLength });
}

/** Octets of an advertisement with so many prefixes. */
export function advertisementBytes({ mtu, routes, dns }: Advertisement, prefixes: number): number {
  let octets = ROUTER_ADVERTISEMENT_BYTES + LINK_ADDRESS_OPTION_BYTES + prefixes * PREFIX_OPTION_BYTES;
  if (mtu !== 0) octets += MTU_OPTION_BYTES;
  for (const route of routes) octets += routeOptionBytes(route);
  return dns.servers.length === 0 ? octets : octets + serversOptionBytes(dns);
}

/** RFC 6980: it must not be fragmented, so it has to pass every link. */
export const MOST_OCTETS: number = IPV6_MIN_MTU - IPV6_HEADER_BYTES;

function readPrefix(where: string, given: AdvertisedPrefix): PrefixInformation {
  checkSettings(where, given, PREFIX_RULES);
  const { prefix, prefixLength: length, onLink = true, validLifetime = VALID_LIFETIME } = given;
  const preferred = given.preferredLifetime ?? (Math.min(PREFERRED_LIFETIME, validLifetime) as Duration);
  if (preferred > validLifetime)
    throw new RangeError(`${where}: preferredLifetime is longer than validLifetime`);
  return {
    prefix: prefixOf(prefix, length),
    length,
    onLink,
    autonomous: given.autonomous ?? length === 64,
    validLifetime: inSeconds(validLifetime),
    preferredLifetime: inSeconds(preferred),
  };
}

function readRoute(where: string, given: AdvertisedRoute, lifetime: Duration): RouteInformation {
  checkSettings(where, given, ROUTE_RULES);
  return {
    prefix: prefixOf(given.prefix, given.prefixLength),
    length: given.prefixLength,
    preference: PREFERENCES[given.preference ?? "medium"],
    lifetime: inSeconds(given.lifetime ?? lifetime),
  };
}

function inSeconds(time: Duration): number {
  return Math.min(Math.round(time / seconds(1)), FOR_EVER);
}

function inMilliseconds(time: Duration = microseconds(0)): number {
  return Math.round(time / milliseconds(1));
}
