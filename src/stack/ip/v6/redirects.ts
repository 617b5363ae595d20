/** Redirects of a router: RFC 4861 §4.5, §8.2. */
import type { AddressCache, IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { Send } from "../../base/send.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import { ICMPV6_HEADER_BYTES, ND_REDIRECT } from "../../wire/icmpv6.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_MIN_MTU,
  IPV6_SOURCE_OFFSET,
} from "../../wire/ipv6.ts";
import type { NdSender } from "./nd-sender.ts";

/** The two addresses behind the header. */
const ADDRESSES = 32;
/** The option that quotes the datagram: its type, and octets before the quote. */
const REDIRECTED_HEADER = 4;
const OPTION_HEAD = 8;

/**
 * Tells the sender of `packet`, who is on the link `on`, that `gateway` is nearer. A router is named by its link-local
 * address, and names itself by its own (§8.2): where a route has another one, nobody would believe it, and nothing is sent.
 */
export function sendRedirect6(
  sender: NdSender,
  addresses: AddressCache,
  packet: Packet,
  gateway: IpAddress,
  on: NetworkInterface,
): void {
  const { view, network, bytes } = packet;
  const source = addresses.read(view, network + IPV6_SOURCE_OFFSET);
  const destination = addresses.read(view, network + IPV6_DESTINATION_OFFSET);
  const own = on.addresses.find(
    ({ address, state }) => address.family === 6 && address.isLinkLocal && state === "preferred",
  );
  if (own === undefined || (!gateway.isLinkLocal && !gateway.equals(destination))) return;
  const most = IPV6_MIN_MTU - IPV6_HEADER_BYTES - ICMPV6_HEADER_BYTES - ADDRESSES - OPTION_HEAD;
  const quoted = Math.min(packet.end - network, most) & ~7;
  const message = sender.message(ND_REDIRECT, 0, ICMPV6_HEADER_BYTES + ADDRESSES + OPTION_HEAD + quoted);
  const at = message.start + ICMPV6_HEADER_BYTES;
  gateway.write(message.view, at);
  destination.write(message.view, at + 16);
  const option = at + ADDRESSES;
  message.view.setInt32(option, (REDIRECTED_HEADER << 24) | (((OPTION_HEAD + quoted) >> 3) << 16));
  message.view.setInt32(option + 4, 0);
  message.bytes.set(bytes.subarray(network, network + quoted), option + OPTION_HEAD);
  sender.send(message, own.address, source, undefined, Send.redirect);
}
