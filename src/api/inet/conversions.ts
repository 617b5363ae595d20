/**
 * Conversions of Internet addresses: Guile's `inet-…` and BSD's. Addresses are integers in host order; of
 * AF_INET6, bigints.
 */
import { formatIpv4, parseIpv4, parseIpv6 } from "../../stack/index.ts";
import { checkedIpv6, isInteger, shown } from "../address.ts";
import { AF_INET, AF_INET6 } from "../constants.ts";
import { SocketError } from "../errors.ts";
import { bitsOf, formatAddress, ipOfBits, wordOf } from "./bits.ts";

const WORD = 0x1_0000_0000;

/**
 * Text to address: four decimal octets, or the text of an IPv6 address (RFC 4291 §2.2).
 *
 * @throws EAFNOSUPPORT for another family, EINVAL for text that is no address ("Bad address" in Guile)
 */
export function inetPton(family: 2, text: string): number;
export function inetPton(family: 10, text: string): bigint;
export function inetPton(family: number, text: string): number | bigint;
export function inetPton(family: number, text: string): number | bigint {
  if (family !== AF_INET && family !== AF_INET6) throw new SocketError("EAFNOSUPPORT", "inet-pton");
  if (typeof text === "string") {
    const address = family === AF_INET ? parseIpv4(text) : parseIpv6(text);
    if (address !== undefined) return family === AF_INET ? wordOf(address) : bitsOf(address);
  }
  throw new SocketError("EINVAL", "inet-pton", `${shown(text)} is not an address`);
}

/** Address to text. @throws EAFNOSUPPORT for another family, EINVAL for what is no address of it */
export function inetNtop(family: number, address: number | bigint): string {
  if (family === AF_INET) return formatIpv4(checkedWord("inet-ntop", Number(address)) | 0);
  if (family !== AF_INET6) throw new SocketError("EAFNOSUPPORT", "inet-ntop");
  return formatAddress(ipOfBits(checkedIpv6("inet-ntop", address)), 6);
}

/**
 * BSD's `inet_aton`: one to four numbers, of which the last fills what is left; decimal, octal (`0…`) or
 * hexadecimal (`0x…`). `127.1` is 127.0.0.1.
 *
 * @throws EINVAL for text that is no address
 */
export function inetAton(text: string): number {
  const parts = typeof text === "string" ? text.split(".") : [];
  const numbers = parts.map(parseNumber);
  const last = numbers.pop() ?? Number.NaN;
  const room = 2 ** (8 * (4 - numbers.length));
  const fits = numbers.length < 4 && numbers.every((part) => part <= 255) && last < room;
  if (!fits) throw new SocketError("EINVAL", "inet-aton", `${shown(text)} is not an address`);
  return numbers.reduce((sum, part, index) => sum + part * 2 ** (24 - 8 * index), 0) + last;
}

/** Four decimal octets. @throws EINVAL for what is no address */
export function inetNtoa(address: number): string {
  return formatIpv4(checkedWord("inet-ntoa", address) | 0);
}

/** The network's number in the classes of RFC 791 §3.2: 127 of 127.0.0.1. */
export function inetNetof(address: number): number {
  return checkedWord("inet-netof", address) >>> hostBits(address);
}

/** The host's part of an address in the classes of RFC 791 §3.2: 1 of 127.0.0.1. */
export function inetLnaof(address: number): number {
  return (checkedWord("inet-lnaof", address) & (2 ** hostBits(address) - 1)) >>> 0;
}

/** Puts a network's number, which says its class by its size, and a host's part together. */
export function inetMakeaddr(network: number, host: number): number {
  checkedWord("inet-makeaddr", network);
  checkedWord("inet-makeaddr", host);
  const bits = network < 128 ? 24 : network < 65_536 ? 16 : network < 16_777_216 ? 8 : 0;
  const part = bits === 0 ? 0 : (host & (2 ** bits - 1)) >>> 0;
  return ((network << bits) | part) >>> 0;
}

/** Octets swapped, as on a little-endian machine, whose numbering of everything is used here. */
export function htons(value: number): number {
  if (!isInteger(value, 0, 0xffff)) throw new SocketError("EINVAL", "htons");
  return ((value & 0xff) << 8) | (value >>> 8);
}

/** See `htons`. */
export function ntohs(value: number): number {
  return htons(value);
}

/** Octets swapped, as on a little-endian machine. Calls here take host order: it is for octets of one's own. */
export function htonl(value: number): number {
  checkedWord("htonl", value);
  const low = ((value & 0xff) << 24) | ((value & 0xff00) << 8);
  return (low | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** See `htonl`. */
export function ntohl(value: number): number {
  return htonl(value);
}

function checkedWord(syscall: string, value: number): number {
  if (isInteger(value, 0, WORD - 1)) return value;
  throw new SocketError("EINVAL", syscall, `${shown(value)} is not an integer below 2^32`);
}

/** Class A has 24 bits of host, B 16, and what is above 8. */
function hostBits(address: number): number {
  return address < 0x8000_0000 ? 24 : address < 0xc000_0000 ? 16 : 8;
}

function parseNumber(text: string): number {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
}
