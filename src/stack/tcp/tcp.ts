/**
 * TCP (RFC 9293) as a transport protocol: finds whose segment it is, answers those that are nobody's, and at
 * the end of an entry lets every connection send what is due.
 */

import { RingPool } from "../base/byte-ring.ts";
import { addSums, finishSum, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import { type SeqNum, seqAdd, seqBefore, seqNum } from "../base/seq.ts";
import { checkSetting, checkSettings, integer, OBJECT, oneOf, withDefaults } from "../base/settings.ts";
import type { Instant } from "../base/time.ts";
import type { SocketAddress, TcpEndpoint, TcpOptions, TcpState } from "../contract/endpoint.ts";
import type { Route } from "../contract/network.ts";
import type {
  Arrival,
  TransportContext,
  TransportProtocol,
  UnreachableReport,
} from "../contract/transport.ts";
import type { Flow } from "../demux/flow-table.ts";
import { PortTable } from "../demux/port-table.ts";
import { ACK, FIN, RST, readTcp, SYN, TcpHeader } from "../wire/tcp.ts";
import { segmentArrives } from "./arrives/arrives.ts";
import { timersDue } from "./arrives/timeouts.ts";
import type { CongestionControl, CongestionFactory } from "./congestion/congestion.ts";
import { CONGESTION } from "./congestion/registry.ts";
import { DEFAULT_CONFIG, DEFAULT_OPTIONS, type TcpConfig } from "./connection/config.ts";
import { TcpCounters } from "./connection/counters.ts";
import { DeadlinePool } from "./connection/deadlines.ts";
import { retire, setState } from "./connection/lifecycle.ts";
import { RecoveryPool } from "./connection/recovery-record.ts";
import { CONFIG_RULES, CONTROLLERS, OPTION_RULES } from "./connection/rules.ts";
import { Segment } from "./connection/segment.ts";
import { isSynchronized } from "./connection/states.ts";
import { Tcb } from "./connection/tcb.ts";
import { ConnectionTable } from "./demux/connection-table.ts";
import { mayReopen, TimeWait, TimeWaitList } from "./end/time-wait.ts";
import { reportUnreachable } from "./end/unreachable.ts";
import { arrivesSynReceived, arrivesSynSent, outputHandshake } from "./open/handshake.ts";
import { IsnGenerator } from "./open/isn.ts";
import type { TcpListener } from "./open/listener.ts";
import { PendingSyn } from "./open/pending-syn.ts";
import { SynCache } from "./open/syn-cache.ts";
import { emitBare, TCP } from "./send/emit.ts";
import { output } from "./send/send.ts";
import type { EndpointHost, TcpPortHolder } from "./user/endpoint-host.ts";
import { TcpUserEndpoint } from "./user/tcp-user-endpoint.ts";

/** What may be chosen when TCP is made. */
export interface TcpSettings {
  /** Constants that are to differ from `DEFAULT_CONFIG`. */
  readonly config?: Partial<TcpConfig> | undefined;
  /** Options that new sockets begin with. */
  readonly options?: Partial<TcpOptions> | undefined;
  /** Congestion controllers by name, beside the built-in ones. */
  readonly congestion?: ReadonlyMap<string, CongestionFactory> | undefined;
}

/** One line of a table of connections. */
export interface TcpConnection {
  readonly local: SocketAddress;
  readonly remote: SocketAddress | undefined;
  readonly state: TcpState;
  /** Octets that have arrived and were not read; of a listener, connections that wait for `accept`. */
  readonly receiveQueue: number;
  /** Octets written that the peer has not acknowledged; of a listener, how many connections may wait. */
  readonly sendQueue: number;
}

function checkTcpSettings(settings: TcpSettings): void {
  checkSettings("tcp", settings, { config: OBJECT, options: OBJECT, congestion: CONTROLLERS });
  const congestion = oneOf([...CONGESTION.keys(), ...(settings.congestion?.keys() ?? [])]);
  checkSettings("tcp.options", settings.options ?? {}, { ...OPTION_RULES, congestion });
  checkSettings("tcp.config", settings.config ?? {}, CONFIG_RULES);
  const { minRto, maxRto } = withDefaults(DEFAULT_CONFIG, settings.config);
  checkSetting("tcp.config", "maxRto", maxRto, integer(minRto));
}

const reset = new TcpHeader();

export class Tcp implements TransportProtocol, EndpointHost {
  readonly name: string = "tcp";
  readonly number: number = TCP;
  readonly context: TransportContext;
  readonly config: TcpConfig;
  readonly defaults: TcpOptions;
  readonly counters: TcpCounters = new TcpCounters();
  readonly rings: RingPool = new RingPool();
  readonly deadlines: DeadlinePool;
  readonly recoveries: RecoveryPool = new RecoveryPool();
  readonly ports: PortTable<TcpPortHolder>;
  readonly #congestion: ReadonlyMap<string, CongestionFactory>;
  /** The last answer of `initialWindow`: most connections choose and agree upon the same. */
  readonly #start = { congestion: "", mss: 0, window: 0 };
  readonly #isn: IsnGenerator;
  readonly #flows: ConnectionTable;
  readonly listeners: Set<TcpListener> = new Set();
  readonly synCache: SynCache;
  readonly #timeWait: TimeWaitList;
  readonly #segment: Segment = new Segment();
  #dirty: Tcb[] = [];
  #flushing: Tcb[] = [];

  constructor(context: TransportContext, settings: TcpSettings = {}) {
    this.context = context;
    checkTcpSettings(settings);
    this.#congestion = new Map([...CONGESTION, ...(settings.congestion ?? [])]);
    this.config = withDefaults(DEFAULT_CONFIG, settings.config);
    this.defaults = withDefaults(DEFAULT_OPTIONS, settings.options);
    this.deadlines = new DeadlinePool(context.timers);
    this.#isn = new IsnGenerator(context.random.fork("isn"));
    this.#flows = new ConnectionTable(context.random.fork("flows").bits());
    this.ports = new PortTable(context.random.fork("ports"));
    this.synCache = new SynCache(this.#flows, this.config, this.counters, this.deadlines);
    this.#timeWait = new TimeWaitList(context, this.config, this.counters, this.#flows);
  }

  /** A new socket in CLOSED. */
  open(): TcpEndpoint {
    return new TcpUserEndpoint(this, { ...this.defaults });
  }

  // ── From the network ───────────────────────────────────────────────────────────────────────────────

  receive(arrival: Arrival): Drop {
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
    if (arrival.toMany) return Drop.ignored; // MUST-57
    segment.refill(packet, packet.start + segment.header.headerBytes);
    const { destinationPort, sourcePort } = segment.header;
    const flow = this.#flows.find(arrival.destination, destinationPort, arrival.source, sourcePort);
    if (flow instanceof Tcb) return this.#arrives(flow, segment, arrival);
    if (flow instanceof PendingSyn) return this.#arrivesPending(flow, segment, arrival);
    if (flow instanceof TimeWait) {
      if (!mayReopen(flow, segment)) return this.#timeWait.arrives(flow, segment);
      return this.#arrivesListen(segment, arrival, flow);
    }
    return this.#arrivesListen(segment, arrival, undefined);
  }

  #arrives(tcb: Tcb, segment: Segment, arrival: Arrival): Drop {
    if (tcb.state !== "syn-sent" && tcb.state !== "syn-received") return segmentArrives(tcb, segment);
    const outcome =
      tcb.state === "syn-sent" ? arrivesSynSent(tcb, segment) : arrivesSynReceived(tcb, segment);
    if (outcome === "reset") return this.#sendReset(segment, arrival);
    if (outcome !== Drop.none || !isSynchronized(tcb.state)) return outcome;
    // Established: text and FIN of the same segment are next ("continue at the sixth step").
    if (segment.length > 0 && segment.hasAck) return segmentArrives(tcb, segment);
    return outcome;
  }

  #arrivesPending(pending: PendingSyn, segment: Segment, arrival: Arrival): Drop {
    const outcome = pending.listener.arrivesPending(pending, segment);
    if (outcome === "reset") return this.#sendReset(segment, arrival);
    if (!(outcome instanceof Tcb)) return outcome;
    return segment.length > 0 ? segmentArrives(outcome, segment) : Drop.none;
  }

  #arrivesListen(segment: Segment, arrival: Arrival, old: TimeWait | undefined): Drop {
    if (segment.hasRst) return Drop.noSuchConnection;
    const listener = this.#findListener(arrival, segment.header);
    if (old !== undefined && (listener === undefined || listener.isFull))
      return this.#timeWait.arrives(old, segment);
    if (listener === undefined) return this.#sendReset(segment, arrival);
    if (segment.hasSyn && !segment.hasAck && this.context.isMany(arrival.source)) return Drop.martian; // MUST-63
    const route = this.#routeBack(arrival);
    if (route === undefined) return Drop.noRoute;
    if (old !== undefined) this.#timeWait.remove(old);
    const outcome = listener.arrives(segment, route, old?.sndNxt);
    return outcome === "reset" ? this.#sendReset(segment, arrival) : outcome;
  }

  /** The listener whose address fits best; of several that share a port, one by the peer's port and address. */
  #findListener(arrival: Arrival, header: TcpHeader): TcpListener | undefined {
    let best: TcpListener | undefined;
    let shares = 0;
    const pick = (header.sourcePort ^ arrival.source.word3) >>> 0;
    for (const { listener } of this.ports.holders(header.destinationPort)) {
      if (listener === undefined || !takes(listener, arrival)) continue;
      const better = best === undefined || (best.local.address.isAny && !listener.local.address.isAny);
      if (better) shares = 1;
      else if (best?.local.address.isAny !== listener.local.address.isAny) continue;
      else shares++;
      if (better || pick % shares === 0) best = listener;
    }
    return best;
  }

  #routeBack(arrival: Arrival): Route | undefined {
    return this.context.route(arrival.source, arrival.destination);
  }

  /** RFC 9293 §3.10.7.1: a reset that fits a segment of no connection. A reset itself gets no answer. */
  #sendReset(segment: Segment, arrival: Arrival): Drop {
    if (segment.hasRst) return Drop.noSuchConnection;
    const route = this.#routeBack(arrival);
    if (route === undefined || route.toMany) return Drop.noSuchConnection;
    const { header } = segment;
    reset.clear();
    reset.sourcePort = header.destinationPort;
    reset.destinationPort = header.sourcePort;
    if (segment.hasAck) {
      reset.flags = RST;
      reset.seq = header.ack;
    } else {
      reset.flags = RST | ACK;
      reset.seq = seqNum(0);
      reset.ack = seqAdd(
        header.seq,
        arrival.packet.end - arrival.packet.start - header.headerBytes + synFin(header),
      );
    }
    this.counters.outRsts++;
    this.counters.outSegs++;
    emitBare(this.context, route, reset, 0);
    return Drop.noSuchConnection;
  }

  unreachable(report: UnreachableReport): void {
    if (report.end - report.at < 8) return;
    const localPort = report.view.getUint16(report.at);
    const remotePort = report.view.getUint16(report.at + 2);
    const flow = this.#flows.find(report.source, localPort, report.destination, remotePort);
    if (flow instanceof Tcb) reportUnreachable(flow, report, report.view.getInt32(report.at + 4) as SeqNum);
  }

  flush(_now: Instant): void {
    // What is noted while these send (a reset by give-up, say) is for the next round.
    const batch = this.#dirty;
    this.#dirty = this.#flushing;
    this.#flushing = batch;
    for (let i = 0; i < batch.length; i++) {
      const tcb = batch[i] as Tcb;
      tcb.dirty = false;
      if (tcb.state === "syn-sent" || tcb.state === "syn-received") outputHandshake(tcb);
      else output(tcb);
    }
    batch.length = 0;
  }

  // ── For connections ────────────────────────────────────────────────────────────────────────────────

  noteOutput(tcb: Tcb): void {
    tcb.dirty = true;
    this.#dirty.push(tcb);
    if (this.#dirty.length === 1) this.context.noteFlush(this);
  }

  remove(tcb: Tcb): void {
    this.#flows.remove(tcb);
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
    const factory = this.#congestion.get(options.congestion) ?? this.#congestion.get("cubic");
    return (factory as CongestionFactory)(mss);
  }

  initialWindow(options: TcpOptions, mss: number): number {
    const start = this.#start;
    if (start.congestion !== options.congestion || start.mss !== mss) {
      start.congestion = options.congestion;
      start.mss = mss;
      start.window = this.newCongestion(options, mss).window;
    }
    return start.window;
  }

  /** Whether a congestion controller of that name can be chosen. */
  hasCongestion(name: string): boolean {
    return this.#congestion.has(name);
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
    this.synCache.unlink(pending);
    this.#flows.replace(pending, tcb);
    const socket = new TcpUserEndpoint(this, tcb.options);
    socket.adopt(tcb);
    return socket;
  }

  // ── For endpoints ──────────────────────────────────────────────────────────────────────────────────

  /** Whether a connection with these ends would be the only one. */
  isFree(route: Route, localPort: number, remotePort: number): boolean {
    return this.#flows.find(route.source, localPort, route.destination, remotePort) === undefined;
  }

  /** Connections of any state that have this local port. */
  uses(localPort: number): number {
    return this.#flows.uses(localPort);
  }

  addFlow(tcb: Tcb): void {
    this.#flows.add(tcb);
  }

  /** All connections and listeners, for tables that people read. */
  connections(): TcpConnection[] {
    const rows: TcpConnection[] = [];
    for (const listener of this.listeners) rows.push(listenerRow(listener));
    this.#flows.forEach((flow) => {
      rows.push(flowRow(flow));
    });
    return rows;
  }

  /** Connections in TIME-WAIT, half-open ones, and all others in the table. */
  get sizes(): { timeWait: number; pending: number; connections: number } {
    const timeWait = this.#timeWait.size;
    const pending = this.synCache.size;
    return { timeWait, pending, connections: this.#flows.size - timeWait - pending };
  }
}

