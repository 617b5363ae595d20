/** The options that the datagrams of a socket have (IP_OPTIONS; RFC 791 §3.1, RFC 1122 §3.2.1.8). */
import { type IpAddress, ipv4 } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import type { Instant } from "../../base/time.ts";
import {
  fillIpv4Checksum,
  IPV4_HEADER_BYTES,
  isLaterIpv4Fragment,
  readIpv4Source,
  writeIpv4Addresses,
  writeIpv4HeaderBytes,
} from "../../wire/ipv4.ts";
import {
  blankOptions,
  Ipv4Options,
  isStrict,
  readIpv4Options,
  recordInOptions,
  takeFirstHop,
} from "../../wire/ipv4-options.ts";

const HEADER = IPV4_HEADER_BYTES;

/** The options of all datagrams to one destination. */
export class SentOptions {
  /** Octets. */
  readonly length: number;
  /** Where a source route begins; without one the destination. */
  readonly firstHop: IpAddress;
  /** Between us and the first hop no router may be. */
  readonly strict: boolean;
  readonly #octets: Uint8Array;
  readonly #found: Ipv4Options = new Ipv4Options();

  /** @param options - whole ones, in whole words */
  constructor(options: Uint8Array, destination: IpAddress) {
    const header = new Uint8Array(HEADER + options.length);
    header.set(options, HEADER);
    const view = new DataView(header.buffer);
    readIpv4Options(view, 0, header.length, this.#found);
    const routed = this.#found.sourceRoute !== 0;
    this.length = options.length;
    this.strict = routed && isStrict(view, this.#found);
    this.firstHop = routed ? ipv4(takeFirstHop(view, this.#found, destination.word3)) : destination;
    this.#octets = header.subarray(HEADER);
  }

  /**
   * Puts the options behind the fixed header at `at`, which has room for them, and mends its length, its checksum and, where
   * there is a source route, its destination. As on Linux, the first who records its address or the time is the sender. To a
   * fragment other than the first only those options go that are to be copied (RFC 791 §3.1).
   */
  write(packet: Packet, at: number, now: Instant): void {
    const { view } = packet;
    const bytes = HEADER + this.length;
    const source = readIpv4Source(view, at);
    packet.bytes.set(this.#octets, at + HEADER);
    writeIpv4HeaderBytes(view, at, bytes);
    writeIpv4Addresses(view, at, source, this.firstHop.word3);
    if (isLaterIpv4Fragment(view, at)) blankOptions(view, at, bytes);
    else {
      readIpv4Options(view, at, bytes, this.#found);
      recordInOptions(view, this.#found, source, Math.floor(now / 1000));
    }
    fillIpv4Checksum(packet, at, bytes);
  }
}
