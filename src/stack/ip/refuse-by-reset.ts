/** Refuses a connection by a reset, in the place of a host behind a filter: RFC 9293 §3.10.7.1. */
import { addSums, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import { Send } from "../base/send.ts";
import { seqAdd, seqNum } from "../base/seq.ts";
import type { Passage, TransitErrors } from "../contract/forwarding.ts";
import type { RouteWish } from "../contract/network.ts";
import type { Services } from "../contract/services.ts";
import { fillChecksum } from "../wire/checksum-field.ts";
import {
  ACK,
  FIN,
  IPPROTO_TCP,
  RST,
  readTcp,
  SYN,
  TCP_HEADER_BYTES,
  TcpHeader,
  writeTcp,
} from "../wire/tcp.ts";
import { checksumOffset } from "../wire/transport.ts";
import { NO_WISH } from "./route-wish.ts";

/** Whoever is refused hears it from the host that was called. */
const IN_ANOTHER_NAME: RouteWish = { ...NO_WISH, transparent: true };

const refused = new TcpHeader();
const reset = new TcpHeader();

/**
 * Answers the segment in `passage` by a reset, unless it is one itself, or no whole segment that is right.
 */
export function refuseByReset(services: Services, passage: Passage, family: TransitErrors): void {
  const { packet, source, destination, protocol, laterFragment, from } = passage;
  const { view, transport, end } = packet;
  if (protocol !== IPPROTO_TCP || laterFragment || readTcp(view, transport, end, refused) !== Drop.none)
    return;
  if ((refused.flags & RST) !== 0 || destination.isMulticast) return;
  const route = family.route(source, destination, source.isLinkLocal ? from : undefined, IN_ANOTHER_NAME);
  if (route === undefined || route.toMany) {
    services.trace?.withheld("forward", Send.withheldRoute);
    return;
  }
  // The sum is the same from there to here, and from here to there.
  const octets = end - transport;
  const sum = addSums(route.pseudoHeaderSum(IPPROTO_TCP, octets), sumOctets(packet, transport, end));
  if (!packet.checksumOffloaded && sum !== 0xffff) return;
  write(octets - refused.headerBytes);
  const out = services.pool.take(TCP_HEADER_BYTES);
  out.transport = out.start;
  out.end = out.start + writeTcp(out.view, out.start, reset);
  const pseudo = route.pseudoHeaderSum(IPPROTO_TCP, TCP_HEADER_BYTES);
  fillChecksum(out, out.start + checksumOffset(IPPROTO_TCP), out.start, out.end, pseudo, 0);
  const before = services.trace?.sent("forward", Send.resetByRule, out) ?? 0;
  route.send(out, IPPROTO_TCP);
  if (services.trace !== undefined) services.trace.cause = before;
}

/** @param text - octets of the segment that is refused */
function write(text: number): void {
  reset.clear();
  reset.sourcePort = refused.destinationPort;
  reset.destinationPort = refused.sourcePort;
  if ((refused.flags & ACK) !== 0) {
    reset.flags = RST;
    reset.seq = refused.ack;
    return;
  }
  const { flags } = refused;
  const controls = ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
  reset.flags = RST | ACK;
  reset.seq = seqNum(0);
  reset.ack = seqAdd(refused.seq, text + controls);
}
