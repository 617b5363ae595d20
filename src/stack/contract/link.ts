/** The contract between the stack and a network device. */
import type { Drop } from "../base/drop.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Duration, Instant } from "../base/time.ts";

/** What a link can do. Fixed for the life of the link. */
export interface LinkCapabilities {
  /** Ethernet frames, or bare IP datagrams (TUN, loopback). */
  readonly medium: "ethernet" | "ip";
  /** Largest IP datagram, in octets; an Ethernet header is not counted (as in `ip link`). */
  readonly mtu: number;
  /** Octets that the driver wants free in front of each frame that it is given; at most 12. */
  readonly headroom: number;
  /** The link verifies transport checksums on receive, and says so per packet. */
  readonly verifiesChecksums: boolean;
  /** The link completes transport checksums on transmit (`Packet.checksumOffloaded`). */
  readonly fillsChecksums: boolean;
  /** Largest TCP super-segment (IP datagram) that the link cuts up itself, in octets; 0 if it cannot. */
  readonly maxSuperSegment: number;
}

/** A network device, as the stack uses it. */
export interface Link {
  /** What the link can do; it never changes. */
  readonly capabilities: LinkCapabilities;
  /** The station address that the device has by itself; undefined where the interface is to choose one. */
  readonly mac?: MacAddress | undefined;
  /** Begins delivery to `sink`. Called once. */
  attach(sink: LinkSink): void;
  /**
   * Takes as many of `frames[0..count)` as it has room for; returns how many. The rest stay the caller's.
   * Frames taken are released to `sink.pool` by the link when it is done with them. Never calls the sink's
   * `received` before it returns.
   */
  transmit(frames: readonly Packet[], count: number): number;
  /** Ends it. Packets that it holds go back to their pool. */
  close(): void;
}

/** How long a link takes for a frame, in the order in which that happens. Lent. */
export interface LinkDelay {
  /** When it took the frame. */
  readonly since: Instant;
  /** It waits for those before it. */
  readonly queued: Duration;
  /** Its octets are sent, at the rate of the line. */
  readonly transmission: Duration;
  /** It travels, and is perhaps held back. */
  readonly travel: Duration;
}

/** The part of a pool of packets that a link uses. */
export interface PacketSource {
  /** A packet with room for so many octets, and for headers before them. */
  take(octets: number): Packet;
  /** Gives a packet back. */
  release(packet: Packet): void;
}

/** The stack, as a device uses it. */
export interface LinkSink {
  /** Where to `take` packets to receive into, and to `release` those that were transmitted. */
  readonly pool: PacketSource;
  /**
   * `frames[0..count)` have arrived, `start` at the Ethernet (or IP) header. Lent until this returns,
   * unless the stack takes one over (`PacketPool.takeOver`): a link that reads into the same packets again must look
   * whether `holders` is 0, and otherwise release that packet and take another.
   */
  received(frames: readonly Packet[], count: number): void;
  /** There is room again, after a `transmit` that took fewer than it was given. */
  writable(): void;
  /**
   * For traces only: the link has lost a frame, which is lent, and counts that itself.
   *
   * @param arriving - it was on its way to here; else it had been transmitted
   */
  lost?(frame: Packet, reason: Drop, arriving?: boolean): void;
  /** For traces only: it holds a frame, which is lent, for so long. Undefined while nobody wants to know. */
  readonly delayed?: ((frame: Packet, delay: LinkDelay, arriving: boolean) => void) | undefined;
  /**
   * The device has lost its carrier, or has been set down, outside of here; or it is back. It was up when it was attached.
   * The stack gives it nothing meanwhile. Not from within `transmit`.
   */
  carrierChanged?(present: boolean): void;
  /** The device is gone for good: unplugged, deleted. `reason` is for people. */
  failed(reason: string): void;
}
