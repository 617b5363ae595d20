/**
 * Where the headers of a frame are, and what they say: for links, captures and tests, which look at frames on their way,
 * or change them. Of IPv6, what is behind extension headers is not looked at.
 */
import { IpAddress, ipv4 } from "../base/ip-address.ts";
import { changeOfWord, mendChecksum } from "./checksum-field.ts";
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  etherTypeOf,
  readEtherType,
} from "./ethernet.ts";
import { ipVersion } from "./ip-version.ts";
import {
  IPV4_CHECKSUM_OFFSET,
  IPV4_HEADER_BYTES,
  IPV4_MORE_FRAGMENTS,
  ipv4HeaderBytes,
  isLaterIpv4Fragment,
  markIpv4Congested,
  readIpv4Destination,
  readIpv4Fragment,
  readIpv4Protocol,
  readIpv4Source,
  readIpv4TotalLength,
  readIpv4TrafficClass,
} from "./ipv4.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_PAYLOAD_LENGTH_OFFSET,
  IPV6_SOURCE_OFFSET,
  markIpv6Congested,
  readIpv6NextHeader,
  readIpv6TrafficClass,
} from "./ipv6.ts";
import { PORTS_BYTES, readPorts } from "./transport.ts";

/** Congestion experienced (RFC 3168 §5). */
const CE = 3;
/** The flow label, of an IPv6 header's first 32 bits (RFC 8200 §3). */
const FLOW_LABEL = 0xf_ffff;

/** The headers of one frame after another. */
export class FrameHeaders {
  #view: DataView = new DataView(new ArrayBuffer(0));
  #frameEnd = 0;
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
    this.#view = view;
    this.#frameEnd = end;
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
    const view = this.#view;
    const at = this.network;
    if (ipVersion(view, at) !== 4) return;
    this.version = 4;
    this.protocol = readIpv4Protocol(view, at);
    this.isFragment =
      isLaterIpv4Fragment(view, at) || (readIpv4Fragment(view, at) & IPV4_MORE_FRAGMENTS) !== 0;
    if (!isLaterIpv4Fragment(view, at)) this.transport = at + ipv4HeaderBytes(view, at);
    this.total = readIpv4TotalLength(view, at);
    this.end = Math.min(at + this.total, this.#frameEnd);
  }

  #readIpv6(): void {
    const view = this.#view;
    const at = this.network;
    if (ipVersion(view, at) !== 6) return;
    this.version = 6;
    this.protocol = readIpv6NextHeader(view, at);
    this.transport = at + IPV6_HEADER_BYTES;
    this.total = IPV6_HEADER_BYTES + view.getUint16(at + IPV6_PAYLOAD_LENGTH_OFFSET);
    this.end = Math.min(at + this.total, this.#frameEnd);
  }

  /** The sender's address. Only of a datagram. */
  get source(): IpAddress {
    if (this.version === 4) return ipv4(readIpv4Source(this.#view, this.network));
    return this.#address(this.network + IPV6_SOURCE_OFFSET);
  }

  /** The receiver's address. Only of a datagram. */
  get destination(): IpAddress {
    if (this.version === 4) return ipv4(readIpv4Destination(this.#view, this.network));
    return this.#address(this.network + IPV6_DESTINATION_OFFSET);
  }

  #address(at: number): IpAddress {
    const view = this.#view;
    return new IpAddress(
      view.getInt32(at),
      view.getInt32(at + 4),
      view.getInt32(at + 8),
      view.getInt32(at + 12),
    );
  }

  /** The codepoint of ECN (RFC 3168 §5), 0 to 3; 0 where there is no datagram. */
  get ecn(): number {
    const { version, network } = this;
    if (version === 0) return 0;
    return (
      CE &
      (version === 4 ? readIpv4TrafficClass(this.#view, network) : readIpv6TrafficClass(this.#view, network))
    );
  }

  /** Sets CE in a datagram of a transport that knows ECN; false if it does not. */
  markCongestion(): boolean {
    const { ecn, version, network } = this;
    if (ecn === 0) return false;
    if (ecn === CE) return true;
    const view = this.#view;
    if (version === 6) markIpv6Congested(view, network);
    else {
      markIpv4Congested(view, network);
      mendChecksum(view, network + IPV4_CHECKSUM_OFFSET, changeOfWord(ecn, CE));
    }
    return true;
  }

  /**
   * Fills in what is equal for all datagrams of a flow: of IPv4 addresses, protocol and, where there are any, ports; of
   * IPv6 the flow label, which RFC 6437 has for that, and addresses. How many words that is; 0 where there is no datagram.
   */
  flowWords(into: Int32Array): number {
    const { version, network, transport } = this;
    const view = this.#view;
    if (version === 0) return 0;
    if (version === 6) {
      into[0] = view.getInt32(network) & FLOW_LABEL;
      for (let word = 0; word < 8; word++)
        into[word + 1] = view.getInt32(network + IPV6_SOURCE_OFFSET + 4 * word);
      return 9;
    }
    into[0] = readIpv4Source(view, network);
    into[1] = readIpv4Destination(view, network);
    into[2] = this.protocol;
    if (this.isFragment || transport + PORTS_BYTES > this.#frameEnd) return 3;
    into[3] = readPorts(view, transport);
    return 4;
  }
}
