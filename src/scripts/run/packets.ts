/** The packets of a run: those of the script made live, and those that the target sends against the script's. */
import type { IcmpWords, PacketAction, TcpWords, UdpWords } from "../language/syntax.ts";
import { continues, difference, formatSegment, ipDifference, isPureAck, joined } from "./compare-segments.ts";
import { Connection } from "./live-connection.ts";
import type { Addresses, Emission, Value } from "./target.ts";
import {
  type Datagram,
  decodeDatagram,
  decodeSegment,
  encodeDatagram,
  encodeIcmp,
  encodeSegment,
  encodeUdp,
  ICMP,
  type Segment,
  TCP,
  UDP,
} from "./wire.ts";

const SYN = 2;
const RST = 4;
const ACK = 16;
const DEFAULT_WINDOW = 65_535;
const HOP_LIMIT = 64;
/** The first port of a script's peer that connects. */
const FIRST_PEER_PORT = 40_000;
/** RFC 792: what is quoted of a datagram behind its header. */
const QUOTED = 8;
/** Lines of a failure about what went before. */
const TRACED = 8;
/** The bits of the type of service octet for `noecn`, `ect1`, `ect0` and `ce`. */
const ECN_BITS: Readonly<Record<string, number>> = { noecn: 0, ect1: 1, ect0: 2, ce: 3, ect01: 2 };

/** What packets need to know. */
export interface PacketOptions {
  readonly addresses: Addresses;
  readonly start: number;
  readonly lenient: boolean;
  /** Microseconds of a tick of timestamps; 0: their values are not looked at. */
  readonly ticks: number;
  readonly tolerance: number;
  readonly port: number;
}

/** A packet of the target, and what is wrong with it. */
export interface Seen {
  readonly at: number;
  readonly seen: string;
  readonly reason: string | undefined;
  readonly problem: string | undefined;
}

interface Arrived {
  readonly at: number;
  readonly datagram: Datagram;
  /** A string says what is wrong with it; undefined: it is no segment. */
  readonly segment: Segment | string | undefined;
  readonly reason: string | undefined;
}

/** All packets of a run. */
export class Packets {
  readonly #options: PacketOptions;
  readonly #waiting: Arrived[] = [];
  readonly #connections: Connection[] = [];
  readonly #lines: string[] = [];
  #current: Connection | undefined = undefined;
  /** Where the script listens, or is bound. */
  #localPort: number;
  #remotePort: number;
  #peerPorts = FIRST_PEER_PORT;
  #lastSent: Uint8Array | undefined = undefined;
  #firstStamp: { readonly at: number; readonly live: number; readonly script: number } | undefined =
    undefined;

  constructor(options: PacketOptions) {
    this.#options = options;
    this.#localPort = options.port;
    this.#remotePort = options.port;
  }

  /** Notes what a call says of connections that come. */
  called(name: string, given: readonly Value[]): void {
    if (name === "listen") this.#current = undefined; // the next SYN begins a connection
    const address = given[1];
    if ((name !== "bind" && name !== "connect") || typeof address !== "object" || Array.isArray(address))
      return;
    const port = (address as Readonly<Record<string, Value>>)["sin_port"];
    if (typeof port !== "number") return;
    if (name === "bind") this.#localPort = port;
    else this.#remotePort = port;
  }

  /** The octets of a script's inbound packet; or why there can be none. */
  inbound(action: PacketAction): Uint8Array | string {
    const { body } = action;
    const { local, remote } = this.#options.addresses;
    const [protocol, payload] = this.#payload(body);
    if (typeof payload === "string") return payload;
    const trafficClass = (action.ip.trafficClass ?? 0) | (ECN_BITS[action.ip.ecn ?? "noecn"] ?? 0);
    const hopLimit = action.ip.hopLimit ?? HOP_LIMIT;
    return encodeDatagram({ source: remote, destination: local, protocol, trafficClass, hopLimit, payload });
  }

