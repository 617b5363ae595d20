/**
 * TCP (RFC 9293) as a transport protocol. It finds whose segment it is, and the room that it goes to. At the end of an
 * entry it lets everybody send what is due.
 */

import { RingPool } from "../base/byte-ring.ts";
import { addSums, finishSum, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import { type SeqNum, seqAdd, seqBefore } from "../base/seq.ts";
import { withDefaults } from "../base/settings.ts";
import type { Instant } from "../base/time.ts";
import type { TcpOptions } from "../contract/endpoint-options.ts";
import type { Route } from "../contract/network.ts";
import type { SocketAddress } from "../contract/socket-address.ts";
import type { TcpEndpoint } from "../contract/tcp-endpoint.ts";
import type { Trace } from "../contract/trace.ts";
import type {
  Arrival,
  TransportContext,
  TransportProtocol,
  UnreachableReport,
} from "../contract/transport.ts";
import type { Flow } from "../demux/flow-table.ts";
import { Listeners } from "../demux/listeners.ts";
import { type PortHolder, PortTable, type PortUse } from "../demux/port-table.ts";
import { readTcp, readTcpSequence } from "../wire/tcp.ts";
import { readDestinationPort, readSourcePort } from "../wire/transport.ts";
import { segmentArrives } from "./arrives/arrives.ts";
import { timersDue } from "./arrives/expiries.ts";
import type { CongestionControl } from "./congestion/congestion.ts";
import { Controllers } from "./congestion/registry.ts";
import { DEFAULT_CONFIG, DEFAULT_OPTIONS, type TcpConfig } from "./connection/config.ts";
import { TcpCounters } from "./connection/counters.ts";
import { DeadlinePool } from "./connection/deadlines.ts";
import { Due, isDue } from "./connection/due.ts";
import { retire, setState } from "./connection/lifecycle.ts";
import { RecoveryPool } from "./connection/recovery-record.ts";
import type { Rest, RestHost } from "./connection/rest.ts";
import { Segment } from "./connection/segment.ts";
import { isSynchronized } from "./connection/states.ts";
import { type AtRest, Tcb } from "./connection/tcb.ts";
import type { TcpTrace } from "./connection/tcp-trace.ts";
import { flowRow, listenerRow, type TcpConnection } from "./connection-rows.ts";
import { ConnectionTable } from "./demux/connection-table.ts";
import { sendReset } from "./end/close.ts";
import { mayReopen, TimeWait, TimeWaitList } from "./end/time-wait.ts";
import { reportUnreachable } from "./end/unreachable.ts";
import { FlowSecret } from "./open/flow-secret.ts";
import { arrivesSynReceived, arrivesSynSent, outputHandshake } from "./open/handshake.ts";
import { IsnGenerator } from "./open/isn.ts";
import type { TcpListener } from "./open/listener.ts";
import { PendingSyn } from "./open/pending-syn.ts";
import { SynCache } from "./open/syn-cache.ts";
import { SynCookies } from "./open/syn-cookies.ts";
import { callsForReset } from "./send/calls-for-reset.ts";
import { TCP } from "./send/emit.ts";
import { output } from "./send/output.ts";
import { Resets } from "./send/resets.ts";
import { checkTcpSettings, type TcpSettings } from "./tcp-settings.ts";
import type { EndpointHost } from "./user/endpoint-host.ts";
import { TcpUserEndpoint } from "./user/tcp-user-endpoint.ts";

/** What TCP has only where it is handed it. */
export interface TcpParts {
  /** Tells a tracer why it does what it does. */
  readonly trace?: ((trace: Trace) => TcpTrace<Tcb>) | undefined;
  /** Has connections with nothing to do weigh less; without it they stay as they are. */
  readonly rest?: ((host: RestHost) => Rest) | undefined;
}

/** TCP, as the protocol that a stack registers. */
export class Tcp implements TransportProtocol, EndpointHost, RestHost {
  readonly name: string = "tcp";
  readonly number: number = TCP;
  readonly context: TransportContext;
  readonly config: TcpConfig;
  defaults: TcpOptions;
  readonly counters: TcpCounters = new TcpCounters();
  readonly rings: RingPool = new RingPool();
  readonly trace: TcpTrace<Tcb> | undefined;
  readonly deadlines: DeadlinePool;
  readonly recoveries: RecoveryPool = new RecoveryPool();
  readonly ports: PortTable<PortHolder>;
  readonly #controllers: Controllers;
  readonly #isn: IsnGenerator;
  readonly #flows: ConnectionTable;
  readonly listeners: Listeners<TcpListener> = new Listeners();
  readonly synCache: SynCache;
  readonly synCookies: SynCookies;
  readonly #timeWait: TimeWaitList;
  readonly #segment: Segment = new Segment();
  readonly #rest: Rest | undefined;
  #dirty: Tcb[] = [];
  #flushing: Tcb[] = [];
  readonly #resets: Resets;
  #flushNoted = false;

  constructor(context: TransportContext, settings: TcpSettings = {}, parts: TcpParts = {}) {
    this.context = context;
    this.trace = context.trace === undefined ? undefined : parts.trace?.(context.trace);
    checkTcpSettings(settings);
    this.#controllers = new Controllers(settings.congestion);
    this.config = withDefaults(DEFAULT_CONFIG, settings.config);
    this.defaults = withDefaults(DEFAULT_OPTIONS, settings.options);
    this.#rest = parts.rest?.(this);
    this.deadlines = new DeadlinePool(context.timers);
    const secret = new FlowSecret(context.random.fork("isn"));
    this.#isn = new IsnGenerator(secret);
    this.synCookies = new SynCookies(secret);
    this.#flows = new ConnectionTable(context.random.fork("flows").bits());
    this.ports = new PortTable(context.random.fork("ports"));
    const noteFlush = (): void => this.noteFlush();
    this.#resets = new Resets(this);
    this.synCache = new SynCache(this.#flows, this, noteFlush);
    this.#timeWait = new TimeWaitList(this, this.config, this.#flows, noteFlush);
  }

  /** Constants and options change for what begins from now on: see `BareStack.configureTcp`. */
  configure({ config, options }: Pick<TcpSettings, "config" | "options">): void {
    checkTcpSettings({ config: { ...this.config, ...config }, ...(options && { options }) });
    Object.assign(this.config, config);
    this.defaults = { ...this.defaults, ...options };
  }

  /** A new socket in CLOSED. */
  open(): TcpEndpoint {
    return new TcpUserEndpoint(this, this.defaults);
  }

  // ── From the network ───────────────────────────────────────────────────────────────────────────────

  receive(arrival: Arrival): Drop {
    const reason = this.#receive(arrival);
    if (reason === Drop.none) return reason;
    this.dropped(arrival.packet, reason);
    if (callsForReset(reason)) {
      this.#resets.note(this.#segment, arrival, reason);
      this.noteFlush();
    }
    return reason;
  }

  dropped(packet: Packet | undefined, reason: Drop): void {
    this.counters.drops.count(reason);
    this.context.trace?.dropped("tcp", packet, reason);
  }

  #receive(arrival: Arrival): Drop {
    const { packet } = arrival;
    const { counters } = this;
    const segment = this.#segment;
    counters.inSegs += packet.segmentSize > 0 ? Math.ceil(packet.length / packet.segmentSize) : 1;
    if (!packet.checksumOffloaded && !isChecksumRight(arrival)) {
      counters.inErrs++;
      counters.inCsumErrors++;
      return Drop.badChecksum;
    }
    const malformed = readTcp(packet.view, packet.start, packet.end, segment.header);
    if (malformed !== Drop.none) {
      counters.inErrs++;
      return malformed;
    }
    if (arrival.toMany) return Drop.segmentToMany; // MUST-57
    segment.refill(packet, packet.start + segment.header.headerBytes);
    return this.#segmentArrives(segment, arrival);
  }

  /**
   * SEGMENT ARRIVES (RFC 9293 §3.10.7), by the state of what the segment belongs to. This is the table of contents:
   * each state has its room.
   */
  #segmentArrives(segment: Segment, arrival: Arrival): Drop {
    const { destinationPort, sourcePort } = segment.header;
    const found = this.#flows.find(arrival.destination, destinationPort, arrival.source, sourcePort);
    const flow = this.#rest?.holds(found) ? this.wakeUp(found) : found;
    if (flow instanceof Tcb) {
      if (arrival.packet.hopLimit < flow.options.leastHopLimit) return Drop.fewHopsLeft;
      switch (flow.state) {
        case "syn-sent": // §3.10.7.3: open/handshake.ts
          return this.#opened(flow, arrivesSynSent(flow, segment), segment);
        case "syn-received": // §3.10.7.4 after a simultaneous open: open/handshake.ts
          return this.#opened(flow, arrivesSynReceived(flow, segment), segment);
        default: // §3.10.7.4 from ESTABLISHED to LAST-ACK: arrives/arrives.ts
          return segmentArrives(flow, segment);
      }
    }
    // §3.10.7.4, SYN-RECEIVED after a passive open: open/listener.ts
    if (flow instanceof PendingSyn) return this.#arrivesPending(flow, segment);
    // §3.10.7.4, TIME-WAIT: end/time-wait.ts; but a newer SYN finds LISTEN in its place
    if (flow instanceof TimeWait && !mayReopen(flow, segment)) return this.#timeWait.arrives(flow, segment);
    if (segment.hasRst) return Drop.resetForNobody; // to CLOSED and LISTEN it says nothing
    const old = flow instanceof TimeWait ? flow : undefined;
    const spread = (sourcePort ^ arrival.source.hash) >>> 0;
    const listener = this.listeners.find(arrival.destination, destinationPort, arrival.from, spread);
    if (old !== undefined && (listener === undefined || listener.isFull))
      return this.#timeWait.arrives(old, segment);
    // §3.10.7.1, CLOSED: a reset, send/resets.ts
    if (listener === undefined) return Drop.closedPort;
    // §3.10.7.2, LISTEN: open/listener.ts
    return this.#arrivesListen(listener, segment, arrival, old);
  }

  /** What a segment in SYN-SENT or SYN-RECEIVED has come to; its text and FIN are next when that is ESTABLISHED. */
  #opened(tcb: Tcb, outcome: Drop, segment: Segment): Drop {
    if (outcome !== Drop.none || !isSynchronized(tcb.state)) return outcome;
    // "Continue at the sixth step."
    return segment.length > 0 && segment.hasAck ? segmentArrives(tcb, segment) : outcome;
  }

  #arrivesPending(pending: PendingSyn, segment: Segment): Drop {
    const { options } = pending.listener;
    if (segment.packet !== undefined && segment.packet.hopLimit < options.leastHopLimit)
      return Drop.fewHopsLeft;
    return this.#accepted(pending.listener.arrivesPending(pending, segment), segment);
  }

  /** What has come of the third segment of a handshake, whose text is next if there is a connection now. */
  #accepted(outcome: Tcb | Drop, segment: Segment): Drop {
    if (!(outcome instanceof Tcb)) return outcome;
    return segment.length > 0 ? segmentArrives(outcome, segment) : Drop.none;
  }

  #arrivesListen(listener: TcpListener, segment: Segment, arrival: Arrival, old: TimeWait | undefined): Drop {
    if (arrival.packet.hopLimit < listener.options.leastHopLimit) return Drop.fewHopsLeft;
    if (segment.hasSyn && !segment.hasAck && this.context.isMany(arrival.source)) return Drop.sourceIsMany; // MUST-63
    const route = this.context.route(arrival.source, arrival.destination, undefined, listener.options);
    if (route === undefined) return Drop.noRouteBack;
    if (segment.hasAck) return this.#accepted(listener.arrivesAck(segment, route), segment); // second
    if (old !== undefined) this.#timeWait.remove(old);
    return listener.arrives(segment, route, old?.sndNxt);
  }

  unreachable(report: UnreachableReport): Drop {
    const localPort = readSourcePort(report.view, report.at);
    const remotePort = readDestinationPort(report.view, report.at);
    const found = this.#flows.find(report.source, localPort, report.destination, remotePort);
    // One that rests has nothing in flight: it need not wake up to say so.
    const flow = this.#rest?.holds(found) ? this.#rest.read(found) : found;
    if (!(flow instanceof Tcb)) return Drop.quoteOfNobody;
    return reportUnreachable(flow, report, readTcpSequence(report.view, report.at));
  }

  /** Sends all that was noted. What is noted while these send (a reset by give-up, say) is for the next round. */
  flush(_now: Instant): void {
    this.#flushNoted = false;
    this.#resets.flush();
    this.synCache.flush();
    this.#timeWait.flush();
    const batch = this.#dirty;
    this.#dirty = this.#flushing;
    this.#flushing = batch;
    for (let i = 0; i < batch.length; i++) {
      const tcb = batch[i] as Tcb;
      tcb.dirty = false;
      if (isDue(tcb, Due.reset)) sendReset(tcb);
      else if (tcb.state === "syn-sent" || tcb.state === "syn-received") outputHandshake(tcb);
      else output(tcb);
    }
    while (batch.length > 0) batch.pop(); // keeps the room that the next ones need, which a length of 0 gives back
    this.#rest?.flush();
  }

  /** `flush` is to be called at the end of the entry. */
  noteFlush(): void {
    if (this.#flushNoted) return;
    this.#flushNoted = true;
    this.context.noteFlush(this);
  }

  // ── For connections ────────────────────────────────────────────────────────────────────────────────

  noteOutput(tcb: Tcb): void {
    tcb.dirty = true;
    this.#dirty.push(tcb);
    this.noteFlush();
  }

  remove(tcb: Tcb): void {
    this.#flows.remove(tcb);
  }

  replace(old: Flow, next: Flow): void {
    this.#flows.replace(old, next);
  }

  noteQuiet(tcb: Tcb): void {
    this.#rest?.note(tcb);
  }

  notQuiet(tcb: Tcb): void {
    this.#rest?.forget(tcb);
  }

  wakeUp(resting: AtRest): Tcb {
    return (this.#rest as Rest).wakeUp(resting); // it has made it
  }

  timersDue(tcb: Tcb, now: Instant): void {
    timersDue(tcb, now);
  }

  enterTimeWait(tcb: Tcb): void {
    this.#timeWait.enter(tcb);
    setState(tcb, "time-wait");
    retire(tcb);
    if (tcb.user === undefined) tcb.rcv.ring.clear();
  }

  newCongestion(options: TcpOptions, mss: number): CongestionControl {
    return this.#controllers.make(options.congestion, mss);
  }

  initialWindow(options: TcpOptions, mss: number): number {
    return this.#controllers.initialWindow(options.congestion, mss);
  }

  hasCongestion(name: string): boolean {
    return this.#controllers.has(name);
  }

  /** RFC 6528; after TIME-WAIT also beyond what the old connection has sent (RFC 1122 §4.2.2.13). */
  initialSequence(route: Route, localPort: number, remotePort: number, least: SeqNum | undefined): SeqNum {
    const iss = this.#isn.next(this.context.now, route.source, localPort, route.destination, remotePort);
    if (least !== undefined && seqBefore(iss, least)) return seqAdd(least, 64_000);
    return iss;
  }

  timestampOffset(route: Route, localPort: number, remotePort: number): number {
    return this.#isn.offset(route.source, localPort, route.destination, remotePort);
  }

  // ── For listeners ──────────────────────────────────────────────────────────────────────────────────

  promote(pending: PendingSyn, tcb: Tcb): TcpEndpoint {
    if (pending.isCookie) this.#flows.add(tcb);
    else {
      this.synCache.unlink(pending);
      this.#flows.replace(pending, tcb);
    }
    const socket = new TcpUserEndpoint(this, tcb.options);
    socket.adopt(tcb);
    socket.savedSyn = pending.savedSyn;
    return socket;
  }

  // ── For endpoints ──────────────────────────────────────────────────────────────────────────────────

  /** Whether a connection with these ends would be the only one. */
  isFree(route: Route, localPort: number, remotePort: number): boolean {
    return this.#flows.find(route.source, localPort, route.destination, remotePort) === undefined;
  }

  usesAt(at: SocketAddress): boolean {
    return this.#flows.usesAt(at);
  }

  /** The ports with connections; of those only that have these ends, if they are given. */
  portUse(route?: Route, remotePort = 0): PortUse {
    if (route === undefined) return this.#flows.portUse;
    return this.#flows.portUseTo(route.source, route.destination, remotePort);
  }

  addFlow(tcb: Tcb): void {
    this.#flows.add(tcb);
  }

  /** All connections and listeners, for tables that people read. */
  connections(): TcpConnection[] {
    const rows: TcpConnection[] = [];
    for (const listener of this.listeners.all()) rows.push(listenerRow(listener));
    this.#flows.forEach((flow) => {
      rows.push(flowRow(this.#rest?.holds(flow) ? this.#rest.read(flow) : flow));
    });
    return rows;
  }

  /** Connections in TIME-WAIT, half-open ones, all others in the table, and how many of these rest. */
  get sizes(): { timeWait: number; pending: number; connections: number; resting: number } {
    const timeWait = this.#timeWait.size;
    const pending = this.synCache.size;
    return {
      timeWait,
      pending,
      connections: this.#flows.size - timeWait - pending,
      resting: this.#rest?.size ?? 0,
    };
  }
}

/** MUST-3. A link that has verified it, or a peer on this very host, has said so in the packet. */
function isChecksumRight(arrival: Arrival): boolean {
  const { packet } = arrival;
  const octets = packet.end - packet.start;
  const sum = addSums(arrival.pseudoHeaderSum(TCP, octets), sumOctets(packet, packet.start, packet.end));
  return finishSum(sum) === 0;
}
