/** The connections of one TCP, of any size and state, and how many there are of each local port. */
import type { IpAddress } from "../../base/ip-address.ts";
import { type Flow, FlowTable } from "../../demux/flow-table.ts";

export class ConnectionTable {
  readonly #flows: FlowTable<Flow>;
  /** By local port, since `bind` must know whether a port is still in use (RFC 9293 §3.6.1). */
  readonly #uses: Uint32Array = new Uint32Array(65_536);

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
    return this.#uses[localPort] as number;
  }

  add(flow: Flow): void {
    this.#flows.add(flow);
    this.#uses[flow.localPort] = this.uses(flow.localPort) + 1;
  }

  remove(flow: Flow): void {
    if (this.#flows.remove(flow)) this.#uses[flow.localPort] = this.uses(flow.localPort) - 1;
  }

  /** Puts `next` in the place of `old`, which has the same ends. */
  replace(old: Flow, next: Flow): void {
    this.#flows.replace(old, next);
  }

  forEach(visit: (flow: Flow) => void): void {
    this.#flows.forEach(visit);
  }
}
