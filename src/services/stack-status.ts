/** Gathers the status of a running stack. */
import type { DropCounters, NetworkInterface, Stack } from "../stack/index.ts";
import type { ConnectionStatus, Counters, InterfaceStatus, Status } from "./status.ts";

/** Connections in a status; a table of thousands helps nobody. */
const MAX_CONNECTIONS = 200;

/** The status of `stack` now. */
export function stackStatus(stack: Stack): Status {
  const { ip, icmp, tcp, udp } = stack.counters;
  const all = stack.connections();
  const connections = all.slice(0, MAX_CONNECTIONS).map(
    (one): ConnectionStatus => ({
      local: `${one.local.address}:${one.local.port}`,
      remote: one.remote === undefined ? "*" : `${one.remote.address}:${one.remote.port}`,
      state: one.state,
    }),
  );
  return {
    uptime: stack.now(),
    interfaces: stack.interfaces.map(interfaceStatus),
    connections,
    connectionCount: all.length,
    counters: {
      ip: flat(ip),
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
    counters: { ...flat(one.counters), ...flat(one.arpCounters) },
  };
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
