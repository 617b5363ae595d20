/** The numbers that decided, in words. */
import type { LoggedEvent, LoggedOf } from "../events/index.ts";
import type { SendName, TcpNumbers } from "../stack/index.ts";
import { count, many, octets, span } from "./format.ts";

/** The numbers by which `event` was decided; "" where there are none. */
export function decidingNumbers(event: LoggedEvent): string {
  switch (event.kind) {
    case "segment":
      return (SEGMENTS[event.reason] ?? windows)(event, event.numbers);
    case "held":
      return heldWords(event);
    case "delayed":
      return delayWords(event);
    case "cut":
      return `${octets(event.octets)} became ${event.pieces} pieces`;
    case "merged":
      return `${event.pieces} pieces became ${octets(event.octets)}`;
    case "dropped":
      return event.octets > 0 ? `${octets(event.octets)} of it` : "";
    default:
      return "";
  }
}

type Words = (event: LoggedOf<"segment">, numbers: TcpNumbers) => string;

const windows: Words = ({ window }, { cwnd, inFlight, sndCnt, mss }) => {
  const room =
    sndCnt < Infinity
      ? `loss recovery lets ${count(Math.max(0, sndCnt))} go`
      : congestionWords(cwnd, inFlight);
  return `${room}; the peer's window takes ${count(Math.max(0, window))}; a full segment is ${count(mss)}`;
};
const recovering: Words = (event, { duplicateAcks, sacked, lostEdge, sndUna, cwnd, ssthresh }) =>
  `${many(duplicateAcks, "duplicate ACK")}, ${octets(sacked)} SACKed, ${octets((lostEdge - sndUna) | 0)} counted as lost; cwnd ${count(cwnd)}, ssthresh ${count(ssthresh)}; the segment is ${octets((event.seq - sndUna) | 0)} behind the first hole`;
const afterTimeout: Words = (_, { rto, retries, cwnd, srtt, rttvar }) =>
  `${many(retries, "timeout")} in a row; RTO is now ${span(rto)} (smoothed round trip ${span(srtt)}, variation ${span(rttvar)}); cwnd ${count(cwnd)}`;
const acknowledging: Words = (_, { unackedText, rcvMss, early, quickAcks }) => {
  const quick = quickAcks > 0 ? `; ${many(quickAcks, "more ACK")} will go at once` : "";
  const holes = early > 0 ? `; ${many(early, "range")} behind a hole` : "";
  return `${octets(unackedText)} had come since the last ACK, and a full segment is ${count(rcvMss)}${holes}${quick}`;
};
const probing: Words = ({ window }, { sndUna, sndEnd, persistBackoff, rto }) =>
  `the peer's window takes ${count(Math.max(0, window))}, ${octets((sndEnd - sndUna) | 0)} wait; ${many(persistBackoff, "probe")} before this one, RTO ${span(rto)}`;
const tail: Words = (_, { srtt, inFlight }) =>
  `${octets(inFlight)} in flight, and nothing heard for two smoothed round trips of ${span(srtt)}`;
const receiving: Words = (_, { held, receiveBuffer, rcvAdv, rcvNxt }) =>
  `the buffer of ${count(receiveBuffer)} has ${octets(held)} to be read; ${octets((rcvAdv - rcvNxt) | 0)} were left of the window as the peer knows it`;
const opening: Words = (_, { rto, retries }) =>
  `try ${count(retries + 1)}; the next would come after ${span(rto)}`;

const SEGMENTS: Readonly<Partial<Record<SendName, Words>>> = {
  syn: opening,
  synAgain: opening,
  synAck: opening,
  synAckAgain: opening,
  newText: windows,
  fin: windows,
  windowProbe: probing,
  windowProbeAgain: probing,
  tailProbe: tail,
  tailProbeAgain: tail,
  fastRetransmit: recovering,
  nextHole: recovering,
  partialAck: recovering,
  lostAgain: recovering,
  reorderingOver: recovering,
  timeout: afterTimeout,
  afterTimeout,
  ackFullSegments: acknowledging,
  ackDelayed: acknowledging,
  ackQuick: acknowledging,
  ackEarly: acknowledging,
  ackOutOfOrder: acknowledging,
  ackGapFilled: acknowledging,
  ackWindowUpdate: receiving,
  ackClosedWindow: receiving,
};

function congestionWords(cwnd: number, inFlight: number): string {
  const room = Math.max(0, Math.floor(cwnd - inFlight));
  const may = room === 0 ? "nothing more may be sent" : `${count(room)} more may be sent`;
  return `cwnd ${count(cwnd)}, in flight ${count(inFlight)}: ${may}`;
}

function heldWords({ reason, unsent, numbers }: LoggedOf<"held">): string {
  const { cwnd, inFlight, sndCnt, sndNxt, sndUna, sndWnd, sndSml, mss } = numbers;
  switch (reason) {
    case "heldByCongestion":
      return sndCnt < Infinity
        ? `${octets(unsent)} wait; loss recovery lets ${count(Math.max(0, sndCnt))} go now (RFC 9937), and a segment is ${count(Math.min(mss, unsent))}`
        : `${octets(unsent)} wait; ${congestionWords(cwnd, inFlight)}${cwnd > inFlight ? `, less than a segment of ${count(Math.min(mss, unsent))}` : ""}`;
    case "heldByReceiveWindow":
      return `${octets(unsent)} wait; the peer's window of ${count(sndWnd)} has room for ${count(Math.max(0, (sndUna + sndWnd - sndNxt) | 0))} more`;
    case "heldByNagle":
      return `${octets(unsent)} wait, less than a segment of ${count(mss)}; an earlier small segment, up to ${sndSml >>> 0}, is not acknowledged yet (all before ${sndUna >>> 0} is)`;
    case "heldByCork":
      return `${octets(unsent)} wait, less than a segment of ${count(mss)}`;
    default:
      return unsent > 0 ? `${octets(unsent)} wait` : "";
  }
}

function delayWords({ queued, transmission, travel }: LoggedOf<"delayed">): string {
  const parts = [
    queued > 0 ? `${span(queued)} in the queue` : "",
    transmission > 0 ? `${span(transmission)} to be sent, bit after bit` : "",
    travel > 0 ? `${span(travel)} on the way` : "",
  ].filter((part) => part !== "");
  return parts.join(", ");
}
