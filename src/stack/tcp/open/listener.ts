/**
 * LISTEN (RFC 9293 §3.10.7.2). A connection that is being opened by a peer is a small `PendingSyn` until the
 * handshake is complete (the SYN cache of BSD, the limbo of Plan 9): a flood of SYNs costs little memory. When a
 * listener's queue of them is full, the peer keeps what is to be remembered, in a SYN cookie (RFC 4987 §3.6).
 */
import { Drop } from "../../base/drop.ts";
import { Fifo } from "../../base/fifo.ts";
import { Send } from "../../base/send.ts";
import { type SeqNum, seqAdd, seqBefore, seqWithin } from "../../base/seq.ts";
import { type Duration, type Instant, later, NEVER, seconds, since } from "../../base/time.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { Route } from "../../contract/network.ts";
import type { SocketAddress } from "../../contract/socket-address.ts";
import type { TcpEndpoint } from "../../contract/tcp-endpoint.ts";
import { ACK, CWR, ECE, SYN, TcpHeader } from "../../wire/tcp.ts";
import type { Segment } from "../connection/segment.ts";
import type { TcbHost } from "../connection/tcb.ts";
import { Tcb } from "../connection/tcb.ts";
import { mostOffered, windowShift } from "../receive/window.ts";
import { bareHeader, sendBare } from "../send/bare.ts";
import { TCP_HEADER_BYTES, timestampAt } from "../send/emit.ts";
import { establish, negotiate } from "./handshake.ts";
import { type HalfOpenQueue, type PendingOwner, PendingSyn } from "./pending-syn.ts";
import type { SynCache } from "./syn-cache.ts";
import { COOKIE_LIFE, cookieTimestamp, restoreSyn, type SynCookies } from "./syn-cookies.ts";

/** What a listener needs of the protocol beyond what a connection does. */
export interface ListenerHost extends TcbHost {
  /** The first sequence number of a connection (RFC 6528), not before `least` if that is given. */
  initialSequence(route: Route, localPort: number, remotePort: number, least: SeqNum | undefined): SeqNum;
  timestampOffset(route: Route, localPort: number, remotePort: number): number;
  readonly synCache: SynCache;
  readonly synCookies: SynCookies;
  /** `tcb` takes the place of `pending` in the table, or that of a cookie, with an endpoint for `accept`. */
  promote(pending: PendingSyn, tcb: Tcb): TcpEndpoint;
}

const syn = new TcpHeader();
const INITIAL_RTO: Duration = seconds(1);

/** A port that takes connections. */
export class TcpListener implements PendingOwner {
  readonly host: ListenerHost;
  readonly local: SocketAddress;
  /** Inherited by the connections. */
  options: TcpOptions;
  backlog: number;
  /** Established, and not yet accepted. */
  readonly queue: Fifo<TcpEndpoint> = new Fifo();
  readonly halfOpen: HalfOpenQueue = { oldest: undefined, newest: undefined, size: 0 };
  /** When a cookie was sent last; NEVER if none was. */
  #cookieAt: Instant = NEVER;
  readonly #changed: () => void;

  /** @param changed - the queue has grown: the listening endpoint is to be woken */
  constructor(
    host: ListenerHost,
    local: SocketAddress,
    options: TcpOptions,
    backlog: number,
    changed: () => void,
  ) {
    this.host = host;
    this.local = local;
    this.options = options;
    this.backlog = backlog;
    this.#changed = changed;
  }

  get isFull(): boolean {
    return this.queue.length > this.backlog; // as Linux: backlog 0 still takes one
  }

  /** It takes no more. What was not accepted is reset: nobody will ever serve it. */
  end(): void {
    this.host.synCache.drop(this);
    for (let socket = this.queue.shift(); socket !== undefined; socket = this.queue.shift()) socket.abort();
  }

  /** SEGMENT ARRIVES in LISTEN, for what is not a reset. */
  arrives(segment: Segment, route: Route, least: SeqNum | undefined): Drop {
    if (!segment.hasSyn) return Drop.noSynInListen; // fourth
    const { host } = this;
    if (this.isFull) {
      host.counters.listenOverflows++;
      return Drop.listenQueueFull;
    }
    const { header } = segment;
    const { destinationPort, sourcePort } = header;
    const offset = host.timestampOffset(route, destinationPort, sourcePort);
    if (this.#wantsCookie(least)) {
      const mss = header.mss > 0 ? header.mss : route.defaultMss;
      const { now } = host.context;
      const cookie = host.synCookies.make(now, route, destinationPort, sourcePort, header.seq, mss);
      this.#sendCookie(new PendingSyn(this, route, header, cookie, offset));
      return Drop.none;
    }
    const iss = host.initialSequence(route, destinationPort, sourcePort, least);
    const pending = new PendingSyn(this, route, header, iss, offset);
    if (this.options.saveSyn) pending.savedSyn = segment.headers();
    host.synCache.add(pending);
    host.synCache.note(pending, SYN | ACK, Send.synAck);
    this.#answerBy(pending, later(host.context.now, INITIAL_RTO));
    return Drop.none;
  }

