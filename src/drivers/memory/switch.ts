/**
 * A learning Ethernet switch (IEEE 802.1D-2004 §7) in memory: every port is a link for one stack, or the end of a link
 * that there is already, such as a TAP. Frames to a station that has been heard are lent to its port as they are; to
 * others, and to groups, each port gets a copy of its own. If it is asked to, it knows VLANs (802.1Q), and keeps loops
 * from harm by the spanning tree.
 */
import {
  type Clock,
  checkSetting,
  checkSettings,
  Drop,
  type Duration,
  ETHERNET_SOURCE_OFFSET,
  FLAG,
  integer,
  type Link,
  type LinkCapabilities,
  OBJECT,
  type Packet,
  popTag,
  pushTag,
  type Rules,
  readStation,
  readTagControl,
  rule,
  seconds,
} from "../../stack/index.ts";
import { copyFrame } from "../copy-frame.ts";
import type { Scheduler, Timekeeper } from "../scheduler.ts";
import { isGroup, Stations } from "../stations.ts";
import { BRIDGE_GROUP } from "./bpdu.ts";
import { MEMORY_LINK_RULES, type MemoryLinkOptions, memoryCapabilities } from "./capabilities.ts";
import { SpanningTree, type SpanningTreeOptions, type TreeHost, type TreePort } from "./spanning-tree.ts";
import { type BridgePort, JoinedPort, type PortOwner, SwitchPort } from "./switch-port.ts";
import { Membership, VLAN_PORT_RULES, type VlanPortOptions } from "./vlan-membership.ts";

/** What a switch may be. Times are microseconds. */
export interface SwitchOptions extends Omit<MemoryLinkOptions, "medium"> {
  /** Frames that wait at one port before its `transmit` takes no more; 1024 by default. */
  readonly queue?: number | undefined;
  /** Stations that are remembered; 4096 by default. The one heard first gives way. */
  readonly stations?: number | undefined;
  /** A station not heard for so long is forgotten; 300 s by default (IEEE 802.1D-2004 §7.9.2). */
  readonly ageing?: Duration | undefined;
  /** Ports are in VLANs; without, tags are octets as others. */
  readonly vlans?: boolean | undefined;
  /** Ports that would close a loop are blocked (IEEE 802.1D-1998 §8); `true`: with the standard's times. */
  readonly spanningTree?: boolean | SpanningTreeOptions | undefined;
  /** Its own station address, 48 bits, for the spanning tree: of two bridges they differ. */
  readonly station?: number | undefined;
}

/** What a port may be. */
export interface PortOptions extends VlanPortOptions {
  /** No bridge is behind it: with a spanning tree, it forwards at once instead of after 30 s. */
  readonly edge?: boolean | undefined;
}

const PORT_RULES: Rules<PortOptions> = { ...VLAN_PORT_RULES, edge: FLAG };

/** Octets of the Ethernet II header: without them a frame has no addresses. */
const ETHERNET_HEADER = 14;
/** IEEE 802.1D-2004 table 7-10: sixteen addresses that no bridge passes on. */
const RESERVED_GROUPS = 16;
/** Locally administered: there is one without another. */
const FIRST_STATION = 0x0200_0000_0001;
const LARGEST_STATION = 0xffff_ffff_ffff;

/** A learning Ethernet switch in memory. */
export class Switch implements PortOwner, TreeHost {
  /** What each port can do. */
  readonly capabilities: LinkCapabilities;
  /** Its part of the spanning tree, if it takes part. */
  readonly tree: SpanningTree | undefined;
  /** Frames sent to one known port, to all ports, and nowhere: too short, or their station is where they came from. */
  forwarded = 0;
  /** Frames sent to all ports. */
  flooded = 0;
  /** Frames sent nowhere: too short, of another VLAN, blocked, or their station is where they came from. */
  filtered = 0;
  readonly #scheduler: Scheduler;
  readonly #stations: Stations<BridgePort>;
  readonly #queue: number;
  readonly #hasVlans: boolean;
  #ports: BridgePort[] = [];
  /** Ports that something has been enqueued for; two lists that change places, as in a pipe. */
  #due: BridgePort[] = [];
  #delivering: BridgePort[] = [];
  #isDelivering = false;