  #payload(body: PacketAction["body"]): [number, Uint8Array | string] {
    if (body.kind === "tcp") return [TCP, this.#segment(body)];
    if (body.kind === "udp") return [UDP, this.#udp(body)];
    return [ICMP, this.#icmp(body)];
  }

  #segment(words: TcpWords): Uint8Array | string {
    const connection = this.#inboundConnection(words);
    const { local, remote } = this.#options.addresses;
    if ((words.flags & SYN) !== 0) connection.peerOpens(words.from);
    if ((words.flags & RST) !== 0) connection.peerResets();
    const ofSyn = (words.flags & SYN) !== 0;
    const segment: Segment = {
      sourcePort: connection.remotePort,
      destinationPort: connection.localPort,
      seq: connection.remoteToLive(words.from, ofSyn),
      ack: (words.flags & ACK) === 0 ? 0 : connection.localToLive(words.ack, ofSyn),
      flags: words.flags,
      window: words.window ?? DEFAULT_WINDOW,
      urgent: words.urgent,
      options: connection.inboundOptions(words.options ?? [], words.flags),
      text: new Uint8Array(words.length),
    };
    this.#trace("<", this.#now, formatSegment(shown(words, segment)), undefined);
    return encodeSegment(segment, remote, local);
  }
  #now = 0;

  /** The connection that a script's segment is of: by its ports, or the current one; a SYN may begin one. */
  #inboundConnection(words: TcpWords): Connection {
    const found =
      words.ports === undefined ? this.#current : this.#find(words.ports.destination, words.ports.source);
    if (found !== undefined) {
      this.#current = found;
      return found;
    }
    const { destination = this.#localPort, source = this.#peerPorts++ } = words.ports ?? {};
    return this.#open(destination, source);
  }

  #open(localPort: number, remotePort: number): Connection {
    const made = new Connection(localPort, remotePort);
    this.#connections.push(made);
    this.#current = made;
    return made;
  }

