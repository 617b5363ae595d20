/**
 * VLANs on any Ethernet link (IEEE 802.1Q): one link for each VLAN, and one for what is not tagged. A trunk of a trunk is
 * 802.1ad with `tagType: 0x88a8` at the outside.
 */
import {
  checkSetting,
  checkSettings,
  Drop,
  dropOfTag,
  ETHERTYPE_VLAN,
  FLAG,
  integer,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  MAX_VLAN,
  type MacAddress,
  MIN_VLAN,
  type Packet,
  popTag,
  pushTag,
  type Rules,
  readTagControl,
  tagControl,
  tagOf,
  VLAN_TAG_BYTES,
} from "../../stack/index.ts";
import { HomePool } from "../home-pool.ts";

/** How a VLAN's link tags what it sends. */
export interface VlanOptions {
  /** PCP, 0 to 7; 0 by default (IEEE 802.1Q §6.9.3). */
  readonly priority?: number | undefined;
  /** DEI: a congested bridge may drop it before others. */
  readonly dropEligible?: boolean | undefined;
}

/** How a trunk is. */
export interface TrunkOptions {
  /** The EtherType of its tags: 0x8100 by default; 0x88a8 for those of a provider (802.1ad). */
  readonly tagType?: number | undefined;
}

const VLAN_RULES: Rules<VlanOptions> = { priority: integer(0, 7), dropEligible: FLAG };
const TRUNK_RULES: Rules<TrunkOptions> = { tagType: integer(0x600, 0xffff) };

/** What a trunk has not passed on, in frames. */
export interface TrunkCounters {
  /** For a VLAN that nobody here is in. */
  otherVlan: number;
  /** Cut off within the tag. */
  truncated: number;
}

/** Frames of a link, sorted by their tags. */
export class VlanTrunk implements LinkSink {
  /** What was dropped. */
  readonly counters: TrunkCounters = { otherVlan: 0, truncated: 0 };
  readonly pool: HomePool = new HomePool();
  readonly #lower: Link;
  readonly #tagType: number;
  readonly #capabilities: LinkCapabilities;
  readonly #links: Map<number, VlanLink> = new Map();
  /** Those for whom something of the present burst is. */
  readonly #due: VlanLink[] = [];

