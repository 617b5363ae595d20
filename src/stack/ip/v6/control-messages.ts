/**
 * ICMPv6 messages about one link: Neighbour Discovery (RFC 4861) and multicast listeners (RFC 3810). Checks what all
 * of them must have, and hands each to whom it concerns.
 */
import { Drop } from "../../base/drop.ts";
import type { MldCounters } from "../../contract/counters.ts";
import type { Services } from "../../contract/services.ts";
import type { Arrival } from "../../contract/transport.ts";
import type { ControlProtocol, Icmpv6 } from "../../icmp/icmpv6.ts";
import { readIcmpCode } from "../../wire/icmp.ts";
import {
  MLD_DONE,
  MLD_QUERY,
  MLD_V2_REPORT,
  ND_NEIGHBOUR_ADVERTISEMENT,
  ND_NEIGHBOUR_SOLICITATION,
  ND_REDIRECT,
  ND_ROUTER_SOLICITATION,
} from "../../wire/icmpv6.ts";
import type { Ipv6Arrival } from "./arrival.ts";
import { ND_HOP_LIMIT } from "./nd-sender.ts";
import type { OnInterface } from "./on-interface.ts";
import type { Redirects } from "./redirects.ts";

/** What is needed to hand them on. */
export interface ControlParts {
  readonly services: Services;
  readonly icmpv6: Icmpv6;
  readonly mld: MldCounters;
  readonly redirects: Redirects;
  /** The datagram that is being delivered. */
  readonly arrival: Ipv6Arrival;
  /** What there is of each interface, by its index. */
  readonly on: ReadonlyMap<number, OnInterface>;
}

/** Hands on what Neighbour Discovery and multicast listeners send. */
export class ControlMessages implements ControlProtocol {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  takes(type: number): boolean {
    return (type >= MLD_QUERY && type <= ND_REDIRECT) || type === MLD_V2_REPORT;
  }

  /** What all messages of Neighbour Discovery must have: RFC 4861 §6.1.2, §7.1, §8.1; RFC 6980 §5. */
  receive({ packet, from }: Arrival, type: number): Drop {
    const { arrival, icmpv6, on, redirects } = this.#parts;
    const discovery = on.get(from.index)?.discovery;
    const isMld = type <= MLD_DONE || type === MLD_V2_REPORT;
    if (isMld && discovery !== undefined) return this.#aboutGroups(type);
    if (discovery === undefined) return icmpv6.drop(packet, Drop.unknownType); // a link without stations
    let reason: Drop = Drop.none;
    if (packet.hopLimit !== ND_HOP_LIMIT) reason = Drop.offLink;
    else if (arrival.fragmented) reason = Drop.ndFragmented;
    else if (readIcmpCode(packet.view, packet.start) !== 0) reason = Drop.unknownCode;
    else if (type === ND_NEIGHBOUR_SOLICITATION || type === ND_NEIGHBOUR_ADVERTISEMENT) {
      reason = discovery.receive(arrival, type);
    } else if (type === ND_REDIRECT) reason = redirects.receive(arrival, discovery);
    else reason = this.#aboutRouters(type);
    return discovery.sender.drop(packet, reason);
  }

  #aboutRouters(type: number): Drop {
    const { arrival, on } = this.#parts;
    const { routers, advertiser } = on.get(arrival.from.index) ?? {};
    if (type === ND_ROUTER_SOLICITATION) return advertiser?.solicited(arrival) ?? Drop.notAdvertising;
    return routers?.receive(arrival) ?? advertiser?.compare(arrival) ?? Drop.notAutoconfigured;
  }

  #aboutGroups(type: number): Drop {
    const { arrival, mld, on, services } = this.#parts;
    const groups = on.get(arrival.from.index)?.groups;
    const reason = groups?.receive(arrival, type, arrival.routerAlert) ?? Drop.none;
    if (reason === Drop.none) return reason;
    mld.drops.count(reason);
    services.trace?.dropped("mld", arrival.packet, reason);
    return reason;
  }
}