/** Whether a listener's address and interface are those that a segment came for. */
function takes(listener: TcpListener, arrival: Arrival): boolean {
  const { interfaceName } = listener.options;
  if (interfaceName !== "" && interfaceName !== arrival.from.name) return false;
  return listener.local.address.isAny || listener.local.address.equals(arrival.destination);
}

/** Sequence numbers that SYN and FIN occupy. */
function synFin(header: TcpHeader): number {
  return (header.flags & SYN ? 1 : 0) + (header.flags & FIN ? 1 : 0);
}

/** MUST-3. A link that has verified it, or a peer on this very host, has said so in the packet. */
function isChecksumRight(arrival: Arrival): boolean {
  const { packet } = arrival;
  const octets = packet.end - packet.start;
  const sum = addSums(arrival.pseudoHeaderSum(TCP, octets), sumOctets(packet, packet.start, packet.end));
  return finishSum(sum) === 0;
}

function listenerRow(listener: TcpListener): TcpConnection {
  const { local, queue, backlog } = listener;
  return { local, remote: undefined, state: "listen", receiveQueue: queue.length, sendQueue: backlog };
}

function flowRow(flow: Flow): TcpConnection {
  const local = { address: flow.localAddress, port: flow.localPort };
  const remote = { address: flow.remoteAddress, port: flow.remotePort };
  if (!(flow instanceof Tcb)) {
    const state = flow instanceof TimeWait ? "time-wait" : "syn-received";
    return { local, remote, state, receiveQueue: 0, sendQueue: 0 };
  }
  const { state, rcv, snd } = flow;
  return { local, remote, state, receiveQueue: rcv.ring.length, sendQueue: snd.ring.length };
}
