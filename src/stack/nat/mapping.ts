/** One mapping: which external port stands for which port of which host inside, and who has been spoken to through it. */
import { AddressMap } from "../base/address-map.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Connection, Holding } from "../track/connection.ts";
import type { Behaviour } from "./behaviour.ts";

/** Who keeps mappings. */
export interface MappingOwner {
  /** No connection uses it any more. */
  unused(mapping: Mapping): void;
}

/** An address and a port. */
export interface MappedEndpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** A mapping, as long as a connection uses it. */
export class Mapping implements Holding {
  readonly protocol: number;
  readonly internal: MappedEndpoint;
  readonly external: MappedEndpoint;
  readonly behaviour: Behaviour;
  /** Its key among the mappings of hosts inside. */
  readonly key: string;
  /** Connections that use it. */
  connections = 0;
  readonly #owner: MappingOwner;
  /** Remote address → how many connections inside have begun to each of its ports. */
  readonly #spokenTo: AddressMap<Map<number, number>> = new AddressMap();

  constructor(
    owner: MappingOwner,
    protocol: number,
    internal: MappedEndpoint,
    external: MappedEndpoint,
    behaviour: Behaviour,
    key: string,
  ) {
    this.#owner = owner;
    this.protocol = protocol;
    this.internal = internal;
    this.external = external;
    this.behaviour = behaviour;
    this.key = key;
  }

  /** Whether what comes from there may come in: RFC 4787 §5. */
  admits(address: IpAddress, port: number): boolean {
    const { filtering } = this.behaviour;
    if (filtering === "endpoint-independent") return true;
    const ports = this.#spokenTo.get(address);
    return ports !== undefined && (filtering === "address-dependent" || ports.has(port));
  }

  hold(connection: Connection): void {
    this.connections++;
    this.#note(connection, 1);
  }

  release(connection: Connection): void {
    if (connection.confirmed) {
      this.connections--;
      this.#note(connection, -1);
    }
    if (this.connections === 0) this.#owner.unused(this);
  }

  /** Only who was spoken to from inside counts: whoever came in by a port that admits all is not let in by that. */
  #note({ original }: Connection, by: 1 | -1): void {
    const fromInside =
      original.source.equals(this.internal.address) && original.sourcePort === this.internal.port;
    if (!fromInside) return;
    let ports = this.#spokenTo.get(original.destination);
    if (ports === undefined) {
      ports = new Map();
      this.#spokenTo.set(original.destination, ports);
    }
    const count = (ports.get(original.destinationPort) ?? 0) + by;
    if (count > 0) ports.set(original.destinationPort, count);
    else ports.delete(original.destinationPort);
    if (ports.size === 0) this.#spokenTo.delete(original.destination);
  }
}
