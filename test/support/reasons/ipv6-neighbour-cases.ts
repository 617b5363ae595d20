/** Drops of IPv6 that have to do with neighbours: what waits for them, and addresses that are asked for. */
import { seconds } from "../../../src/stack/index.ts";
import { BROADCAST, bytes } from "../frames.ts";
import {
  ALL_NODES,
  advertisement,
  linkOption,
  OUR_IP6,
  PEER_IP6,
  routerAdvertisement,
  solicitation,
} from "../frames6.ts";
import { address, type WireRig } from "../wire-rig.ts";
import { type ReasonCase, wire } from "./case.ts";

const ON6 = { addresses: [`${OUR_IP6}/64`] } as const;
const TENTATIVE = { ...ON6, interface: { claim: "probe" } } as const;
const AUTO = { ...ON6, interface: { claim: "off", autoconfigure: true } } as const;
/** Neighbours that are sent to, as many as are remembered. */
const MAX_USED = 1024;

const ask = (rig: WireRig): void => {
  rig.stack.openUdp().send(bytes("x"), { address: address(PEER_IP6), port: 9 });
};
const takenByPeer = (): Uint8Array => advertisement(OUR_IP6, 0x20, linkOption(2), { to: ALL_NODES });
const neighbour = (rig: WireRig, number: number): unknown =>
  rig.eth0.neighbour(address(`fd77::1:${number.toString(16)}`));

const WAITING: readonly ReasonCase[] = [
  wire(
    "interface",
    "linkDown",
    "a datagram of IPv6 that waits for a link address when the device goes",
    (rig) => rig.link.sink?.failed("unplugged"),
    ON6,
    ask,
  ),
  wire(
    "interface",
    "neighbourForgotten",
    "more neighbours of IPv6 than are remembered",
    (rig) => neighbour(rig, MAX_USED),
    ON6,
    (rig) => {
      ask(rig);
      for (let i = 1; i < MAX_USED; i++) neighbour(rig, i);
    },
  ),
  wire(
    "interface",
    "unresolved",
    "a neighbour of IPv6 that does not answer",
    (rig) => rig.run(seconds(10)),
    ON6,
    ask,
  ),
  wire(
    "interface",
    "neighbourQueueFull",
    "one datagram of IPv6 more than wait for an answer",
    ask,
    ON6,
    (rig) => {
      for (let i = 0; i < 64; i++) ask(rig);
    },
  ),
];

const ADDRESSES: readonly ReasonCase[] = [
  wire(
    "nd",
    "notOurTarget",
    "a probe for an address that is only in the same group",
    (rig) => rig.receive(solicitation("fd77::1:0:2", bytes(), { from: "::" })),
    ON6,
  ),
  wire(
    "nd",
    "addressConflict",
    "an advertisement of an address that we have given up",
    (rig) => rig.receive(takenByPeer()),
    TENTATIVE,
    (rig) => rig.receive(takenByPeer()),
  ),
  wire(
    "nd",
    "groupSource",
    "an advertisement of a router whose station is a group",
    (rig) => rig.receive(routerAdvertisement(linkOption(1, BROADCAST))),
    AUTO,
  ),
];

export const IPV6_NEIGHBOUR_CASES: readonly ReasonCase[] = [...WAITING, ...ADDRESSES];
