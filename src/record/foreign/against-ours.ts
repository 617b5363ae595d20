/**
 * A conversation of somebody else's, with our stack in the place of one end: the other end's segments come as they came
 * then, the application writes and closes when it did then, and what our stack sends is gathered.
 */
import {
  type Instant,
  type Link,
  type LinkSink,
  type Packet,
  parseIp,
  type SendName,
  Stack,
  type TcpEndpoint,
  type TraceEvent,
  type Tracer,
  Xoshiro128,
} from "../../stack/index.ts";
import { ACK, type CapturedSegment, type Conversation, FIN, RST, SYN } from "./conversation.ts";
import { readDatagram } from "./read-datagram.ts";

/** Which end our stack takes. */
export type Side = "client" | "server";

/** A segment of our stack. */
export interface OurSegment {
  readonly time: number;
  /** Behind the initial sequence number of its sender, and of its receiver. */
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly octets: number;
  readonly window: number;
  /** Why it was sent. */
  readonly reason: SendName | "unknown";
}

/** What ours did in a conversation. */
export interface OurPart {
  readonly sent: readonly OurSegment[];
  /** Octets that the application has read, in order. */
  readonly received: number;
}

/** How long our stack may still send after the last segment, in microseconds. */
const AFTERWARDS = 5_000_000;
/** No frame is larger, whatever offloads the other's machine had. */
const MTU = 65_535;

/** Runs it. Our stack draws its initial sequence number from a fixed seed. */
export function againstOurs(conversation: Conversation, side: Side, also?: Tracer): OurPart {
  return new Run(conversation, side, also).play();
}

class Run {
  readonly #segments: readonly CapturedSegment[];
  readonly #side: Side;
  readonly #stack: Stack;
  readonly #sent: OurSegment[] = [];
  readonly #reasons: Map<number, SendName> = new Map();
  readonly #link: BareLink;
  #now: Instant = 0 as Instant;
  #endpoint: TcpEndpoint | undefined = undefined;
  /** Text that is still to be written: it did not fit. */
  #unwritten: Uint8Array[] = [];
  #finishes = false;
  #received = 0;
  /** Behind the last octet that the application is known to have written, in the other's numbers. */
  #written: number | undefined = undefined;
  /** Ours less theirs: initial sequence numbers, and timestamps. */
  #shift = 0;
  #timeShift = 0;
  #ourIss: number | undefined = undefined;
  #peerIss = 0;

