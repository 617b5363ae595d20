/**
 * One stack with a hand-driven Ethernet link: frames go in as octets, frames come out as lines that read
 * like tcpdump, and time stands still until it is moved.
 */
import { expect } from "chai";
import {
  type DropName,
  type Duration,
  type Instant,
  type InterfaceOptions,
  type IpAddress,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  later,
  MacAddress,
  NEVER,
  type NetworkInterface,
  type Packet,
  parseIp,
  parseMac,
  Stack,
  type StackOptions,
  type TraceEvent,
  type TransportContext,
  Xoshiro128,
} from "../../src/stack/index.ts";
import { octets } from "./octets.ts";

export const OUR_MAC: MacAddress = new MacAddress(0x0200, 0x0a4d_0002);

export function address(text: string): IpAddress {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

export function mac(text: string): MacAddress {
  const parsed = parseMac(text);
  if (parsed === undefined) throw new Error(`not a station address: ${text}`);
  return parsed;
}

/** A link in the hands of a test. */
export class HandLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress = OUR_MAC;
  readonly sent: Uint8Array[] = [];
  /** Calls of `transmit`, by how many frames they had. */
  readonly bursts: number[] = [];
  /** How many more frames `transmit` takes. */
  room: number = Number.POSITIVE_INFINITY;
  closed = false;
  sink: LinkSink | undefined;

  constructor(capabilities: Partial<LinkCapabilities> = {}) {
    this.capabilities = {
      medium: "ethernet",
      mtu: 1500,
      headroom: 0,
      verifiesChecksums: false,
      fillsChecksums: false,
      maxSuperSegment: 0,
      ...capabilities,
    };
  }

  attach(sink: LinkSink): void {
    expect(this.sink).to.equal(undefined);
    this.sink = sink;
  }

  transmit(frames: readonly Packet[], count: number): number {
    const taken = Math.min(count, this.room);
    this.room -= taken;
    this.bursts.push(count);
    for (let i = 0; i < taken; i++) {
      const frame = frames[i] as Packet;
      this.sent.push(frame.bytes.slice(frame.start, frame.end));
      this.sink?.pool.release(frame);
    }
    return taken;
  }

  close(): void {
    this.closed = true;
  }

  /** Delivers frames as one burst. */
  receive(...frames: readonly Uint8Array[]): void {
    const sink = this.sink as LinkSink;
    const packets = frames.map((frame) => {
      const packet = sink.pool.take(frame.length);
      packet.start = this.capabilities.medium === "ethernet" ? 74 : 88;
      packet.end = packet.start + frame.length;
      packet.bytes.set(frame, packet.start);
      return packet;
    });
    try {
      sink.received(packets, packets.length);
    } finally {
      for (const packet of packets) sink.pool.release(packet);
    }
  }
}

export interface RigOptions {
  readonly capabilities?: Partial<LinkCapabilities>;
  readonly addresses?: readonly string[];
  readonly interface?: InterfaceOptions;
  readonly stack?: Partial<StackOptions>;
  readonly seed?: number;
  /** Hears of every event of the stack. */
  readonly trace?: (event: TraceEvent) => void;
}

/** A dropped packet, as the tracer was told. */
export interface Dropped {
  readonly layer: string;
  readonly reason: DropName;
}

export class WireRig {
  now: Instant = 0 as Instant;
  readonly link: HandLink;
  readonly stack: Stack;
  readonly eth0: NetworkInterface;
  readonly dropped: Dropped[] = [];
  /** What `wakeAt` was told. */
  readonly wakes: Instant[] = [];

  constructor(options: RigOptions = {}) {
    this.stack = new Stack({
      clock: { now: () => this.now },
      random: new Xoshiro128(options.seed ?? 1),
      wakeAt: (deadline) => this.wakes.push(deadline),
      tracer: {
        event: (event) => {
          if (event.kind === "dropped") this.dropped.push({ layer: event.layer, reason: event.reason });
          options.trace?.(event);
        },
      },
      ...options.stack,
    });
    this.link = new HandLink(options.capabilities);
    const addresses = (options.addresses ?? ["10.77.0.2/24"]).map((text) => {
      const [one = "", length] = text.split("/");
      return { address: address(one), prefixLength: Number(length) };
    });
    this.eth0 = this.stack.addInterface("eth0", this.link, addresses, { claim: "off", ...options.interface });
    this.link.sent.length = 0;
  }

  /** The stack's own time, packets and routes. */
  get context(): TransportContext {
    return this.stack.contextFor("test");
  }

  /** Lets time pass, with every deadline on its way. */
  run(span: Duration): void {
    const end = later(this.now, span);
    for (let next = this.stack.nextDeadline(); next <= end; next = this.stack.nextDeadline()) {
      this.now = next;
      this.stack.advance(next);
    }
    this.now = end;
    this.stack.advance(end);
  }

  receive(...frames: readonly (Uint8Array | string)[]): void {
    this.link.receive(...frames.map((frame) => (typeof frame === "string" ? octets(frame) : frame)));
  }

  /** The frames that were sent since the last look. */
  taken(): readonly Uint8Array[] {
    return this.link.sent.splice(0);
  }

  /** Ends the test: whatever was taken from the pool has come back. */
  close(): void {
    this.stack.close();
    expect(this.stack.contextFor("test").pool.outstanding, "packets not released").to.equal(0);
    expect(this.stack.nextDeadline(), "no timer is left").to.equal(NEVER);
  }
}