  #find(localPort: number, remotePort: number): Connection | undefined {
    return this.#connections.findLast((one) => one.localPort === localPort && one.remotePort === remotePort);
  }

  #udp(words: UdpWords): Uint8Array {
    const { local, remote } = this.#options.addresses;
    const { source = this.#remotePort, destination = this.#localPort } = words.ports ?? {};
    this.#trace("<", this.#now, `udp (${words.length})`, undefined);
    return encodeUdp([source, destination], words.length, remote, local);
  }

  #icmp(words: IcmpWords): Uint8Array | string {
    const quoted = this.#quoted(words);
    if (quoted === undefined) return "nothing was sent that an ICMP error could be about";
    this.#trace("<", this.#now, `icmp type ${words.type} code ${words.code}`, undefined);
    return encodeIcmp(words.type, words.code, words.mtu, quoted);
  }

  #quoted({ echoed }: IcmpWords): Uint8Array | undefined {
    const connection = this.#current;
    if (echoed === undefined || echoed.protocol === "udp" || connection === undefined) {
      return this.#lastSent?.slice(0, 20 + QUOTED);
    }
    const { local, remote } = this.#options.addresses;
    const segment: Segment = {
      sourcePort: connection.localPort,
      destinationPort: connection.remotePort,
      seq: connection.localToLive(echoed.from, true),
      ack: 0,
      flags: ACK,
      window: 0,
      urgent: 0,
      options: [],
      text: new Uint8Array(echoed.length),
    };
    const payload = encodeSegment(segment, local, remote);
    const whole = encodeDatagram({
      source: local,
      destination: remote,
      protocol: TCP,
      trafficClass: 0,
      hopLimit: HOP_LIMIT,
      payload,
    });
    return whole.slice(0, 20 + QUOTED);
  }

  // ── what the target sends ──

  /** Takes what was sent; what is of no interest to scripts is left out. */
  take(emissions: readonly Emission[]): void {
    for (const { at, datagram: bytes, reason } of emissions) {
      const datagram = decodeDatagram(bytes);
      if (datagram === undefined || datagram.source !== this.#options.addresses.local) continue;
      if (datagram.protocol !== TCP && datagram.protocol !== UDP && datagram.protocol !== ICMP) continue;
      if (datagram.destination !== this.#options.addresses.remote) continue;
      const segment = datagram.protocol === TCP ? decodeSegment(datagram) : undefined;
      this.#waiting.push({ at, datagram, segment, reason });
      this.#lastSent = bytes.slice();
    }
  }

  /** Whether enough was sent to say whether it is what `action` wants. */
  isReady(action: PacketAction): boolean {
    const [first] = this.#waiting;
    if (first === undefined) return false;
    if (this.#options.lenient && this.#isExtraAck(first, action)) {
      this.#waiting.shift();
      return this.isReady(action);
    }
    const { body } = action;
    if (body.kind !== "tcp" || typeof first.segment !== "object") return true;
    const whole = this.#gather(body.length).segment;
    return whole.text.length >= body.length || this.#waiting.length > this.#gather(body.length).count;
  }

  /** Takes the next packet, or as many as make up the script's; what is wrong with it. */
  expect(action: PacketAction): Seen | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const { body, ip } = action;
    if (body.kind !== "tcp") return this.#expectOther(body, ip);
    if (typeof first.segment !== "object") {
      this.#waiting.shift();
      const problem = first.segment ?? "something else than a segment was sent";
      return { at: first.at, seen: describeOther(first.datagram), reason: first.reason, problem };
    }
    const { segment, count } = this.#gather(body.length);
    this.#waiting.splice(0, count);
    return this.#compare(body, ip, first, segment);
  }

  #compare(words: TcpWords, ip: PacketAction["ip"], first: Arrived, live: Segment): Seen {
    const connection = this.#outboundConnection(live);
    if (connection === undefined) {
      const problem = `it is of another connection: ports ${live.sourcePort} > ${live.destinationPort}`;
      return { at: first.at, seen: formatSegment(live), reason: first.reason, problem };
    }
    const knew = connection.numbered;
    connection.learn(live, words.from);
    this.#learnStamp(connection, words, live, first.at);
    const seen = connection.outboundToScript(knew || connection.numbered ? live : { ...live });
    const problem =
      (connection.matches(words.ports, false) ? undefined : "it is of another connection") ??
      difference(words, seen, this.#options) ??
      ipDifference(ip, first.datagram) ??
      this.#stampDiffers(words, live, first.at);
    const line = formatSegment(seen);
    this.#trace(">", first.at, line, first.reason);
    return { at: first.at, seen: line, reason: first.reason, problem };
  }

  #expectOther(body: UdpWords | IcmpWords, ip: PacketAction["ip"]): Seen {
    const first = this.#waiting.shift() as Arrived;
    const { datagram } = first;
    const line = describeOther(datagram);
    this.#trace(">", first.at, line, first.reason);
    const wanted = body.kind === "udp" ? `udp (${body.length})` : `icmp type ${body.type} code ${body.code}`;
    const problem = line === wanted ? ipDifference(ip, datagram) : `it was ${line}, not ${wanted}`;
    return { at: first.at, seen: line, reason: first.reason, problem };
  }

  /** The connection that a live segment is of. One that the target opens shows by its SYN. */
  #outboundConnection(live: Segment): Connection | undefined {
    const found = this.#find(live.sourcePort, live.destinationPort);
    if (found !== undefined || (live.flags & (SYN | ACK)) !== SYN) return found;
    if (live.destinationPort !== this.#remotePort) return undefined;
    return this.#open(live.sourcePort, live.destinationPort);
  }

  /** Neighbouring segments in one, as long as the script's is longer. */
  #gather(length: number): { readonly segment: Segment; readonly count: number } {
    let segment = this.#waiting[0]?.segment as Segment;
    let count = 1;
    for (
      let next = this.#waiting[count];
      next !== undefined && segment.text.length < length;
      next = this.#waiting[++count]
    ) {
      if (typeof next.segment !== "object" || !continues(segment, next.segment)) break;
      segment = joined(segment, next.segment);
    }
    return { segment, count };
  }

  /** Lenient: an ACK in between is no matter, unless it is what the script wants. */
  #isExtraAck(arrived: Arrived, action: PacketAction): boolean {
    const { segment } = arrived;
    if (typeof segment !== "object" || !isPureAck(segment) || action.body.kind !== "tcp") return false;
    const connection = this.#find(segment.sourcePort, segment.destinationPort);
    if (connection === undefined) return false;
    return difference(action.body, connection.outboundToScript(segment), this.#options) !== undefined;
  }

  #learnStamp(connection: Connection, words: TcpWords, live: Segment, at: number): void {
    const stamp = live.options.find((option) => option.kind === "TS");
    const script = words.options?.find((option) => option.kind === "TS");
    if (stamp?.kind !== "TS" || script?.kind !== "TS") return;
    connection.learnStamp(stamp.val, script.val);
    this.#firstStamp ??= { at, live: stamp.val, script: script.val };
  }

  /** What is wrong with the value of a timestamp, where the script says how long a tick is. */
  #stampDiffers(words: TcpWords, live: Segment, at: number): string | undefined {
    const first = this.#firstStamp;
    const { ticks, tolerance } = this.#options;
    const stamp = live.options.find((option) => option.kind === "TS");
    const wanted = words.options?.find((option) => option.kind === "TS");
    if (ticks === 0 || first === undefined || stamp?.kind !== "TS" || wanted?.kind !== "TS") return undefined;
    const seen = (stamp.val - first.live + first.script) >>> 0;
    if (Math.abs(seen - wanted.val) * ticks <= Math.max(tolerance, ticks)) return undefined;
    return `the timestamp is ${seen}, not ${wanted.val}, at ${(at - this.#options.start) / 1_000_000} s`;
  }

  /** What was sent until then, and no event has asked for. */
  leftOver(until: number): Seen | undefined {
    const first = this.#waiting.find(
      (one) =>
        one.at <= until &&
        !(this.#options.lenient && typeof one.segment === "object" && isPureAck(one.segment)),
    );
    if (first === undefined) return undefined;
    const { segment } = first;
    const live = typeof segment === "object" ? segment : undefined;
    const connection = live === undefined ? undefined : this.#find(live.sourcePort, live.destinationPort);
    const seen =
      live === undefined
        ? describeOther(first.datagram)
        : formatSegment(connection?.outboundToScript(live) ?? live);
    return { at: first.at, seen, reason: first.reason, problem: undefined };
  }

  // ── for reports ──

  /** What time it is for the packets that come next. */
  at(now: number): void {
    this.#now = now;
  }

  /** The last packets, a line each. */
  trace(): readonly string[] {
    return this.#lines.slice(-TRACED);
  }

  #trace(direction: string, at: number, line: string, reason: string | undefined): void {
    const time = ((at - this.#options.start) / 1_000_000).toFixed(6);
    this.#lines.push(
      `${time} ${direction} ${line}${reason === undefined ? "" : `   (${reason.split(":")[0]})`}`,
    );
  }
}

/** An inbound segment, with the script's numbers. */
function shown(words: TcpWords, segment: Segment): Segment {
  return { ...segment, seq: words.from >>> 0, ack: words.ack >>> 0, options: words.options ?? [] };
}

function describeOther({ protocol, payload }: Datagram): string {
  if (protocol === UDP) return `udp (${payload.length - 8})`;
  if (protocol === ICMP) return `icmp type ${payload[0]} code ${payload[1]}`;
  return "a segment of TCP";
}
