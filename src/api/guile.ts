/**
 * Guile's names, for those that are no identifiers: `import { "recv!" as recv } from "tapstack"`. Names that
 * are (`socket`, `bind`, …) are the plain exports and the members of `createSockets`.
 */
import type { AddressInfo } from "./databases/address-info.ts";
import type { HostEntry, NetworkEntry, ProtocolEntry, ServiceEntry } from "./databases/tables.ts";

export {
  makeSocketAddress as "make-socket-address",
  sockaddrAddr as "sockaddr:addr",
  sockaddrFam as "sockaddr:fam",
  sockaddrPath as "sockaddr:path",
  sockaddrPort as "sockaddr:port",
} from "./address.ts";
export { gaiStrerror as "gai-strerror" } from "./databases/address-info.ts";
export {
  inetAton as "inet-aton",
  inetLnaof as "inet-lnaof",
  inetMakeaddr as "inet-makeaddr",
  inetNetof as "inet-netof",
  inetNtoa as "inet-ntoa",
  inetNtop as "inet-ntop",
  inetPton as "inet-pton",
} from "./inet/conversions.ts";
export { closePort as "close-port", duplicatePort as "duplicate-port" } from "./ports.ts";
export { recvfromInto as "recvfrom!", recvInto as "recv!" } from "./receiving.ts";

function hostName(entry: HostEntry): string {
  return entry.name;
}
function hostAliases(entry: HostEntry): readonly string[] {
  return entry.aliases;
}
function hostAddressType(entry: HostEntry): number {
  return entry.addressType;
}
function hostLength(entry: HostEntry): number {
  return entry.length;
}
function hostAddresses(entry: HostEntry): readonly number[] {
  return entry.addresses;
}
function networkName(entry: NetworkEntry): string {
  return entry.name;
}
function networkAliases(entry: NetworkEntry): readonly string[] {
  return entry.aliases;
}
function networkAddressType(entry: NetworkEntry): number {
  return entry.addressType;
}
function networkNumber(entry: NetworkEntry): number {
  return entry.network;
}
function protocolName(entry: ProtocolEntry): string {
  return entry.name;
}
function protocolAliases(entry: ProtocolEntry): readonly string[] {
  return entry.aliases;
}
function protocolNumber(entry: ProtocolEntry): number {
  return entry.protocol;
}
function serviceName(entry: ServiceEntry): string {
  return entry.name;
}
function serviceAliases(entry: ServiceEntry): readonly string[] {
  return entry.aliases;
}
function servicePort(entry: ServiceEntry): number {
  return entry.port;
}
function serviceProtocol(entry: ServiceEntry): string {
  return entry.protocol;
}
function infoFlags(info: AddressInfo): number {
  return info.flags;
}
function infoFamily(info: AddressInfo): number {
  return info.family;
}
function infoStyle(info: AddressInfo): number {
  return info.style;
}
function infoProtocol(info: AddressInfo): number {
  return info.protocol;
}
function infoAddress(info: AddressInfo): AddressInfo["address"] {
  return info.address;
}
function infoCanonicalName(info: AddressInfo): string | undefined {
  return info.canonicalName;
}

export {
  hostAddresses as "hostent:addr-list",
  hostAddressType as "hostent:addrtype",
  hostAliases as "hostent:aliases",
  hostLength as "hostent:length",
  hostName as "hostent:name",
  infoAddress as "addrinfo:addr",
  infoCanonicalName as "addrinfo:canonname",
  infoFamily as "addrinfo:fam",
  infoFlags as "addrinfo:flags",
  infoProtocol as "addrinfo:protocol",
  infoStyle as "addrinfo:socktype",
  networkAddressType as "netent:addrtype",
  networkAliases as "netent:aliases",
  networkName as "netent:name",
  networkNumber as "netent:net",
  protocolAliases as "protoent:aliases",
  protocolName as "protoent:name",
  protocolNumber as "protoent:proto",
  serviceAliases as "servent:aliases",
  serviceName as "servent:name",
  servicePort as "servent:port",
  serviceProtocol as "servent:proto",
};
