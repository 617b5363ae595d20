/** What queues look at in a frame, and the one thing that they write: the mark of congestion. */
import type { Packet } from "../../../stack/index.ts";

const ETHERNET_HEADER = 14;
const ETHERTYPE_IPV4 = 0x0800;
const IPV4_HEADER = 20;
const ETHERTYPE_IPV6 = 0x86dd;
const IPV6_HEADER = 40;
/** Of IPv6's first 32 bits, the two of ECN. */
const ECN_SHIFT_6 = 20;
/** RFC 3168 §5: the two bits of ECN. */
const ECN = 3;

/** Where the IPv4 header begins; -1 if there is none. */
function ipv4At(frame: Packet, ethernet: boolean): number {
  const { view, start, end } = frame;
  const at = start + (ethernet ? ETHERNET_HEADER : 0);
  if (end - at < IPV4_HEADER || view.getUint8(at) >>> 4 !== 4) return -1;
  return !ethernet || view.getUint16(at - 2) === ETHERTYPE_IPV4 ? at : -1;
}

/** Where the IPv6 header begins; -1 if there is none. */
function ipv6At(frame: Packet, ethernet: boolean): number {
  const { view, start, end } = frame;
  const at = start + (ethernet ? ETHERNET_HEADER : 0);
  if (end - at < IPV6_HEADER || view.getUint8(at) >>> 4 !== 6) return -1;
  return !ethernet || view.getUint16(at - 2) === ETHERTYPE_IPV6 ? at : -1;
}

/** The same as `markCongestion` of IPv6, whose header has no checksum. */
function markCongestion6(frame: Packet, ethernet: boolean): boolean {
  const at = ipv6At(frame, ethernet);
  if (at < 0) return false;
  const first = frame.view.getInt32(at);
  if (((first >>> ECN_SHIFT_6) & ECN) === 0) return false;
  frame.view.setInt32(at, first | (ECN << ECN_SHIFT_6));
  return true;
}

/** Sets CE in a datagram of a transport that knows ECN (RFC 3168 §5); false if it does not. */
export function markCongestion(frame: Packet, ethernet: boolean): boolean {
  const at = ipv4At(frame, ethernet);
  if (at < 0) return markCongestion6(frame, ethernet);
  const { view } = frame;
  const old = view.getUint16(at);
  if ((old & ECN) === 0) return false;
  if ((old & ECN) === ECN) return true;
  view.setUint16(at, old | ECN);
  // RFC 1624: HC' = ~(~HC + ~m + m')
  let sum = (~view.getUint16(at + 10) & 0xffff) + (~old & 0xffff) + (old | ECN);
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(at + 10, ~sum & 0xffff);
  return true;
}

/** Equal for frames of one flow: addresses, protocol, and ports where the datagram has them. */
export function flowHash(frame: Packet, ethernet: boolean, secret: number): number {
  const at = ipv4At(frame, ethernet);
  if (at < 0) return flowHash6(frame, ethernet, secret);
  const { view, end } = frame;
  let hash = mix(secret, view.getInt32(at + 12));
  hash = mix(hash, view.getInt32(at + 16));
  hash = mix(hash, view.getUint8(at + 9));
  const ports = at + (view.getUint8(at) & 15) * 4;
  const isFragment = (view.getUint16(at + 6) & 0x3fff) !== 0;
  if (!isFragment && ports + 4 <= end) hash = mix(hash, view.getInt32(ports));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** Of IPv6 by addresses and flow label, which RFC 6437 has for that. */
function flowHash6(frame: Packet, ethernet: boolean, secret: number): number {
  const at = ipv6At(frame, ethernet);
  if (at < 0) return secret;
  let hash = mix(secret, frame.view.getInt32(at) & 0xf_ffff);
  for (let i = 8; i < IPV6_HEADER; i += 4) hash = mix(hash, frame.view.getInt32(at + i));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** One round of MurmurHash3. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
