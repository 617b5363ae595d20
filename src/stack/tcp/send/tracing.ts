/**
 * Tells a tracer why TCP sends, holds back and waits, with the numbers that decided. Runs only while there is a
 * tracer.
 */
import type { Packet } from "../../base/packet.ts";
import { Send, sendName } from "../../base/send.ts";
import { type SeqNum, seqBefore, seqDistance } from "../../base/seq.ts";
import { type Instant, NEVER } from "../../base/time.ts";
import type { Filling, Trace } from "../../contract/trace.ts";
import {
  CHANGED,
  type ConnectionEnds,
  type HeldEvent,
  type SegmentEvent,
  type TcpNumbers,
  type TextEvent,
  type TimerPurpose,
  TRACE_VERSION,
  type WindowEvent,
} from "../../contract/trace-events.ts";
import { cwnd } from "../connection/congestion-window.ts";
import { Due, isDue } from "../connection/due.ts";
import { Phase } from "../connection/recovery-record.ts";
import type { Tcb } from "../connection/tcb.ts";
import { LOST, type TcpTrace, WAKE } from "../connection/tcp-trace.ts";
import { pipe } from "../recovery/scoreboard.ts";

/** What is remembered of a connection, or of one that begins or ends, while it is traced. */
class Notes {
  /** By what is due: why, and the event at that time. */
  readonly whys: Map<number, { why: Send; cause: number }> = new Map();
  outputCause = 0;
  /** What was told of last. */
  held: Send = Send.unknown;
  cwnd = 0;
  ssthresh = 0;
  srtt = -1;
  sndWnd = 0;
  recovery = 0;
  /** Deadlines, and whether the first is that of a tail loss probe; a timer that has fired is no deadline any more. */
  readonly told: Record<"rtoAt" | "persistAt" | "giveUpAt" | "ackAt" | "idleAt" | "reorderAt", Instant> & {
    tail: boolean;
  } = {
    rtoAt: NEVER,
    tail: false,
    persistAt: NEVER,
    giveUpAt: NEVER,
    ackAt: NEVER,
    idleAt: NEVER,
    reorderAt: NEVER,
  };
}

const HEAD = { version: TRACE_VERSION, id: 0, cause: 0, time: 0 as Instant, layer: "tcp" } as const;

/** The trace of one TCP. */
export class TcpTracing implements TcpTrace<Tcb> {
  readonly #trace: Trace;
  readonly #notes: WeakMap<object, Notes> = new WeakMap();
  /** Of whom notes were asked for last: mostly it is the same connection, many times. */
  #lastKey: object | undefined = undefined;
  #lastNotes: Notes = new Notes();
  readonly #numbers: Filling<TcpNumbers> = noNumbers();
  #weighed = false;
  #segment: Filling<SegmentEvent> | undefined;
  #text: Filling<TextEvent> | undefined;
  #held: Filling<HeldEvent> | undefined;
  #window: Filling<WindowEvent> | undefined;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  // ── Notes ────────────────────────────────────────────────────────────────────────────────────────────

  noted(of: object, what: number, why: Send, already = false): void {
    const { whys } = this.#of(of);
    const { cause } = this.#trace;
    const before = whys.get(what);
    if (before === undefined) whys.set(what, { why, cause });
    else if (!already) {
      before.why = why;
      before.cause = cause;
    }
  }

  outputNoted(tcb: Tcb): void {
    this.#of(tcb).outputCause = this.#trace.cause;
  }

  due(of: object, what: number): Send {
    const note = this.#of(of).whys.get(what);
    if (note === undefined) return Send.unknown;
    this.#trace.cause = note.cause;
    return note.why;
  }

  // ── Output ───────────────────────────────────────────────────────────────────────────────────────────

  outputBegins(tcb: Tcb): void {
    this.#trace.cause = this.#of(tcb).outputCause;
  }

  outputEnds(tcb: Tcb): void {
    this.#hold(tcb, limiter(tcb));
  }