  constructor(conversation: Conversation, side: Side, also: Tracer | undefined) {
    this.#segments = conversation.segments;
    this.#side = side;
    const tracer: Tracer = {
      event: (event: TraceEvent) => {
        if (event.kind === "segment" || event.kind === "sent") this.#reasons.set(event.id, event.reason);
        also?.event?.(event);
      },
    };
    const theirs = this.#segments.find((segment) => this.#isOurs(segment) && (segment.flags & SYN) !== 0);
    const { timestamps = 1, sackPermitted = true, scale = 0 } = theirs?.options ?? {};
    const config = { timestamps: timestamps !== 0, sack: sackPermitted, windowScaling: scale >= 0 };
    const clock = { now: (): Instant => this.#now };
    this.#stack = new Stack({ clock, random: new Xoshiro128(1), wakeAt: () => {}, tracer, tcp: { config } });
    this.#link = new BareLink(mtuOf(theirs), (frame) => this.#sends(frame));
    const own = side === "client" ? conversation.client : conversation.server;
    const other = side === "client" ? conversation.server : conversation.client;
    const [address, peer] = [parseIp(own.address), parseIp(other.address)];
    if (address === undefined || peer === undefined)
      throw new SyntaxError(`${conversation.name} has no addresses`);
    const prefixLength = conversation.version === 4 ? 32 : 128;
    const device = this.#stack.addInterface("tun0", this.#link, [{ address, prefixLength }], {
      claim: "off",
    });
    this.#stack.addRoute(peer, prefixLength, undefined, device);
    if (side === "server") this.#listen(own.port);
    else this.#begin = () => this.#connect(address, own.port, peer, other.port);
  }

  #begin: () => void = () => {};

  play(): OurPart {
    let burst: Uint8Array[] = [];
    for (const [index, segment] of this.#segments.entries()) {
      this.#passUntil(segment.time);
      if (this.#isOurs(segment)) {
        this.#does(segment);
        continue;
      }
      burst.push(this.#translated(segment));
      // What has come at one instant has come in one burst, and is answered once.
      const next = this.#segments[index + 1];
      if (next !== undefined && !this.#isOurs(next) && next.time === segment.time) continue;
      this.#link.deliver(burst);
      burst = [];
    }
    this.#passUntil((this.#segments.at(-1)?.time ?? 0) + AFTERWARDS);
    this.#stack.close();
    return { sent: this.#sent, received: this.#received };
  }

  #isOurs({ fromClient }: CapturedSegment): boolean {
    return fromClient === (this.#side === "client");
  }

  #passUntil(time: number): void {
    for (let next = this.#stack.nextDeadline(); next <= time; next = this.#stack.nextDeadline()) {
      this.#now = Math.max(this.#now, next) as Instant;
      this.#stack.advance(this.#now);
    }
    this.#now = Math.max(this.#now, time) as Instant;
  }

  #listen(port: number): void {
    const listener = this.#stack.openTcp();
    listener.bind({ address: parseIp("::") ?? never(), port });
    listener.listen(1);
    listener.onChange(() => {
      const accepted = listener.accept();
      if (accepted !== undefined) this.#use(accepted);
    });
  }

  #connect(
    address: NonNullable<ReturnType<typeof parseIp>>,
    port: number,
    peer: typeof address,
    to: number,
  ): void {
    const endpoint = this.#stack.openTcp();
    endpoint.bind({ address, port });
    this.#use(endpoint);
    endpoint.connect({ address: peer, port: to });
  }

  #use(endpoint: TcpEndpoint): void {
    this.#endpoint = endpoint;
    const buffer = new Uint8Array(65_536);
    endpoint.onChange(() => {
      for (
        let count = endpoint.read(buffer);
        count !== undefined && count > 0;
        count = endpoint.read(buffer)
      ) {
        this.#received += count;
      }
      this.#write();
    });
    this.#write();
  }

  /** The other's segment, in place of which ours stands: what its application must have done by then. */
  #does({ flags, seq, datagram, text, end }: CapturedSegment): void {
    if ((flags & RST) !== 0) {
      this.#endpoint?.abort();
      return;
    }
    if ((flags & SYN) !== 0) {
      if (this.#written === undefined) this.#begin();
      this.#written ??= (seq + 1) | 0;
      this.#learn(seq);
    }
    const fresh = text + Math.max(0, ((this.#written ?? seq) - seq) | 0);
    if (fresh < end && (flags & SYN) === 0) {
      this.#unwritten.push(datagram.subarray(fresh, end));
      this.#written = (seq + end - text) | 0;
    }
    if ((flags & FIN) !== 0) this.#finishes = true;
    this.#write();
  }

  /** Ours may have answered before the other did. */
  #learn(theirIss: number): void {
    this.#theirIss = theirIss;
    if (this.#ourIss !== undefined) this.#shift = (this.#ourIss - theirIss) | 0;
  }

  #theirIss: number | undefined = undefined;

  #write(): void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined || !endpoint.connected) return;
    while (this.#unwritten.length > 0) {
      const [first] = this.#unwritten as [Uint8Array];
      const count = endpoint.write(first) ?? 0;
      if (count < first.length) {
        this.#unwritten[0] = first.subarray(count);
        return;
      }
      this.#unwritten.shift();
    }
    if (this.#finishes) endpoint.finish();
    this.#finishes = false;
  }

  /** A segment of the other end: with numbers as if ours had been there then. */
  #translated({ datagram, at, flags, seq, ack, options }: CapturedSegment): Uint8Array {
    if ((flags & SYN) !== 0) this.#peerIss = seq;
    const copy = datagram.slice();
    const view = new DataView(copy.buffer);
    if ((flags & ACK) !== 0) view.setInt32(at + 8, ack + this.#shift);
    for (let block = 0; block < options.sackBlocks * 2; block++) {
      const edge = options.sack + block * 4;
      view.setInt32(edge, view.getInt32(edge) + this.#shift);
    }
    const echoed = options.timestamps === 0 ? 0 : view.getInt32(options.timestamps + 4);
    if (echoed !== 0) view.setInt32(options.timestamps + 4, echoed + this.#timeShift);
    return copy;
  }

  #sends(frame: Packet): void {
    const segment = readDatagram(frame.view, frame.start, frame.end);
    if (segment === undefined) return;
    const { seq, ack, flags, octets, window, timestamp } = segment;
    if ((flags & SYN) !== 0 && this.#ourIss === undefined) {
      this.#ourIss = seq;
      if (this.#theirIss !== undefined) this.#learn(this.#theirIss);
      else this.#learn(this.#segments.find((one) => this.#isOurs(one) && (one.flags & SYN) !== 0)?.seq ?? 0);
      this.#timeShift = timestamp === undefined ? 0 : (timestamp - this.#theirTimestamp()) | 0;
    }
    const reason = this.#reasons.get(frame.cause) ?? "unknown";
    this.#sent.push({
      time: this.#now,
      seq: (seq - (this.#ourIss ?? seq)) >>> 0,
      ack: (flags & ACK) === 0 ? 0 : (ack - this.#peerIss) >>> 0,
      flags,
      octets,
      window,
      reason,
    });
  }

  #theirTimestamp(): number {
    const syn = this.#segments.find((one) => this.#isOurs(one) && (one.flags & SYN) !== 0);
    if (syn === undefined || syn.options.timestamps === 0) return 0;
    return new DataView(syn.datagram.buffer, syn.datagram.byteOffset).getInt32(syn.options.timestamps);
  }
}

function never(): never {
  throw new Error("an address that is always there");
}

/** So that segments are as large as theirs: by the MSS that theirs has announced. */
function mtuOf(syn: CapturedSegment | undefined): number {
  const mss = syn?.options.mss ?? 0;
  return mss === 0 ? 1500 : Math.min(MTU, Math.max(576, mss + (syn?.at ?? 20) + 20));
}

/** A link of bare datagrams whose other end is the capture. */
class BareLink implements Link {
  readonly capabilities: Link["capabilities"];
  readonly #sends: (frame: Packet) => void;
  #sink: LinkSink | undefined = undefined;

  constructor(mtu: number, sends: (frame: Packet) => void) {
    this.capabilities = {
      medium: "ip",
      mtu,
      headroom: 0,
      verifiesChecksums: true,
      fillsChecksums: true,
      maxSuperSegment: 0,
    };
    this.#sends = sends;
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
  }

  /** Their checksums were right once; their numbers are others now. */
  deliver(datagrams: readonly Uint8Array[]): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    const packets = datagrams.map((datagram) => {
      const packet = sink.pool.take(datagram.length);
      packet.bytes.set(datagram, packet.start);
      packet.end = packet.start + datagram.length;
      packet.checksumOffloaded = true;
      return packet;
    });
    sink.received(packets, packets.length);
    for (const packet of packets) sink.pool.release(packet);
  }

  transmit(frames: readonly Packet[], count: number): number {
    for (let i = 0; i < count; i++) {
      const frame = frames[i] as Packet;
      this.#sends(frame);
      this.#sink?.pool.release(frame);
    }
    return count;
  }

  close(): void {
    this.#sink = undefined;
  }
}
