/**
 * The contract between a family of IP and whoever handles datagrams that are not only for this host: the router, and
 * the hooks that a filter or a translator hangs on. Those need not know of which family a datagram is.
 */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { NetworkInterface, NextHop } from "./network-interface.ts";
import type { Route, RouteWish } from "./route.ts";
import type { TrackedDirection, TrackState } from "./tracking.ts";

/** Errors that a router or a filter sends about what it does not pass on (RFC 1812 §4.3.3, RFC 4443 §3). */
export type TransitError =
  | "network"
  | "host"
  | "port"
  | "too-big"
  | "time-exceeded"
  | "network-prohibited"
  | "host-prohibited"
  | "prohibited"
  | "policy"
  | "reject-route"
  /** It would leave the link, and its source address is of no use beyond. */
  | "scope";

/** One datagram as a hook sees it; a single instance per way through the stack, refilled for each. */
export interface Passage {
  /** Lent; `start` and `network` at the IP header, `transport` behind all IP headers, `end` where the datagram ends. */
  packet: Packet;
  /** What can be done with datagrams of its family. */
  codec: DatagramCodec;
  /** Who sends it, as the header says now. */
  source: IpAddress;
  /** Whom it is for, as the header says now. */
  destination: IpAddress;
  /** IPv4 Protocol; of IPv6 the Next Header behind all extension headers. */
  protocol: number;
  /** A piece without the transport header. Filters that keep state see whole datagrams only. */
  laterFragment: boolean;
  /** It came in pieces, and was put together for the hooks: so it may leave in pieces, whatever its family allows. */
  reassembled: boolean;
  /** Where it came in; undefined for what this host sends. */
  from: NetworkInterface | undefined;
  /** Where it goes out, as far as that is known. */
  through: NetworkInterface | undefined;
  /** Whatever rules have marked it with; routes can be chosen by it. */
  mark: number;
  /** How it stands to the connections that are tracked; "untracked" where none are. */
  state: TrackState;
  /** The connection that it belongs to, and the direction; of a related error, that in which it travels. */
  direction: TrackedDirection | undefined;
}

/** What an ICMP message is for: asking, answering, telling of an error; or something between neighbours. */
export type IcmpKind = "query" | "reply" | "error" | "other";

/** What a family can do with a datagram in place. All offsets are those of `Passage.packet`. */
export interface DatagramCodec {
  /** Of its addresses. */
  readonly family: 4 | 6;
  /** Of its ICMP: 1, or 58. */
  readonly icmp: number;
  /** Fills the passage from the headers, which have been checked; sets `packet.transport`. False: there is no transport header. */
  read(passage: Passage): boolean;
  /** The time to live that it has. */
  hopLimit(packet: Packet): number;
  /** Takes one from it. */
  decrementHopLimit(packet: Packet): void;
  /** A router may cut it up: IPv4 without DF. */
  mayFragment(packet: Packet): boolean;
  /** Does what options ask of routers on the way (record route): it leaves by that interface, to that neighbour. */
  forwardOptions(packet: Packet, on: NetworkInterface, nextHop: IpAddress): void;
  /** Puts other addresses in, and mends all checksums that cover them, those of TCP and UDP too. */
  rewrite(passage: Passage, source: IpAddress, destination: IpAddress): void;
  /** What kind of ICMP message it is, `packet.transport` at it; "other" as well if it is cut off. */
  icmpKind(packet: Packet): IcmpKind;
  /** A header that `read` can read stands at `network`, with 8 octets behind it: what an ICMP error quotes was not checked. */
  isQuoted(packet: Packet): boolean;
  /** The checksum of an ICMP message is right, or was left to a link. */
  hasRightIcmp(passage: Passage): boolean;
  /** Writes the checksum of an ICMP message anew. */
  finishIcmp(passage: Passage): void;
  /** Completes the transport checksum, if that was left to a link. */
  completeChecksum(packet: Packet): void;
  /** Cuts it into fragments of at most `mtu` octets. The pieces are the caller's; so is still the packet. */
  fragment(packet: Packet, mtu: number, pieces: Packet[]): number;
  /**
   * Tells its sender, unless that must not be. `detail` is the MTU for "too-big"; a sender with a link-local address is on
   * the link of `from`.
   */
  sendError(error: TransitError, packet: Packet, detail: number, from: NetworkInterface | undefined): void;
  /** Answers a TCP segment by a reset, in the name of whom it is for. Of anything else nothing is told. */
  sendReset(passage: Passage): void;
  /** Tells its sender, who is on this link, that `gateway` is nearer to the destination. */
  sendRedirect(packet: Packet, gateway: IpAddress, on: NetworkInterface): void;
  /** The address that this host has on `on` to send to `towards`; undefined if it has none that reaches so far. */
  sourceOn(on: NetworkInterface, towards: IpAddress): IpAddress | undefined;
}

