/** The datagram that an ICMP error quotes, as a passage of its own: to look it up, and to translate it (RFC 5508 §4). */
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import { Packet } from "../base/packet.ts";
import type { DatagramCodec, Passage } from "../contract/forwarding.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { TrackedDirection, TrackState } from "../contract/tracking.ts";

/** Octets of an ICMP error before what it quotes, of either family. */
const ICMP_HEADER = 8;

/** The quoted datagram. One instance, filled anew. */
export class QuotedPassage implements Passage {
  packet: Packet = new Packet(4);
  source: IpAddress = ANY_ADDRESS;
  destination: IpAddress = ANY_ADDRESS;
  protocol = 0;
  laterFragment = false;
  reassembled = false;
  from: NetworkInterface | undefined = undefined;
  through: NetworkInterface | undefined = undefined;
  mark = 0;
  state: TrackState = "untracked";
  direction: TrackedDirection | undefined = undefined;
  #codec: DatagramCodec | undefined = undefined;

  get codec(): DatagramCodec {
    return this.#codec as DatagramCodec;
  }

  set codec(codec: DatagramCodec) {
    this.#codec = codec;
  }

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
