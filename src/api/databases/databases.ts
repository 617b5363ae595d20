/**
 * Guile's network databases over tables of one's own: no file and no name server is asked, so the answers
 * are the same everywhere. Rows may be added; the latest added comes first.
 *
 * Names of hosts and networks are what a name server may have to be asked for: those lookups give promises, and never
 * throw. Protocols and services are tables on every system, and are looked up at once.
 */
import { parseIpv6 } from "../../stack/index.ts";
import { isInteger, shown } from "../address.ts";
import { AF_INET } from "../constants.ts";
import { bitsOf } from "../inet/bits.ts";
import { rejected } from "../outcomes.ts";
import {
  HOSTS,
  type HostEntry,
  NETWORKS,
  type NetworkEntry,
  PROTOCOLS,
  type ProtocolEntry,
  SERVICES,
  type ServiceEntry,
} from "./tables.ts";

/** Something is not in a database. `code` is Guile's key for hosts, ENOENT for the other tables. */
export class LookupError extends Error {
  /** Of the class. */
  override readonly name: string = "LookupError";
  /** `host-not-found` for hosts, ENOENT for the other tables. */
  readonly code: "host-not-found" | "ENOENT";
  /** The call that failed: `gethost`, `getserv`, … */
  readonly syscall: string;

  constructor(code: "host-not-found" | "ENOENT", syscall: string, what: string) {
    super(`${syscall}: no such ${what}`);
    this.code = code;
    this.syscall = syscall;
  }
}

/** One table, and where an iteration over it has come to. */
class Table<Row> {
  readonly #rows: Row[];
  #next = 0;

  constructor(rows: readonly Row[]) {
    this.#rows = [...rows];
  }

  add(row: Row): void {
    this.#rows.unshift(row);
  }

  find(matches: (row: Row) => boolean): Row | undefined {
    return this.#rows.find(matches);
  }

  rewind(): void {
    this.#next = 0;
  }

  next(): Row | undefined {
    return this.#rows[this.#next++];
  }
}

interface Named {
  readonly name: string;
  readonly aliases: readonly string[];
}

function called(name: string): (row: Named) => boolean {
  return (row) => row.name === name || row.aliases.includes(name);
}

/** The databases of one stack. */
export class Databases {
  readonly #hosts: Table<HostEntry> = new Table(HOSTS);
  readonly #networks: Table<NetworkEntry> = new Table(NETWORKS);
  readonly #protocols: Table<ProtocolEntry> = new Table(PROTOCOLS);
  readonly #services: Table<ServiceEntry> = new Table(SERVICES);

  /** IPv6 addresses of hosts, by names in lower case (RFC 6761 §6.3 for localhost). */
  readonly #ipv6: Map<string, readonly bigint[]> = new Map([["localhost", [1n]]]);
  /** Their official names, the latest first. */
  readonly #ipv6Names: [name: string, addresses: readonly bigint[]][] = [["localhost", [1n]]];

  // ── hosts ────────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a host; its addresses are integers in host order, and bigints of IPv6, which `getaddrinfo` gives. */
  addHost(name: string, addresses: readonly (number | bigint)[], aliases: readonly string[] = []): void {
    const ipv4 = addresses.filter((each) => typeof each === "number");
    const ipv6 = addresses.filter((each) => typeof each === "bigint");
    this.#hosts.add({ name, aliases, addressType: AF_INET, length: 4, addresses: ipv4 });
    this.#ipv6Names.unshift([name, ipv6]);
    for (const each of [name, ...aliases]) this.#ipv6.set(each.toLowerCase(), ipv6);
  }

