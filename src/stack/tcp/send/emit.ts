/**
 * Builds one segment and hands it to IP. Text comes from the send ring, in one copy; a segment longer than
 * the MSS leaves as a super-segment, which the link or the software fallback under it cuts up. Its text stays in
 * the ring until it is known which of them: then it is copied whole, or piece by piece into its frames.
 */

import type { Packet } from "../../base/packet.ts";
import type { Send } from "../../base/send.ts";
import { type SeqNum, seqDistance, seqNum } from "../../base/seq.ts";
import { type Instant, NEVER } from "../../base/time.ts";
import type { Route } from "../../contract/network.ts";
import type { TransportContext } from "../../contract/transport.ts";
import { ACK, CWR, ECE, TcpHeader, tcpHeaderBytes, URG, writeTcp } from "../../wire/tcp.ts";
import { clearDue, Due } from "../connection/due.ts";
import { heldDeadlines } from "../connection/lending.ts";
import type { Tcb } from "../connection/tcb.ts";
import { addSackBlocks } from "../receive/sack.ts";
import { windowField } from "../receive/window.ts";
import { ecnClass, ecnFlags } from "./ecn.ts";

/** IANA protocol number. */
export const TCP = 6;

/** The header without options; one with timestamps is 12 octets longer. */
export const TCP_HEADER_BYTES = 20;
/** Octets of the timestamps option, with its padding. */
export const TIMESTAMP_BYTES = 12;

/** Octets of text in the largest super-segment: an IP datagram has at most 65,535 octets, options included. */
export const MAX_SUPER_SEGMENT: number = 65_535 - 60 - 60;

const header = new TcpHeader();

/** TSval: milliseconds, from an offset of the connection's own (RFC 7323 §5.4). */
export function timestampAt(now: Instant, offset: number): number {
  return (Math.floor(now / 1000) + offset) | 0;
}

/** The value of the timestamps option that a segment of this instant has. */
export function timestampNow(tcb: Tcb): number {
  return timestampAt(tcb.now, tcb.tsOffset);
}

/**
 * Sends text [seq, seq + octets) with `flags` and all that an ordinary segment carries: ACK, window, options.
 *
 * @param why - for a tracer
 * @param isNew - it was not sent before
 */
export function emit(tcb: Tcb, seq: SeqNum, octets: number, flags: number, why: Send, isNew = false): void {
  const { rcv } = tcb;
  if (!isNew) tcb.host.trace?.weigh(tcb);
  const mayMark = isNew && tcb.ecnOk && octets > 0;
  header.flags = flags | ACK | (tcb.ecnOk ? ecnFlags(tcb, mayMark) : 0);
  header.mss = 0;
  header.windowScale = -1;
  header.sackPermitted = false;
  header.ack = rcv.nxt;
  header.window = windowField(tcb, rcv.windShift);
  header.sackCount = 0;
  // Blocks must not make a segment longer than the MSS: beside text they go where there is room (RFC 2018 §4).
  if (tcb.sackOk) addSackBlocks(tcb, header, octets);
  setUrgent(tcb, seq, octets);
  sendHeader(tcb, seq, octets, ecnClass(mayMark), why);
  if (octets > 0 && rcv.unackedText > 0) rcv.quickAcks = -1; // an answer carries the ACK
  acknowledgmentSent(tcb);
}

/** A SYN or SYN|ACK with the options that are offered; its window is never scaled (RFC 7323 §2.2). */
export function emitSyn(tcb: Tcb, flags: number, mss: number, why: Send): void {
  const { rcv } = tcb;
  tcb.host.trace?.weigh(tcb);
  header.flags = flags;
  header.mss = mss;
  header.sackPermitted = tcb.sackOk;
  header.sackCount = 0;
  header.windowScale = tcb.scaleOk ? rcv.windShift : -1;
  header.ack = flags & ACK ? rcv.nxt : seqNum(0);
  header.window = windowField(tcb, 0);
  header.urgentPointer = 0;
  if (tcb.ecnOk) header.flags |= flags & ACK ? ECE : ECE | CWR;
  sendHeader(tcb, tcb.snd.iss, 0, 0, why);
  if (flags & ACK) acknowledgmentSent(tcb);
}

/** URG and the urgent pointer, while urgent data is not behind us (RFC 9293 §3.8.5). */
function setUrgent(tcb: Tcb, seq: SeqNum, octets: number): void {
  const { snd } = tcb;
  header.urgentPointer = 0;
  if (!snd.urgent) return;
  const distance = seqDistance(seq, snd.up);
  if (distance <= 0 || distance > 0xffff) return;
  header.flags |= URG;
  header.urgentPointer = distance;
  // The pointer counts from each segment's own sequence number, which no link adjusts: no super-segments.
  if (octets > snd.mss) throw new Error("tapstack bug: urgent super-segment");
}

function sendHeader(tcb: Tcb, seq: SeqNum, octets: number, ecn: number, why: Send): void {
  const { snd } = tcb;
  const { context, counters, trace } = tcb.host;
  header.sourcePort = tcb.localPort;
  header.destinationPort = tcb.remotePort;
  header.seq = seq;
  header.hasTimestamps = tcb.timestampsOk;
  if (tcb.timestampsOk) {
    header.tsVal = timestampNow(tcb);
    header.tsEcr = header.flags & ACK ? tcb.rcv.tsRecent : 0;
  }
  const packet = build(context, tcb.route, header, octets);
  let parts = 1;
  if (octets > 0) {
    tcb.lastTextAt = context.now;
    const from = seqDistance(snd.ringSeq, seq);
    if (octets > snd.mss) {
      packet.segmentSize = snd.mss;
      packet.source = snd.ring;
      packet.sourceAt = from;
      parts = Math.ceil(octets / snd.mss);
    } else snd.ring.copyOut(from, octets, packet.bytes, packet.end - octets);
  }
  packet.hopLimit = tcb.options.hopLimit;
  packet.trafficClass = (tcb.options.trafficClass & 0xfc) | ecn;
  counters.outSegs += parts;
  tcb.segmentsSent += parts;
  tcb.lastSentAt = context.now;
  const before = trace === undefined ? 0 : trace.segment(tcb, seq, octets, header.flags, why, packet);
  tcb.route.send(packet, TCP);
  trace?.handedOn(before);
}

/** A packet with the header written, and room for `octets` of text behind it; the checksum is left to the link. */
export function build(context: TransportContext, route: Route, from: TcpHeader, octets: number): Packet {
  const headerBytes = tcpHeaderBytes(from);
  const packet = context.pool.take(headerBytes + octets);
  const at = packet.start;
  packet.transport = at;
  packet.end = at + headerBytes + octets;
  from.checksum = route.pseudoHeaderSum(TCP, headerBytes + octets);
  packet.checksumOffloaded = true;
  packet.dontFragment = true;
  writeTcp(packet.view, at, from);
  return packet;
}

/** Everything that was due to be acknowledged now is. */
function acknowledgmentSent(tcb: Tcb): void {
  const { rcv } = tcb;
  clearDue(tcb, Due.ack);
  tcb.duplicateAcksDue = 0;
  rcv.unackedText = 0;
  if (rcv.quickAcks > 0) rcv.quickAcks--;
  rcv.lastAckSent = rcv.nxt;
  heldDeadlines(tcb).ackAt = NEVER;
}
