/**
 * The spanning tree of IEEE 802.1D-1998 §8: of bridges in a loop, enough ports block that one way is left between any two,
 * and when it breaks, others take over. Names are the standard's.
 */
import {
  checkSettings,
  type Duration,
  type Instant,
  integer,
  later,
  type Rules,
  seconds,
  type Timer,
  timer,
} from "../../stack/index.ts";
import type { Timekeeper } from "../scheduler.ts";
import { bpduFrame, type Configuration, readBpdu } from "./bpdu.ts";

/** How a bridge takes part. Times are microseconds; those of the root hold for all (§8.10.2). */
export interface SpanningTreeOptions {
  /** The smaller, the rather root: 0 to 65,535; 32,768 by default. */
  readonly priority?: number | undefined;
  /** Between configurations of the root; 2 s by default. */
  readonly helloTime?: Duration | undefined;
  /** What was heard so long ago is forgotten; 20 s by default. */
  readonly maxAge?: Duration | undefined;
  /** In listening, and again in learning, before a port forwards; 15 s by default. */
  readonly forwardDelay?: Duration | undefined;
}

/** What a port does (§8.4). */
export type PortState = "blocking" | "listening" | "learning" | "forwarding";

/** How a tree sends, and what it has others forget. */
export interface TreeHost {
  /** Sends a frame out of that port only. */
  sendBpdu(port: TreePort, frame: Uint8Array<ArrayBuffer>): void;
  /** Stations may be elsewhere now: forget them after the forward delay instead of the ageing time; or as before. */
  topologyChanged(age: Duration | undefined): void;
}

/** What may be chosen. */
export const TREE_RULES: Rules<SpanningTreeOptions> = {
  priority: integer(0, 0xffff),
  helloTime: integer(1),
  maxAge: integer(1),
  forwardDelay: integer(1),
};

/** §8.5.1.3: at most one configuration per port in a second. */
const HOLD = seconds(1);
/** §8.10.1: what a bridge adds to the age of what it passes on. */
const MESSAGE_AGE_INCREMENT = seconds(1);
/** Of a Gigabit link (IEEE 802.1D-1998 table 8-5). */
const PATH_COST = 4;

/** A port of the tree, and what is known of the network behind it. */
export class TreePort {
  /** 128 as priority, and a number (§8.5.5.1). */
  readonly id: number;
  readonly pathCost: number;
  state: PortState = "blocking";
  designatedRoot = 0n;
  designatedCost = 0;
  designatedBridge = 0n;
  designatedPort = 0;
  topologyChangeAcknowledge = false;
  configurationPending = false;
  /** When what is known was new: the message age timer counts from there. */
  heardAt: Instant = 0 as Instant;
  readonly messageAge: Timer;
  readonly forwardDelay: Timer;
  readonly hold: Timer;

  /** @param timers - called when the message is too old, when the port may go on, and when it may send again */
  constructor(number: number, pathCost: number, timers: readonly [Timer, Timer, Timer]) {
    this.id = 0x8000 | number;
    this.pathCost = pathCost;
    [this.messageAge, this.forwardDelay, this.hold] = timers;
  }
}

