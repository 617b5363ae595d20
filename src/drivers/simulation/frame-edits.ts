/** What interventions change in frames that pass. */
import type { LinkCapabilities, Packet } from "../../stack/index.ts";

const ETHERNET = 14;
const IPV4 = 20;
const IPV6 = 40;
const TCP = 6;
/** Of the window and of the checksum, in the TCP header (RFC 9293 §3.1). */
const WINDOW = 14;
const CHECKSUM = 16;

type Medium = LinkCapabilities["medium"];

/** Flips a bit of the last octet of an IPv4 datagram: behind it there may be padding, which nobody looks at. */
export function flip({ view, start, end }: Packet, medium: Medium): void {
  const datagram = start + (medium === "ethernet" ? ETHERNET : 0);
  const isIpv4 = end - datagram >= IPV4 && view.getUint8(datagram) >>> 4 === 4;
  const last = isIpv4 ? Math.min(datagram + view.getUint16(datagram + 2), end) - 1 : end - 1;
  view.setUint8(last, view.getUint8(last) ^ 1);
}

/** Writes the window field of a TCP segment, and corrects its checksum (RFC 1624 §3); of other frames nothing. */
export function setWindow(frame: Packet, medium: Medium, field: number): void {
  const { view } = frame;
  const tcp = tcpHeader(frame, medium);
  if (tcp < 0) return;
  const before = view.getUint16(tcp + WINDOW);
  view.setUint16(tcp + WINDOW, field);
  // A sum that is not filled in yet covers no more than the pseudo-header.
  if (frame.checksumOffloaded) return;
  let sum = (~view.getUint16(tcp + CHECKSUM) & 0xffff) + (~before & 0xffff) + field;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(tcp + CHECKSUM, ~sum & 0xffff);
}

/** Where the TCP header begins; -1 of what has none: other protocols, later fragments, extension headers. */
function tcpHeader({ view, start, end }: Packet, medium: Medium): number {
  const at = start + (medium === "ethernet" ? ETHERNET : 0);
  const version = end > at ? view.getUint8(at) >>> 4 : 0;
  if (version === 6 && end - at >= IPV6 + 20) return view.getUint8(at + 6) === TCP ? at + IPV6 : -1;
  if (version !== 4 || end - at < IPV4 + 20 || view.getUint8(at + 9) !== TCP) return -1;
  if ((view.getUint16(at + 6) & 0x1fff) !== 0) return -1;
  return at + (view.getUint8(at) & 15) * 4;
}
