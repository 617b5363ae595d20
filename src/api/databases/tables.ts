/** The rows with which the databases begin: the same on every machine (IANA's numbers, /etc's names). */
import { AF_INET } from "../constants.ts";

/** A row of the hosts' table: Guile's hostent. */
export interface HostEntry {
  /** The host's official name. */
  readonly name: string;
  /** Other names of it. */
  readonly aliases: readonly string[];
  /** AF_INET. */
  readonly addressType: number;
  /** Octets of an address. */
  readonly length: number;
  /** Integers in host order. */
  readonly addresses: readonly number[];
}

/** A row of the networks' table: Guile's netent. */
export interface NetworkEntry {
  /** The network's official name. */
  readonly name: string;
  /** Other names of it. */
  readonly aliases: readonly string[];
  /** AF_INET. */
  readonly addressType: number;
  /** The number without its host's part: 127. */
  readonly network: number;
}

/** A row of the protocols' table: Guile's protoent. */
export interface ProtocolEntry {
  /** The protocol's official name: `tcp`. */
  readonly name: string;
  /** Other names of it: `TCP`. */
  readonly aliases: readonly string[];
  /** Its number in an IP header. */
  readonly protocol: number;
}

/** A row of the services' table: Guile's servent. */
export interface ServiceEntry {
  /** The service's official name: `http`. */
  readonly name: string;
  /** Other names of it: `www`. */
  readonly aliases: readonly string[];
  /** The port that it is on, in host order. */
  readonly port: number;
  /** The name of the protocol: "tcp" or "udp". */
  readonly protocol: string;
}

/** The hosts that every set of sockets knows. */
export const HOSTS: readonly HostEntry[] = [
  { name: "localhost", aliases: [], addressType: AF_INET, length: 4, addresses: [0x7f00_0001] },
];

/** The networks that every set of sockets knows. */
export const NETWORKS: readonly NetworkEntry[] = [
  { name: "default", aliases: [], addressType: AF_INET, network: 0 },
  { name: "loopback", aliases: [], addressType: AF_INET, network: 127 },
  { name: "link-local", aliases: [], addressType: AF_INET, network: 0xa9fe },
];

/** Name and number; the one alias is the name in capitals, as in /etc/protocols. */
const PROTOCOL_NUMBERS: readonly (readonly [string, number])[] = [
  ["ip", 0],
  ["icmp", 1],
  ["igmp", 2],
  ["ipencap", 4],
  ["tcp", 6],
  ["egp", 8],
  ["igp", 9],
  ["udp", 17],
  ["dccp", 33],
  ["ipv6", 41],
  ["rsvp", 46],
  ["gre", 47],
  ["esp", 50],
  ["ah", 51],
  ["ipv6-icmp", 58],
  ["ospf", 89],
  ["pim", 103],
  ["vrrp", 112],
  ["sctp", 132],
  ["udplite", 136],
];

/** The protocols that every set of sockets knows, as /etc/protocols has them. */
export const PROTOCOLS: readonly ProtocolEntry[] = PROTOCOL_NUMBERS.map(([name, protocol]) => ({
  name,
  aliases: [name.toUpperCase()],
  protocol,
}));

/** Name, port, protocols, aliases. */
const SERVICE_PORTS: readonly (readonly [string, number, string, ...string[]])[] = [
  ["tcpmux", 1, "tcp"],
  ["echo", 7, "tcp udp"],
  ["discard", 9, "tcp udp", "sink", "null"],
  ["systat", 11, "tcp", "users"],
  ["daytime", 13, "tcp udp"],
  ["netstat", 15, "tcp"],
  ["qotd", 17, "tcp", "quote"],
  ["chargen", 19, "tcp udp", "ttytst", "source"],
  ["ftp-data", 20, "tcp"],
  ["ftp", 21, "tcp"],
  ["ssh", 22, "tcp"],
  ["telnet", 23, "tcp"],
  ["smtp", 25, "tcp", "mail"],
  ["time", 37, "tcp udp", "timserver"],
  ["whois", 43, "tcp", "nicname"],
  ["domain", 53, "tcp udp"],
  ["bootps", 67, "udp"],
  ["bootpc", 68, "udp"],
  ["tftp", 69, "udp"],
  ["gopher", 70, "tcp"],
  ["finger", 79, "tcp"],
  ["http", 80, "tcp", "www"],
  ["kerberos", 88, "tcp udp", "kerberos5", "krb5", "kerberos-sec"],
  ["pop3", 110, "tcp", "pop-3"],
  ["sunrpc", 111, "tcp udp", "portmapper"],
  ["auth", 113, "tcp", "authentication", "tap", "ident"],
  ["nntp", 119, "tcp", "readnews", "untp"],
  ["ntp", 123, "udp"],
  ["imap2", 143, "tcp", "imap"],
  ["snmp", 161, "tcp udp"],
  ["snmp-trap", 162, "tcp udp", "snmptrap"],
  ["bgp", 179, "tcp"],
  ["irc", 194, "tcp udp"],
  ["ldap", 389, "tcp udp"],
  ["https", 443, "tcp udp"],
  ["exec", 512, "tcp"],
  ["biff", 512, "udp", "comsat"],
  ["login", 513, "tcp"],
  ["who", 513, "udp", "whod"],
  ["shell", 514, "tcp", "cmd", "syslog"],
  ["syslog", 514, "udp"],
  ["printer", 515, "tcp", "spooler"],
  ["talk", 517, "udp"],
  ["uucp", 540, "tcp", "uucpd"],
  ["submission", 587, "tcp"],
  ["ldaps", 636, "tcp udp"],
  ["imaps", 993, "tcp"],
  ["pop3s", 995, "tcp"],
  ["socks", 1080, "tcp"],
  ["openvpn", 1194, "tcp udp"],
  ["mysql", 3306, "tcp"],
  ["sip", 5060, "tcp udp"],
  ["mdns", 5353, "udp"],
  ["postgresql", 5432, "tcp", "postgres"],
  ["redis", 6379, "tcp"],
  ["http-alt", 8080, "tcp udp", "webcache"],
];

/** The services that every set of sockets knows, as /etc/services has them. */
export const SERVICES: readonly ServiceEntry[] = SERVICE_PORTS.flatMap(
  ([name, port, protocols, ...aliases]) =>
    protocols.split(" ").map((protocol) => ({ name, aliases, port, protocol })),
);
