/** One arriving segment: its header, and which of its octets are still of interest. */
import type { Packet } from "../../base/packet.ts";
import { type SeqNum, seqAdd } from "../../base/seq.ts";
import { ACK, FIN, RST, SYN, TcpHeader, URG } from "../../wire/tcp.ts";

/** A single instance is refilled for every arrival. */
export class Segment {
  readonly header: TcpHeader = new TcpHeader();
  /** Where the text is: `[textAt, textAt + textLength)` of `packet`. Checks cut off what is old or too much. */
  packet: Packet | undefined = undefined;
  textAt = 0;
  textLength = 0;
  /** SEG.SEQ of the first octet of text that is left (or of the SYN). */
  seq: SeqNum = 0 as SeqNum;
  flags = 0;
  /** Full-sized segments that the link has put together to this one; 1 if it has not. */
  parts = 1;

  get hasSyn(): boolean {
    return (this.flags & SYN) !== 0;
  }
  get hasAck(): boolean {
    return (this.flags & ACK) !== 0;
  }
  get hasRst(): boolean {
    return (this.flags & RST) !== 0;
  }
  get hasFin(): boolean {
    return (this.flags & FIN) !== 0;
  }
  get hasUrg(): boolean {
    return (this.flags & URG) !== 0;
  }

  /** SEG.LEN: the sequence numbers that it occupies. */
  get length(): number {
    return this.textLength + (this.flags & SYN ? 1 : 0) + (this.flags & FIN ? 1 : 0);
  }

  /** SEG.LEN as it came, whatever of it was cut off since. */
  get lengthOnWire(): number {
    const { packet, header } = this;
    if (packet === undefined) return 0;
    const text = packet.end - packet.start - header.headerBytes;
    return text + (header.flags & SYN ? 1 : 0) + (header.flags & FIN ? 1 : 0);
  }

  /** The sequence number behind it. */
  get end(): SeqNum {
    return seqAdd(this.seq, this.length);
  }

  /** A copy of its headers: IP and TCP, with all their options. */
  headers(): Uint8Array {
    const { packet, header } = this;
    return packet === undefined
      ? new Uint8Array()
      : packet.bytes.slice(packet.network, packet.start + header.headerBytes);
  }

  /** Takes what `header` and the packet's bounds say. */
  refill(packet: Packet, textAt: number): void {
    this.packet = packet;
    this.textAt = textAt;
    this.textLength = packet.end - textAt;
    this.seq = this.header.seq;
    this.flags = this.header.flags;
    this.parts = packet.segmentSize > 0 ? Math.ceil(this.textLength / packet.segmentSize) : 1;
  }
}
