/** The multicast groups that one socket is in (RFC 1112 §6.1, §7.1), and whom it hears in each (RFC 3678). */
import type { IpAddress } from "../base/ip-address.ts";
import type { Failure } from "../contract/failures.ts";
import type { FilterMode, GroupMemberships, SourceChange, SourceWish } from "../contract/multicast.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Arrival, TransportContext } from "../contract/transport.ts";
import { SourceFilter } from "../multicast/source-filter.ts";

interface Membership {
  readonly group: IpAddress;
  readonly through: NetworkInterface;
  readonly filter: SourceFilter;
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
    return found?.filter.allows(source) === true;
  }

  /** Whether the endpoint is in the group, but does not want to hear the sender there. */
  refuses({ destination, from, source }: Arrival): boolean {
    const found = this.#all.find((one) => one.through === from && one.group.equals(destination));
    return found !== undefined && !found.filter.allows(source);
  }

  changeSource(
    change: SourceChange,
    group: IpAddress,
    source: IpAddress,
    interfaceName: string,
  ): Failure | undefined {
    const member = this.#find(group, interfaceName);
    if (member === undefined)
      return change === "join" ? this.#joinFor(source, group, interfaceName) : "invalid";
    const { filter, through } = member;
    const failure = filter.change(change, source);
    if (failure !== undefined) return failure;
    if (filter.hearsNobody) return this.#leave(member);
    this.#context.wishChanged(group, through);
    return undefined;
  }

  setFilter(
    group: IpAddress,
    mode: FilterMode,
    sources: readonly IpAddress[],
    interfaceName: string,
  ): Failure | undefined {
    const member = this.#find(group, interfaceName);
    // As on Linux, to hear nobody is to leave.
    if (member === undefined)
      return mode === "include" && sources.length === 0 ? "address-not-available" : "invalid";
    const failure = member.filter.replace(mode, sources);
    if (failure !== undefined) return failure;
    if (member.filter.hearsNobody) return this.#leave(member);
    this.#context.wishChanged(group, member.through);
    return undefined;
  }

  filterOf(group: IpAddress, interfaceName: string): SourceWish | undefined {
    return this.#find(group, interfaceName)?.filter;
  }

  /** RFC 3678 §4.1.3: the group is joined for one source alone. */
  #joinFor(source: IpAddress, group: IpAddress, interfaceName: string): Failure | undefined {
    const filter = new SourceFilter("include");
    return filter.change("join", source) ?? this.#join(group, interfaceName, filter);
  }

  #find(group: IpAddress, interfaceName: string): Membership | undefined {
    return this.#all.find(
      (one) => one.group.equals(group) && (interfaceName === "" || one.through.name === interfaceName),
    );
  }

  /** @param interfaceName - "": the interface that datagrams to the group would leave by */
  join(group: IpAddress, interfaceName: string): Failure | undefined {
    return this.#join(group, interfaceName, new SourceFilter("exclude"));
  }

  #join(group: IpAddress, interfaceName: string, filter: SourceFilter): Failure | undefined {
    const context = this.#context;
    const through = interfaceName === "" ? context.route(group)?.interface : context.interface(interfaceName);
    if (through === undefined) return "address-not-available";
    if (this.has(group, through)) return "address-in-use";
    const failure = context.joinGroup(group, through, filter);
    if (failure === undefined) this.#all.push({ group, through, filter });
    return failure;
  }

  /** @param interfaceName - "": wherever it was joined first */
  leave(group: IpAddress, interfaceName: string): Failure | undefined {
    const left = this.#find(group, interfaceName);
    return left === undefined ? "address-not-available" : this.#leave(left);
  }

  #leave(left: Membership): Failure | undefined {
    this.#all.splice(this.#all.indexOf(left), 1);
    return this.#context.leaveGroup(left.group, left.through, left.filter);
  }

  clear(): void {
    for (const { group, through, filter } of this.#all) this.#context.leaveGroup(group, through, filter);
    this.#all.length = 0;
  }
}
