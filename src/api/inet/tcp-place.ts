/** Where a TCP socket is bound, beyond the life of one endpoint: one whose connection has failed is followed by another. */
import type { SocketAddress, TcpEndpoint } from "../../stack/index.ts";
import { statusOf } from "../errors.ts";
import type { Naming } from "./naming.ts";

/** What `bind` was told, and what came of it. */
export class TcpPlace {
  /** The address of the endpoint, for the one that follows it. */
  #bound: SocketAddress | undefined;
  /** The port was the system's choice: it goes with the connection, only the address stays. */
  #portChosen = false;
  /** What is left of `bind` where the port has gone, or was left to `connect` (IP_BIND_ADDRESS_NO_PORT). */
  address: SocketAddress | undefined;

  get isBound(): boolean {
    return this.#bound !== undefined;
  }

  /** Bound to a port that the program has named: it stays with the socket when a connection has ended, as on Linux. */
  get isHeld(): boolean {
    return this.isBound && !this.#portChosen;
  }

  /** Binds `endpoint`, and tells `naming`: 0, or a negated errno. */
  bind(endpoint: TcpEndpoint, target: SocketAddress, naming?: Naming): number {
    const status = statusOf(endpoint.bind(target));
    if (status !== 0) return status;
    this.#bound = endpoint.local;
    this.#portChosen = target.port === 0;
    this.address = undefined;
    naming?.bound(target);
    return 0;
  }

  /** Where only an address is left: a new port there. */
  bindAgain(endpoint: TcpEndpoint): number {
    return this.address === undefined ? 0 : this.bind(endpoint, this.address);
  }

  /** `endpoint` follows the one that was bound. */
  moveTo(endpoint: TcpEndpoint): void {
    if (this.#bound !== undefined && this.#portChosen) {
      this.address = { ...this.#bound, port: 0 };
      this.#bound = undefined;
    }
    if (this.#bound !== undefined && endpoint.bind(this.#bound) !== undefined) this.#bound = undefined;
  }
}
