/**
 * One TCP against a scripted peer. The stack under test is 10.0.0.1, a real one from its link up; the peer
 * is 10.0.0.2 and is nobody but the test, which says segment by segment what it sends and what it gets.
 * Both initial sequence numbers are just under 2^32, so that every test wraps.
 */
import { expect } from "chai";
import { pipe } from "../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../src/drivers/simulation/index.ts";
import {
  type Duration,
  parseIpv4,
  type SocketAddress,
  Stack,
  type TcpEndpoint,
  type TcpOptions,
  type TcpSettings,
  type TcpState,
  type TraceEvent,
  Xoshiro128,
} from "../../src/stack/index.ts";
import { checksum, datagram, octets } from "./datagrams.ts";
import { pattern, patternAt } from "./pattern.ts";
import {
  decodeSegment,
  encodeSegment,
  formatSegment,
  type Numbering,
  parseSegment,
  type Segment,
} from "./segments.ts";
import { Station } from "./station.ts";

const HERE = "10.0.0.1";
const PEER = "10.0.0.2";
const LISTENING_PORT = 80;
const CONNECTING_PORT = 5000;
const PEER_PORT = 4000;

/** Of the peer: its ISS, and where its timestamps start. Both wrap soon. */
const PEER_ISS = 0xffff_fff0;
const PEER_TS = 0xffff_fff8;

/** Our ISS is made to be one of the last so many before the wrap, by waiting: RFC 6528's clock ticks every 4 us. */
const NEAR_WRAP = 16;

const SYN = 2;
const RST = 4;

export interface RigOptions {
  /** Of our endpoint, or of the listener. */
  readonly options?: Partial<TcpOptions>;
  /** Options in the peer's SYN, as `mss 1460,sackOK`; "mss 1460" by default. */
  readonly peer?: string;
  /** The window in the peer's SYN, and in the segment that completes the handshake. */
  readonly window?: number;
  readonly mtu?: number;
  /** How long the peer takes to complete the handshake: the first measurement of the round trip. */
  readonly roundTrip?: Duration;
  /** For the whole stack. */
  readonly tcp?: TcpSettings;
  /** Hears of every event of the stack. */
  readonly trace?: (event: TraceEvent) => void;
}

export class Rig {
  /** Drops, as the tracer was told: `layer: reason`. */
  readonly dropped: string[] = [];
  readonly time: VirtualTime = new VirtualTime({ limit: (1_000 * 86_400 * 1_000_000) as Duration });
  readonly stack: Stack;
  /** Connection under test. */
  endpoint: TcpEndpoint;
  listener: TcpEndpoint | undefined = undefined;
  /** Segments that the stack sent since the last look. */
  sent: string[] = [];
  /** The same as they were: for what the text does not show. */
  lastSent: Segment | undefined = undefined;
  /** The whole last datagram that the stack sent: for ICMP errors to quote. */
  lastDatagram: Uint8Array = new Uint8Array();
  /** Other datagrams than TCP: `icmp 3/4`, for instance. */
  others: string[] = [];
  /** A segment from the peer to the listener with nothing in it, for tests that fill in their own numbers. */
  readonly bare: Segment = {
    sourcePort: PEER_PORT,
    destinationPort: LISTENING_PORT,
    seq: 0,
    ack: 0,
    flags: 0,
    window: 65_535,
    urgent: 0,
    options: [],
    text: new Uint8Array(),
  };
  readonly #station: Station;
  #ourPort = LISTENING_PORT;
  #ourIss = 0;
  #firstIss = 0;
  #ourTs: number | undefined = undefined;
  /** All that the application wrote, by relative sequence number - 1; and how much it read. */
  #written = "";
  #readTo = 0;

  constructor(rig: RigOptions = {}) {
    const [near, far] = pipe(this.time, { mtu: rig.mtu ?? 1500 });
    this.#station = new Station(far, PEER, (bytes) => this.#arrived(bytes));
    const random = new Xoshiro128(1);
    this.stack = new Stack({
      clock: this.time,
      random,
      wakeAt: () => undefined,
      tracer: {
        event: (event) => {
          if (event.kind === "dropped") this.dropped.push(`${event.layer}: ${event.reason}`);
          rig.trace?.(event);
        },
      },
      // ACKs are delayed from the first on, unless a test is about those that are not.
      tcp: { ...rig.tcp, config: { quickAcks: 0, ...rig.tcp?.config } },
    });
    this.time.join("stack", this.stack);
    this.stack.addInterface("eth0", near, [{ address: address(HERE), prefixLength: 24 }]);
    this.endpoint = this.stack.openTcp();
    this.#station.greet(HERE);
    this.#settle();
    this.sent = [];
  }

