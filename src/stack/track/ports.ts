/** Ports, or what stands for them, of a datagram whose `Passage` was filled: read, and changed in place (RFC 3022 §4). */
import { addSums } from "../base/checksum.ts";
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import type { Passage } from "../contract/forwarding.ts";
import { IPPROTO_TCP, TCP_CHECKSUM_OFFSET } from "../wire/tcp.ts";
import { IPPROTO_UDP, UDP_CHECKSUM_OFFSET } from "../wire/udp.ts";
import type { Tuple } from "./connection.ts";

/** Of TCP and UDP alike; of an ICMP query, where its identifier is. */
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const IDENTIFIER = 4;
const ICMP_CHECKSUM = 2;

/** A tuple that is filled anew for each datagram. */
export class ReadTuple implements Tuple {
  protocol = 0;
  source: IpAddress = ANY_ADDRESS;
  sourcePort = 0;
  destination: IpAddress = ANY_ADDRESS;
  destinationPort = 0;

  /** False if the datagram has no ports that could be read, though its protocol has some; or is no query of ICMP's. */
  read(passage: Passage): boolean {
    const { packet, protocol, codec } = passage;
    this.protocol = protocol;
    this.source = passage.source;
    this.destination = passage.destination;
    this.sourcePort = 0;
    this.destinationPort = 0;
    if (passage.laterFragment) return false;
    if (protocol === codec.icmp) return this.#readQuery(passage);
    if (protocol !== IPPROTO_TCP && protocol !== IPPROTO_UDP) return true;
    if (packet.end - packet.transport < 4) return false;
    this.sourcePort = packet.view.getUint16(packet.transport + SOURCE_PORT);
    this.destinationPort = packet.view.getUint16(packet.transport + DESTINATION_PORT);
    return true;
  }

  /** The same, the other way round. */
  reverse(): void {
    const { source, sourcePort } = this;
    this.source = this.destination;
    this.sourcePort = this.destinationPort;
    this.destination = source;
    this.destinationPort = sourcePort;
  }

  /** The identifier is the port of whoever asks (RFC 3022 §2.2). */
  #readQuery({ packet, codec }: Passage): boolean {
    const kind = codec.icmpKind(packet);
    if (kind !== "query" && kind !== "reply") return false;
    const identifier = packet.view.getUint16(packet.transport + IDENTIFIER);
    if (kind === "query") this.sourcePort = identifier;
    else this.destinationPort = identifier;
    return true;
  }
}

/** Puts another source port in, and mends the checksum. Does nothing where there is none. */
export function setSourcePort(passage: Passage, port: number): void {
  setPort(passage, SOURCE_PORT, "query", port);
}

/** The same for the destination port. */
export function setDestinationPort(passage: Passage, port: number): void {
  setPort(passage, DESTINATION_PORT, "reply", port);
}

function setPort(passage: Passage, offset: number, identifies: "query" | "reply", port: number): void {
  const { packet, protocol, codec } = passage;
  const { transport } = packet;
  if (protocol === codec.icmp) {
    if (codec.icmpKind(packet) === identifies)
      change(passage, transport + IDENTIFIER, port, transport + ICMP_CHECKSUM);
    return;
  }
  const udp = protocol === IPPROTO_UDP;
  if (!udp && protocol !== IPPROTO_TCP) return;
  const checksum = transport + (udp ? UDP_CHECKSUM_OFFSET : TCP_CHECKSUM_OFFSET);
  change(passage, transport + offset, port, udp && isUnset(passage, checksum) ? -1 : checksum);
}

/** RFC 768: the sender of a UDP datagram has computed no checksum. */
function isUnset({ packet }: Passage, checksum: number): boolean {
  return checksum + 2 <= packet.end && packet.view.getUint16(checksum) === 0;
}

/** The checksum is all there: not only that of the pseudo-header, left to a link, which no port is part of. */
function sumIsThere({ packet }: Passage): boolean {
  return !packet.checksumOffloaded || packet.checksumComplete;
}

/** RFC 1624 (eqn. 3), for one word; -1 for `checksum`: there is none. */
function change(passage: Passage, at: number, value: number, checksum: number): void {
  const { packet, protocol } = passage;
  const { view, end } = packet;
  if (at + 2 > end) return;
  const before = view.getUint16(at);
  view.setUint16(at, value);
  if (checksum < 0 || checksum + 2 > end || !sumIsThere(passage)) return;
  const sum = addSums(~view.getUint16(checksum) & 0xffff, addSums(~before & 0xffff, value));
  const field = ~sum & 0xffff;
  view.setUint16(checksum, field === 0 && protocol === IPPROTO_UDP ? 0xffff : field);
}
