/** The options of IPv4 headers, for sockets that send them and want to see them: a part of a stack (RFC 791 §3.1). */
import type { IpAddress } from "../../base/ip-address.ts";
import type { Instant } from "../../base/time.ts";
import type { ReceivedHeader } from "../../contract/datagram-shape.ts";
import type { Arrival } from "../../contract/transport.ts";
import { IPV4_HEADER_BYTES } from "../../wire/ipv4.ts";
import { Ipv4Options, optionsToSend, readIpv4Options, recordInOptions } from "../../wire/ipv4-options.ts";
import { SentOptions } from "./sent-options.ts";

const options = new Ipv4Options();

/** What IPv4 does with the options of sockets. */
export interface HeaderOptionsPart {
  /** Those of all datagrams to `destination`; undefined where they cannot be. */
  sent(given: Uint8Array, destination: IpAddress): SentOptions | undefined;
  /** Those that a datagram came with. */
  received(arrival: Arrival, now: Instant): readonly ReceivedHeader[];
}

/** The part. */
export const headerOptions: HeaderOptionsPart = {
  sent: (given, destination) =>
    optionsToSend(given)?.length === given.length ? new SentOptions(given, destination) : undefined,

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
