/**
 * Guile's network databases over tables of one's own: no file and no name server is asked, so the answers
 * are the same everywhere. Rows may be added; the latest added comes first.
 */
import { isInteger, shown } from "../address.ts";
import { AF_INET } from "../constants.ts";
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
  override readonly name: string = "LookupError";
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

  // ── hosts ────────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a host; its addresses are integers in host order. */
  addHost(name: string, addresses: readonly number[], aliases: readonly string[] = []): void {
    this.#hosts.add({ name, aliases, addressType: AF_INET, length: 4, addresses });
  }

  /** `gethost`: by name, by address, or the next one (undefined at the end). */
  gethost(host?: string | number): HostEntry | undefined {
    if (host === undefined) return this.gethostent();
    return typeof host === "string" ? this.gethostbyname(host) : this.gethostbyaddr(host);
  }

  /** A name, an alias, or four decimal octets. @throws {@link LookupError} `host-not-found` */
  gethostbyname(name: string): HostEntry {
    // RFC 1034 §3.1: names of hosts are compared without regard to case.
    const wanted = String(name).toLowerCase();
    const matches = (each: string): boolean => each.toLowerCase() === wanted;
    const found =
      this.#hosts.find((row) => matches(row.name) || row.aliases.some(matches)) ?? literal(wanted);
    if (found === undefined) throw new LookupError("host-not-found", "gethost", `host ${shown(name)}`);
    return found;
  }

  /** @throws {@link LookupError} `host-not-found` */
  gethostbyaddr(address: number): HostEntry {
    const found = this.#hosts.find((row) => row.addresses.includes(address));
    if (found === undefined) throw new LookupError("host-not-found", "gethost", `host ${address}`);
    return found;
  }

  /** Begins the iteration over hosts anew. */
  sethostent(): void {
    this.#hosts.rewind();
  }

  /** The next host; undefined at the end. */
  gethostent(): HostEntry | undefined {
    return this.#hosts.next();
  }

  endhostent(): void {
    this.#hosts.rewind();
  }

  // ── networks ─────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a network; `network` is its number without the host's part. */
  addNetwork(name: string, network: number, aliases: readonly string[] = []): void {
    this.#networks.add({ name, aliases, addressType: AF_INET, network });
  }

  /** `getnet`: by name, by number, or the next one (undefined at the end). */
  getnet(network?: string | number): NetworkEntry | undefined {
    if (network === undefined) return this.getnetent();
    return typeof network === "string" ? this.getnetbyname(network) : this.getnetbyaddr(network);
  }

  /** @throws {@link LookupError} ENOENT */
  getnetbyname(name: string): NetworkEntry {
    return found(this.#networks.find(called(name)), "getnet", `network ${shown(name)}`);
  }

  /** @throws {@link LookupError} ENOENT */
  getnetbyaddr(network: number): NetworkEntry {
    return found(
      this.#networks.find((row) => row.network === network),
      "getnet",
      `network ${network}`,
    );
  }

  /** Begins the iteration over networks anew. */
  setnetent(): void {
    this.#networks.rewind();
  }

  /** The next network; undefined at the end. */
  getnetent(): NetworkEntry | undefined {
    return this.#networks.next();
  }

  endnetent(): void {
    this.#networks.rewind();
  }

  // ── protocols ────────────────────────────────────────────────────────────────────────────────────────

  addProtocol(name: string, protocol: number, aliases: readonly string[] = []): void {
    this.#protocols.add({ name, aliases, protocol });
  }

  /** `getproto`: by name, by number, or the next one (undefined at the end). */
  getproto(protocol?: string | number): ProtocolEntry | undefined {
    if (protocol === undefined) return this.getprotoent();
    return typeof protocol === "string" ? this.getprotobyname(protocol) : this.getprotobynumber(protocol);
  }

  /** @throws {@link LookupError} ENOENT */
  getprotobyname(name: string): ProtocolEntry {
    return found(this.#protocols.find(called(name)), "getproto", `protocol ${shown(name)}`);
  }

  /** @throws {@link LookupError} ENOENT */
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

  endprotoent(): void {
    this.#protocols.rewind();
  }

  // ── services ─────────────────────────────────────────────────────────────────────────────────────────

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

  /** @throws {@link LookupError} ENOENT */
  getservbyname(name: string, protocol?: string): ServiceEntry {
    const matches = called(name);
    const row = this.#services.find((each) => matches(each) && isOf(each, protocol));
    return found(row, "getserv", `service ${shown(name)}`);
  }

  /** @throws {@link LookupError} ENOENT */
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

  endservent(): void {
    this.#services.rewind();
  }
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