  /** Our ISS. */
  get firstIss(): number {
    return this.#firstIss;
  }

  get state(): TcpState {
    return this.endpoint.state;
  }

  /** What the peer sends, line by line; text defaults to the pattern at its place. */
  peerSends(line: string, text?: string): void {
    const fill = (at: number): number =>
      text?.charCodeAt(at - Number(/ (\d+):/.exec(line)?.[1])) ?? patternAt(at);
    const segment = parseSegment(line, this.#peerNumbers, fill);
    segment.sourcePort = PEER_PORT;
    segment.destinationPort = this.#ourPort;
    this.sendSegment(segment);
  }

  /** As `peerSends`, but on the way a router has marked it: congestion experienced. */
  peerMarks(line: string): void {
    const segment = parseSegment(line, this.#peerNumbers, patternAt);
    segment.sourcePort = PEER_PORT;
    segment.destinationPort = this.#ourPort;
    this.sendDatagram(datagram(PEER, HERE, 6, encodeSegment(segment, PEER, HERE), { trafficClass: 3 }));
  }

  /** Sends a segment with nothing but `fields` in it, from another address. */
  sendFrom(from: string, fields: Partial<Segment>): void {
    this.sendDatagram(datagram(from, HERE, 6, encodeSegment({ ...this.bare, ...fields }, from, HERE)));
  }

  /** Sends several segments so that they arrive in one burst. */
  peerSendsTogether(lines: readonly string[]): void {
    for (const line of lines) {
      const ports = { sourcePort: PEER_PORT, destinationPort: this.#ourPort };
      const segment = { ...parseSegment(line, this.#peerNumbers, patternAt), ...ports };
      this.#station.send(datagram(PEER, HERE, 6, encodeSegment(segment, PEER, HERE)));
    }
    this.#settle();
  }

  /** Our timestamp `val`, as lines show it. */
  relativeTimestamp(val: number): number {
    return (val - (this.#ourTs ?? 0)) | 0;
  }

  /** How far the absolute number `seq` is from the ISS of the connection that `listen` or `connect` made. */
  relativeToFirstIss(seq: number): number {
    return (seq - this.#firstIss) | 0;
  }

  /** Sends any segment as the peer, ports included. */
  sendSegment(segment: Segment): void {
    this.sendDatagram(datagram(PEER, HERE, 6, encodeSegment(segment, PEER, HERE)));
  }

  /** Sends any IPv4 datagram as the peer. */
  sendDatagram(bytes: Uint8Array): void {
    this.#station.send(bytes);
    this.#settle();
  }

  /** The peer's router reports an error about the datagram that the stack sent last (RFC 792). */
  peerSendsIcmp(type: number, code: number, mtu = 0): void {
    const build = (sum: number): Uint8Array =>
      octets([type, 1], [code, 1], [sum, 2], [0, 2], [mtu, 2], this.lastDatagram.slice(0, 28));
    this.sendDatagram(datagram(PEER, HERE, 1, build(checksum(build(0)))));
  }

  /** The stack has sent exactly these segments since the last look. */
  expectSent(...lines: string[]): void {
    const sent = this.sent;
    this.sent = [];
    expect(sent).to.deep.equal(lines);
  }

  /** The stack has sent so many segments since the last look, or `count` to `most`; which they are is not the question here. */
  passOver(count: number, most: number = count): void {
    expect(this.sent.length, this.sent.join("\n")).to.be.within(count, most);
    this.sent = [];
  }

  /** Lets time pass; exactly these segments are sent, each at its time: `200 ms: . 1:1 ack 1 win 65535`. */
  expectSentWithin(span: Duration, ...lines: string[]): void {
    this.expectSent();
    const start = this.time.now();
    this.#stamp = start;
    this.time.elapse(span);
    this.#stamp = undefined;
    this.expectSent(...lines);
  }
  #stamp: number | undefined = undefined;

  /** Lets time pass, in which nothing is sent. */
  expectQuiet(span: Duration): void {
    this.expectSent();
    this.time.elapse(span);
    this.expectSent();
  }

  /** Lets time pass, whatever is sent in it. */
  pass(span: Duration): void {
    this.time.elapse(span);
    this.sent = [];
  }

  /** Nothing but the SYN is sent, at so many seconds after now; time passes until the last of them. */
  expectSynsAt(times: readonly number[]): void {
    const start = this.time.now();
    for (const seconds of times) {
      this.time.elapseUntil(() => this.sent.length > 0);
      expect(this.sent).to.have.length(1);
      expect(this.sent[0]).to.match(/^S 0:0 /);
      expect((this.time.now() - start) / 1e6).to.equal(seconds);
      this.sent = [];
    }
  }

  /** Writes `text`, or so many octets of the pattern, perhaps with more to come (MSG_MORE); how many were taken. */
  write(text: string | number, more = false): number | undefined {
    const count = typeof text === "string" ? text.length : text;
    const start = this.#written.length + 1;
    const whole = typeof text === "string" ? text : pattern(start, count);
    const octets = Uint8Array.from(whole, (letter) => letter.charCodeAt(0));
    const taken = this.endpoint.write(octets, 0, octets.length, more);
    this.#written += whole.slice(0, taken ?? 0);
    this.#settle();
    return taken;
  }

  /** As `write`, the last octet urgent. */
  writeUrgent(text: string): number | undefined {
    const taken = this.endpoint.writeUrgent(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    this.#written += text.slice(0, taken ?? 0);
    this.#settle();
    return taken;
  }

  /** What a read gives: text, "" at the end of the stream, undefined if it would wait. */
  read(most = 1_000_000): string | undefined {
    const into = new Uint8Array(most);
    const count = this.endpoint.read(into);
    this.#readTo += count ?? 0;
    this.#settle();
    return count === undefined ? undefined : String.fromCharCode(...into.subarray(0, count));
  }

  /** Reads exactly `count` octets, which must be the peer's pattern. */
  expectRead(count: number): void {
    const from = this.#readTo + 1;
    expect(this.read(count)).to.equal(pattern(from, count));
  }

  /** Does something with the endpoint, and lets what it sends arrive. */
  do(action: (endpoint: TcpEndpoint) => unknown): void {
    action(this.endpoint);
    this.#settle();
  }

  /** The states of all that TCP knows, TIME-WAIT and listeners too. */
  connections(): string[] {
    return this.stack
      .connections()
      .map(({ state }) => state)
      .sort();
  }

  /** The end of every test: frames are lent and given by the rules, so none is missing. */
  check(): void {
    this.#settle();
    expect(this.stack.contextFor("test").pool.outstanding, "packets that nobody released").to.equal(0);
    expect(this.#station.pool.outstanding).to.equal(0);
  }

  /** Our endpoint listens on port 80. */
  listen(options: RigOptions = {}): void {
    this.listener = this.#open(options, LISTENING_PORT);
    expect(this.listener.listen(16)).to.equal(undefined);
    this.#waitForIss();
  }

  /** Takes the connection that the listener has. */
  accept(): void {
    this.endpoint = this.listener?.accept() ?? expect.fail("nothing to accept");
  }

  /** Our endpoint connects to the peer; its SYN has been sent, and is still to be looked at. */
  connect(options: RigOptions = {}): void {
    this.#ourPort = CONNECTING_PORT;
    for (;;) {
      this.endpoint = this.#open(options, CONNECTING_PORT);
      expect(this.endpoint.connect({ address: address(PEER), port: PEER_PORT })).to.equal(undefined);
      this.#settle();
      if (this.#learnIss()) return;
      this.endpoint.abort();
      this.#settle();
      this.#waitForWrap();
    }
  }

  #open(options: RigOptions, port: number): TcpEndpoint {
    const endpoint = this.stack.openTcp();
    const buffers = { receiveBuffer: 65_535, sendBuffer: 65_535 };
    expect(endpoint.configure({ ...buffers, ...options.options })).to.equal(undefined);
    expect(endpoint.bind({ address: address(HERE), port })).to.equal(undefined);
    return endpoint;
  }

  /** Numbers of what the peer sends, and of what we send. */
  get #peerNumbers(): Numbering {
    return {
      senderIss: PEER_ISS,
      receiverIss: this.#ourIss,
      senderTs: PEER_TS,
      receiverTs: this.#ourTs ?? 0,
    };
  }

  get #ourNumbers(): Numbering {
    return {
      senderIss: this.#ourIss,
      receiverIss: PEER_ISS,
      senderTs: this.#ourTs ?? 0,
      receiverTs: PEER_TS,
    };
  }

  /** The stack has sent a datagram. */
  #arrived(datagram: Uint8Array): void {
    this.lastDatagram = datagram;
    const header = ((datagram[0] ?? 0) & 15) * 4;
    expect(checksum(datagram.slice(0, header)), "checksum of the IP header").to.equal(0);
    const payload = datagram.slice(header);
    if (datagram[9] === 6) this.#note(decodeSegment(payload, HERE, PEER));
    else this.others.push(`protocol ${datagram[9]} ${payload[0]}/${payload[1]}`);
  }

  #note(segment: Segment): void {
    this.lastSent = segment;
    const stamp = segment.options.find((option) => option.kind === "TS");
    if (segment.flags & SYN) {
      this.#ourIss = segment.seq;
      this.#ourTs = stamp?.val;
    }
    const line = formatSegment(segment, this.#ourNumbers);
    const at = this.#stamp === undefined ? "" : `${(this.time.now() - this.#stamp) / 1000} ms: `;
    this.sent.push(at + line);
    const first = ((segment.seq - this.#ourIss) | 0) - 1;
    const text = String.fromCharCode(...segment.text);
    if (segment.flags & (SYN | RST)) return;
    const { length } = text;
    const isProbe = first < 0 || length === 0;
    if (!isProbe) expect(text, `text of ${line}`).to.equal(this.#written.slice(first, first + length));
  }

  /** Everything that happens at this instant. */
  #settle(): void {
    while (this.time.nextDeadline() <= this.time.now()) this.time.step();
  }

  /** Waits until the ISS that a connection from the peer would get now is just under 2^32. */
  #waitForIss(): void {
    for (let tries = 0; tries < 3; tries++) {
      this.sendSegment({ ...this.bare, flags: SYN, seq: PEER_ISS });
      const near = this.#learnIss();
      this.sent = [];
      this.sendSegment({ ...this.bare, flags: RST, seq: PEER_ISS + 1 });
      this.sent = [];
      if (near) return;
      this.#waitForWrap();
    }
    throw new Error("the ISS does not follow the clock of RFC 6528");
  }

  /** Notes our ISS from the SYN that was sent last; whether it will soon wrap. */
  #learnIss(): boolean {
    this.#ourTs = this.lastSent?.options.find((option) => option.kind === "TS")?.val;
    this.#ourIss = this.lastSent?.seq ?? 0;
    this.#firstIss = this.#ourIss;
    return this.#ourIss >= 2 ** 32 - NEAR_WRAP;
  }

  #waitForWrap(): void {
    this.sent = [];
    this.time.elapse(((2 ** 32 - NEAR_WRAP / 2 - this.#ourIss) * 4) as Duration);
    this.sent = [];
  }
}

/** A connection that the peer has opened, its handshake complete, nothing sent yet on either side. */
export function established(options: RigOptions = {}): Rig {
  const rig = synReceived(options);
  const win = options.window ?? 65_535;
  const stamp = options.peer?.includes("TS ") ? " <TS val 1 ecr 0>" : "";
  rig.time.elapse(options.roundTrip ?? (0 as Duration));
  rig.peerSends(`. 1:1 ack 1 win ${win}${stamp}`);
  rig.expectSent();
  rig.accept();
  return rig;
}

/** A connection that the peer opens: its SYN has come, our SYN|ACK has gone. */
export function synReceived(options: RigOptions = {}): Rig {
  const rig = new Rig(options);
  rig.listen(options);
  rig.peerSends(`S 0:0 win ${options.window ?? 65_535} <${options.peer ?? "mss 1460"}>`);
  rig.sent = [];
  return rig;
}

function address(text: string): SocketAddress["address"] {
  return parseIpv4(text) ?? expect.fail(text);
}
