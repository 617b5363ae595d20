/**
 * Connections at rest: established, with nothing to send, to acknowledge or to wait for. What such a one remembers is
 * numbers, in typed arrays of the whole TCP; its control block is made again when a segment comes or the application
 * calls. That spares some 700 octets of the 1,100 that a connection weighs (decision 63).
 */
import type { IpAddress } from "../../base/ip-address.ts";
import type { SeqNum } from "../../base/seq.ts";
import type { Instant } from "../../base/time.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { Route } from "../../contract/network.ts";
import type { Flow } from "../../demux/flow-table.ts";
import { type AtRest, Tcb, type TcbHost, type TcbUser } from "./tcb.ts";

/** A connection at rest. */
export class RestingTcb implements AtRest {
  /** Both: a field less. */
  readonly #ports: number;
  readonly route: Route;
  readonly options: TcpOptions;
  readonly user: TcbUser;
  readonly row: number;
  flowHash = 0;
  flowNext: Flow | undefined = undefined;

  constructor(tcb: Tcb, user: TcbUser, row: number) {
    this.#ports = (tcb.localPort << 16) | tcb.remotePort;
    this.route = tcb.route;
    this.options = tcb.options;
    this.user = user;
    this.row = row;
  }

  get resting(): true {
    return true;
  }

  get state(): "established" {
    return "established";
  }

  get localPort(): number {
    return this.#ports >>> 16;
  }

  get remotePort(): number {
    return this.#ports & 0xffff;
  }

  get localAddress(): IpAddress {
    return this.route.source;
  }

  get remoteAddress(): IpAddress {
    return this.route.destination;
  }
}

/** Whether all that `tcb` remembers is numbers: what `RestingRows` does not keep is as in a new control block. */
export function mayRest(tcb: Tcb): boolean {
  const { host, user, snd, rcv } = tcb;
  return (
    tcb.state === "established" &&
    user !== undefined &&
    !tcb.dirty &&
    tcb.due === 0 &&
    tcb.duplicateAcksDue === 0 &&
    tcb.recovery === undefined &&
    tcb.deadlines === host.deadlines.none &&
    tcb.retries === 0 &&
    tcb.persistBackoff === 0 &&
    tcb.keepProbes === 0 &&
    tcb.softFailure === undefined &&
    maySenderRest(tcb) &&
    rcv.ring.capacity === 0 &&
    rcv.early === undefined &&
    rcv.urgentState === 0 &&
    !rcv.finSeen &&
    !rcv.finReceived &&
    !rcv.discarding &&
    !rcv.readShut &&
    rcv.recentEarly.length === 0 &&
    rcv.duplicates.length === 0 &&
    snd.una === snd.nxt
  );
}

function maySenderRest({ snd, route, localAddress, remoteAddress }: Tcb): boolean {
  return (
    snd.ring.capacity === 0 &&
    snd.congestion === undefined &&
    !snd.urgent &&
    !snd.finQueued &&
    !snd.finSent &&
    route.source.equals(localAddress) &&
    route.destination.equals(remoteAddress)
  );
}

/** Integers of a connection, and doubles: times and counters. */
const INTEGERS = 30;
const DOUBLES = 13;
/** Connections in one pair of arrays. */
const PAGE = 256;

/** Bits of the integer that has what is true or false. */
const Flag = {
  active: 1,
  scaleOk: 2,
  ecnOk: 4,
  sackOk: 8,
  timestampsOk: 16,
  moreFollows: 32,
  cwrDue: 64,
  ecnEcho: 128,
} as const;

/** The numbers of all connections at rest. */
export class RestingRows {
  #integers: Int32Array[] = [];
  #doubles: Float64Array[] = [];
  #free: number[] = [];
  #size = 0;

  /** Connections at rest. */
  get size(): number {
    return this.#size;
  }

