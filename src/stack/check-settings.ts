/** What a stack and its interfaces may be given: checked before anything changes. */

import { AddressMap } from "./base/address-map.ts";
import { IpAddress } from "./base/ip-address.ts";
import { MacAddress, NO_MAC } from "./base/mac-address.ts";
import { addressBits } from "./base/prefix.ts";
import {
  CALLABLE,
  checkSetting,
  checkSettings,
  FLAG,
  having,
  instanceOf,
  integer,
  OBJECT,
  oneOf,
  type Rules,
  required,
  rule,
} from "./base/settings.ts";
import type { Link } from "./contract/link.ts";
import { CLAIMS, type InterfaceAddress } from "./contract/network-interface.ts";
import type { Tracer } from "./contract/trace.ts";
import type { InterfaceOptions } from "./core/core-options.ts";
import { REVERSE_PATHS } from "./forward/reverse-path.ts";
import type { RouterOptions } from "./forward/router.ts";
import type { StackOptions } from "./stack-options.ts";

/** Each of them must be known here: an event that is not would be taken in silence. */
const EVENTS: Readonly<Record<Exclude<keyof Tracer, "numbers">, true>> = { event: true, frame: true };
const LINK = having("a link: an object with attach, transmit and close", "attach", "transmit", "close");
const ADDRESS = instanceOf(IpAddress, "an IpAddress, as ipv4() and parseIpv4() give one");
const UNICAST = rule(
  "the address of one host",
  (value) => value instanceof IpAddress && !value.isAny && !value.isMulticast && value.word3 !== -1,
);

/** The key of SipHash. */
const STABLE_SECRET_BYTES = 16;
const STACK_RULES: Rules<StackOptions> = {
  clock: required(having("a clock: an object whose now() gives the time", "now")),
  random: required(having("a source of chance, such as Xoshiro128", "bits", "fork")),
  stableSecret: rule(
    "16 octets",
    (value) => value instanceof Uint8Array && value.length === STABLE_SECRET_BYTES,
  ),
  tracer: rule("a tracer: an object with methods of Tracer", isTracer),
  wakeAt: required(CALLABLE),
  tcp: OBJECT, // by TCP itself
  createTcp: CALLABLE,
  createUdp: CALLABLE,
};

const INTERFACE_RULES: Rules<InterfaceOptions> = {
  mac: rule(
    "the MacAddress of one station, as parseMac() gives one",
    (value) => value instanceof MacAddress && !value.isGroup && !value.equals(NO_MAC),
  ),
  gateway: UNICAST,
  claim: oneOf(CLAIMS),
  autoconfigure: FLAG,
  temporaryAddresses: FLAG,
};

const ROUTER_RULES: Rules<RouterOptions> = {
  forwarding: FLAG,
  redirects: FLAG,
  reversePath: oneOf(REVERSE_PATHS),
};

function isTracer(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(EVENTS).every((event) => {
    const told: unknown = Reflect.get(value, event);
    return told === undefined || typeof told === "function";
  });
}

/** @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be */
export function checkStackOptions(options: StackOptions): void {
  checkSettings("Stack", options, STACK_RULES);
}

/** What `addInterface` is given. @throws as `checkStackOptions` */
export function checkInterface(
  name: string,
  link: Link,
  addresses: readonly InterfaceAddress[],
  options: InterfaceOptions,
  others: readonly { readonly name: string }[],
): void {
  const where = "Stack.addInterface";
  checkSetting(
    where,
    "name",
    name,
    rule("a name", (value) => typeof value === "string" && value !== ""),
  );
  checkSetting(where, "link", link, LINK);
  checkSetting(where, "addresses", addresses, rule("an array of addresses", Array.isArray));
  checkSettings(where, options, INTERFACE_RULES);
  if (others.some((one) => one.name === name))
    throw new RangeError(`${where}: there is an interface ${name} already`);
  const before = new AddressMap<true>();
  for (const one of addresses) {
    checkAddress(where, one, options.claim, (address) => before.has(address));
    before.set(one.address, true);
  }
}

/** An address and its claim. @throws RangeError */
export function checkAddress(
  where: string,
  given: InterfaceAddress,
  claim: unknown,
  isThere: (address: IpAddress) => boolean,
): void {
  checkSetting(where, "address", given.address, UNICAST);
  checkSetting(where, "prefixLength", given.prefixLength, integer(0, addressBits(given.address.family)));
  if (isThere(given.address)) throw new RangeError(`${where}: the interface has ${given.address} already`);
  if (claim !== undefined) checkSetting(where, "claim", claim, INTERFACE_RULES.claim);
}

/** What `addRoute` is given. @throws RangeError */
export function checkRoute(
  destination: IpAddress,
  prefixLength: number,
  gateway: IpAddress | undefined,
  source: IpAddress | undefined,
  metric: number,
): void {
  const where = "Stack.addRoute";
  checkSetting(where, "destination", destination, ADDRESS);
  checkSetting(where, "prefixLength", prefixLength, integer(0, addressBits(destination.family)));
  if (gateway !== undefined) checkSetting(where, "gateway", gateway, UNICAST);
  if (source !== undefined) checkSetting(where, "source", source, UNICAST);
  checkSetting(where, "metric", metric, integer(0));
}

/** What `startRouter` is given. @throws as `checkStackOptions` */
export function checkRouter(options: RouterOptions): void {
  checkSettings("Stack.startRouter", options, ROUTER_RULES);
}
