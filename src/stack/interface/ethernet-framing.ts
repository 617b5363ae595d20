/** The Ethernet header of one station: what it writes in front of datagrams, and whose frames it takes (RFC 894). */
import { Drop } from "../base/drop.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import {
  ETHERNET_HEADER_BYTES,
  EthernetHeader,
  padFrame,
  readEthernet,
  writeEthernet,
} from "../wire/ethernet.ts";

/** Writes and reads headers. One instance for each interface. */
export class EthernetFraming {
  /** Of the frame that was read last. */
  etherType = 0;
  /** It is for more than one station. */
  toGroup = false;
  readonly #mac: MacAddress;
  readonly #in: EthernetHeader = new EthernetHeader();
  readonly #out: EthernetHeader = new EthernetHeader();

  constructor(mac: MacAddress) {
    this.#mac = mac;
  }

  /** Puts a header in front of what goes to the station `destination`. */
  write(packet: Packet, destination: MacAddress, etherType: number): void {
    const header = this.#out;
    header.destinationHigh = destination.high;
    header.destinationLow = destination.low;
    header.sourceHigh = this.#mac.high;
    header.sourceLow = this.#mac.low;
    header.etherType = etherType;
    writeEthernet(packet.view, packet.prepend(ETHERNET_HEADER_BYTES), header);
    padFrame(packet);
  }

  /** `Drop.none`, or why the frame is not taken. */
  read(frame: Packet): Drop {
    const header = this.#in;
    const reason = readEthernet(frame.view, frame.start, frame.end, header);
    if (reason !== Drop.none) return reason;
    this.etherType = header.etherType;
    this.toGroup = (header.destinationHigh & 0x0100) !== 0;
    const ours = header.destinationLow === this.#mac.low && header.destinationHigh === this.#mac.high;
    if (!this.toGroup && !ours) return Drop.notOurFrame; // RFC 1122 §2.3.3: a promiscuous device shows us others' frames
    return (header.sourceHigh & 0x0100) === 0 ? Drop.none : Drop.groupSource; // a group cannot send (IEEE 802.3 §3.2.3)
  }
}
