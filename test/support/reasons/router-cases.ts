/** Drops of routers. */
import type { DropName, RouterOptions } from "../../../src/stack/index.ts";
import { dropName } from "../../../src/stack/index.ts";
import { BROADCAST, datagram, ethernet, type IpFields, icmp } from "../frames.ts";
import { RouterRig, through } from "../router-rig.ts";
import { counted, dropsOf, type ReasonCase } from "./case.ts";

function routed(
  reason: DropName,
  cause: string,
  act: (rig: RouterRig) => void,
  router: RouterOptions = {},
  mtu = 1500,
  layer: ReasonCase["layer"] = "forward",
): ReasonCase {
  const run = (): ReturnType<ReasonCase["run"]> => {
    const rig = new RouterRig({}, router, mtu);
    rig.dropped.length = 0;
    const before = dropsOf(rig.stack);
    act(rig);
    const traced = rig.dropped.map((one) => `${one.layer}: ${dropName(one.reason)}`);
    return { traced, counted: counted(before, dropsOf(rig.stack)) };
  };
  return { layer, reason, cause, run };
}

const sends =
  (fields: IpFields, octets = 8) =>
  (rig: RouterRig) =>
    rig.receive(through(fields, new Uint8Array(octets)));

export const ROUTER_CASES: readonly ReasonCase[] = [
  routed("notOurAddress", "a datagram for another host, with forwarding off", sends({}), {
    forwarding: false,
  }),
  routed("linkBroadcast", "a datagram for another host, in a broadcast frame", (rig) =>
    rig.receive(ethernet(datagram(1, icmp(8, 0, [0, 0, 0, 0]), { to: "10.78.0.1" }), 0x0800, BROADCAST)),
  ),
  routed("hopLimitExceeded", "a time to live of 1", sends({ ttl: 1 })),
  routed("noRoute", "to nowhere", sends({ to: "192.0.2.1" })),
  routed("linkLocal", "to a link-local address", sends({ to: "169.254.1.1" })),
  routed("linkLocal", "from a link-local address", sends({ from: "169.254.1.1" })),
  routed("directedBroadcast", "to all on the other network", sends({ to: "10.78.0.255" })),
  routed("reversePath", "a source of the other side, strictly", sends({ from: "10.78.0.9" }), {
    reversePath: "strict",
  }),
  routed("reversePath", "a source without a route, loosely", sends({ from: "192.0.2.9" }), {
    reversePath: "loose",
  }),
  routed(
    "reversePath",
    "to us, a source without a route",
    sends({ from: "192.0.2.9", to: "10.77.0.2" }),
    { reversePath: "loose" },
    1500,
    "ipv4",
  ),
  routed("tooBig", "larger than the next link, with DF", sends({ fragment: 0x4000 }, 1000), {}, 576),
];
