/** What a stack has counted, gathered from its layers; of a part that it has not, nothing. */
import { IcmpCounters, IgmpCounters, IpCounters, MldCounters } from "./contract/counters.ts";
import type { Core } from "./core/core.ts";
import type { Router } from "./forward/router.ts";
import type { Ipv4Family } from "./ip/v4/ipv4-family.ts";
import type { Ipv6Family } from "./ip/v6/ipv6-family.ts";
import type { StackCounters, TcpProtocol, UdpProtocol } from "./stack-options.ts";
import { Tcp } from "./tcp/tcp.ts";
import { Udp } from "./udp/udp.ts";

/** What counts. */
export interface Counting {
  readonly core: Core;
  readonly ipv4: Ipv4Family;
  readonly ipv6: Ipv6Family | undefined;
  readonly tcp: TcpProtocol;
  readonly udp: UdpProtocol;
  readonly router: Router | undefined;
  readonly endpoints: Pick<StackCounters, "raw" | "packet" | "echo">;
}

const NOTHING = {
  ip: new IpCounters(),
  mld: new MldCounters(),
  icmp: new IcmpCounters(),
  igmp: new IgmpCounters(),
};

/** Live objects: they go on counting. */
export function gatherCounters({ core, ipv4, ipv6, tcp, udp, router, endpoints }: Counting): StackCounters {
  const interfaces = core.interfaces.all.map(
    (one) => [one.name, { link: one.counters, arp: one.arpCounters, nd: one.ndCounters }] as const,
  );
  return {
    ip: ipv4.counters,
    icmp: ipv4.icmp.counters,
    igmp: ipv4.igmp?.counters ?? NOTHING.igmp,
    ipv6: ipv6?.counters ?? NOTHING.ip,
    mld: ipv6?.mld ?? NOTHING.mld,
    icmpv6: ipv6?.icmpv6.counters ?? NOTHING.icmp,
    tcp: tcp instanceof Tcp ? tcp.counters : undefined,
    udp: udp instanceof Udp ? udp.counters : undefined,
    forward: router?.counters,
    ...endpoints,
    interfaces: new Map(interfaces),
  };
}
