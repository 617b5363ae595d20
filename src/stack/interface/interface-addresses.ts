/** The addresses and groups of one interface, in the form that every arriving datagram is compared with. */
import { AddressMap } from "../base/address-map.ts";
import { IpAddress, ipv4 } from "../base/ip-address.ts";
import { prefixMask, samePrefix } from "../base/prefix.ts";
import type { AddressState, Claim, LocalAddress } from "../contract/network-interface.ts";

/** 224.0.0.1, all hosts, and ff02::1, all nodes: everybody is a member, always (RFC 1112 §4, RFC 4291 §2.8). */
const ALL_HOSTS: IpAddress = ipv4(0xe000_0001);
const ALL_NODES: IpAddress = new IpAddress(0xff02_0000, 0, 0, 1);
/** 255.255.255.255 as a word (RFC 919 §7). */
const LIMITED_BROADCAST = -1;

const NONE: readonly IpAddress[] = [];

/** An address of ours, whose state address resolution changes. */
export class OwnAddress implements LocalAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  state: AddressState = "preferred";
  readonly temporary: boolean;
  routers: readonly IpAddress[] = NONE;
  /** How it is taken into use; undefined: as its family does by itself. */
  readonly claim: Claim | undefined;

  constructor(address: IpAddress, prefixLength: number, temporary = false, claim?: Claim) {
    this.temporary = temporary;
    this.claim = claim;
    this.address = address;
    this.prefixLength = prefixLength;
  }
}

/** The addresses and groups of one interface. */
export class InterfaceAddresses {
  readonly list: OwnAddress[] = [];
  readonly #loopback: boolean;
  readonly #byAddress: AddressMap<OwnAddress> = new AddressMap();
  /** The one that was asked for last: most of what arrives is for the same. */
  #last: OwnAddress | undefined = undefined;
  /** By the broadcast address of its prefix, as a word, each IPv4 address that has one. */
  readonly #byBroadcast: Map<number, OwnAddress[]> = new Map();
  /** Group → how often it was joined. */
  readonly #groups: AddressMap<number> = new AddressMap();

  constructor(loopback: boolean) {
    this.#loopback = loopback;
  }

  /** The address, in whatever state. */
  find(address: IpAddress): OwnAddress | undefined {
    return this.#byAddress.get(address);
  }

  /** An address of this interface that may be used; the whole prefix on loopback (RFC 1122 §3.2.1.3 (g)). */
  has(address: IpAddress): boolean {
    const last = this.#last;
    const own = last?.address.equals(address) === true ? last : this.#byAddress.get(address);
    if (own !== undefined) this.#last = own;
    return (own !== undefined && isInUse(own)) || (this.#loopback && address.isLoopback);
  }

  /**
   * RFC 919 §7, RFC 922 §7. A prefix of 31 or 32 bits has no broadcast address (RFC 3021 §2.2), and IPv6 has none
   * at all.
   */
  isBroadcast(address: IpAddress): boolean {
    if (address.family !== 4) return false;
    const word = address.word3;
    return word === LIMITED_BROADCAST || this.#byBroadcast.get(word)?.some(isInUse) === true;
  }

  /** The groups that were joined. */
  get groups(): readonly IpAddress[] {
    return [...this.#groups.keys()];
  }

  hasGroup(group: IpAddress): boolean {
    return this.#groups.has(group) || group.equals(ALL_HOSTS) || group.equals(ALL_NODES);
  }

  /** Whether `address` is on this link by one of our prefixes. */
  isOnLink(address: IpAddress): boolean {
    return this.list.some((own) => samePrefix(own.address, address, own.prefixLength));
  }

  add(own: OwnAddress): void {
    this.list.push(own);
    this.#byAddress.set(own.address, own);
    const broadcast = this.#broadcastOf(own);
    if (broadcast === undefined) return;
    const others = this.#byBroadcast.get(broadcast);
    if (others === undefined) this.#byBroadcast.set(broadcast, [own]);
    else others.push(own);
  }

  remove(address: IpAddress): OwnAddress | undefined {
    const own = this.#byAddress.get(address);
    if (own === undefined) return undefined;
    this.#byAddress.delete(address);
    this.#last = undefined;
    this.list.splice(this.list.indexOf(own), 1);
    const broadcast = this.#broadcastOf(own);
    const others = broadcast === undefined ? undefined : this.#byBroadcast.get(broadcast);
    others?.splice(others.indexOf(own), 1);
    return own;
  }

  /** As a word. */
  #broadcastOf({ address, prefixLength }: OwnAddress): number | undefined {
    if (this.#loopback || address.family !== 4 || prefixLength >= 31) return undefined;
    return address.word3 | ~prefixMask(prefixLength);
  }

  /** Joins a group; true when it is new to this interface. Every `join` needs its `leave`. */
  join(group: IpAddress): boolean {
    const times = this.#groups.get(group) ?? 0;
    this.#groups.set(group, times + 1);
    return times === 0;
  }

  /** True when nobody is left in the group. */
  leave(group: IpAddress): boolean {
    const times = this.#groups.get(group);
    if (times === undefined) return false;
    if (times > 1) this.#groups.set(group, times - 1);
    else this.#groups.delete(group);
    return times === 1;
  }
}

function isInUse({ state }: OwnAddress): boolean {
  return state === "preferred" || state === "deprecated";
}
