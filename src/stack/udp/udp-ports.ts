/** The ports of UDP: who may have which, and who receives what comes for it. */
import type { IpAddress } from "../base/ip-address.ts";
import type { Random } from "../base/random.ts";
import { PortSet } from "../demux/port-set.ts";
import { type PortHolder, PortTable, type PortUse } from "../demux/port-table.ts";
import { type Receiver, Receivers } from "../demux/receivers.ts";

/** The two tables in which a bound socket stands. */
export class UdpPorts<T extends PortHolder & Receiver> {
  readonly receivers: Receivers<T>;
  readonly #table: PortTable<T>;

  constructor(random: Random) {
    this.#table = new PortTable(random.fork("ports"));
    this.receivers = new Receivers(random.fork("receivers").bits());
  }

  /** Whether anybody holds `port` in the family of `address`. */
  isHeld(port: number, address: IpAddress): boolean {
    return this.#table.isHeld(port, address);
  }

  /** Those who hold `port` at `address`, or at a wildcard that includes it. */
  *holders(port: number, address: IpAddress): IterableIterator<T> {
    yield* this.#table.holdersAt(port, address);
    yield* this.#table.holdersAround(port, address);
  }

  /** `port` if `socket` may have it at `address`, or an ephemeral one for 0; 0 if it may not. */
  choose(socket: T, address: IpAddress, port: number): number {
    // An ephemeral port is nobody else's, whatever the options (RFC 6056 §3.2).
    if (port === 0) return this.#table.ephemeral(NO_USE);
    return this.#table.conflict({ address, port }, socket) === undefined ? port : 0;
  }

  /** Enters a socket that is bound. */
  add(socket: T): void {
    this.#table.add(socket);
    this.receivers.add(socket, this.#table.familiesOf(socket));
  }

  /** Nothing happens if it is not there. */
  remove(socket: T): void {
    this.receivers.remove(socket);
    this.#table.remove(socket);
  }

  /**
   * Changes what the tables look at, of a socket that may be bound.
   *
   * @param moves - what is received may be another's afterwards; else the socket keeps its place among its equals
   */
  change(socket: T, moves: boolean, change: () => void): void {
    if (moves) this.receivers.remove(socket);
    change();
    this.#table.changed(socket);
    if (moves && socket.local !== undefined) this.receivers.add(socket, this.#table.familiesOf(socket));
  }
}

/** A port that no socket holds is nobody's. */
const NO_USE: PortUse = { isUsed: () => false, known: () => undefined, all: () => new PortSet() };
