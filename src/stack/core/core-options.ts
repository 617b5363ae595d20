/** What a core, and each of its interfaces, is made with. */
import type { Clock } from "../base/clock.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { Random } from "../base/random.ts";
import type { Instant } from "../base/time.ts";
import type { Claim } from "../contract/network-interface.ts";
import type { Tracer } from "../contract/trace.ts";
import type { FamilySettings } from "../ip/family.ts";

/** What the outside world provides. Two stacks given the same do the same, octet for octet. */
export interface CoreOptions {
  /** The only source of time. */
  readonly clock: Clock;
  /** The only source of chance: every layer gets a fork of it. */
  readonly random: Random;
  /**
   * 16 octets that nobody else knows, and that stay from start to start: IPv6 addresses that are made of prefixes are then
   * the same again (RFC 7217 §5), if the station address is. By default of `random`.
   */
  readonly stableSecret?: Uint8Array | undefined;
  /** Is told what happens; undefined: nobody is. */
  readonly tracer?: Tracer | undefined;
  /** The earliest deadline has changed to this: call `Stack.advance` then. */
  readonly wakeAt: (deadline: Instant) => void;
}

/** How an interface is set up. */
export interface InterfaceOptions extends FamilySettings {
  /** The station address; else the link's own, else one from chance. */
  readonly mac?: MacAddress | undefined;
  /** The next hop of the default route. */
  readonly gateway?: IpAddress | undefined;
  /** What is done before an address is used; "announce" by default. Nothing on links without ARP. */
  readonly claim?: Claim | undefined;
}
