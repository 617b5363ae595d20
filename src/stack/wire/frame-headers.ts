/**
 * Where the headers of a frame are: for links, captures and tests, which look at frames on their way. What they say is
 * in frame-fields.ts. Of IPv6, what is behind extension headers is not looked at.
 */
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  etherTypeOf,
  readEtherType,
} from "./ethernet.ts";
import { ipVersion } from "./ip-version.ts";
import {
  IPV4_HEADER_BYTES,
  IPV4_MORE_FRAGMENTS,
  ipv4HeaderBytes,
  isLaterIpv4Fragment,
  readIpv4Fragment,
  readIpv4Protocol,
  readIpv4TotalLength,
} from "./ipv4.ts";
import { IPV6_HEADER_BYTES, IPV6_PAYLOAD_LENGTH_OFFSET, readIpv6NextHeader } from "./ipv6.ts";

/** The headers of one frame after another. */
export class FrameHeaders {
  protected view: DataView = new DataView(new ArrayBuffer(0));
  protected frameEnd = 0;
  /** Of the Ethernet header; of a bare datagram, by its version; 0 of what is too short. */
  etherType = 0;
  /** 4 or 6, the family of a datagram whose header is there; 0 of anything else. */
  version: 0 | 4 | 6 = 0;
  /** Where the IP header begins; where it would, if there is none. */
  network = 0;
  /** The protocol that follows the header of IP. */
  protocol = 0;
  /** Part of a datagram, the first or another. */
  isFragment = false;
  /** Where the header of that protocol begins; -1 in later fragments, and where there is no datagram. */
  transport = -1;
  /** Octets of the datagram, as its header says; 0 where there is none. */
  total = 0;
  /** Where the datagram ends: before the padding of Ethernet, and never behind the frame. */
  end = 0;

  /** Looks at the frame in `[start, end)` of `view`. */
  read(view: DataView, start: number, end: number, medium: "ethernet" | "ip"): this {
    this.view = view;
    this.frameEnd = end;
    this.version = 0;
    this.protocol = 0;
    this.isFragment = false;
    this.transport = -1;
    this.total = 0;
    this.end = end;
    const ethernet = medium === "ethernet";
    this.network = ethernet ? start + ETHERNET_HEADER_BYTES : start;
    if (this.network > end) this.etherType = 0;
    else this.etherType = ethernet ? readEtherType(view, start) : etherTypeOf(view, start, end);
    const octets = end - this.network;
    if (this.etherType === ETHERTYPE_IPV4 && octets >= IPV4_HEADER_BYTES) this.#readIpv4();
    else if (this.etherType === ETHERTYPE_IPV6 && octets >= IPV6_HEADER_BYTES) this.#readIpv6();
    return this;
  }

  #readIpv4(): void {
    const view = this.view;
    const at = this.network;
    if (ipVersion(view, at) !== 4) return;
    this.version = 4;
    this.protocol = readIpv4Protocol(view, at);
    this.isFragment =
      isLaterIpv4Fragment(view, at) || (readIpv4Fragment(view, at) & IPV4_MORE_FRAGMENTS) !== 0;
    if (!isLaterIpv4Fragment(view, at)) this.transport = at + ipv4HeaderBytes(view, at);
    this.total = readIpv4TotalLength(view, at);
    this.end = Math.min(at + this.total, this.frameEnd);
  }

  #readIpv6(): void {
    const view = this.view;
    const at = this.network;
    if (ipVersion(view, at) !== 6) return;
    this.version = 6;
    this.protocol = readIpv6NextHeader(view, at);
    this.transport = at + IPV6_HEADER_BYTES;
    this.total = IPV6_HEADER_BYTES + view.getUint16(at + IPV6_PAYLOAD_LENGTH_OFFSET);
    this.end = Math.min(at + this.total, this.frameEnd);
  }
}
