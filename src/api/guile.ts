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
  sockaddrFlowInfo as "sockaddr:flowinfo",
  sockaddrPath as "sockaddr:path",
  sockaddrPort as "sockaddr:port",
  sockaddrScopeId as "sockaddr:scopeid",
} from "./address.ts";
export { closePort as "close-port", duplicatePort as "duplicate-port" } from "./buffered-ports.ts";
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
export { recvfromInto as "recvfrom!", recvInto as "recv!" } from "./receiving.ts";

/** `hostent:name`: the host's official name. */
function hostName(entry: HostEntry): string {
  return entry.name;
}
/** `hostent:aliases`: its other names. */
function hostAliases(entry: HostEntry): readonly string[] {
  return entry.aliases;
}
/** `hostent:addrtype`: AF_INET. */
function hostAddressType(entry: HostEntry): number {
  return entry.addressType;
}
/** `hostent:length`: octets of one address. */
function hostLength(entry: HostEntry): number {
  return entry.length;
}
/** `hostent:addr-list`: its addresses, integers in host order. */
function hostAddresses(entry: HostEntry): readonly number[] {
  return entry.addresses;
}
/** `netent:name`: the network's official name. */
function networkName(entry: NetworkEntry): string {
  return entry.name;
}
/** `netent:aliases`: its other names. */
function networkAliases(entry: NetworkEntry): readonly string[] {
  return entry.aliases;
}
/** `netent:addrtype`: AF_INET. */
function networkAddressType(entry: NetworkEntry): number {
  return entry.addressType;
}
/** `netent:net`: its number, without the host's part. */
function networkNumber(entry: NetworkEntry): number {
  return entry.network;
}
/** `protoent:name`: the protocol's official name. */
function protocolName(entry: ProtocolEntry): string {
  return entry.name;
}
/** `protoent:aliases`: its other names. */
function protocolAliases(entry: ProtocolEntry): readonly string[] {
  return entry.aliases;
}
/** `protoent:proto`: its number in an IP header. */
function protocolNumber(entry: ProtocolEntry): number {
  return entry.protocol;
}
/** `servent:name`: the service's official name. */
function serviceName(entry: ServiceEntry): string {
  return entry.name;
}
/** `servent:aliases`: its other names. */
function serviceAliases(entry: ServiceEntry): readonly string[] {
  return entry.aliases;
}
/** `servent:port`: its port, in host order. */
function servicePort(entry: ServiceEntry): number {
  return entry.port;
}
/** `servent:proto`: the name of its protocol. */
function serviceProtocol(entry: ServiceEntry): string {
  return entry.protocol;
}
/** `addrinfo:flags`: AI_…, as they were asked for. */
function infoFlags(info: AddressInfo): number {
  return info.flags;
}
/** `addrinfo:fam`: AF_INET. */
function infoFamily(info: AddressInfo): number {
  return info.family;
}
/** `addrinfo:socktype`: SOCK_STREAM, SOCK_DGRAM or SOCK_RAW. */
function infoStyle(info: AddressInfo): number {
  return info.style;
}
/** `addrinfo:protocol`: the number of the protocol. */
function infoProtocol(info: AddressInfo): number {
  return info.protocol;
}
/** `addrinfo:addr`: the socket address. */
function infoAddress(info: AddressInfo): AddressInfo["address"] {
  return info.address;
}
/** `addrinfo:canonname`: the host's official name; undefined but for the first, with AI_CANONNAME. */
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
