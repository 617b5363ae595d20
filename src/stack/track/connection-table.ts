/**
 * The connections that are tracked, found by either direction. Bounded: when it is full, the oldest one that nobody
 * has ever answered makes room; if all were answered, the new one is refused (as in Linux's early drop).
 */
import type { Random } from "../base/random.ts";
import { FlowTable } from "../demux/flow-table.ts";
import type { Connection, Direction, Tuple } from "./connection.ts";

/** The connections of one stack. */
export class ConnectionTable {
  readonly #byProtocol: Map<number, FlowTable<Direction>> = new Map();
  /** Those that nobody has answered, the oldest first. */
  readonly #unanswered: Set<Connection> = new Set();
  readonly #random: Random;
  #size = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#size;
  }

  /** The direction that such a datagram belongs to. */
  find({ protocol, source, sourcePort, destination, destinationPort }: Tuple): Direction | undefined {
    return this.#byProtocol.get(protocol)?.find(destination, destinationPort, source, sourcePort);
  }

  /** Both directions are found from now on. No other connection may have either. */
  add(connection: Connection): void {
    const { protocol, original, reply } = connection;
    let table = this.#byProtocol.get(protocol);
    if (table === undefined) {
      table = new FlowTable(this.#random.bits());
      this.#byProtocol.set(protocol, table);
    }
    table.add(original);
    table.add(reply);
    this.#unanswered.add(connection);
    this.#size++;
  }

  answered(connection: Connection): void {
    this.#unanswered.delete(connection);
  }

  remove(connection: Connection): void {
    const table = this.#byProtocol.get(connection.protocol);
    if (table?.remove(connection.original) !== true) return;
    table.remove(connection.reply);
    this.#unanswered.delete(connection);
    this.#size--;
  }

  /** Who makes room; undefined if everybody has been answered. */
  oldestUnanswered(): Connection | undefined {
    for (const one of this.#unanswered) return one;
    return undefined;
  }

  /** All of them. */
  all(): readonly Connection[] {
    const found: Connection[] = [];
    for (const table of this.#byProtocol.values()) {
      table.forEach((direction) => {
        if (!direction.isReply) found.push(direction.connection);
      });
    }
    return found;
  }
}