  /** The IPv6 addresses of a host of the tables, or of the text of one; empty: none is known. */
  ipv6AddressesOf(name: string): readonly bigint[] {
    const address = parseIpv6(name);
    return address === undefined ? (this.#ipv6.get(name.toLowerCase()) ?? []) : [bitsOf(address)];
  }

  /** The name of a host of the tables with that IPv6 address; undefined: none is known. */
  ipv6NameOf(address: bigint): string | undefined {
    for (const [name, addresses] of this.#ipv6Names) if (addresses.includes(address)) return name;
    return undefined;
  }

  /**
   * `gethost`: by name, by address (an integer in host order), or the next one (undefined at the end). Fails as
   * `gethostbyname` and `gethostbyaddr`.
   */
  gethost(host?: string | number): Promise<HostEntry | undefined> {
    if (host === undefined) return this.gethostent();
    return typeof host === "string" ? this.gethostbyname(host) : this.gethostbyaddr(host);
  }

  /**
   * The host of that name or alias, whose case does not matter, or of that address in four decimal octets. Fails with
   * {@link LookupError} `host-not-found`.
   */
  gethostbyname(name: string): Promise<HostEntry> {
    return promised(() => {
      // RFC 1034 §3.1: names of hosts are compared without regard to case.
      const wanted = String(name).toLowerCase();
      const matches = (each: string): boolean => each.toLowerCase() === wanted;
      const row = this.#hosts.find(
        (each) => each.addresses.length > 0 && (matches(each.name) || each.aliases.some(matches)),
      );
      return hostFound(row ?? literal(wanted), shown(name));
    });
  }

  /** The host with that address, an integer in host order. Fails with {@link LookupError} `host-not-found`. */
  gethostbyaddr(address: number): Promise<HostEntry> {
    return promised(() => {
      const row = this.#hosts.find((each) => each.addresses.includes(address));
      return hostFound(row, shown(address));
    });
  }

  /** Begins the iteration over hosts anew. */
  sethostent(): void {
    this.#hosts.rewind();
  }

  /** The next host; undefined at the end. */
  gethostent(): Promise<HostEntry | undefined> {
    return Promise.resolve(this.#hosts.next());
  }

  /** Ends the iteration over hosts: the next one begins anew. */
  endhostent(): void {
    this.#hosts.rewind();
  }

  // ── networks ─────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a network; `network` is its number without the host's part. */
  addNetwork(name: string, network: number, aliases: readonly string[] = []): void {
    this.#networks.add({ name, aliases, addressType: AF_INET, network });
  }

  /**
   * `getnet`: by name, by number, or the next one (undefined at the end). Fails as `getnetbyname` and `getnetbyaddr`.
   */
  getnet(network?: string | number): Promise<NetworkEntry | undefined> {
    if (network === undefined) return this.getnetent();
    return typeof network === "string" ? this.getnetbyname(network) : this.getnetbyaddr(network);
  }

  /** The network of that name or alias. Fails with {@link LookupError} ENOENT. */
  getnetbyname(name: string): Promise<NetworkEntry> {
    return promised(() => found(this.#networks.find(called(name)), "getnet", `network ${shown(name)}`));
  }

  /** The network of that number, which is without the host's part. Fails with {@link LookupError} ENOENT. */
  getnetbyaddr(network: number): Promise<NetworkEntry> {
    return promised(() => {
      const row = this.#networks.find((each) => each.network === network);
      return found(row, "getnet", `network ${shown(network)}`);
    });
  }

  /** Begins the iteration over networks anew. */
  setnetent(): void {
    this.#networks.rewind();
  }

  /** The next network; undefined at the end. */
  getnetent(): Promise<NetworkEntry | undefined> {
    return Promise.resolve(this.#networks.next());
  }

  /** Ends the iteration over networks: the next one begins anew. */
  endnetent(): void {
    this.#networks.rewind();
  }

  // ── protocols ────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a protocol; `protocol` is its number in an IP header. */
  addProtocol(name: string, protocol: number, aliases: readonly string[] = []): void {
    this.#protocols.add({ name, aliases, protocol });
  }

  /** `getproto`: by name, by number, or the next one (undefined at the end). */
  getproto(protocol?: string | number): ProtocolEntry | undefined {
    if (protocol === undefined) return this.getprotoent();
    return typeof protocol === "string" ? this.getprotobyname(protocol) : this.getprotobynumber(protocol);
  }

  /** The protocol of that name or alias. @throws {@link LookupError} ENOENT */
  getprotobyname(name: string): ProtocolEntry {
    return found(this.#protocols.find(called(name)), "getproto", `protocol ${shown(name)}`);
  }

  /** The protocol of that number in an IP header. @throws {@link LookupError} ENOENT */
  getprotobynumber(protocol: number): ProtocolEntry {
    const row = this.#protocols.find((each) => each.protocol === protocol);
    return found(row, "getproto", `protocol ${protocol}`);
  }

  /** Begins the iteration over protocols anew. */
  setprotoent(): void {
    this.#protocols.rewind();
  }

  /** The next protocol; undefined at the end. */
  getprotoent(): ProtocolEntry | undefined {
    return this.#protocols.next();
  }

  /** Ends the iteration over protocols: the next one begins anew. */
  endprotoent(): void {
    this.#protocols.rewind();
  }

  // ── services ─────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a service; `protocol` is the name of its protocol, such as `tcp`. */
  addService(name: string, port: number, protocol: string, aliases: readonly string[] = []): void {
    this.#services.add({ name, aliases, port, protocol });
  }

  /** `getserv`: by name or port, of a protocol if one is given, or the next one (undefined at the end). */
  getserv(service?: string | number, protocol?: string): ServiceEntry | undefined {
    if (service === undefined) return this.getservent();
    return typeof service === "string"
      ? this.getservbyname(service, protocol)
      : this.getservbyport(service, protocol);
  }

  /** The service of that name or alias; of `protocol` (`tcp`, `udp`) if given. @throws {@link LookupError} ENOENT */
  getservbyname(name: string, protocol?: string): ServiceEntry {
    const matches = called(name);
    const row = this.#services.find((each) => matches(each) && isOf(each, protocol));
    return found(row, "getserv", `service ${shown(name)}`);
  }

  /** The service of that port; of `protocol` (`tcp`, `udp`) if given. @throws {@link LookupError} ENOENT */
  getservbyport(port: number, protocol?: string): ServiceEntry {
    const row = this.#services.find((each) => each.port === port && isOf(each, protocol));
    return found(row, "getserv", `service ${port}`);
  }

  /** Begins the iteration over services anew. */
  setservent(): void {
    this.#services.rewind();
  }

  /** The next service; undefined at the end. */
  getservent(): ServiceEntry | undefined {
    return this.#services.next();
  }

  /** Ends the iteration over services: the next one begins anew. */
  endservent(): void {
    this.#services.rewind();
  }
}

/** What `lookup` gives or throws, as a promise. */
export function promised<Result>(lookup: () => Result): Promise<Result> {
  try {
    return Promise.resolve(lookup());
  } catch (error) {
    return rejected(undefined, error); // no host is known here: `createSockets` adds it
  }
}

function hostFound(row: HostEntry | undefined, what: string): HostEntry {
  if (row === undefined) throw new LookupError("host-not-found", "gethost", `host ${what}`);
  return row;
}

function isOf(row: ServiceEntry, protocol: string | undefined): boolean {
  return protocol === undefined || row.protocol === protocol;
}

function found<Row>(row: Row | undefined, syscall: string, what: string): Row {
  if (row === undefined) throw new LookupError("ENOENT", syscall, what);
  return row;
}

/** A host that is named by its address. */
function literal(name: string): HostEntry | undefined {
  const octets = name.split(".").map((part) => (/^[0-9]{1,3}$/.test(part) ? Number(part) : -1));
  if (octets.length !== 4 || !octets.every((octet) => isInteger(octet, 0, 255))) return undefined;
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return { name, aliases: [], addressType: AF_INET, length: 4, addresses: [address] };
}
