/** Ports, or what stands for them, of a datagram whose `Passage` was filled: read, and changed in place (RFC 3022 §4). */
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import type { Passage } from "../contract/forwarding.ts";
import { changeOfWord } from "../wire/checksum-field.ts";
import { readEchoIdentifier, writeEchoIdentifier } from "../wire/icmp.ts";
import { ICMP_HEADER_BYTES } from "../wire/icmpv4.ts";
import {
  hasPorts,
  mendTransportChecksum,
  PORTS_BYTES,
  readDestinationPort,
  readSourcePort,
  writeDestinationPort,
  writeSourcePort,
} from "../wire/transport.ts";
import type { Tuple } from "./connection.ts";

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
    if (!hasPorts(protocol)) return true;
    if (packet.end - packet.transport < PORTS_BYTES) return false;
    this.sourcePort = readSourcePort(packet.view, packet.transport);
    this.destinationPort = readDestinationPort(packet.view, packet.transport);
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
    const identifier = readEchoIdentifier(packet.view, packet.transport);
    if (kind === "query") this.sourcePort = identifier;
    else this.destinationPort = identifier;
    return true;
  }
}

/** Puts another source port in, and mends the checksum. Does nothing where there is none. */
export function setSourcePort(passage: Passage, port: number): void {
  const { packet, protocol, codec } = passage;
  const { view, transport, end } = packet;
  if (protocol === codec.icmp) setIdentifier(passage, "query", port);
  else if (hasPorts(protocol) && transport + PORTS_BYTES <= end) {
    const before = readSourcePort(view, transport);
    writeSourcePort(view, transport, port);
    mend(passage, before, port);
  }
}

/** Writes the destination port, or the identifier of an answer to an echo, and mends the checksum. */
export function setDestinationPort(passage: Passage, port: number): void {
  const { packet, protocol, codec } = passage;
  const { view, transport, end } = packet;
  if (protocol === codec.icmp) setIdentifier(passage, "reply", port);
  else if (hasPorts(protocol) && transport + PORTS_BYTES <= end) {
    const before = readDestinationPort(view, transport);
    writeDestinationPort(view, transport, port);
    mend(passage, before, port);
  }
}

/** An identifier stands for the port of whoever asks. */
function setIdentifier(passage: Passage, identifies: "query" | "reply", port: number): void {
  const { packet, codec } = passage;
  const { view, transport, end } = packet;
  if (codec.icmpKind(packet) !== identifies || transport + ICMP_HEADER_BYTES > end) return;
  const before = readEchoIdentifier(view, transport);
  writeEchoIdentifier(view, transport, port);
  mend(passage, before, port);
}

/** A checksum that is left to the link is that of the pseudo-header alone, which no port is part of. */
function mend({ packet, protocol }: Passage, before: number, after: number): void {
  if (packet.checksumOffloaded && !packet.checksumComplete) return;
  mendTransportChecksum(packet.view, packet.transport, packet.end, protocol, changeOfWord(before, after));
}