  /** After TIME-WAIT a SYN may not begin at any number, as a cookie does. Linux too lets such a one into the queue. */
  #wantsCookie(least: SeqNum | undefined): boolean {
    const { config, synCache } = this.host;
    if (least !== undefined || config.synCookies === "never") return false;
    return config.synCookies === "always" || synCache.isFull(this);
  }

  /** Answers, and forgets: whether the answer is lost, only the peer's own SYN can tell. */
  #sendCookie(pending: PendingSyn): void {
    const { host } = this;
    pending.becomeCookie();
    this.#cookieAt = host.context.now;
    host.counters.synCookiesSent++;
    host.synCache.note(pending, SYN | ACK, Send.synCookie);
  }

  /**
   * SEGMENT ARRIVES in LISTEN, second: an ACK, which may be that of a cookie. Only if there was one not long ago: else
   * anybody could try numbers all day long. The TCB, once it is established.
   */
  arrivesAck(segment: Segment, route: Route): Tcb | Drop {
    const { host } = this;
    const { now } = host.context;
    const { header } = segment;
    if (this.#cookieAt === NEVER || since(this.#cookieAt, now) > COOKIE_LIFE || segment.hasSyn)
      return Drop.ackInListen;
    const { destinationPort, sourcePort } = header;
    const iss = seqAdd(header.ack, -1);
    const irs = seqAdd(header.seq, -1);
    const mss = host.synCookies.read(now, route, destinationPort, sourcePort, irs, iss);
    if (mss === 0) {
      host.counters.synCookiesFailed++;
      return Drop.badCookie;
    }
    const offset = host.timestampOffset(route, destinationPort, sourcePort);
    const pending = new PendingSyn(
      this,
      route,
      restoreSyn(syn, header, mss, header.tsEcr - offset),
      iss,
      offset,
    );
    pending.becomeCookie();
    return this.#complete(pending, segment);
  }

  /** SEGMENT ARRIVES in SYN-RECEIVED, in the order of RFC 9293 §3.10.7.4. The TCB, once it is established. */
  arrivesPending(pending: PendingSyn, segment: Segment): Tcb | Drop {
    const { header } = segment;
    const rcvNxt = seqAdd(pending.irs, 1);
    if (segment.hasSyn && header.seq === pending.irs && !segment.hasAck && !segment.hasRst) {
      this.host.synCache.note(pending, SYN | ACK, Send.synAckRepeated); // the SYN again: so the answer was lost
      return Drop.synAgain;
    }
    if (!seqWithin(header.seq, rcvNxt, Math.min(mostOffered(this.options), 0xffff))) {
      if (segment.hasRst) return Drop.resetOutsideWindow;
      this.host.synCache.note(pending, ACK, Send.ackNotAcceptable);
      return seqBefore(header.seq, rcvNxt) ? Drop.oldSegment : Drop.beyondWindow;
    }
    if (segment.hasRst) {
      if (header.seq !== rcvNxt) {
        this.host.synCache.note(pending, ACK, Send.challengeAck); // RFC 5961 §3.2
        return Drop.resetNotExact;
      }
      this.host.counters.attemptFails++;
      this.host.synCache.remove(pending); // back to LISTEN
      return Drop.none;
    }
    if (segment.hasSyn) {
      this.host.synCache.note(pending, ACK, Send.challengeAck);
      return Drop.synInWindow;
    }
    if (!segment.hasAck) return Drop.noAck;
    if (header.ack !== seqAdd(pending.iss, 1)) return Drop.badAckInSynReceived;
    return isOlder(pending, header) ? Drop.oldTimestamp : this.#complete(pending, segment);
  }

  /** No answer yet: the SYN|ACK again, with growing intervals, a few times (RFC 6298 §5). */
  synAckDue(pending: PendingSyn, now: Instant): void {
    const { host } = this;
    host.trace?.fired(pending, "syn-ack");
    if (pending.retries >= host.config.synAckRetries) {
      host.counters.attemptFails++;
      host.synCache.remove(pending);
      return;
    }
    pending.retries++;
    host.counters.retransSegs++;
    host.synCache.note(pending, SYN | ACK, Send.synAckAgain);
    this.#answerBy(pending, later(now, (INITIAL_RTO * 2 ** pending.retries) as Duration));
  }

  #answerBy(pending: PendingSyn, at: Instant): void {
    const deadlines = this.host.deadlines.lend(pending);
    deadlines.rtoAt = at;
    this.host.trace?.armed(pending, "syn-ack", at);
    deadlines.schedule();
  }

  sendDue(pending: PendingSyn): void {
    const { host, options } = this;
    const isSyn = (pending.due & SYN) !== 0;
    const flags = isSyn && pending.ecnOk ? pending.due | ECE : pending.due;
    const seq = isSyn ? pending.iss : seqAdd(pending.iss, 1);
    const header = bareHeader(pending.localPort, pending.remotePort, seq, seqAdd(pending.irs, 1), flags);
    header.window = Math.min(mostOffered(options), 0xffff);
    header.hasTimestamps = pending.timestampsOk;
    header.tsVal = pending.isCookie
      ? (cookieTimestamp(timestampAt(host.context.now, 0), pending) + pending.tsOffset) | 0
      : timestampAt(host.context.now, pending.tsOffset);
    header.tsEcr = pending.tsRecent;
    if (isSyn) {
      const mss = Math.min(pending.route.maxPayloadOfLink - TCP_HEADER_BYTES, 0xffff);
      header.mss = options.maxSegment > 0 ? Math.min(mss, options.maxSegment) : mss;
      header.windowScale = pending.windowScale >= 0 ? windowShift(options.receiveBuffer) : -1;
      header.sackPermitted = pending.sackOk;
    }
    sendBare(host, pending.route, options.trafficClass, host.trace?.due(pending, 0) ?? Send.unknown);
  }

  /** The handshake is complete, if there is room to accept it, and data if that is waited for. */
  #complete(pending: PendingSyn, segment: Segment): Tcb | Drop {
    const { host } = this;
    if (this.isFull) {
      host.counters.listenOverflows++;
      return Drop.acceptQueueFull; // the SYN|ACK goes out again, and its answer may find room
    }
    const waited = host.context.now - pending.since;
    const deferAccept = pending.isCookie ? 0 : this.options.deferAccept; // nothing is there that could wait
    if (deferAccept > waited && segment.textLength === 0 && !segment.hasFin) {
      // Only at the end of the time the SYN|ACK goes again, as on Linux: its ACK is then accepted without text.
      pending.deferred = true;
      this.#answerBy(pending, later(pending.since, deferAccept as Duration));
      return Drop.acceptDeferred;
    }
    const { header } = segment;
    const tcb = new Tcb(
      host,
      pending.route,
      pending.localPort,
      pending.remotePort,
      pending.iss,
      this.options,
    );
    tcb.state = "syn-received";
    tcb.tsOffset = pending.tsOffset;
    tcb.rcv.begin(pending.irs, mostOffered(this.options));
    tcb.snd.nxt = seqAdd(pending.iss, 1);
    this.#restoreOptions(tcb, pending);
    const socket = host.promote(pending, tcb);
    // Karn: only a SYN|ACK that was sent once gives a sample, and only its first answer. Of a cookie nobody knows.
    const isTimed = pending.retries === 0 && !pending.deferred && !pending.isCookie;
    establish(tcb, header, isTimed ? pending.since : NEVER);
    host.counters.passiveOpens++;
    if (pending.isCookie) host.counters.synCookiesReceived++;
    this.queue.push(socket);
    this.#changed();
    host.noteQuiet(tcb);
    return tcb;
  }

  /** Negotiates as if the SYN had come just now. */
  #restoreOptions(tcb: Tcb, pending: PendingSyn): void {
    tcb.scaleOk = pending.windowScale >= 0;
    tcb.sackOk = pending.sackOk;
    tcb.timestampsOk = pending.timestampsOk;
    tcb.rcv.windShift = tcb.scaleOk ? windowShift(this.options.receiveBuffer) : 0;
    syn.clear();
    syn.mss = pending.mss;
    syn.windowScale = pending.windowScale;
    syn.sackPermitted = pending.sackOk;
    syn.hasTimestamps = pending.timestampsOk;
    syn.tsVal = pending.tsRecent;
    syn.flags = ECE | CWR;
    tcb.ecnOk = pending.ecnOk;
    negotiate(tcb, syn);
  }
}

/** PAWS (RFC 7323 §5); a timestamp that is not older becomes TS.Recent. */
function isOlder(pending: PendingSyn, header: TcpHeader): boolean {
  if (!pending.timestampsOk || !header.hasTimestamps) return false;
  if (((header.tsVal - pending.tsRecent) | 0) < 0) return true;
  pending.tsRecent = header.tsVal;
  return false;
}
