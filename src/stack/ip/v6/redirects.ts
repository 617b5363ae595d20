/** Redirects: RFC 4861 §4.5, §8, as routers send them, and as hosts heed them. */
import { Drop } from "../../base/drop.ts";
import type { AddressCache, IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { Send } from "../../base/send.ts";
import type { Interfaces, NetworkInterface } from "../../contract/network-interface.ts";
import { ND_REDIRECT } from "../../wire/icmpv6.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_MIN_MTU,
  IPV6_SOURCE_OFFSET,
} from "../../wire/ipv6.ts";
import {
  NdOptions,
  REDIRECT_BYTES,
  REDIRECT_QUOTE_OFFSET,
  readAddress,
  readNdOptions,
  writeRedirect,
} from "../../wire/nd.ts";
import { REDIRECTED, type RoutingTable } from "../routing-table.ts";
import type { Ipv6Arrival } from "./arrival.ts";
import { isOurs6 } from "./martians.ts";
import type { NdSender } from "./nd-sender.ts";
import type { NeighbourDiscovery } from "./neighbour-discovery.ts";

/**
 * Tells the sender of `packet`, who is on the link `on`, that `gateway` is nearer. A router is named by its link-local
 * address, and names itself by its own (§8.2): where a route has another one, nobody would believe it, and nothing is sent.
 */
export function sendRedirect6(
  sender: NdSender,
  addresses: AddressCache,
  packet: Packet,
  gateway: IpAddress,
  on: NetworkInterface,
): void {
  const { view, network, bytes } = packet;
  const source = addresses.read(view, network + IPV6_SOURCE_OFFSET);
  const destination = addresses.read(view, network + IPV6_DESTINATION_OFFSET);
  const own = on.addresses.find(
    ({ address, state }) => address.family === 6 && address.isLinkLocal && state === "preferred",
  );
  if (own === undefined || (!gateway.isLinkLocal && !gateway.equals(destination))) return;
  const most = IPV6_MIN_MTU - IPV6_HEADER_BYTES - REDIRECT_QUOTE_OFFSET;
  const quoted = Math.min(packet.end - network, most) & ~7;
  const message = sender.message(ND_REDIRECT, 0, REDIRECT_QUOTE_OFFSET + quoted);
  writeRedirect(message.view, message.start, gateway, destination, quoted);
  message.bytes.set(bytes.subarray(network, network + quoted), message.start + REDIRECT_QUOTE_OFFSET);
  sender.send(message, own.address, source, undefined, Send.redirect);
}

/** Heeds the redirects of routers, of those in use. */
export class Redirects {
  readonly #routes: RoutingTable;
  readonly #interfaces: Interfaces;
  readonly #options: NdOptions = new NdOptions();

  constructor(routes: RoutingTable, interfaces: Interfaces) {
    this.#routes = routes;
    this.#interfaces = interfaces;
  }

  /** §8.1, §8.3: the router in use says that another one, or the destination itself, is nearer. */
  receive({ packet, source, from }: Ipv6Arrival, discovery: NeighbourDiscovery): Drop {
    const { view, start, end } = packet;
    discovery.on.ndCounters.ndInRedirects++;
    if (end - start < REDIRECT_BYTES) return Drop.truncated;
    const bad = readNdOptions(view, start + REDIRECT_BYTES, end, this.#options);
    if (bad !== Drop.none) return bad;
    const target = readAddress(view, start + 8);
    const destination = readAddress(view, start + 24);
    const toItself = target.equals(destination);
    if (!source.isLinkLocal || destination.isMulticast || !(target.isLinkLocal || toItself)) {
      return Drop.badNdAddresses;
    }
    if (isOurs6(this.#interfaces, target, from)) return Drop.redirectRefused;
    if (!this.#routes.redirect(destination, target, source, from)) return Drop.redirectRefused;
    const { targetLink } = this.#options;
    if (targetLink !== undefined && !targetLink.isGroup) {
      const neighbour = discovery.cache.heard(target, targetLink);
      if (!toItself) neighbour.isRouter = true;
    }
    return Drop.none;
  }
}

/** What redirects have led to by `address` is forgotten. */
export function forgetRedirects(routes: RoutingTable, address: IpAddress, on: NetworkInterface): void {
  routes.removeWhere(
    (one) =>
      one.metric === REDIRECTED && one.interface === on && (one.gateway ?? one.destination).equals(address),
  );
}
