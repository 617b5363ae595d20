/** Addresses as people write them. */
import { type InterfaceAddress, type IpAddress, parseIpv4, type Rule, rule } from "../stack/index.ts";

/** An address with its prefix, as `10.0.0.1/24`. @throws RangeError if `text` is none */
export function parseInterfaceAddress(text: string): InterfaceAddress {
  const [, address = "", prefix = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const prefixLength = Number(prefix);
  if (address === "" || prefixLength > 32) {
    throw new RangeError(`${text}: an address needs its prefix, as in 10.0.0.1/24`);
  }
  return { address: parseIpAddress(address), prefixLength };
}

/** An address without a prefix. @throws RangeError if `text` is none */
export function parseIpAddress(text: string): IpAddress {
  const address = parseIpv4(text);
  if (address === undefined) throw new RangeError(`${text}: an IPv4 address has four decimal octets`);
  return address;
}

/** Whether `value` is an address with its prefix, as `10.0.0.1/24`. */
export function isInterfaceAddress(value: unknown): boolean {
  const [, address, prefix] = typeof value === "string" ? (/^([\d.]+)\/(\d{1,2})$/.exec(value) ?? []) : [];
  return address !== undefined && parseIpv4(address) !== undefined && Number(prefix) <= 32;
}

/** What options ask of such text. */
export const IP_ADDRESS: Rule = rule(
  "an IPv4 address of four decimal octets",
  (value) => typeof value === "string" && parseIpv4(value) !== undefined,
);
/** The rule for settings that are such. */
export const INTERFACE_ADDRESS: Rule = rule(
  "an address with its prefix, as in 10.0.0.1/24",
  isInterfaceAddress,
);
