/** The multicast groups that one socket is in (RFC 1112 §6.1, §7.1), and whom it hears in each (RFC 3678). */
import type { IpAddress } from "../base/ip-address.ts";
import type { Failure, GroupMemberships, SourceChange } from "../contract/endpoint.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Arrival, TransportContext } from "../contract/transport.ts";
import { SourceFilter } from "../multicast/source-filter.ts";

interface Membership {
  readonly group: IpAddress;
  readonly through: NetworkInterface;
  /** Undefined: it hears all. */
  filter: SourceFilter | undefined;
}

/** The groups that one endpoint has joined. */
export class Memberships implements GroupMemberships {
  readonly #context: TransportContext;
  readonly #all: Membership[] = [];

  constructor(context: TransportContext) {
    this.#context = context;
  }

  has(group: IpAddress, through: NetworkInterface): boolean {
    return this.#all.some((one) => one.through === through && one.group.equals(group));
  }

  /** Whether the endpoint is in the group that something has been sent to, and wants to hear its sender there. */
  hears({ destination, from, source }: Arrival): boolean {
    const found = this.#all.find((one) => one.through === from && one.group.equals(destination));
    return found !== undefined && found.filter?.allows(source) !== false;
  }

  /** Whether the endpoint is in the group, but does not want to hear the sender there. */
  refuses({ destination, from, source }: Arrival): boolean {
    const found = this.#all.find((one) => one.through === from && one.group.equals(destination));
    return found?.filter?.allows(source) === false;
  }

  changeSource(
    change: SourceChange,
    group: IpAddress,
    source: IpAddress,
    interfaceName: string,
  ): Failure | undefined {
    let member = this.#find(group, interfaceName);
    if (member === undefined) {
      const failure = change === "join" ? this.join(group, interfaceName) : "invalid";
      if (failure !== undefined) return failure;
      member = this.#find(group, interfaceName);
      if (member !== undefined) member.filter = new SourceFilter("include");
    }
    if (member === undefined) return "invalid";
    member.filter ??= new SourceFilter("exclude");
    const failure = member.filter.change(change, source);
    return failure === undefined && member.filter.hearsNobody ? this.leave(group, interfaceName) : failure;
  }

  #find(group: IpAddress, interfaceName: string): Membership | undefined {
    return this.#all.find(
      (one) => one.group.equals(group) && (interfaceName === "" || one.through.name === interfaceName),
    );
  }

  /** @param interfaceName - "": the interface that datagrams to the group would leave by */
  join(group: IpAddress, interfaceName: string): Failure | undefined {
    const context = this.#context;
    const through = interfaceName === "" ? context.route(group)?.interface : context.interface(interfaceName);
    if (through === undefined) return "address-not-available";
    if (this.has(group, through)) return "address-in-use";
    const failure = context.joinGroup(group, through);
    if (failure === undefined) this.#all.push({ group, through, filter: undefined });
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
