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

/** What options ask of such text. */
export const IP_ADDRESS: Rule = rule(
  "an IPv4 address of four decimal octets, or an IPv6 address",
  (value) => typeof value === "string" && parseIp(value) !== undefined,
);
/** The rule for settings that are such. */
export const INTERFACE_ADDRESS: Rule = rule(
  "an address with its prefix, as in 10.0.0.1/24",
  isInterfaceAddress,
);
