/** Redirects of a router: RFC 4861 §4.5, §8.2. */
import type { AddressCache, IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { Send } from "../../base/send.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import { ND_REDIRECT } from "../../wire/icmpv6.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_MIN_MTU,
  IPV6_SOURCE_OFFSET,
} from "../../wire/ipv6.ts";
import { REDIRECT_QUOTE_OFFSET, writeRedirect } from "../../wire/nd.ts";
import type { NdSender } from "./nd-sender.ts";

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
  const most = IPV6_MIN_MTU - IPV6_HEADER_BYTES - REDIRECT_QUOTE_OFFSET;
  const quoted = Math.min(packet.end - network, most) & ~7;
  const message = sender.message(ND_REDIRECT, 0, REDIRECT_QUOTE_OFFSET + quoted);
  writeRedirect(message.view, message.start, gateway, destination, quoted);
  message.bytes.set(bytes.subarray(network, network + quoted), message.start + REDIRECT_QUOTE_OFFSET);
  sender.send(message, own.address, source, undefined, Send.redirect);
}