  /** Notes all of `tcb`, which `mayRest`. */
  put(tcb: Tcb, user: TcbUser): RestingTcb {
    const row = this.#free.pop() ?? this.#addPage();
    this.#size++;
    const place = row % PAGE;
    writeIntegers(tcb, this.#integers[Math.floor(row / PAGE)] as Int32Array, place * INTEGERS);
    writeDoubles(tcb, this.#doubles[Math.floor(row / PAGE)] as Float64Array, place * DOUBLES);
    return new RestingTcb(tcb, user, row);
  }

  /** A control block like the one that was put: it is nobody's yet. */
  read({ row, route, localPort, remotePort, options }: AtRest, host: TcbHost): Tcb {
    const integers = this.#integers[Math.floor(row / PAGE)] as Int32Array;
    const place = row % PAGE;
    const iss = integers[place * INTEGERS] as SeqNum;
    const tcb = new Tcb(host, route, localPort, remotePort, iss, options);
    tcb.state = "established";
    readIntegers(tcb, integers, place * INTEGERS);
    readDoubles(tcb, this.#doubles[Math.floor(row / PAGE)] as Float64Array, place * DOUBLES);
    return tcb;
  }

  /** Its numbers are not needed any more. */
  release({ row }: AtRest): void {
    this.#size--;
    if (this.#size > 0) {
      this.#free.push(row);
      return;
    }
    this.#integers = [];
    this.#doubles = [];
    this.#free = [];
  }

  #addPage(): number {
    const first = this.#integers.length * PAGE;
    this.#integers.push(new Int32Array(PAGE * INTEGERS));
    this.#doubles.push(new Float64Array(PAGE * DOUBLES));
    for (let row = first + PAGE - 1; row > first; row--) this.#free.push(row);
    return first;
  }
}

function writeIntegers(tcb: Tcb, into: Int32Array, at: number): void {
  const { snd, rcv } = tcb;
  into[at] = snd.iss;
  into[at + 1] = snd.una;
  into[at + 2] = snd.wnd;
  into[at + 3] = snd.wl1;
  into[at + 4] = snd.wl2;
  into[at + 5] = snd.maxWnd;
  into[at + 6] = snd.windShift;
  into[at + 7] = snd.mss;
  into[at + 8] = snd.peerMss;
  into[at + 9] = snd.up;
  into[at + 10] = snd.ringSeq;
  into[at + 11] = snd.sml;
  into[at + 12] = rcv.irs;
  into[at + 13] = rcv.nxt;
  into[at + 14] = rcv.adv;
  into[at + 15] = rcv.windShift;
  into[at + 16] = rcv.mss;
  into[at + 17] = rcv.up;
  into[at + 18] = rcv.urgentOctet;
  into[at + 19] = rcv.finSeq;
  into[at + 20] = rcv.unackedText;
  into[at + 21] = rcv.quickAcks;
  into[at + 22] = rcv.lastAckSent;
  into[at + 23] = rcv.tsRecent;
  into[at + 24] = tcb.tsOffset;
  into[at + 25] = tcb.challengeCount;
  into[at + 26] = flagsOf(tcb);
  // Modulo 2^32, as tcpi_segs_out of Linux.
  into[at + 27] = tcb.segmentsSent;
  into[at + 28] = tcb.segmentsReceived;
  into[at + 29] = tcb.totalRetransmits;
}

function readIntegers(tcb: Tcb, from: Int32Array, at: number): void {
  const { snd, rcv } = tcb;
  const seq = (offset: number): SeqNum => from[at + offset] as SeqNum;
  const integer = (offset: number): number => from[at + offset] as number;
  snd.una = seq(1);
  snd.nxt = seq(1);
  snd.wnd = integer(2);
  snd.wl1 = seq(3);
  snd.wl2 = seq(4);
  snd.maxWnd = integer(5);
  snd.windShift = integer(6);
  snd.mss = integer(7);
  snd.peerMss = integer(8);
  snd.up = seq(9);
  snd.ringSeq = seq(10);
  snd.sml = seq(11);
  rcv.irs = seq(12);
  rcv.nxt = seq(13);
  rcv.adv = seq(14);
  rcv.windShift = integer(15);
  rcv.mss = integer(16);
  rcv.up = seq(17);
  rcv.urgentOctet = integer(18);
  rcv.finSeq = seq(19);
  rcv.unackedText = integer(20);
  rcv.quickAcks = integer(21);
  rcv.lastAckSent = seq(22);
  rcv.tsRecent = integer(23);
  tcb.tsOffset = integer(24);
  tcb.challengeCount = integer(25);
  setFlags(tcb, integer(26));
  tcb.segmentsSent = integer(27) >>> 0;
  tcb.segmentsReceived = integer(28) >>> 0;
  tcb.totalRetransmits = integer(29) >>> 0;
}

function flagsOf({ active, scaleOk, ecnOk, sackOk, timestampsOk, snd, rcv }: Tcb): number {
  return (
    (active ? Flag.active : 0) |
    (scaleOk ? Flag.scaleOk : 0) |
    (ecnOk ? Flag.ecnOk : 0) |
    (sackOk ? Flag.sackOk : 0) |
    (timestampsOk ? Flag.timestampsOk : 0) |
    (snd.moreFollows ? Flag.moreFollows : 0) |
    (snd.cwrDue ? Flag.cwrDue : 0) |
    (rcv.ecnEcho ? Flag.ecnEcho : 0)
  );
}

function setFlags(tcb: Tcb, flags: number): void {
  tcb.active = (flags & Flag.active) !== 0;
  tcb.scaleOk = (flags & Flag.scaleOk) !== 0;
  tcb.ecnOk = (flags & Flag.ecnOk) !== 0;
  tcb.sackOk = (flags & Flag.sackOk) !== 0;
  tcb.timestampsOk = (flags & Flag.timestampsOk) !== 0;
  tcb.snd.moreFollows = (flags & Flag.moreFollows) !== 0;
  tcb.snd.cwrDue = (flags & Flag.cwrDue) !== 0;
  tcb.rcv.ecnEcho = (flags & Flag.ecnEcho) !== 0;
}

function writeDoubles(tcb: Tcb, into: Float64Array, at: number): void {
  into[at] = tcb.challengeSince;
  into[at + 1] = tcb.tsRecentAt;
  into[at + 2] = tcb.lastTextAt;
  into[at + 3] = tcb.lastSentAt;
  into[at + 4] = tcb.lastHeardAt;
  into[at + 5] = tcb.bytesSent;
  into[at + 6] = tcb.bytesReceived;
  into[at + 7] = tcb.bytesAcknowledged;
  tcb.rtt.write(into, at + 8);
}

function readDoubles(tcb: Tcb, from: Float64Array, at: number): void {
  const time = (offset: number): Instant => from[at + offset] as Instant;
  const count = (offset: number): number => from[at + offset] as number;
  tcb.challengeSince = time(0);
  tcb.tsRecentAt = time(1);
  tcb.lastTextAt = time(2);
  tcb.lastSentAt = time(3);
  tcb.lastHeardAt = time(4);
  tcb.bytesSent = count(5);
  tcb.bytesReceived = count(6);
  tcb.bytesAcknowledged = count(7);
  tcb.rtt.read(from, at + 8);
}
