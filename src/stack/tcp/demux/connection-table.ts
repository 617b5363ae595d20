/** The connections of one TCP, of any size and state, and how many there are of each local port. */
import type { IpAddress } from "../../base/ip-address.ts";
import type { SocketAddress } from "../../contract/socket-address.ts";
import { type Flow, FlowTable } from "../../demux/flow-table.ts";
import { EPHEMERAL_PORTS, FIRST_EPHEMERAL, PortSet } from "../../demux/port-set.ts";
import { type PortUse, standsFor } from "../../demux/port-table.ts";

/** A crowd with fewer connections is not worth its set: one by one, a free port is found after a few. */
const CROWD = EPHEMERAL_PORTS / 2;

/**
 * The many connections of an address with one peer and its port, which leave few ports for a further one. Stands in a
 * table of flows under local port 0.
 */
class Crowd implements Flow {
  readonly localAddress: IpAddress;
  readonly localPort: number = 0;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly ports: PortSet;
  flowHash = 0;
  flowNext: Flow | undefined = undefined;

  constructor(local: IpAddress, remote: IpAddress, remotePort: number, ports: PortSet) {
    this.localAddress = local;
    this.remoteAddress = remote;
    this.remotePort = remotePort;
    this.ports = ports;
  }
}

function portsWhere(holds: (port: number) => boolean): PortSet {
  const ports = new PortSet();
  for (let i = 0; i < EPHEMERAL_PORTS; i++) if (holds(FIRST_EPHEMERAL + i)) ports.add(FIRST_EPHEMERAL + i);
  return ports;
}

/** Connections by their four numbers. */
export class ConnectionTable {
  readonly #flows: FlowTable<Flow>;
  /** By local port, since `bind` must know whether a port is still in use (RFC 9293 §3.6.1). */
  readonly #uses: PortCounts = new PortCounts();
  /** Those that somebody has had a long search among. */
  readonly #crowds: FlowTable<Crowd>;
  /** The ephemeral ports that are in use; undefined until it pays to know them. */
  #used: PortSet | undefined = undefined;

  constructor(secret: number) {
    this.#flows = new FlowTable(secret);
    this.#crowds = new FlowTable(secret);
  }

  get size(): number {
    return this.#flows.size;
  }

  find(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): Flow | undefined {
    return this.#flows.find(local, localPort, remote, remotePort);
  }

  uses(localPort: number): number {
    return this.#uses.of(localPort);
  }

  /**
   * Whether there is a connection from this port at `address`, or, of a wildcard, at any address that it stands for.
   * Looks through the connections only where there is one from that port.
   */
  usesAt({ address, port }: SocketAddress): boolean {
    if (this.uses(port) === 0) return false;
    return this.#flows.some(
      ({ localPort, localAddress }) => localPort === port && standsFor(address, localAddress),
    );
  }

  /** Of ports from which there is any connection. */
  get portUse(): PortUse {
    return {
      isUsed: (port) => this.uses(port) > 0,
      known: () => this.#used,
      all: () => {
        this.#used ??= portsWhere((port) => this.uses(port) > 0);
        return this.#used;
      },
    };
  }

  /** Of ports from which there is a connection between these ends. */
  portUseTo(local: IpAddress, remote: IpAddress, remotePort: number): PortUse {
    const isUsed = (port: number): boolean => this.find(local, port, remote, remotePort) !== undefined;
    return {
      isUsed,
      known: () => this.#crowds.find(local, 0, remote, remotePort)?.ports,
      all: () => {
        const crowd = new Crowd(local, remote, remotePort, portsWhere(isUsed));
        if (crowd.ports.size >= CROWD) this.#crowds.add(crowd);
        return crowd.ports;
      },
    };
  }

  add(flow: Flow): void {
    this.#flows.add(flow);
    this.#uses.change(flow.localPort, 1);
    this.#used?.add(flow.localPort);
    if (this.#crowds.size > 0) this.#crowdOf(flow)?.ports.add(flow.localPort);
  }

  remove(flow: Flow): void {
    if (!this.#flows.remove(flow)) return;
    this.#uses.change(flow.localPort, -1);
    if (this.#used !== undefined && this.uses(flow.localPort) === 0) this.#used.delete(flow.localPort);
    if (this.#crowds.size > 0) this.#leaveCrowd(flow);
  }

  #crowdOf({ localAddress, remoteAddress, remotePort }: Flow): Crowd | undefined {
    return this.#crowds.find(localAddress, 0, remoteAddress, remotePort);
  }

  #leaveCrowd(flow: Flow): void {
    const crowd = this.#crowdOf(flow);
    if (crowd === undefined) return;
    crowd.ports.delete(flow.localPort);
    if (crowd.ports.size < CROWD) this.#crowds.remove(crowd);
  }

  /** Puts `next` in the place of `old`, which has the same ends. */
  replace(old: Flow, next: Flow): void {
    this.#flows.replace(old, next);
  }

  forEach(visit: (flow: Flow) => void): void {
    this.#flows.forEach(visit);
  }
}

/** Ports whose counts stand in one array. */
const PAGE = 256;
const PAGES = 65_536 / PAGE;

/**
 * A number for each port. In pages that are made when they are first needed: a table for all ports is 256 KiB, the
 * most of what a stack without connections would weigh.
 */
class PortCounts {
  #pages: (Uint32Array | undefined)[] | undefined = undefined;

  of(port: number): number {
    const page = this.#pages?.[port >> 8];
    return page === undefined ? 0 : (page[port & (PAGE - 1)] as number);
  }

  change(port: number, by: number): void {
    this.#pages ??= new Array<Uint32Array | undefined>(PAGES).fill(undefined);
    let page = this.#pages[port >> 8];
    if (page === undefined) {
      page = new Uint32Array(PAGE);
      this.#pages[port >> 8] = page;
    }
    const slot = port & (PAGE - 1);
    page[slot] = (page[slot] as number) + by;
  }
}
