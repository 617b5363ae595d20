/** What routers send, and what gives rise to it. */
import { Drop, type SendName, seconds, type TransitError } from "../../../src/stack/index.ts";
import { bytes, OURS } from "../frames.ts";
import { frame6, sealed } from "../frames6.ts";
import { RouterRig, through, through6 } from "../router-rig.ts";
import { address } from "../wire-rig.ts";
import { EventLog } from "./event-log.ts";
import { both, type SendCase } from "./send-case.ts";

function routed(
  layer: SendCase["layer"],
  reason: SendName,
  what: string,
  act: (rig: RouterRig) => void,
  due: SendCase["due"] = "received",
  mtu = 1500,
): SendCase {
  const run: SendCase["run"] = (also) => {
    const log = new EventLog();
    act(new RouterRig({ trace: both(log, also) }, {}, mtu));
    return log;
  };
  return { layer, reason, due, what, run };
}

/** A hook refuses what goes through, and tells its sender so. */
function refused(layer: "icmp" | "icmpv6", reason: SendName, error: TransitError): SendCase {
  return routed(layer, reason, `a datagram that a hook refuses as "${error}"`, (rig) => {
    rig.router.hooks.add("forward", ({ codec, packet, from }) => {
      codec.sendError(error, packet, 0, from);
      return Drop.filtered;
    });
    rig.receive(layer === "icmp" ? through() : through6());
  });
}

/** A SYN to port 80, with a sequence number just below the wrap. */
const syn = (from: string): Uint8Array =>
  tcpSegment(
    bytes([0x0f, 0xa0, 0, 80, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0]),
    from,
  );
const tcpSegment = (segment: Uint8Array, from: string): Uint8Array => {
  const fields = { from, to: "fd78::1", mac: OURS };
  return frame6(6, sealed(6, 16, segment, fields), fields);
};
const resetting = (rig: RouterRig): void => {
  rig.router.hooks.add("forward", (passage) => {
    passage.codec.sendReset(passage);
    return Drop.filtered;
  });
};

export const ROUTER_SENDS: readonly SendCase[] = [
  routed("forward", "resetByRule", "a SYN that a hook refuses", (rig) => {
    resetting(rig);
    rig.receive(syn("fd77::1"));
  }),
  routed("forward", "withheldRoute", "a SYN from nowhere that a hook refuses", (rig) => {
    resetting(rig);
    rig.receive(syn("2001:db8::1"));
  }),
  routed(
    "nd",
    "routerAdvertisement",
    "a router that advertises",
    (rig) => {
      rig.stack.advertise(rig.eth0, {});
      rig.run(seconds(1));
    },
    "timer",
  ),
  routed(
    "nd",
    "finalAdvertisement",
    "a router that no longer does",
    (rig) => {
      rig.stack.advertise(rig.eth0, {});
      rig.run(seconds(1));
      rig.stack.advertise(rig.eth0, undefined);
    },
    "call",
  ),
  routed("forward", "forwarded", "a datagram for the other side", (rig) => rig.receive(through())),
  routed("icmp", "errorNetwork", "a datagram to nowhere", (rig) => rig.receive(through({ to: "192.0.2.1" }))),
  routed(
    "icmp",
    "errorHost",
    "a datagram for a host that is silent",
    (rig) => {
      rig.receive(through({ to: "10.78.0.9" }));
      rig.run(seconds(5));
    },
    "timer",
  ),
  routed("icmp", "errorTimeExceeded", "the last hop", (rig) => rig.receive(through({ ttl: 1 }))),
  routed(
    "icmp",
    "errorTooBig",
    "a datagram with DF that is too large",
    (rig) => rig.receive(through({ fragment: 0x4000 }, new Uint8Array(1000))),
    "received",
    576,
  ),
  refused("icmp", "errorProhibited", "prohibited"),
  refused("icmp", "errorProhibited", "network-prohibited"),
  refused("icmp", "errorProhibited", "host-prohibited"),
  refused("icmp", "errorProhibited", "policy"),
  refused("icmp", "errorProhibited", "reject-route"),
  refused("icmp", "errorProhibited", "scope"),
  routed("icmpv6", "errorNetwork", "a datagram to nowhere", (rig) =>
    rig.receive(through6({ to: "2001:db8::1" })),
  ),
  routed(
    "icmpv6",
    "errorHost",
    "a datagram for a host that is silent",
    (rig) => {
      rig.receive(through6({ to: "fd78::9" }));
      rig.run(seconds(5));
    },
    "timer",
  ),
  routed("icmpv6", "errorTimeExceeded", "the last hop", (rig) => rig.receive(through6({ hopLimit: 1 }))),
  routed("icmpv6", "withheldRoute", "the last hop, of a datagram from nowhere", (rig) =>
    rig.receive(through6({ from: "2001:db8::1", hopLimit: 1 })),
  ),
  routed(
    "icmpv6",
    "errorTooBig",
    "a datagram that is too large",
    (rig) => rig.receive(through6({}, new Uint8Array(1300))),
    "received",
    1300,
  ),
  refused("icmpv6", "errorProhibited", "prohibited"),
  refused("icmpv6", "errorProhibited", "network-prohibited"),
  refused("icmpv6", "errorProhibited", "host-prohibited"),
  refused("icmpv6", "errorProhibited", "policy"),
  refused("icmpv6", "errorProhibited", "reject-route"),
  refused("icmpv6", "errorPort", "port"),
  routed("icmpv6", "errorScope", "a datagram from a link-local address, to another network", (rig) =>
    rig.receive(through6({ from: "fe80::1" })),
  ),
  routed("nd", "redirect", "a datagram that goes back to the same link", (rig) => {
    rig.stack.addRoute(address("2001:db8::"), 32, address("fe80::9"), rig.eth0);
    rig.receive(through6({ to: "2001:db8::1" }));
  }),
  routed("icmp", "redirect", "a datagram that goes back to the same link", (rig) => {
    rig.stack.addRoute(address("192.0.2.0"), 24, address("10.77.0.9"), rig.eth0);
    rig.receive(through({ to: "192.0.2.1" }));
  }),
];
