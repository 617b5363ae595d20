/** Whether what a socket sends may be cut up on its way, and by what it is measured (IP_MTU_DISCOVER, IPV6_DONTFRAG). */
import type { Packet } from "../base/packet.ts";
import type { MtuDiscovery } from "../contract/endpoint-options.ts";
import type { Route } from "../contract/route.ts";

/** What of a socket's options says so. */
interface FragmentationChoice {
  readonly mtuDiscovery: MtuDiscovery;
  /** Whatever the discovery: it is never cut up. */
  readonly dontFragment: boolean;
}

/** What holds of both. */
export function discoveryOf({ mtuDiscovery, dontFragment }: FragmentationChoice): MtuDiscovery {
  return dontFragment && mtuDiscovery !== "probe" ? "do" : mtuDiscovery;
}

/**
 * Tells IP.
 *
 * @param octets - of the datagram behind the IP header
 * @param maxPayload - the most that passes without fragmentation
 */
export function markFragmentation(
  packet: Packet,
  discovery: MtuDiscovery,
  octets: number,
  maxPayload: number,
): void {
  packet.dontFragment = discovery === "want" ? octets <= maxPayload : discovery !== "dont";
  packet.probesPath = discovery === "probe";
}

/**
 * Datagrams that must not be fragmented are held to the path's MTU, or to the link's when they probe the path: the MTU
 * that one is too long for; undefined if it is not.
 */
export function checkLength(octets: number, route: Route, discovery: MtuDiscovery): number | undefined {
  if (discovery !== "do" && discovery !== "probe") return undefined;
  const probes = discovery === "probe";
  if (octets <= (probes ? route.maxPayloadOfLink - route.extraBytes : route.maxPayload)) return undefined;
  return probes ? route.interface.link.capabilities.mtu : route.mtu;
}
