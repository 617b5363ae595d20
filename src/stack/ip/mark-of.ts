/** The mark of what arrives (SO_MARK): it means something on the host of its sender alone. */
import type { Packet } from "../base/packet.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";

/** That of the sender, if it is on this host; else 0. */
export function markOf({ mark }: Packet, { loopback }: NetworkInterface): number {
  return loopback ? mark : 0;
}
