/** What the headers of a frame say, and the one thing that queues on the way write: the mark of congestion. */
import { IpAddress, ipv4 } from "../base/ip-address.ts";
import { changeOfWord, mendChecksum } from "./checksum-field.ts";
import { FrameHeaders } from "./frame-headers.ts";
import {
  IPV4_CHECKSUM_OFFSET,
  markIpv4Congested,
  readIpv4Destination,
  readIpv4Source,
  readIpv4TrafficClass,
} from "./ipv4.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_SOURCE_OFFSET,
  markIpv6Congested,
  readIpv6TrafficClass,
} from "./ipv6.ts";
import { PORTS_BYTES, readPorts } from "./transport.ts";

/** Congestion experienced (RFC 3168 §5). */
const CE = 3;
/** The flow label, of an IPv6 header's first 32 bits (RFC 8200 §3). */
const FLOW_LABEL = 0xf_ffff;

/** The headers of one frame after another, and what they say. */
export class FrameFields extends FrameHeaders {
  /** The sender's address. Only of a datagram. */
  get source(): IpAddress {
    if (this.version === 4) return ipv4(readIpv4Source(this.view, this.network));
    return this.#address(this.network + IPV6_SOURCE_OFFSET);
  }

  /** The receiver's address. Only of a datagram. */
  get destination(): IpAddress {
    if (this.version === 4) return ipv4(readIpv4Destination(this.view, this.network));
    return this.#address(this.network + IPV6_DESTINATION_OFFSET);
  }

  #address(at: number): IpAddress {
    const view = this.view;
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
      (version === 4 ? readIpv4TrafficClass(this.view, network) : readIpv6TrafficClass(this.view, network))
    );
  }

  /** Sets CE in a datagram of a transport that knows ECN; false if it does not. */
  markCongestion(): boolean {
    const { ecn, version, network } = this;
    if (ecn === 0) return false;
    if (ecn === CE) return true;
    const view = this.view;
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
    const view = this.view;
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
    if (this.isFragment || transport + PORTS_BYTES > this.frameEnd) return 3;
    into[3] = readPorts(view, transport);
    return 4;
  }
}
