/** Drops of routers. */
import {
  Drop,
  type DropName,
  Firewall,
  type NatSpec,
  type RouterOptions,
  type Ruleset,
} from "../../../src/stack/index.ts";
import { BROADCAST, bytes, datagram, ethernet, type IpFields, icmp, PEER_IP, udp } from "../frames.ts";
import { ping6 } from "../frames6.ts";
import { RouterRig, through, through6 } from "../router-rig.ts";
import { address } from "../wire-rig.ts";
import { counted, dropsOf, type ReasonCase } from "./case.ts";
import { sendTo } from "./interface-cases.ts";
import { sender } from "./ip-cases.ts";

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
    const traced = rig.dropped.map((one) => `${one.layer}: ${one.reason}`);
    return { traced, counted: counted(before, dropsOf(rig.stack)) };
  };
  return { layer, reason, cause, run };
}

const sends =
  (fields: IpFields, octets = 8) =>
  (rig: RouterRig) =>
    rig.receive(through(fields, new Uint8Array(octets)));

/** A case of rules; the sender is on eth0. */
function ruled(reason: DropName, cause: string, rules: Ruleset, act: (rig: RouterRig) => void): ReasonCase {
  return routed(reason, cause, (rig) => {
    new Firewall(rig.router, rules);
    act(rig);
  });
}

/** A case of IPv4 on a router with a hook that lets all pass. */
function hooked(reason: DropName, cause: string, act: (rig: RouterRig) => void): ReasonCase {
  const run = (rig: RouterRig): void => {
    rig.router.hooks.add("prerouting", () => Drop.none);
    act(rig);
  };
  return routed(reason, cause, run, {}, 1500, "ipv4");
}

/** A datagram of UDP through the router, from this port to that. */
const speak = (rig: RouterRig, from: number, to = 9): void =>
  rig.receive(ethernet(datagram(17, udp(from, to, bytes("x"), { to: "10.78.0.1" }), { to: "10.78.0.1" })));
const MASQUERADE: NatSpec = { do: "masquerade", in: "eth0", out: "eth1" };

export const ROUTER_CASES: readonly ReasonCase[] = [
  ruled(
    "filteredByRule",
    "a rule that drops",
    { forward: { rules: [{ protocol: "icmp", do: "drop" }] } },
    sends({}),
  ),
  ruled("filteredByRule", "a policy that drops", { forward: { policy: "drop" } }, sends({})),
  ruled(
    "trackTableFull",
    "one connection too many, the other being answered",
    { track: { most: 1 } },
    (rig) => {
      speak(rig, 5000);
      const answer = udp(9, 5000, bytes("x"), { from: "10.78.0.1", to: PEER_IP });
      rig.second.receive(ethernet(datagram(17, answer, { from: "10.78.0.1", to: PEER_IP })));
      speak(rig, 5001);
    },
  ),
  ruled(
    "portsExhausted",
    "a second port of a host that may have one",
    { nat: [{ ...MASQUERADE, behaviour: { portsPerHost: 1 } }] },
    (rig) => {
      speak(rig, 5000);
      speak(rig, 5001);
    },
  ),
  ruled("notAskedFor", "from a port that was not spoken to", { nat: [MASQUERADE] }, (rig) => {
    speak(rig, 5000);
    const stranger = udp(10, 5000, bytes("x"), { from: "10.78.0.1", to: "10.78.0.2" });
    rig.second.receive(ethernet(datagram(17, stranger, { from: "10.78.0.1", to: "10.78.0.2" })));
  }),
  ruled("untranslatable", "an echo reply that nobody has asked for", { nat: [MASQUERADE] }, (rig) =>
    rig.receive(ethernet(datagram(1, icmp(0, 0, [0, 7, 0, 1]), { to: "10.78.0.1" }))),
  ),

  ruled("untranslatable", "no address to leave by", { nat: [MASQUERADE] }, (rig) => {
    rig.stack.removeAddress(rig.eth1, address("fd78::2"));
    rig.stack.addRoute(address("fd78::"), 64, undefined, rig.eth1);
    rig.receive(through6());
  }),
  ruled(
    "untranslatable",
    "no address to be led to",
    { nat: [{ do: "redirect", in: "eth0", protocol: "udp", destinationPort: 9, to: 5353 }] },
    (rig) => {
      rig.stack.removeAddress(rig.eth0, address("10.77.0.2"));
      speak(rig, 5000);
    },
  ),

  hooked("linkBroadcast", "to us, in a broadcast frame, past hooks", (rig) =>
    rig.receive(ethernet(datagram(1, icmp(8, 0, [0, 0, 0, 0])), 0x0800, BROADCAST)),
  ),
  hooked("tooLong", "65,536 octets, past hooks", (rig) => sender(rig)(65_516)),
  hooked("tooBig", "1501 octets that must not be fragmented, past hooks", (rig) =>
    sender(rig)(1481, "whole"),
  ),
  routed("noRoute", "a datagram of ours that a hook sends to nowhere", (rig) => {
    rig.router.hooks.add("output", (passage) => {
      passage.codec.rewrite(passage, passage.source, address("192.0.2.1"));
      return Drop.none;
    });
    sendTo(rig, PEER_IP);
  }),

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
    "over IPv6 to us, a source without a route",
    (rig) => rig.receive(ping6({ from: "2001:db8::1" })),
    { reversePath: "loose" },
    1500,
    "ipv6",
  ),
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