/** One bridge's part of the tree. */
export class SpanningTree {
  /** Priority and station address. */
  readonly id: bigint;
  readonly #mac: number;
  readonly #time: Timekeeper;
  readonly #host: TreeHost;
  readonly #own: { readonly helloTime: Duration; readonly maxAge: Duration; readonly forwardDelay: Duration };
  #ports: TreePort[] = [];
  #numbers = 0;
  #root: bigint;
  #rootPathCost = 0;
  #rootPort: TreePort | undefined = undefined;
  /** Those of the root. */
  #times: { helloTime: number; maxAge: number; forwardDelay: number };
  #changeDetected = false;
  #change = false;
  readonly #hello: Timer;
  readonly #notification: Timer;
  readonly #changeTimer: Timer;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(time: Timekeeper, mac: number, host: TreeHost, options: SpanningTreeOptions = {}) {
    checkSettings("spanningTree", options, TREE_RULES);
    this.#time = time;
    this.#mac = mac;
    this.#host = host;
    this.id = (BigInt(options.priority ?? 0x8000) << 48n) | BigInt(mac);
    this.#root = this.id;
    const { helloTime = seconds(2), maxAge = seconds(20), forwardDelay = seconds(15) } = options;
    this.#own = { helloTime, maxAge, forwardDelay };
    this.#times = { ...this.#own };
    this.#hello = timer(time.timers, () => this.#helloExpired());
    this.#notification = timer(time.timers, () => this.#notificationExpired());
    this.#changeTimer = timer(time.timers, () => this.#changeExpired());
    this.#arm(this.#hello, 0);
  }

  /** Who is the root, and how far it is. */
  get root(): { readonly id: bigint; readonly pathCost: number; readonly port: TreePort | undefined } {
    return { id: this.#root, pathCost: this.#rootPathCost, port: this.#rootPort };
  }

  /** A new port. An edge port, behind which no bridge is, forwards at once. */
  add(edge: boolean, pathCost: number = PATH_COST): TreePort {
    const { timers } = this.#time;
    const port: TreePort = new TreePort(++this.#numbers, pathCost, [
      timer(timers, () => this.#messageAgeExpired(port)),
      timer(timers, () => this.#forwardDelayExpired(port)),
      timer(timers, () => port.configurationPending && this.#transmit(port)),
    ]);
    this.#ports.push(port);
    this.#becomeDesignated(port);
    if (edge) port.state = "forwarding";
    this.#select();
    return port;
  }

  /** The port is gone. */
  remove(port: TreePort): void {
    const wasRoot = this.#isRoot;
    for (const one of [port.messageAge, port.forwardDelay, port.hold]) one.cancel();
    this.#ports = this.#ports.filter((other) => other !== port);
    if (this.#rootPort === port) this.#rootPort = undefined;
    this.#update();
    this.#select();
    if (this.#isRoot && !wasRoot) this.#becomeRoot();
  }

  /** Ends it: no timer is left. */
  close(): void {
    for (const port of [...this.#ports]) this.remove(port);
    for (const one of [this.#hello, this.#notification, this.#changeTimer]) one.cancel();
  }

  /** A frame to the bridge group has come in at `port`. */
  received(port: TreePort, view: DataView, at: number, end: number): void {
    const bpdu = readBpdu(view, at, end);
    if (bpdu === undefined) return;
    if (bpdu.kind === "notification") {
      if (!this.#isDesignated(port)) return;
      this.#detectChange();
      port.topologyChangeAcknowledge = true;
      this.#transmit(port);
    } else if (this.#supersedes(port, bpdu)) this.#learn(port, bpdu);
    else if (this.#isDesignated(port)) this.#transmit(port); // who knows less is told
  }

  get #isRoot(): boolean {
    return this.#root === this.id;
  }

  // ── what is heard ───────────────────────────────────────────────────────────────────────────────────

  /** §8.6.1: the port hears of a root that is better, or the same from its designated port. */
  #supersedes(port: TreePort, heard: Configuration): boolean {
    const order =
      compare(heard.root, port.designatedRoot) ||
      heard.rootPathCost - port.designatedCost ||
      compare(heard.bridge, port.designatedBridge);
    if (order !== 0) return order < 0;
    return heard.bridge !== this.id || heard.port <= port.designatedPort;
  }

  #learn(port: TreePort, heard: Configuration): void {
    const wasRoot = this.#isRoot;
    port.designatedRoot = heard.root;
    port.designatedCost = heard.rootPathCost;
    port.designatedBridge = heard.bridge;
    port.designatedPort = heard.port;
    port.heardAt = (this.#time.now() - heard.messageAge) as Instant;
    this.#arm(port.messageAge, heard.maxAge - heard.messageAge);
    this.#update();
    this.#select();
    if (!this.#isRoot && wasRoot) {
      this.#hello.cancel();
      if (this.#changeDetected) {
        this.#changeTimer.cancel();
        this.#notify();
      }
    }
    if (port !== this.#rootPort) return;
    const { helloTime, maxAge, forwardDelay, topologyChange, topologyChangeAck } = heard;
    this.#times = { helloTime, maxAge, forwardDelay };
    this.#setChange(topologyChange);
    this.#generate();
    if (topologyChangeAck) {
      this.#changeDetected = false;
      this.#notification.cancel();
    }
  }

  // ── roles (§8.6.7 to §8.6.10) ───────────────────────────────────────────────────────────────────────

  #update(): void {
    let best: TreePort | undefined;
    for (const port of this.#ports) {
      if (this.#isDesignated(port) || port.designatedRoot >= this.id) continue;
      if (best === undefined || this.#isBetter(port, best)) best = port;
    }
    this.#rootPort = best;
    this.#root = best === undefined ? this.id : best.designatedRoot;
    this.#rootPathCost = best === undefined ? 0 : best.designatedCost + best.pathCost;
    if (best === undefined) this.#times = { ...this.#own };
    for (const port of this.#ports) if (this.#shouldBeDesignated(port)) this.#becomeDesignated(port);
  }

  #isBetter(port: TreePort, than: TreePort): boolean {
    const order =
      compare(port.designatedRoot, than.designatedRoot) ||
      port.designatedCost + port.pathCost - (than.designatedCost + than.pathCost) ||
      compare(port.designatedBridge, than.designatedBridge) ||
      port.designatedPort - than.designatedPort ||
      port.id - than.id;
    return order < 0;
  }

  #isDesignated(port: TreePort): boolean {
    return port.designatedBridge === this.id && port.designatedPort === port.id;
  }

  #shouldBeDesignated(port: TreePort): boolean {
    if (this.#isDesignated(port) || port.designatedRoot !== this.#root) return true;
    const order = this.#rootPathCost - port.designatedCost || compare(this.id, port.designatedBridge);
    return order < 0 || (order === 0 && port.id <= port.designatedPort);
  }

  #becomeDesignated(port: TreePort): void {
    port.designatedRoot = this.#root;
    port.designatedCost = this.#rootPathCost;
    port.designatedBridge = this.id;
    port.designatedPort = port.id;
  }

  #select(): void {
    for (const port of this.#ports) {
      const isDesignated = this.#isDesignated(port);
      if (isDesignated) port.messageAge.cancel();
      else {
        port.configurationPending = false;
        port.topologyChangeAcknowledge = false;
      }
      if (isDesignated || port === this.#rootPort) this.#makeForwarding(port);
      else this.#makeBlocking(port);
    }
  }

  #makeForwarding(port: TreePort): void {
    if (port.state !== "blocking") return;
    port.state = "listening";
    this.#arm(port.forwardDelay, this.#times.forwardDelay);
  }

  #makeBlocking(port: TreePort): void {
    if (port.state === "blocking") return;
    const changes = port.state === "forwarding" || port.state === "learning";
    port.state = "blocking";
    port.forwardDelay.cancel();
    if (changes) this.#detectChange();
  }

  // ── what is told ────────────────────────────────────────────────────────────────────────────────────

  #generate(): void {
    for (const port of this.#ports) if (this.#isDesignated(port)) this.#transmit(port);
  }

  #transmit(port: TreePort): void {
    if (port.hold.armed) {
      port.configurationPending = true;
      return;
    }
    const age = this.#rootPort === undefined ? 0 : this.#time.now() - this.#rootPort.heardAt;
    const messageAge = this.#rootPort === undefined ? 0 : age + MESSAGE_AGE_INCREMENT;
    if (messageAge >= this.#times.maxAge) return;
    const configuration: Configuration = {
      kind: "configuration",
      root: this.#root,
      rootPathCost: this.#rootPathCost,
      bridge: this.id,
      port: port.id,
      messageAge,
      ...this.#times,
      topologyChange: this.#change,
      topologyChangeAck: port.topologyChangeAcknowledge,
    };
    port.topologyChangeAcknowledge = false;
    port.configurationPending = false;
    this.#arm(port.hold, HOLD);
    this.#host.sendBpdu(port, bpduFrame(configuration, this.#mac));
  }

  #notify(): void {
    if (this.#rootPort === undefined) return;
    this.#host.sendBpdu(this.#rootPort, bpduFrame({ kind: "notification" }, this.#mac));
    this.#arm(this.#notification, this.#own.helloTime);
  }

  /** §8.6.14. */
  #detectChange(): void {
    if (this.#isRoot) {
      this.#setChange(true);
      this.#arm(this.#changeTimer, this.#own.maxAge + this.#own.forwardDelay);
    } else if (!this.#changeDetected) this.#notify();
    this.#changeDetected = true;
  }

  #setChange(change: boolean): void {
    if (this.#change === change) return;
    this.#change = change;
    this.#host.topologyChanged(change ? (this.#times.forwardDelay as Duration) : undefined);
  }

  // ── timers (§8.7) ───────────────────────────────────────────────────────────────────────────────────

  #helloExpired(): void {
    if (!this.#isRoot) return;
    this.#generate();
    this.#arm(this.#hello, this.#own.helloTime);
  }

  #messageAgeExpired(port: TreePort): void {
    const wasRoot = this.#isRoot;
    this.#becomeDesignated(port);
    this.#update();
    this.#select();
    if (this.#isRoot && !wasRoot) this.#becomeRoot();
  }

  #becomeRoot(): void {
    this.#times = { ...this.#own };
    this.#detectChange();
    this.#notification.cancel();
    this.#generate();
    this.#arm(this.#hello, this.#own.helloTime);
  }

  #forwardDelayExpired(port: TreePort): void {
    if (port.state === "listening") {
      port.state = "learning";
      this.#arm(port.forwardDelay, this.#times.forwardDelay);
    } else if (port.state === "learning") {
      port.state = "forwarding";
      if (this.#ports.some(({ designatedBridge }) => designatedBridge === this.id)) this.#detectChange();
    }
  }

  #notificationExpired(): void {
    this.#notify();
  }

  #changeExpired(): void {
    this.#changeDetected = false;
    this.#setChange(false);
  }

  #arm(which: Timer, span: number): void {
    const at = later(this.#time.now(), span as Duration);
    which.set(at);
    this.#time.wakeAt(at);
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
