/** A host that is nobody but a test: it answers ARP, and hands datagrams in and out. */
import type { PipeEnd } from "../../src/drivers/memory/index.ts";
import { type LinkSink, type Packet, PacketPool } from "../../src/stack/index.ts";
import { dotted, octets } from "./datagrams.ts";

const MAC = octets([0x0200, 2], [0x0000_00ff, 4]);
const BROADCAST = new Uint8Array(6).fill(255);
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
const REQUEST = 1;
const REPLY = 2;

export class Station implements LinkSink {
  readonly pool: PacketPool = new PacketPool();
  readonly #end: PipeEnd;
  readonly #address: string;
  readonly #arrived: (datagram: Uint8Array) => void;
  /** The link address of whom it talks to, as its last ARP message told. */
  #otherMac: Uint8Array = BROADCAST;

  /** @param arrived - gets each IPv4 datagram that comes, without the link's padding */
  constructor(end: PipeEnd, address: string, arrived: (datagram: Uint8Array) => void) {
    this.#end = end;
    this.#address = address;
    this.#arrived = arrived;
    end.attach(this);
  }

  /** Asks for the link address of `other`, so that both know each other's when it has answered. */
  greet(other: string): void {
    this.#transmit(BROADCAST, ETHERTYPE_ARP, this.#arp(REQUEST, new Uint8Array(6), dotted(other)));
  }

  /** Sends an IPv4 datagram. */
  send(datagram: Uint8Array): void {
    this.#transmit(this.#otherMac, ETHERTYPE_IPV4, datagram);
  }

  received(frames: readonly Packet[], count: number): void {
    for (let i = 0; i < count; i++) {
      const { bytes, start, end } = frames[i] as Packet;
      this.#receive(bytes.slice(start, end));
    }
  }

  writable(): void {}

  failed(reason: string): void {
    throw new Error(reason);
  }

  #receive(frame: Uint8Array): void {
    const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
    if (type === ETHERTYPE_ARP) {
      this.#otherMac = frame.slice(6, 12);
      const asksForUs =
        frame[21] === REQUEST && String(frame.slice(38, 42)) === String(dotted(this.#address));
      if (asksForUs)
        this.#transmit(this.#otherMac, type, this.#arp(REPLY, this.#otherMac, frame.slice(28, 32)));
    } else if (type === ETHERTYPE_IPV4) {
      const length = ((frame[16] ?? 0) << 8) | (frame[17] ?? 0);
      this.#arrived(frame.slice(14, 14 + length));
    }
  }

  #arp(operation: number, targetMac: Uint8Array, target: Uint8Array): Uint8Array {
    const kinds = octets([1, 2], [ETHERTYPE_IPV4, 2], [6, 1], [4, 1], [operation, 2]);
    return octets(kinds, MAC, dotted(this.#address), targetMac, target);
  }

  #transmit(to: Uint8Array, type: number, payload: Uint8Array): void {
    const frame = octets(to, MAC, [type, 2], payload);
    const packet = this.pool.take(frame.length);
    packet.start -= 14;
    packet.bytes.set(frame, packet.start);
    packet.end = packet.start + frame.length;
    this.#end.transmit([packet], 1);
  }
}
