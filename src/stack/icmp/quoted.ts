/** The datagram that an ICMP error quotes, as the report that its transport gets. RFC 792, RFC 1122 §3.2.2, RFC 1191. */
import { Drop } from "../base/drop.ts";
import { IPV4_ANY, type IpAddress, ipv4 } from "../base/ip-address.ts";
import type { UnreachableCause, UnreachableReport } from "../contract/transport.ts";
import { plateauBelow } from "../ip/mtu-plateaus.ts";
import { ICMP_HEADER_BYTES } from "../wire/icmpv4.ts";
import { ipVersion } from "../wire/ip-version.ts";
import {
  IPV4_HEADER_BYTES,
  ipv4HeaderBytes,
  isLaterIpv4Fragment,
  readIpv4Destination,
  readIpv4Protocol,
  readIpv4Source,
  readIpv4TotalLength,
} from "../wire/ipv4.ts";

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
    const headerLength = ipv4HeaderBytes(view, at);
    if (ipVersion(view, at) !== 4) return Drop.quoteVersion;
    if (headerLength < IPV4_HEADER_BYTES || end - at < headerLength + MIN_QUOTE)
      return Drop.quoteHeaderLength;
    if (isLaterIpv4Fragment(view, at)) return Drop.quoteFragment; // its transport header is not there
    this.totalLength = readIpv4TotalLength(view, at);
    this.protocol = readIpv4Protocol(view, at);
    this.source = ipv4(readIpv4Source(view, at));
    this.destination = ipv4(readIpv4Destination(view, at));
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
