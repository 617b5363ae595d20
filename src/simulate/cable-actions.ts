/** What is done to the cables of one host: whether it can be, and doing it. */
import { type HostAction, parseImpairments, type Undo } from "../drivers/simulation/index.ts";
import { parseInterfaceAddress } from "../lab/index.ts";
import type { Network, Station } from "./network/index.ts";

/** @throws RangeError or SyntaxError for what cannot be */
export function checkOnCables(network: Network, host: Station, action: HostAction): void {
  if (action.do === "impair") parseImpairments(action.line ?? "");
  if (action.do === "mtu") network.checkMtu(host, action.octets, action.interface);
  if (action.do !== "address") return;
  if (parseInterfaceAddress(action.to).address.family !== 4) {
    throw new RangeError(`host ${host.name}: address ${action.to}: hosts of a world have IPv4 addresses`);
  }
  network.cable(host, action.interface);
}

/** @param changed - is called when addresses are others */
export function performOnCables(
  network: Network,
  host: Station,
  action: HostAction,
  changed: () => void,
): Undo {
  switch (action.do) {
    case "unplug":
    case "plug":
      return network.open(host, action.do === "plug");
    case "impair":
      return network.impair(host, action.line);
    case "mtu":
      return network.changeMtu(host, action.octets, action.interface);
    case "address": {
      const undo = network.changeAddress(host, parseInterfaceAddress(action.to), action.interface);
      changed();
      return () => {
        undo();
        changed();
      };
    }
    default:
      throw new RangeError(`host ${host.name}: ${action.do} is not of cables`);
  }
}

/** What the log says of what is done to a host's cables. */
export function cableText(action: HostAction): string | undefined {
  switch (action.do) {
    case "unplug":
      return "unplugged";
    case "plug":
      return "plugged in";
    case "address":
      return `address ${action.to}`;
    case "mtu":
      return `MTU ${action.octets}`;
    default:
      return undefined;
  }
}