  /**
   * @param clock - with a spanning tree, one with timers: `VirtualTime`, or an event loop
   * @throws TypeError for an option that there is not, RangeError for a value that cannot be
   */
  constructor(scheduler: Scheduler, clock: Clock | Timekeeper, options: SwitchOptions = {}) {
    const { medium: _, ...rules } = MEMORY_LINK_RULES; // a switch is Ethernet
    checkSettings("Switch", options, {
      ...rules,
      queue: integer(1),
      stations: integer(1),
      ageing: integer(0),
      vlans: FLAG,
      spanningTree: rule(
        "a boolean, or options of the tree",
        (value) => FLAG.accepts(value) || OBJECT.accepts(value),
      ),
      station: integer(0, LARGEST_STATION),
    });
    this.#scheduler = scheduler;
    this.capabilities = memoryCapabilities(options);
    this.#queue = options.queue ?? 1024;
    this.#hasVlans = options.vlans ?? false;
    this.#stations = new Stations(clock, options.stations ?? 4096, options.ageing ?? seconds(300));
    const { spanningTree = false, station = FIRST_STATION } = options;
    if (spanningTree === false) return;
    checkSetting(
      "Switch",
      "clock",
      clock,
      rule("a clock with timers", (value) => "timers" in (value as object)),
    );
    this.tree = new SpanningTree(
      clock as Timekeeper,
      station,
      this,
      spanningTree === true ? {} : spanningTree,
    );
  }

  /** Stations that are remembered, those that have aged out included until their place is needed. */
  get stations(): number {
    return this.#stations.size;
  }

  /** A new port. It is unplugged by its `close`. @throws as the constructor */
  port(options: PortOptions = {}): SwitchPort {
    const [membership, tree] = this.#partsOf("Switch.port", options);
    const port = new SwitchPort(this, this.#scheduler, this.#queue, membership, tree);
    this.#ports.push(port);
    return port;
  }

  /**
   * Makes a link part of the switch that there is already, and that nobody has attached: a TAP, a VLAN, a tunnel, or
   * the port of another switch.
   *
   * @throws RangeError for a link that has no Ethernet frames, or other offloads than the switch
   */
  join(link: Link, options: PortOptions = {}): JoinedPort {
    const { medium, maxSuperSegment, fillsChecksums } = link.capabilities;
    if (medium !== "ethernet") throw new RangeError("Switch.join: the link has no Ethernet frames");
    const own = this.capabilities;
    if (maxSuperSegment > 0 !== own.maxSuperSegment > 0 || fillsChecksums !== own.fillsChecksums) {
      throw new RangeError(
        "Switch.join: the offloads of the link are not those of the switch: turn them off",
      );
    }
    const [membership, tree] = this.#partsOf("Switch.join", options);
    const port = new JoinedPort(this, this.#scheduler, link, this.#queue, membership, tree);
    this.#ports.push(port);
    return port;
  }

  /** Ends the spanning tree's timers. Ports are closed by who has them. */
  close(): void {
    this.tree?.close();
  }

  // ── for its ports ───────────────────────────────────────────────────────────────────────────────────

  get isDelivering(): boolean {
    return this.#isDelivering;
  }

  forward(from: BridgePort, frames: readonly Packet[], count: number): void {
    for (let i = 0; i < count; i++) this.#forwardOne(from, frames[i] as Packet);
    this.#deliver();
  }

  note(port: BridgePort): void {
    this.#due.push(port);
  }

  unplug(port: BridgePort): void {
    this.#ports = this.#ports.filter((other) => other !== port);
    this.#stations.forget(port);
    if (port.tree !== undefined) this.tree?.remove(port.tree);
  }

  forget(port: BridgePort): void {
    this.#stations.forget(port);
  }

  // ── for the spanning tree ───────────────────────────────────────────────────────────────────────────

  sendBpdu(tree: TreePort, octets: Uint8Array<ArrayBuffer>): void {
    const port = this.#ports.find((one) => one.tree === tree);
    const copy = port?.pool?.take(octets.length);
    if (port === undefined || copy === undefined) return; // nobody is plugged in
    copy.start -= 2; // an Ethernet header begins at 4n + 2
    copy.end = copy.start + octets.length;
    copy.bytes.set(octets, copy.start);
    port.enqueueOwn(copy);
    this.#scheduler.defer(this);
  }

  topologyChanged(age: Duration | undefined): void {
    this.#stations.ageing = age;
  }

  /** For the scheduler: sends what the tree has to say. */
  run(): void {
    this.#deliver();
  }

  #partsOf(call: string, options: PortOptions): [Membership | undefined, TreePort | undefined] {
    checkSettings(call, options, PORT_RULES);
    if (!this.#hasVlans && (options.vlan !== undefined || options.tagged !== undefined)) {
      throw new RangeError(`${call}: the switch was made without vlans: true`);
    }
    return [this.#hasVlans ? new Membership(options) : undefined, this.tree?.add(options.edge ?? false)];
  }

  #deliver(): void {
    const due = this.#due;
    this.#due = this.#delivering;
    this.#delivering = due;
    this.#isDelivering = true;
    for (let i = 0; i < due.length; i++) (due[i] as BridgePort).deliver();
    this.#isDelivering = false;
    due.length = 0;
  }

  #forwardOne(from: BridgePort, frame: Packet): void {
    if (this.#isForTree(from, frame)) return;
    const vlan = from.membership?.vlanOf(frame) ?? 0;
    const drop = this.#whyNotIn(from, frame, vlan);
    if (drop === Drop.none) this.#passOn(from, frame, vlan);
    else this.#filter(from, frame, drop);
  }

  /** Whether it is a bridge's own: such frames are passed on by none (IEEE 802.1D-2004 §7.12.6). */
  #isForTree(from: BridgePort, { view, start, end }: Packet): boolean {
    if (this.tree === undefined || end - start < ETHERNET_HEADER) return false;
    const target = readStation(view, start);
    if (!isReserved(target)) return false;
    if (from.tree !== undefined && target === BRIDGE_GROUP) this.tree.received(from.tree, view, start, end);
    return true;
  }

