/**
 * The datagram that an ICMP error quotes, as a passage of its own: so that it can be looked up and translated (RFC
 * 5508 §4).
 */
import type { Passage } from "../contract/forwarding.ts";
import { OpenPassage } from "../contract/open-passage.ts";

/** Octets of an ICMP error before what it quotes, of either family. */
const ICMP_HEADER = 8;

/** The quoted datagram. One instance, filled anew. */
export class QuotedPassage extends OpenPassage {
  /**
   * Calls `use` with what the error in `outer` quotes, in place: for that long, the offsets of the packet are those of
   * the quoted datagram, which ends where the error does. Undefined if none that could be read is quoted.
   */
  within<T>(outer: Passage, use: (inner: QuotedPassage) => T | undefined): T | undefined {
    const { packet, codec } = outer;
    const { start, network, transport, checksumOffloaded } = packet;
    this.packet = packet;
    this.codec = codec;
    packet.start = transport + ICMP_HEADER;
    packet.network = packet.start;
    packet.checksumOffloaded = false; // its own checksum is as its sender has left it
    try {
      if (!codec.isQuoted(packet)) return undefined;
      return codec.read(this) ? use(this) : undefined;
    } finally {
      packet.start = start;
      packet.network = network;
      packet.transport = transport;
      packet.checksumOffloaded = checksumOffloaded;
    }
  }
}