  /**
   * Takes over `link`, which nobody has attached yet.
   *
   * @throws TypeError for an option that there is not, RangeError for a value that cannot be, or a link of bare datagrams
   */
  constructor(link: Link, options: TrunkOptions = {}) {
    checkSettings("VlanTrunk", options, TRUNK_RULES);
    const { capabilities } = link;
    if (capabilities.medium !== "ethernet") throw new RangeError("VlanTrunk: only Ethernet has VLANs");
    this.#lower = link;
    this.#tagType = options.tagType ?? ETHERTYPE_VLAN;
    this.#capabilities = {
      ...capabilities,
      headroom: capabilities.headroom + VLAN_TAG_BYTES,
      // A device that fills in checksums, or cuts up super-segments, need not know to look behind a tag.
      fillsChecksums: false,
      maxSuperSegment: 0,
    };
    link.attach(this);
  }

  /**
   * The link of VLAN `id`, 1 to 4094.
   *
   * @throws RangeError for a number that is none, and if there is that link already
   */
  vlan(id: number, options: VlanOptions = {}): Link {
    checkSetting("VlanTrunk.vlan", "id", id, integer(MIN_VLAN, MAX_VLAN));
    checkSettings("VlanTrunk.vlan", options, VLAN_RULES);
    const { priority = 0, dropEligible = false } = options;
    return this.#add(id, tagControl({ vlan: id, priority, dropEligible }));
  }

  /** The link of frames without a tag, and of those with none but a priority. @throws RangeError if there is it already */
  native(): Link {
    return this.#add(0, -1);
  }

  // ── for the link below ──────────────────────────────────────────────────────────────────────────────

  received(frames: readonly Packet[], count: number): void {
    for (let i = 0; i < count; i++) this.#sort(frames[i] as Packet);
    for (const link of this.#due) link.deliver(this.#tagType);
    this.#due.length = 0;
  }

  writable(): void {
    for (const link of this.#links.values()) link.writable();
  }

  lost(frame: Packet, reason: Drop): void {
    this.#linkOf(readTagControl(frame, this.#tagType))?.lost(frame, reason);
  }

  carrierChanged(present: boolean): void {
    for (const link of this.#links.values()) link.carrierChanged(present);
  }

  failed(reason: string): void {
    for (const link of this.#links.values()) link.failed(reason);
  }

  /** For its links only: sends with tag control information `control`; without a tag if that is -1. */
  transmit(frames: readonly Packet[], count: number, control: number): number {
    if (control < 0) return this.#lower.transmit(frames, count);
    for (let i = 0; i < count; i++) pushTag(frames[i] as Packet, control, this.#tagType);
    const taken = this.#lower.transmit(frames, count);
    for (let i = taken; i < count; i++) popTag(frames[i] as Packet); // they stay the caller's, as they were
    return taken;
  }

  /** For its links only: with the last of them ends the link below. */
  remove(id: number): void {
    if (this.#links.delete(id) && this.#links.size === 0) this.#lower.close();
  }

  #add(id: number, control: number): VlanLink {
    if (this.#links.has(id)) throw new RangeError(`VlanTrunk: there is a link of VLAN ${id} already`);
    const link = new VlanLink(this, id, control, this.#capabilities, this.#lower.mac);
    this.#links.set(id, link);
    return link;
  }

  #linkOf(control: number): VlanLink | undefined {
    return this.#links.get(control < 0 ? 0 : tagOf(control).vlan);
  }

  #sort(frame: Packet): void {
    const control = readTagControl(frame, this.#tagType);
    const drop = dropOfTag(control);
    const link = this.#linkOf(control);
    if (drop === Drop.none && link !== undefined) {
      if (link.hold(frame, control)) this.#due.push(link);
      return;
    }
    if (drop === Drop.truncated) this.counters.truncated++;
    else this.counters.otherVlan++;
    // Somebody should be told, and who knows of no VLAN is who would wonder.
    this.#links.get(0)?.lost(frame, drop === Drop.none ? Drop.otherVlan : drop);
  }
}

/** One VLAN of a trunk. `VlanTrunk` makes them. */
class VlanLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress | undefined;
  readonly #trunk: VlanTrunk;
  readonly #id: number;
  readonly #control: number;
  readonly #held: Packet[] = [];
  /** Of each of them, its tag as it came: it is put back, since a frame is only lent. */
  readonly #tags: number[] = [];
  #sink: LinkSink | undefined = undefined;

  constructor(
    trunk: VlanTrunk,
    id: number,
    control: number,
    capabilities: LinkCapabilities,
    mac: MacAddress | undefined,
  ) {
    this.#trunk = trunk;
    this.#id = id;
    this.#control = control;
    this.capabilities = capabilities;
    this.mac = mac;
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
  }

  transmit(frames: readonly Packet[], count: number): number {
    return this.#trunk.transmit(frames, count, this.#control);
  }

  close(): void {
    this.#sink = undefined;
    this.#trunk.remove(this.#id);
  }

  /** Keeps a frame until `deliver`; whether it is the first. */
  hold(frame: Packet, control: number): boolean {
    this.#tags.push(control);
    return this.#held.push(frame) === 1;
  }

  /** Hands on what was held, without its tags. */
  deliver(tagType: number): void {
    const held = this.#held;
    for (const [at, frame] of held.entries()) if ((this.#tags[at] as number) >= 0) popTag(frame);
    this.#sink?.received(held, held.length);
    for (const [at, frame] of held.entries()) {
      const control = this.#tags[at] as number;
      if (control >= 0 && frame.holders === 0) pushTag(frame, control, tagType);
    }
    held.length = 0;
    this.#tags.length = 0;
  }

  writable(): void {
    this.#sink?.writable();
  }

  lost(frame: Packet, reason: Drop): void {
    this.#sink?.lost?.(frame, reason);
  }

  carrierChanged(present: boolean): void {
    this.#sink?.carrierChanged?.(present);
  }

  failed(reason: string): void {
    this.#sink?.failed(reason);
  }
}
