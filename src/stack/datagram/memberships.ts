/** The multicast groups that one socket is in (RFC 1112 §6.1, §7.1). */
import type { IpAddress } from "../base/ip-address.ts";
import type { Failure } from "../contract/endpoint.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { TransportContext } from "../contract/transport.ts";

interface Membership {
  readonly group: IpAddress;
  readonly through: NetworkInterface;
}

/** The groups that one endpoint has joined. */
export class Memberships {
  readonly #context: TransportContext;
  readonly #all: Membership[] = [];

  constructor(context: TransportContext) {
    this.#context = context;
  }

  has(group: IpAddress, through: NetworkInterface): boolean {
    return this.#all.some((one) => one.through === through && one.group.equals(group));
  }

  /** @param interfaceName - "": the interface that datagrams to the group would leave by */
  join(group: IpAddress, interfaceName: string): Failure | undefined {
    const context = this.#context;
    const through = interfaceName === "" ? context.route(group)?.interface : context.interface(interfaceName);
    if (through === undefined) return "address-not-available";
    if (this.has(group, through)) return "address-in-use";
    const failure = context.joinGroup(group, through);
    if (failure === undefined) this.#all.push({ group, through });
    return failure;
  }

  /** @param interfaceName - "": wherever it was joined first */
  leave(group: IpAddress, interfaceName: string): Failure | undefined {
    const at = this.#all.findIndex(
      (one) => one.group.equals(group) && (interfaceName === "" || one.through.name === interfaceName),
    );
    const [left] = at < 0 ? [] : this.#all.splice(at, 1);
    return left === undefined ? "address-not-available" : this.#context.leaveGroup(group, left.through);
  }

  clear(): void {
    for (const { group, through } of this.#all) this.#context.leaveGroup(group, through);
    this.#all.length = 0;
  }
}
