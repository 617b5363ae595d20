/** The datagram that an ICMPv6 error quotes, as the report that its transport gets. RFC 4443 §2.4 (c), (d). */
import { Drop } from "../base/drop.ts";
import { AddressCache, IPV6_ANY, type IpAddress } from "../base/ip-address.ts";
import type { UnreachableCause, UnreachableReport } from "../contract/transport.ts";
import { ICMPV6_HEADER_BYTES } from "../wire/icmpv6.ts";
import { ipVersion } from "../wire/ip-version.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_SOURCE_OFFSET,
  readIpv6NextHeader,
} from "../wire/ipv6.ts";
import { ExtensionHeaders, skipExtensions } from "../wire/ipv6-extensions.ts";

/** Octets of the transport header that its protocol needs to know whose it was. */
const MIN_QUOTE = 8;

/** The datagram that an ICMPv6 error quotes. */
export class QuotedDatagram6 implements UnreachableReport {
  cause: UnreachableCause = "host";
  type = 0;
  code = 0;
  mtu = 0;
  reporter: IpAddress = IPV6_ANY;
  source: IpAddress = IPV6_ANY;
  destination: IpAddress = IPV6_ANY;
  protocol = 0;
  view: DataView = new DataView(new ArrayBuffer(MIN_QUOTE));
  at = 0;
  end = 0;
  readonly #addresses: AddressCache = new AddressCache();
  readonly #extensions: ExtensionHeaders = new ExtensionHeaders();

  /** Reads what the ICMPv6 message in `[at, end)` quotes. */
  read(view: DataView, at: number, end: number): Drop {
    return this.readDatagram(view, at + ICMPV6_HEADER_BYTES, end);
  }

  /** Reads the headers of the datagram that begins at `at`, of which there may be no more than its beginning. */
  readDatagram(view: DataView, at: number, end: number): Drop {
    if (end - at < IPV6_HEADER_BYTES + MIN_QUOTE) return Drop.quoteTruncated;
    if (ipVersion(view, at) !== 6) return Drop.quoteVersion;
    this.source = this.#addresses.read(view, at + IPV6_SOURCE_OFFSET);
    this.destination = this.#addresses.read(view, at + IPV6_DESTINATION_OFFSET);
    this.view = view;
    this.end = end;
    return this.#findTransport(view, at, end);
  }

  #findTransport(view: DataView, start: number, end: number): Drop {
    const found = this.#extensions;
    // What the headers ask of whom they reach is nothing to us here: only where they end.
    const nextHeader = readIpv6NextHeader(view, start);
    if (!skipExtensions(view, start + IPV6_HEADER_BYTES, end, nextHeader, found)) return Drop.quoteTruncated;
    if (found.stopped) return Drop.quoteFragment; // its transport header is not there
    if (end - found.at < MIN_QUOTE) return Drop.quoteTruncated;
    this.protocol = found.protocol;
    this.at = found.at;
    return Drop.none;
  }
}