/** A family, as its codec needs it: sends what is to be told to senders. */
export interface TransitErrors {
  sendTransitError(
    error: TransitError,
    packet: Packet,
    detail: number,
    from: NetworkInterface | undefined,
  ): void;
  sendRedirect(packet: Packet, gateway: IpAddress, on: NetworkInterface): void;
  /** The way to `destination`, from `source`. */
  route(
    destination: IpAddress,
    source: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
  ): Route | undefined;
}

/** The places at which a datagram can be looked at, changed or stopped, in the order in which it can meet them. */
export const HOOK_POINTS = ["prerouting", "input", "forward", "output", "postrouting"] as const;
/** A place at which hooks hang. */
export type HookPoint = (typeof HOOK_POINTS)[number];

/** Looks at a datagram. `Drop.none`: it goes on; else it goes no further, for that reason. May change it in place. */
export type Hook = (passage: Passage) => Drop;

/** One of the ways to a destination: where it leaves, and to whom. */
export interface Way {
  readonly interface: NetworkInterface;
  /** The gateway, or the destination itself. */
  readonly nextHop: IpAddress;
  hop: NextHop;
  readonly mtu: number;
  /** Octets of the largest super-segment that its link cuts up; 0 if it cuts none. */
  readonly maxSuperSegment: number;
  readonly fillsChecksums: boolean;
  /** The mark of who sends by it (SO_MARK); 0 of what is passed on. */
  readonly mark: number;
}

/** Passes on what is for others, and shows to hooks what passes; undefined on a plain host. */
export interface Forwarder {
  /** What is for others is passed on; else only hooks were wanted. */
  readonly forwarding: boolean;
  /** Something hangs on a hook: datagrams are put together from their fragments, and shown. */
  readonly hooked: boolean;
  /**
   * A datagram that is for another host. Lent, `start` and `network` at its header. With hooks, `arrives` was called
   * for it before.
   *
   * @param toGroup - it came in a frame to many stations
   */
  forward(
    packet: Packet,
    from: NetworkInterface,
    source: IpAddress,
    destination: IpAddress,
    toGroup: boolean,
    codec: DatagramCodec,
  ): Drop;
  /** Why nothing from `source` may come in by `from` (RFC 3704); `Drop.none` if it may. */
  checkSource(source: IpAddress, from: NetworkInterface): Drop;
  /** Begins the way of a datagram that came in. Lent, as for `forward`. The passage is valid until the next one comes. */
  arrives(packet: Packet, from: NetworkInterface, codec: DatagramCodec, reassembled: boolean): Passage;
  /** Shows it to what hangs there. `Drop.none`, or why it goes no further: counted and traced. */
  runHooks(point: HookPoint, passage: Passage): Drop;
  /** Where a datagram of this host's leaves. */
  way(through: NetworkInterface, nextHop: IpAddress, mark: number): Way;
  /**
   * A finished datagram of this host's own, while there are hooks: `start` and `network` at its header. Takes the
   * packet. `Drop.none`, or why it does not leave.
   */
  sends(packet: Packet, way: Way, codec: DatagramCodec): Drop;
  /** Addresses, interfaces or routes have changed. */
  changed(): void;
  /** `look` is called when they have, and when the router behaves otherwise. Returns what ends that. */
  watch(look: () => void): () => void;
}
