/** Addresses as people write them. */
import {
  addressBits,
  type InterfaceAddress,
  type IpAddress,
  parseIp,
  type Rule,
  rule,
} from "../stack/index.ts";

/** An address with its prefix, as `10.0.0.1/24` or `fd00::1/64`. @throws RangeError if `text` is none */
export function parseInterfaceAddress(text: string): InterfaceAddress {
  const [, address = "", prefix = ""] = WITH_PREFIX.exec(text) ?? [];
  if (address === "") throw new RangeError(`${text}: an address needs its prefix, as in 10.0.0.1/24`);
  const parsed = parseIpAddress(address);
  const prefixLength = Number(prefix);
  if (prefixLength > addressBits(parsed.family)) {
    throw new RangeError(`${text}: an address needs its prefix, as in 10.0.0.1/24`);
  }
  return { address: parsed, prefixLength };
}

const WITH_PREFIX = /^([\d.]+|[\da-f:.]+:[\da-f:.]*)\/(\d{1,3})$/i;

/** Several of them, or one. @throws RangeError if one is none */
export function parseInterfaceAddresses(given: Addresses): InterfaceAddress[] {
  return listOf(given).map(parseInterfaceAddress);
}

/** Text for one address, or for several: of IPv4 and IPv6, say. */
export type Addresses = string | readonly string[];

/** As a list. */
export function listOf(given: Addresses): readonly string[] {
  return typeof given === "string" ? [given] : given;
}

/** An address without a prefix. @throws RangeError if `text` is none */
export function parseIpAddress(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) {
    throw new RangeError(
      `${text}: an IPv4 address has four decimal octets, and that is no IPv6 address either`,
    );
  }
  return address;
}

/** Whether `value` is an address with its prefix, as `10.0.0.1/24`. */
export function isInterfaceAddress(value: unknown): boolean {
  const [, text, prefix] = typeof value === "string" ? (WITH_PREFIX.exec(value) ?? []) : [];
  const address = text === undefined ? undefined : parseIp(text);
  return address !== undefined && Number(prefix) <= addressBits(address.family);
}

/** Whether `value` is one such text, or a list. */
function isOneOrMore(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) ? value.every(isOne) : isOne(value);
}

/** Whether `value` is an address with its prefix, or a list of such. */
export function areInterfaceAddresses(value: unknown): boolean {
  return isOneOrMore(value, isInterfaceAddress);
}

/** What options ask of such text. */
export const IP_ADDRESSES: Rule = rule(
  "an IPv4 address of four decimal octets, or an IPv6 address, or a list of such",
  (value) => isOneOrMore(value, (one) => typeof one === "string" && parseIp(one) !== undefined),
);
/** The rule for settings that are such. */
export const INTERFACE_ADDRESSES: Rule = rule(
  "an address with its prefix, as in 10.0.0.1/24, or a list of such",
  areInterfaceAddresses,
);
