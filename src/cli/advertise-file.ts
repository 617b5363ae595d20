/** `advertise` in the file of `tapstack route`: what the router tells the hosts on the link of an interface. */
import type { AdvertisedPrefix, AdvertisedRoute, AdvertisementOptions, Duration } from "../stack/index.ts";
import { readAdvertisement } from "../stack/ip/v6/advertisement-options.ts";
import { readSpan } from "../stack/rules/parse.ts";
import type { Value } from "../stack/rules/reader.ts";

const PREFERENCES = ["low", "medium", "high"] as const;
const MEMBERS = [
  "maxInterval",
  "minInterval",
  "lifetime",
  "preference",
  "managed",
  "otherConfig",
  "hopLimit",
  "mtu",
  "reachableTime",
  "retransTimer",
  "prefixes",
  "routes",
  "nameServers",
] as const;

/** True, or an object of `AdvertisementOptions` with times as text; undefined: nothing is advertised. @throws RuleError */
export function readAdvertise(value: Value, linkMtu: number): AdvertisementOptions | undefined {
  if (!value.given || value.value === false) return undefined;
  const options = value.value === true ? {} : readOptions(value.only(MEMBERS));
  try {
    readAdvertisement("advertise", options, linkMtu);
  } catch (error) {
    if (error instanceof RangeError) value.fail(error.message.replace(/^advertise: /, ""));
    throw error;
  }
  return options;
}

function readOptions(value: Value): AdvertisementOptions {
  const member = <T>(name: (typeof MEMBERS)[number], read: (one: Value) => T): T | undefined => {
    const one = value.member(name);
    return one.given ? read(one) : undefined;
  };
  const flag = (one: Value): boolean => one.flag();
  const whole = (one: Value): number => one.integer(0, 0xffff_ffff);
  return {
    maxInterval: member("maxInterval", readSpan),
    minInterval: member("minInterval", readSpan),
    lifetime: member("lifetime", readSpan),
    preference: member("preference", (one) => one.oneOf(PREFERENCES)),
    managed: member("managed", flag),
    otherConfig: member("otherConfig", flag),
    hopLimit: member("hopLimit", whole),
    mtu: member("mtu", whole),
    reachableTime: member("reachableTime", readSpan),
    retransTimer: member("retransTimer", readSpan),
    prefixes: member("prefixes", (one) => one.oneOrMore().map(readPrefix)),
    routes: member("routes", (one) => one.oneOrMore().map(readRoute)),
    nameServers: member("nameServers", (one) => one.oneOrMore().map((server) => server.address())),
  };
}

/** A time, or for ever. */
function readLifetime(value: Value): Duration {
  return value.value === "forever" ? (Number.POSITIVE_INFINITY as Duration) : readSpan(value);
}

/** `"2001:db8::/64"`, or an object with that as its `prefix`. */
function readPrefix(value: Value): AdvertisedPrefix {
  if (typeof value.value === "string") return prefixOf(value);
  value.only(["prefix", "onLink", "autonomous", "validLifetime", "preferredLifetime"]);
  const [onLink, autonomous, valid, preferred] = [
    "onLink",
    "autonomous",
    "validLifetime",
    "preferredLifetime",
  ].map((name) => value.member(name)) as [Value, Value, Value, Value];
  return {
    ...prefixOf(value.member("prefix")),
    onLink: onLink.given ? onLink.flag() : undefined,
    autonomous: autonomous.given ? autonomous.flag() : undefined,
    validLifetime: valid.given ? readLifetime(valid) : undefined,
    preferredLifetime: preferred.given ? readLifetime(preferred) : undefined,
  };
}

/** `"2001:db8::/32"`, or an object with that as its `to`. */
function readRoute(value: Value): AdvertisedRoute {
  if (typeof value.value === "string") return prefixOf(value);
  value.only(["to", "preference", "lifetime"]);
  const [preference, lifetime] = [value.member("preference"), value.member("lifetime")];
  return {
    ...prefixOf(value.member("to")),
    preference: preference.given ? preference.oneOf(PREFERENCES) : undefined,
    lifetime: lifetime.given ? readLifetime(lifetime) : undefined,
  };
}

function prefixOf(value: Value): Pick<AdvertisedPrefix, "prefix" | "prefixLength"> {
  const { address, prefixLength, not } = value.range();
  if (not || address.family !== 6) value.fail("it must be a prefix of IPv6, as 2001:db8::/64");
  return { prefix: address, prefixLength };
}
