/**
 * A tunnel for Ethernet frames between two ends (L2TPv3, RFC 3931, with the pseudowire of RFC 4719), over UDP or right over
 * IP. Its session is static: both ends are told all of it, as by `ip l2tp` of Linux; there are no control messages.
 */
import {
  checkSettings,
  FLAG,
  HEADROOM,
  IpAddress,
  instanceOf,
  integer,
  type LinkCapabilities,
  type LinkSink,
  oneOf,
  type Packet,
  type Rules,
  required,
  rule,
} from "../../stack/index.ts";
import { ETHERNET_HEADER, plainEthernet } from "../plain-ethernet.ts";
import type { Scheduler } from "../scheduler.ts";
import { type L2tpCarrier, type L2tpStack, OverIp, OverUdp } from "./l2tp-carriers.ts";
import {
  type L2tpFraming,
  L2tpHeader,
  type L2tpProblem,
  l2tpHeaderBytes,
  readL2tp,
  SEQUENCE_MASK,
  writeL2tp,
} from "./l2tp-header.ts";
import { TunnelLink } from "./tunnel-link.ts";
import { TunnelPump } from "./tunnel-pump.ts";

/** How a tunnel is. What is `session` and `cookie` at one end is `peerSession` and `peerCookie` at the other. */
export interface L2tpOptions {
  /** The other end. */
  readonly remote: IpAddress;
  /** This end's address; any by default. */
  readonly local?: IpAddress | undefined;
  /** Over UDP, the default, or right over IP, with protocol number 115. */
  readonly over?: "udp" | "ip" | undefined;
  /** UDP ports of the two ends; 1701 by default (RFC 3931 §4.1.2). */
  readonly port?: number | undefined;
  readonly peerPort?: number | undefined;
  /** Session ID of what comes here, 1 to 2^32 - 1. */
  readonly session: number;
  /** Session ID of what goes there. */
  readonly peerSession: number;
  /** What comes here has these octets behind its session: none by default, or 4 or 8 of chance (§8.2). */
  readonly cookie?: Uint8Array | undefined;
  readonly peerCookie?: Uint8Array | undefined;
  /** The default L2-specific sublayer (§4.6) is there; true by default, as in Linux. */
  readonly sublayer?: boolean | undefined;
  /** Frames are numbered, and those that come late are dropped (§4.6.1); needs the sublayer. Off by default. */
  readonly sequencing?: boolean | undefined;
  /** Largest IP datagram within; by default what 1500 outside leave. */
  readonly mtu?: number | undefined;
}

/** What has passed and what has not, in frames. */
export interface L2tpCounters {
  sent: number;
  received: number;
  /** The stack below did not take it. */
  refused: number;
  /** Longer than this end takes: the other was made with another `mtu`. */
  tooLong: number;
  /** Too short, or of another version. */
  badHeader: number;
  /** Control messages: there is nobody here who reads them. */
  control: number;
  /** From somebody else. */
  otherPeer: number;
  otherSession: number;
  wrongCookie: number;
  /** They came after one that was sent later. */
  outOfOrder: number;
}

const UDP_HEADER = 8;
const OUTSIDE = 1500;

const COOKIE = rule(
  "0, 4 or 8 octets",
  (value) => value instanceof Uint8Array && [0, 4, 8].includes(value.length),
);
const SESSION = integer(1, 2 ** 32 - 1);
const RULES: Rules<L2tpOptions> = {
  remote: required(instanceOf(IpAddress, "an IpAddress")),
  local: instanceOf(IpAddress, "an IpAddress"),
  over: oneOf(["udp", "ip"]),
  port: integer(1, 65_535),
  peerPort: integer(1, 65_535),
  session: required(SESSION),
  peerSession: required(SESSION),
  cookie: COOKIE,
  peerCookie: COOKIE,
  sublayer: FLAG,
  sequencing: FLAG,
  mtu: integer(68, 65_000),
};

const NO_COOKIE = new Uint8Array(0);

/** One end of a tunnel. */
export class L2tpLink extends TunnelLink {
  readonly capabilities: LinkCapabilities;
  readonly counters: L2tpCounters = {
    sent: 0,
    received: 0,
    refused: 0,
    tooLong: 0,
    badHeader: 0,
    control: 0,
    otherPeer: 0,
    otherSession: 0,
    wrongCookie: 0,
    outOfOrder: 0,
  };
  protected readonly pump: TunnelPump;
  readonly #remote: IpAddress;
  readonly #in: L2tpFraming;
  readonly #out: L2tpFraming;
  readonly #sequencing: boolean;
  readonly #carrier: L2tpCarrier;
  readonly #header: L2tpHeader = new L2tpHeader();
  #nextSent = 0;
  #nextExpected = 0;