  /** Why a frame goes no further than its port. Where its sender is, is learnt all the same, where that is allowed. */
  #whyNotIn(from: BridgePort, frame: Packet, vlan: number): Drop {
    if (frame.length < ETHERNET_HEADER) return Drop.truncated;
    if (from.membership !== undefined && vlan === 0) return Drop.otherVlan;
    const state = from.tree?.state ?? "forwarding";
    if (state === "blocking" || state === "listening") return Drop.portBlocked;
    const source = readStation(frame.view, frame.start + ETHERNET_SOURCE_OFFSET);
    if (!isGroup(source)) this.#stations.learn(vlan, source, from);
    return state === "forwarding" ? Drop.none : Drop.portBlocked;
  }

  #passOn(from: BridgePort, frame: Packet, vlan: number): void {
    const target = readStation(frame.view, frame.start);
    const port = isGroup(target) ? undefined : this.#stations.find(vlan, target);
    if (port === undefined) this.#flood(from, frame, vlan);
    else if (port === from) this.#filter(from, frame, Drop.notForwarded);
    else if (!mayLeave(port, vlan)) this.#filter(from, frame, Drop.portBlocked);
    else {
      this.forwarded++;
      if (hasFitForm(port, frame, vlan)) port.enqueue(frame);
      else enqueueCopy(port, frame, vlan);
    }
  }

  #flood(from: BridgePort, frame: Packet, vlan: number): void {
    this.flooded++;
    for (const other of this.#ports)
      if (other !== from && mayLeave(other, vlan)) enqueueCopy(other, frame, vlan);
  }

  #filter(from: BridgePort, frame: Packet, reason: Drop): void {
    this.filtered++;
    from.lost(frame, reason);
  }
}

function mayLeave(port: BridgePort, vlan: number): boolean {
  return (port.tree?.state ?? "forwarding") === "forwarding" && (port.membership?.has(vlan) ?? true);
}

/** Whether the frame has a tag where it goes out, or none, as it has now. */
function hasFitForm(port: BridgePort, frame: Packet, vlan: number): boolean {
  return port.membership === undefined || port.membership.tags(vlan) === readTagControl(frame) >= 0;
}

function enqueueCopy(port: BridgePort, frame: Packet, vlan: number): void {
  if (port.pool === undefined) return;
  const copy = copyFrame(port.pool, frame);
  if (!hasFitForm(port, frame, vlan)) {
    if (readTagControl(copy) >= 0) popTag(copy);
    else pushTag(copy, vlan);
  } else if (port.membership?.tags(vlan) === true && readTagControl(copy) >= 0) {
    retag(copy, vlan);
  }
  port.enqueueOwn(copy);
}

/** A tag that had only a priority gets its VLAN. */
function retag(copy: Packet, vlan: number): void {
  const control = readTagControl(copy);
  popTag(copy);
  pushTag(copy, (control & 0xf000) | vlan);
}

function isReserved(address: number): boolean {
  return address >= BRIDGE_GROUP && address < BRIDGE_GROUP + RESERVED_GROUPS;
}
