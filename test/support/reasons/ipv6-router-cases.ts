/** Drops of IPv6 where there is a router, or where all that passes is shown to hooks. */
import { Drop, type DropName, type Route } from "../../../src/stack/index.ts";
import { BROADCAST, bytes } from "../frames.ts";
import { icmp6Frame, linkOption, PEER_IP6, PEER_LINK_LOCAL, ping6, routerAdvertisement } from "../frames6.ts";
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

/** A router that advertises. */
function advertises(reason: DropName, cause: string, frame: Uint8Array): ReasonCase {
  const { run } = routed(reason, cause, (rig) => {
    rig.stack.advertise(rig.eth0, {});
    rig.receive(frame);
  });
  return { layer: "nd", reason, cause, run };
}
const ROUTERS = { to: "ff02::2", from: PEER_LINK_LOCAL, hopLimit: 255 } as const;
const ask = (options: Uint8Array, fields: object = {}): Uint8Array =>
  icmp6Frame(133, 0, [0, 0, 0, 0], options, { ...ROUTERS, ...fields });

export const IPV6_ROUTER_CASES: readonly ReasonCase[] = [
  routed("sourceIsNobody", "from the unspecified address to another host", (rig) =>
    rig.receive(through6({ from: "::" })),
  ),
  advertises(
    "badNdAddresses",
    "a solicitation from nobody with a link address",
    ask(linkOption(1), { from: "::" }),
  ),
  advertises("groupSource", "a solicitation with a group's link address", ask(linkOption(1, BROADCAST))),
  advertises("badLength", "a solicitation with an option of no length", ask(bytes(1, 0, 0, 0, 0, 0, 0, 0))),
  advertises(
    "otherParameters",
    "another router with another hop limit",
    routerAdvertisement(bytes(), { currentHopLimit: 63 }),
  ),
  advertises(
    "notAutoconfigured",
    "another router that says nothing else",
    routerAdvertisement(bytes(), { currentHopLimit: 64 }),
  ),
  advertises(
    "badLength",
    "another router with an option of no length",
    routerAdvertisement(bytes(1, 0, 0, 0, 0, 0, 0, 0)),
  ),
  advertises(
    "truncated",
    "another router with 12 octets",
    icmp6Frame(134, 0, [0, 0, 0, 0], new Uint8Array(4), { from: "fe80::1", hopLimit: 255 }),
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