  withoutRoute(tcb: Tcb): void {
    this.#hold(tcb, Send.heldByRoute);
  }

  /** Something waits, for that reason; not told twice. */
  #hold(tcb: Tcb, why: Send): void {
    const notes = this.#of(tcb);
    if (why === notes.held) return;
    notes.held = why;
    fill(this.#numbers, tcb);
    const numbers = this.#numbers;
    this.#held ??= { ...HEAD, kind: "held", reason: "unknown", connection: tcb, unsent: 0, numbers };
    const event = this.#held;
    event.reason = sendName(why);
    event.connection = tcb;
    event.unsent = Math.max(0, seqDistance(tcb.snd.nxt, tcb.snd.end));
    this.#trace.tell(event);
  }

  weigh(tcb: Tcb): void {
    fill(this.#numbers, tcb);
    this.#weighed = true;
  }

  segment(tcb: Tcb, seq: SeqNum, octets: number, flags: number, why: Send, packet: Packet): number {
    const numbers = this.#numbers;
    if (!this.#weighed) fill(numbers, tcb);
    this.#weighed = false;
    this.#segment ??= {
      ...HEAD,
      kind: "segment",
      reason: "unknown",
      connection: tcb,
      seq,
      octets,
      flags,
      window: 0,
      numbers,
    };
    const event = this.#segment;
    event.reason = sendName(why);
    event.connection = tcb;
    event.seq = seq;
    event.octets = octets;
    event.flags = flags;
    event.window = (numbers.sndUna + numbers.sndWnd - seq) | 0;
    const trace = this.#trace;
    const before = trace.cause;
    event.id = trace.next();
    event.time = trace.now;
    event.cause = before;
    trace.pass(event);
    packet.cause = event.id;
    trace.cause = event.id;
    return before;
  }

  text(tcb: Tcb, seq: SeqNum, octets: number): void {
    this.#text ??= { ...HEAD, kind: "text", connection: tcb, seq, octets, rcvNxt: 0 };
    const event = this.#text;
    event.connection = tcb;
    event.seq = seq;
    event.octets = octets;
    event.rcvNxt = tcb.rcv.nxt;
    const trace = this.#trace;
    event.id = trace.next();
    event.time = trace.now;
    event.cause = trace.cause;
    trace.pass(event);
  }

  handedOn(before: number): void {
    this.#trace.cause = before;
  }

  bare(why: Send, packet: Packet): number {
    return this.#trace.sent("tcp", why, packet);
  }

  whyAgain(tcb: Tcb, at: SeqNum): Send {
    const notes = this.#of(tcb);
    this.#trace.cause = notes.outputCause;
    const { recovery } = tcb;
    // What was sent only after a timeout, and is lost all the same, is lost for another reason.
    if (recovery?.phase === Phase.fast || !seqBefore(at, recovery?.recoveryPoint ?? at)) return Send.nextHole;
    return notes.whys.get(LOST)?.why ?? Send.unknown;
  }

  whyNew(tcb: Tcb, octets: number): Send {
    if (isDue(tcb, Due.force)) return this.due(tcb, Due.force);
    if (isDue(tcb, Due.tlp)) return this.due(tcb, Due.tlp);
    this.#trace.cause = this.#of(tcb).outputCause;
    return octets > 0 ? Send.newText : Send.fin;
  }

  // ── What changes ─────────────────────────────────────────────────────────────────────────────────────

  settled(tcb: Tcb): void {
    const { rtoAt, persistAt, ackAt, idleAt, reorderAt, giveUpAt } = tcb.deadlines;
    const tail = tcb.recovery?.tlpArmed === true;
    const notes = this.#of(tcb);
    const { told } = notes; // what has not changed need not be looked up
    if (told.rtoAt !== rtoAt || told.tail !== tail) {
      this.armed(tcb, "retransmission", tail ? NEVER : rtoAt);
      this.armed(tcb, "tail-probe", tail ? rtoAt : NEVER);
    }
    if (told.persistAt !== persistAt) this.armed(tcb, "persist", persistAt);
    if (told.giveUpAt !== giveUpAt) this.armed(tcb, "user-timeout", giveUpAt);
    if (told.ackAt !== ackAt) this.armed(tcb, "delayed-ack", ackAt);
    if (told.idleAt !== idleAt) this.armed(tcb, "keep-alive", idleAt);
    if (told.reorderAt !== reorderAt) this.armed(tcb, "reordering", reorderAt);
    told.rtoAt = rtoAt;
    told.tail = tail;
    told.persistAt = persistAt;
    told.giveUpAt = giveUpAt;
    told.ackAt = ackAt;
    told.idleAt = idleAt;
    told.reorderAt = reorderAt;
    this.#settleWindows(tcb, notes);
  }

  #settleWindows(tcb: Tcb, notes: Notes): void {
    const window = cwnd(tcb);
    const threshold = tcb.snd.congestion?.threshold ?? Number.POSITIVE_INFINITY;
    const phase = tcb.recovery?.phase ?? 0;
    const { smoothed } = tcb.rtt;
    let changed = 0;
    if (notes.sndWnd !== tcb.snd.wnd) changed |= CHANGED.window;
    if (notes.cwnd !== window) changed |= CHANGED.cwnd;
    if (notes.ssthresh !== threshold) changed |= CHANGED.ssthresh;
    if (notes.srtt !== smoothed) changed |= CHANGED.rtt;
    if (notes.recovery !== phase) changed |= CHANGED.recovery;
    if (changed === 0) return;
    notes.cwnd = window;
    notes.ssthresh = threshold;
    notes.recovery = phase;
    notes.srtt = smoothed;
    notes.sndWnd = tcb.snd.wnd;
    fill(this.#numbers, tcb);
    this.#window ??= { ...HEAD, kind: "window", connection: tcb, changed, numbers: this.#numbers };
    const event = this.#window;
    const trace = this.#trace;
    event.connection = tcb;
    event.changed = changed;
    event.id = trace.next();
    event.time = trace.now;
    event.cause = trace.cause;
    trace.pass(event);
  }

  armed(owner: object & ConnectionEnds, purpose: TimerPurpose, at: Instant): void {
    this.#trace.armed("tcp", owner, purpose, at, owner);
  }

  fired(owner: object & ConnectionEnds, purpose: TimerPurpose): void {
    const told = this.#notes.get(owner)?.told;
    if (told !== undefined) forget(told, purpose);
    this.#trace.fired("tcp", owner, purpose, owner);
  }

  woken(tcb: Tcb | undefined): void {
    if (tcb !== undefined) this.due(tcb, WAKE);
    this.#trace.woken("tcp", tcb);
  }

  #of(key: object): Notes {
    if (key === this.#lastKey) return this.#lastNotes;
    let notes = this.#notes.get(key);
    if (notes === undefined) {
      notes = new Notes();
      this.#notes.set(key, notes);
    }
    this.#lastKey = key;
    this.#lastNotes = notes;
    return notes;
  }
}

/** The timer has fired: the same deadline would be another one. */
function forget(told: Notes["told"], purpose: TimerPurpose): void {
  if (purpose === "retransmission" || purpose === "tail-probe") told.rtoAt = NEVER;
  else if (purpose === "persist") told.persistAt = NEVER;
  else if (purpose === "user-timeout") told.giveUpAt = NEVER;
  else if (purpose === "delayed-ack") told.ackAt = NEVER;
  else if (purpose === "keep-alive") told.idleAt = NEVER;
  else if (purpose === "reordering") told.reorderAt = NEVER;
}

/** What keeps text or a FIN from being sent; the application, if nothing waits. The rules are those of `sendable`. */
function limiter(tcb: Tcb): Send {
  const { snd, recovery, options } = tcb;
  const unsent = seqDistance(snd.nxt, snd.end);
  if (unsent <= 0 && (!snd.finQueued || snd.finSent)) return Send.heldByApplication;
  const window = snd.windowFrom(snd.nxt);
  const wanted = Math.min(Math.max(unsent, 1), snd.mss);
  if (window < wanted) return Send.heldByReceiveWindow;
  const room = recovery?.prr?.active ? recovery.prr.sndCnt : cwnd(tcb) - pipe(tcb);
  if (room < wanted) return Send.heldByCongestion;
  return options.cork ? Send.heldByCork : Send.heldByNagle;
}

function fill(numbers: Filling<TcpNumbers>, tcb: Tcb): void {
  const { snd, rcv, recovery, deadlines, rtt, options } = tcb;
  numbers.state = tcb.state;
  numbers.sndUna = snd.una;
  numbers.sndNxt = snd.nxt;
  numbers.sndWnd = snd.wnd;
  numbers.sndMaxWnd = snd.maxWnd;
  numbers.sndEnd = snd.end;
  numbers.mss = snd.mss;
  numbers.sndSml = snd.sml;
  numbers.cwnd = cwnd(tcb);
  numbers.ssthresh = snd.congestion?.threshold ?? Number.POSITIVE_INFINITY;
  numbers.inFlight = pipe(tcb);
  numbers.sndCnt = recovery?.prr?.active ? recovery.prr.sndCnt : Number.POSITIVE_INFINITY;
  numbers.duplicateAcks = recovery?.dupAcks ?? 0;
  numbers.recovery = recovery?.phase ?? 0;
  numbers.recoveryPoint = recovery?.recoveryPoint ?? snd.una;
  numbers.highRxt = recovery?.highRxt ?? snd.una;
  numbers.lostEdge = recovery?.lostEdge ?? snd.una;
  numbers.sacked = recovery?.scoreboard?.octets ?? 0;
  numbers.srtt = rtt.smoothed;
  numbers.rttvar = rtt.variation;
  numbers.rto = rtt.timeout;
  numbers.retries = tcb.retries;
  numbers.persistBackoff = tcb.persistBackoff;
  numbers.rtoAt = deadlines.rtoAt;
  numbers.persistAt = deadlines.persistAt;
  numbers.ackAt = deadlines.ackAt;
  numbers.idleAt = deadlines.idleAt;
  numbers.holesAt = deadlines.reorderAt;
  numbers.rcvNxt = rcv.nxt;
  numbers.rcvAdv = rcv.adv;
  numbers.rcvMss = rcv.mss;
  numbers.unackedText = rcv.unackedText;
  numbers.quickAcks = rcv.quickAcks;
  numbers.held = rcv.ring.length;
  numbers.receiveBuffer = options.receiveBuffer;
  numbers.early = rcv.early?.count ?? 0;
  numbers.noDelay = options.noDelay;
  numbers.cork = options.cork;
  numbers.finQueued = snd.finQueued;
}

function noNumbers(): Filling<TcpNumbers> {
  return {
    state: "closed",
    sndUna: 0,
    sndNxt: 0,
    sndWnd: 0,
    sndMaxWnd: 0,
    sndEnd: 0,
    mss: 0,
    sndSml: 0,
    cwnd: 0,
    ssthresh: 0,
    inFlight: 0,
    sndCnt: Number.POSITIVE_INFINITY,
    duplicateAcks: 0,
    recovery: 0,
    recoveryPoint: 0,
    highRxt: 0,
    lostEdge: 0,
    sacked: 0,
    srtt: 0,
    rttvar: 0,
    rto: 0,
    retries: 0,
    persistBackoff: 0,
    rtoAt: NEVER,
    persistAt: NEVER,
    ackAt: NEVER,
    idleAt: NEVER,
    holesAt: NEVER,
    rcvNxt: 0,
    rcvAdv: 0,
    rcvMss: 0,
    unackedText: 0,
    quickAcks: 0,
    held: 0,
    receiveBuffer: 0,
    early: 0,
    noDelay: false,
    cork: false,
    finQueued: false,
  };
}