  /**
   * @param stack - carries the tunnel
   * @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be, or a port
   *   that is taken
   */
  constructor(stack: L2tpStack, scheduler: Scheduler, options: L2tpOptions) {
    super();
    checkSettings("L2tpLink", options, RULES);
    const { over = "udp", sublayer = true, sequencing = false, remote } = options;
    if (sequencing && !sublayer) throw new RangeError("L2tpLink: sequencing needs the sublayer");
    if (options.local !== undefined && options.local.family !== remote.family) {
      throw new RangeError("L2tpLink: local and remote are of different families");
    }
    const common = { overUdp: over === "udp", sublayer };
    this.#in = { ...common, session: options.session, cookie: options.cookie ?? NO_COOKIE };
    this.#out = { ...common, session: options.peerSession, cookie: options.peerCookie ?? NO_COOKIE };
    this.#sequencing = sequencing;
    this.#remote = remote;
    const headroom = l2tpHeaderBytes(this.#out);
    const around =
      (remote.family === 4 ? 20 : 40) + (over === "udp" ? UDP_HEADER : 0) + headroom + ETHERNET_HEADER;
    // The header has more octets than a link may ask for: it goes into a buffer of its own.
    this.capabilities = plainEthernet(options.mtu ?? OUTSIDE - around);
    this.#carrier = over === "udp" ? new OverUdp(stack, options) : new OverIp(stack, options);
    this.pump = new TunnelPump(scheduler, {
      pending: () => this.#carrier.pending,
      send: (frame) => this.#send(frame),
      receive: (sink) => this.#receive(sink),
      end: () => this.#carrier.close(),
    });
    this.#carrier.onChange(() => this.pump.wake());
  }

  // ── out ─────────────────────────────────────────────────────────────────────────────────────────────

  readonly #message: Uint8Array<ArrayBuffer> = new Uint8Array(65_536);

  #send(frame: Packet): void {
    const message = this.#message;
    const head = l2tpHeaderBytes(this.#out);
    const sequence = this.#sequencing ? this.#nextSent : -1;
    writeL2tp(message, 0, this.#out, sequence);
    message.set(frame.bytes.subarray(frame.start, frame.end), head);
    if (this.#carrier.send(message, head + frame.length)) {
      this.counters.sent++;
      this.#nextSent = (this.#nextSent + 1) & SEQUENCE_MASK;
    } else this.counters.refused++;
  }

  // ── in ──────────────────────────────────────────────────────────────────────────────────────────────

  #receive(sink: LinkSink): Packet | undefined {
    const octets = this.#carrier.receive(this.#message);
    if (octets === undefined) return undefined;
    const frame = this.#frame(octets, sink);
    if (frame !== undefined) this.counters.received++;
    return frame;
  }

  /** The frame in the first `octets` of the message, as a packet; undefined if it is none of the session's. */
  #frame(octets: number, sink: LinkSink): Packet | undefined {
    const message = this.#message;
    const header = this.#header;
    if (!this.#carrier.from.equals(this.#remote)) return this.#drop("otherPeer");
    const problem: L2tpProblem | undefined = readL2tp(
      message,
      this.#carrier.payloadAt,
      octets,
      this.#in,
      header,
    );
    if (problem !== undefined) return this.#drop(problem);
    const length = octets - header.frameAt;
    if (length < ETHERNET_HEADER) return this.#drop("badHeader");
    // A tag of a VLAN is no part of the MTU.
    if (length > this.capabilities.mtu + ETHERNET_HEADER + 4) return this.#drop("tooLong");
    if (this.#isLate(header.sequence)) return this.#drop("outOfOrder");
    const packet = sink.pool.take(length);
    packet.start = HEADROOM - ETHERNET_HEADER; // the datagram within is aligned as any
    packet.end = packet.start + length;
    packet.bytes.set(message.subarray(header.frameAt, octets), packet.start);
    return packet;
  }

  /** RFC 3931 §4.6.1: what is older than one that has come is late; the first one begins the count. */
  #isLate(sequence: number): boolean {
    if (!this.#sequencing || sequence < 0) return false;
    const ahead = (sequence - this.#nextExpected) & SEQUENCE_MASK;
    if (ahead > SEQUENCE_MASK >>> 1) return true;
    this.#nextExpected = (sequence + 1) & SEQUENCE_MASK;
    return false;
  }

  #drop(why: Exclude<keyof L2tpCounters, "sent" | "received" | "refused">): undefined {
    this.counters[why]++;
    return undefined;
  }
}
