/** The datagram that an ICMP error quotes, as the report that its transport gets. RFC 792, RFC 1122 §3.2.2, RFC 1191. */
import { Drop } from "../base/drop.ts";
import { IPV4_ANY, type IpAddress, ipv4 } from "../base/ip-address.ts";
import type { UnreachableCause, UnreachableReport } from "../contract/transport.ts";
import { plateauBelow } from "../ip/mtu-plateaus.ts";
import { ICMP_HEADER_BYTES } from "../wire/icmpv4.ts";
import { IPV4_HEADER_BYTES } from "../wire/ipv4.ts";

/** RFC 792: the IP header and 8 octets at least. */
const MIN_QUOTE = 8;

/** The datagram that an ICMP error quotes. */
export class QuotedDatagram implements UnreachableReport {
  cause: UnreachableCause = "host";
  type = 0;
  code = 0;
  mtu = 0;
  reporter: IpAddress = IPV4_ANY;
  source: IpAddress = IPV4_ANY;
  destination: IpAddress = IPV4_ANY;
  protocol = 0;
  totalLength = 0;
  view: DataView = new DataView(new ArrayBuffer(MIN_QUOTE));
  at = 0;
  end = 0;

  /** Reads what the ICMP message in `[at, end)` quotes. */
  read(view: DataView, at: number, end: number): Drop {
    return this.readDatagram(view, at + ICMP_HEADER_BYTES, end);
  }

  /** Reads the header of the datagram that begins at `at`. */
  readDatagram(view: DataView, at: number, end: number): Drop {
    if (end - at < IPV4_HEADER_BYTES + MIN_QUOTE) return Drop.quoteTruncated;
    const first = view.getUint8(at);
    const headerLength = (first & 15) * 4;
    if (first >>> 4 !== 4) return Drop.quoteVersion;
    if (headerLength < IPV4_HEADER_BYTES || end - at < headerLength + MIN_QUOTE)
      return Drop.quoteHeaderLength;
    if ((view.getUint16(at + 6) & 0x1fff) !== 0) return Drop.quoteFragment; // its transport header is not there
    this.totalLength = view.getUint16(at + 2);
    this.protocol = view.getUint8(at + 9);
    this.source = ipv4(view.getInt32(at + 12));
    this.destination = ipv4(view.getInt32(at + 16));
    this.view = view;
    this.at = at + headerLength;
    this.end = end;
    return Drop.none;
  }

  /** RFC 1191 §5: a router that does not know the field leaves 0; the next plateau is tried then. */
  nextHopMtu(told: number): number {
    return told !== 0 ? told : plateauBelow(this.totalLength);
  }
}
