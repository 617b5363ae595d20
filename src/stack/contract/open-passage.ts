/**
 * A passage that is filled in again and again: of a datagram through a router, or of a datagram that an error quotes.
 */
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import { Packet } from "../base/packet.ts";
import type { DatagramCodec, Passage } from "./forwarding.ts";
import type { NetworkInterface } from "./network-interface.ts";
import type { TrackedDirection, TrackState } from "./tracking.ts";

/** One instance serves all, one after the other. */
export class OpenPassage implements Passage {
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
}
