/** Drops of IPv6 where there is a router, or where all that passes is shown to hooks. */
import { Drop, type DropName, type Route } from "../../../src/stack/index.ts";
import { BROADCAST } from "../frames.ts";
import { PEER_IP6, ping6 } from "../frames6.ts";
import { RouterRig, through6 } from "../router-rig.ts";
import { address } from "../wire-rig.ts";
import { counted, dropsOf, type ReasonCase } from "./case.ts";

function routed(reason: DropName, cause: string, act: (rig: RouterRig) => void): ReasonCase {
  const run = (): ReturnType<ReasonCase["run"]> => {
    const rig = new RouterRig();
    rig.dropped.length = 0;
    const before = dropsOf(rig.stack);
    act(rig);
    const traced = rig.dropped.map((one) => `${one.layer}: ${one.reason}`);
    return { traced, counted: counted(before, dropsOf(rig.stack)) };
  };
  return { layer: "ipv6", reason, cause, run };
}

/** With a hook that lets everything by. */
function hooked(reason: DropName, cause: string, act: (rig: RouterRig) => void): ReasonCase {
  return routed(reason, cause, (rig) => {
    rig.router.hooks.add("prerouting", () => Drop.none);
    act(rig);
  });
}

export const IPV6_ROUTER_CASES: readonly ReasonCase[] = [
  routed("sourceIsNobody", "from the unspecified address to another host", (rig) =>
    rig.receive(through6({ from: "::" })),
  ),
  hooked("linkBroadcast", "to us, in a broadcast frame, past hooks", (rig) =>
    rig.receive(ping6({ mac: BROADCAST })),
  ),
  hooked("tooBig", "1501 octets that must not be fragmented, past hooks", (rig) => {
    const route = rig.context.route(address(PEER_IP6)) as Route;
    const packet = rig.context.pool.take(1461);
    packet.end = packet.start + 1461;
    packet.transport = packet.start;
    packet.dontFragment = true;
    route.send(packet, 17);
  }),
];
