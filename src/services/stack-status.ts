/** Gathers the status of a running stack. */
import type { DropCounters, NetworkInterface, SocketAddress, Stack } from "../stack/index.ts";
import type { ConnectionStatus, Counters, InterfaceStatus, Status } from "./status.ts";

/** Connections in a status; a table of thousands helps nobody. */
const MAX_CONNECTIONS = 200;

/** The status of `stack` now. */
export function stackStatus(stack: Stack): Status {
  const { ip, ipv6, icmp, icmpv6, tcp, udp } = stack.counters;
  const all = stack.connections();
  const connections = all.slice(0, MAX_CONNECTIONS).map(
    (one): ConnectionStatus => ({
      ...one,
      local: endText(one.local),
      remote: one.remote === undefined ? "*" : endText(one.remote),
    }),
  );
  return {
    uptime: stack.now(),
    interfaces: stack.interfaces.map(interfaceStatus),
    connections,
    connectionCount: all.length,
    counters: {
      ip: flat(ip),
      ...(ipv6.ipInReceives + ipv6.ipOutRequests === 0 ? {} : { ipv6: flat(ipv6), icmpv6: flat(icmpv6) }),
      icmp: flat(icmp),
      ...(udp === undefined ? {} : { udp: flat(udp) }),
      ...(tcp === undefined ? {} : { tcp: flat(tcp) }),
    },
  };
}

function interfaceStatus(one: NetworkInterface): InterfaceStatus {
  return {
    name: one.name,
    mac: one.loopback ? "" : one.mac.toString(),
    mtu: one.link.capabilities.mtu,
    addresses: one.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    counters: {
      ...flat(one.counters),
      ...flat(one.arpCounters),
      ...(one.addresses.some(({ address }) => address.family === 6) ? flat(one.ndCounters) : {}),
    },
  };
}

/** An address and a port, as in a URL. */
function endText({ address, port }: SocketAddress): string {
  return address.family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}

/** The numbers of a layer, its drops by reason among them. */
function flat(counters: object): Counters {
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(counters)) {
    if (typeof value === "number") result[name] = value;
    else if (name === "drops") {
      for (const [reason, count] of Object.entries((value as DropCounters).toJSON())) {
        result[`dropped: ${reason}`] = count;
      }
    }
  }
  return result;
}
