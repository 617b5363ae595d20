/** The options of IPv4 headers, for sockets that send them and want to see them: a part of a stack (RFC 791 §3.1). */
import type { IpAddress } from "../../base/ip-address.ts";
import type { Instant } from "../../base/time.ts";
import { PLAIN, type ReceivedHeader } from "../../contract/datagram-shape.ts";
import type { RouteWish } from "../../contract/network.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Arrival } from "../../contract/transport.ts";
import { IPV4_HEADER_BYTES } from "../../wire/ipv4.ts";
import { Ipv4Options, optionsToSend, readIpv4Options, recordInOptions } from "../../wire/ipv4-options.ts";
import type { Ipv4Route } from "./route.ts";
import { SentOptions } from "./sent-options.ts";

const options = new Ipv4Options();

/** Who finds and makes routes: `RouteFinder`, which knows this part. */
export interface RouteMaker {
  find(
    destination: IpAddress,
    source: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
  ): Ipv4Route | undefined;
  /** A route that is not kept; `options` are those of all its datagrams. */
  build(
    out: NetworkInterface,
    source: IpAddress,
    destination: IpAddress,
    nextHop: IpAddress,
    toMany: boolean,
    asked: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
    options: SentOptions,
  ): Ipv4Route;
}

/** What IPv4 does with the options of sockets. */
export interface HeaderOptionsPart {
  /** As `RouteFinder.find`, for a wish for options. It is not kept as others are: only its socket wants it. */
  route(
    finder: RouteMaker,
    destination: IpAddress,
    source: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
  ): Ipv4Route | undefined;
  /** Those that a datagram came with. */
  received(arrival: Arrival, now: Instant): readonly ReceivedHeader[];
}

/** The part. */
export const headerOptions: HeaderOptionsPart = {
  route(finder, destination, source, through, wish) {
    const given = wish.shape.ipv4Options;
    if (optionsToSend(given)?.length !== given.length) return undefined;
    const sent = new SentOptions(given, destination);
    const way = finder.find(sent.firstHop, source, through, { ...wish, shape: PLAIN });
    if (way === undefined || (sent.strict && !way.direct)) return undefined;
    const { interface: out, nextHop, toMany } = way;
    return finder.build(out, way.source, destination, nextHop, toMany, source, through, wish, sent);
  },

  /** As on Linux, this host has recorded its own address, or the time, before a program sees the options. */
  received({ packet, from, destination, toMany }, now) {
    const { network, transport } = packet;
    if (transport - network <= IPV4_HEADER_BYTES) return [];
    const header = packet.bytes.slice(network, transport);
    const view = new DataView(header.buffer);
    readIpv4Options(view, 0, header.length, options);
    const ours = toMany ? from.addresses.find(({ address }) => address.family === 4)?.address : destination;
    if (ours !== undefined) recordInOptions(view, options, ours.word3, Math.floor(now / 1000));
    return [{ type: "ipv4-options", octets: header.subarray(IPV4_HEADER_BYTES) }];
  },
};
