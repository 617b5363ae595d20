/**
 * All mappings, found from inside and from outside, and the choice of an external port: RFC 4787 §4.1, §4.2. No two
 * hosts' ports share one (REQ-3), but those to several destinations of one host's port do, where it is to be kept. A port is
 * looked for within its range and, for UDP, among those of its parity (REQ-4).
 */
import { AddressMap } from "../base/address-map.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { below, type Random } from "../base/random.ts";
import { IPPROTO_ICMP } from "../wire/icmpv4.ts";
import { IPPROTO_TCP } from "../wire/tcp.ts";
import { IPPROTO_UDP } from "../wire/udp.ts";
import type { Behaviour } from "./behaviour.ts";
import { type MappedEndpoint, Mapping, type MappingOwner } from "./mapping.ts";

/** Ports below are for servers: a host's such port is given one of them, if any (RFC 4787 REQ-3). */
const FIRST_USER_PORT = 1024;
const PORTS = 65_536;
/** Protocols with ports, or with identifiers that can be changed like one: TCP, UDP, and ICMP of both families. */
const PORTED: readonly number[] = [IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, 58];

/** The mappings of one translator. */
export class MappingTable implements MappingOwner {
  /** External address → protocol and port → mappings, all of one port of one host. */
  readonly #outside: AddressMap<Map<number, Set<Mapping>>> = new AddressMap();
  readonly #inside: Map<string, Mapping> = new Map();
  readonly #perHost: AddressMap<number> = new AddressMap();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#inside.size;
  }

  /**
   * What such a port stands for: of several mappings the one to `caller`, or one that admits it all the same. Undefined if
   * for nothing.
   */
  fromOutside(
    protocol: number,
    address: IpAddress,
    port: number,
    caller: MappedEndpoint,
  ): Mapping | undefined {
    const here = this.#outside.get(address)?.get(placeOf(protocol, port));
    const first = firstOf(here);
    if (here === undefined || first === undefined || here.size === 1) return first;
    const { internal, behaviour } = first;
    const its = this.fromInside(protocol, internal, caller, behaviour);
    if (its !== undefined && here.has(its)) return its;
    // Who is admitted by a mapping to himself alone is admitted by none of the others: they need not be asked.
    if (behaviour.filtering === behaviour.mapping) return first;
    for (const one of here) if (one.admits(caller.address, caller.port)) return one;
    return first;
  }

  /** The mapping that the host's next datagram to `remote` uses, if there is one. */
  fromInside(
    protocol: number,
    internal: MappedEndpoint,
    remote: MappedEndpoint,
    behaviour: Behaviour,
  ): Mapping | undefined {
    return this.#inside.get(keyOf(protocol, internal, remote, behaviour));
  }

  /** A new mapping to `external`; undefined if no port is left, or none for this host. */
  make(
    protocol: number,
    internal: MappedEndpoint,
    remote: MappedEndpoint,
    external: IpAddress,
    behaviour: Behaviour,
  ): Mapping | undefined {
    const { portsPerHost, preservePort } = behaviour;
    const ofHost = this.#perHost.get(internal.address) ?? 0;
    if (portsPerHost > 0 && ofHost >= portsPerHost) return undefined;
    const taken = this.#placesOf(external);
    const port = this.#choose(protocol, internal, preservePort, taken);
    if (port < 0) return undefined;
    const key = keyOf(protocol, internal, remote, behaviour);
    const mapping = new Mapping(this, protocol, internal, { address: external, port }, behaviour, key);
    const place = placeOf(protocol, port);
    const others = taken.get(place);
    if (others === undefined) taken.set(place, new Set([mapping]));
    else others.add(mapping);
    this.#inside.set(key, mapping);
    this.#perHost.set(internal.address, ofHost + 1);
    return mapping;
  }

  unused(mapping: Mapping): void {
    const { protocol, external, internal, key } = mapping;
    if (this.#inside.get(key) === mapping) this.#inside.delete(key);
    const places = this.#outside.get(external.address);
    const place = placeOf(protocol, external.port);
    const here = places?.get(place);
    if (places === undefined || here?.delete(mapping) !== true) return;
    if (here.size === 0) places.delete(place);
    if (places.size === 0) this.#outside.delete(external.address);
    const left = (this.#perHost.get(internal.address) ?? 1) - 1;
    if (left > 0) this.#perHost.set(internal.address, left);
    else this.#perHost.delete(internal.address);
  }

  /** All of them: for people. */
  all(): readonly Mapping[] {
    return [...this.#inside.values()];
  }

  #placesOf(external: IpAddress): Map<number, Set<Mapping>> {
    let places = this.#outside.get(external);
    if (places === undefined) {
      places = new Map();
      this.#outside.set(external, places);
    }
    return places;
  }

  /** -1 if none is free. */
  #choose(
    protocol: number,
    internal: MappedEndpoint,
    preserve: boolean,
    taken: ReadonlyMap<number, ReadonlySet<Mapping>>,
  ): number {
    const wanted = internal.port;
    const fixed = !PORTED.includes(protocol); // there is nothing in the datagram to tell two hosts apart by
    if ((preserve || fixed) && isOpenTo(internal, taken.get(placeOf(protocol, wanted)))) return wanted;
    if (fixed) return -1;
    const least = wanted < FIRST_USER_PORT ? 1 : FIRST_USER_PORT;
    const most = wanted < FIRST_USER_PORT ? FIRST_USER_PORT : PORTS;
    const step = protocol === IPPROTO_UDP ? 2 : 1; // RFC 4787 REQ-4: RTP and RTCP
    const first = step === 1 ? least : least + ((least ^ wanted) & 1);
    const count = Math.ceil((most - first) / step);
    const from = below(this.#random, count);
    for (let i = 0; i < count; i++) {
      const port = first + ((from + i) % count) * step;
      if (!taken.has(placeOf(protocol, port))) return port;
    }
    return -1;
  }
}

/** Nobody has the port; or the same host's same port, speaking to others: what comes back is told apart by who sends it. */
function isOpenTo({ address, port }: MappedEndpoint, here: ReadonlySet<Mapping> | undefined): boolean {
  const internal = firstOf(here)?.internal;
  return internal === undefined || (internal.address.equals(address) && internal.port === port);
}

function firstOf(here: ReadonlySet<Mapping> | undefined): Mapping | undefined {
  return here?.values().next().value;
}

function placeOf(protocol: number, port: number): number {
  return protocol * PORTS + port;
}

/** Only once per connection: a text is fast enough. */
function keyOf(
  protocol: number,
  internal: MappedEndpoint,
  remote: MappedEndpoint,
  { mapping }: Behaviour,
): string {
  const inside = `${protocol} ${internal.address} ${internal.port}`;
  if (mapping === "endpoint-independent") return inside;
  if (mapping === "address-dependent") return `${inside} ${remote.address}`;
  return `${inside} ${remote.address} ${remote.port}`;
}
