/** The connections of one TCP, of any size and state, and how many there are of each local port. */
import type { IpAddress } from "../../base/ip-address.ts";
import { type Flow, FlowTable } from "../../demux/flow-table.ts";

/** Connections by their four numbers. */
export class ConnectionTable {
  readonly #flows: FlowTable<Flow>;
  /** By local port, since `bind` must know whether a port is still in use (RFC 9293 §3.6.1). */
  readonly #uses: PortCounts = new PortCounts();

  constructor(secret: number) {
    this.#flows = new FlowTable(secret);
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

  add(flow: Flow): void {
    this.#flows.add(flow);
    this.#uses.change(flow.localPort, 1);
  }

  remove(flow: Flow): void {
    if (this.#flows.remove(flow)) this.#uses.change(flow.localPort, -1);
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
