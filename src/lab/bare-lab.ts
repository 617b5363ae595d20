/**
 * The lab of a page that counts its octets: hosts, cables, and one virtual time for all. Everything else comes as
 * parts that the page hands over; `Lab` has all of them.
 */
import { pipe, type Switch, type SwitchOptions } from "../drivers/memory/index.ts";
import {
  type Director,
  durationOf,
  Gate,
  type Intervention,
  type NetworkAction,
  type PacketPattern,
  type Span,
  VirtualTime,
} from "../drivers/simulation/index.ts";
import type { EventLog, EventRing } from "../events/index.ts";
import {
  checkSetting,
  checkSettings,
  type Duration,
  type Instant,
  type Link,
  later,
  type Random,
  type Ruleset,
  timer,
  Xoshiro128,
} from "../stack/index.ts";
import {
  type Addresses,
  INTERFACE_ADDRESSES,
  listOf,
  parseInterfaceAddress,
  parseInterfaceAddresses,
  parseIpAddress,
} from "./addresses.ts";
import type { BareHost, HostOptions } from "./bare-host.ts";
import { CableParts, LabCable } from "./cable.ts";
import {
  CABLE_RULES,
  type CableOptions,
  HOST_RULES,
  LAB_RULES,
  type LabOptions,
  NAME,
} from "./lab-options.ts";
import type { LabParts } from "./lab-parts.ts";
import { Machine } from "./machine.ts";
import { handed } from "./machine-parts.ts";
import { natRules } from "./nat-rules.ts";

/** Hosts, or one of them. */
export type Hosts = BareHost | readonly BareHost[];

/** Station addresses of switches, for the spanning tree: locally administered. */
const FIRST_SWITCH = 0x0253_0000_0001;

/** A network of hosts with IPv4, TCP and UDP, and what else its parts give them. */
export class BareLab<H extends BareHost = BareHost> {
  /** Its clock: see `VirtualTime`. */
  readonly time: VirtualTime;
  /** Where all its chance comes from. */
  readonly random: Random;
  /** All hosts, in the order in which they were made. */
  readonly hosts: H[] = [];
  readonly #captures: boolean;
  readonly #ring: EventRing | undefined;
  readonly #machines: Map<BareHost, Machine> = new Map();
  /** Names that are taken. */
  readonly #hostNames: Set<string> = new Set();
  readonly #cableNames: Set<string> = new Set();
  readonly #director: Director | undefined;
  readonly #parts: LabParts<H>;
  #plugged = 0;
  #switches = 0;

  /**
   * @param parts - what it is made of: `HOST_PARTS` at least
   * @throws TypeError for an option that there is not, RangeError for a value that cannot be, Error for an option whose
   *   part is missing
   */
  constructor(options: LabOptions, parts: LabParts<H>) {
    checkSettings("Lab", options, LAB_RULES);
    this.#parts = parts;
    const { drain, limit, standstill } = options;
    this.time = new VirtualTime({ drain, limit, standstill });
    this.random = new Xoshiro128(options.seed ?? 1);
    this.#captures = options.capture ?? false;
    if (this.#captures) handed(parts.recording, "recording");
    const { events = false } = options;
    this.#ring = events === false ? undefined : handed(parts.events, "events")(events === true ? {} : events);
    this.#director = parts.interventions?.director(this.time);
  }

  // ── hosts and cables ────────────────────────────────────────────────────────────────────────────────

  /**
   * A new host; `address` is what its first cable gets, as `10.0.0.1/24` or `fd00::1/64`, or a list with addresses of both
   * families. With `autoconfigure` it may be empty.
   *
   * @throws TypeError for an option that there is not
   * @throws RangeError for a value that cannot be, and for a name that another host has
   */
  host(name: string, address: Addresses, options: HostOptions = {}): H {
    checkSetting("Lab.host", "name", name, NAME);
    checkSetting("Lab.host", "address", address, INTERFACE_ADDRESSES);
    checkSettings("Lab.host", options, HOST_RULES);
    if (this.#hostNames.has(name)) throw new RangeError(`Lab.host: there is a host "${name}" already`);
    const { createTcp, createUdp, tcp, claim, router, rules, autoconfigure, advertise = {} } = options;
    const recording = this.#captures ? this.#parts.recording?.(this.time, name, this.#ring) : undefined;
    const told = recording?.tracer(options.tracer) ?? options.tracer;
    const tracer = this.#ring?.tracer(name, told) ?? told;
    const gateways = listOf(options.gateway ?? []).map(parseIpAddress);
    const watch = (link: Link): Link => recording?.watch(link) ?? link;
    const network = { claim, gateways, autoconfigure, advertise, router, rules };
    const parts = { createTcp, createUdp, tcp, tracer, ...network, watch };
    /** Where all its chance comes from. */
    const random = this.random.fork(`host ${name}`);
    const machine = new Machine(name, this.time, random, parts, this.#director, this.#parts);
    const host = this.#parts.host(address, machine, options, recording, this.#act);
    this.#hostNames.add(name);
    const actions = this.#parts.interventions?.host(machine);
    if (actions !== undefined) this.#director?.hosts.set(name, actions);
    this.#machines.set(host, machine);
    this.hosts.push(host);
    return host;
  }

  /**
   * A new host that passes on what is for others. Its interfaces get their addresses where they are plugged in:
   * `lab.link(router, switch, { addresses: ["10.0.0.254/24"] })`.
   *
   * @param address - of its first interface
   * @throws as `host`
   */
  router(name: string, address: Addresses, options: HostOptions = {}): H {
    return this.host(name, address, { ...options, router: options.router ?? {} });
  }

  /**
   * A router whose first interface faces the inside, and all others the outside. What goes out over IPv4 leaves by their
   * addresses. IPv6 is not translated: hosts inside have addresses that are good everywhere, of the prefix that the router
   * tells them of (`advertise`), and from outside comes only what belongs to what they have begun (RFC 6092).
   *
   * @param address - of the inside, as `192.168.1.1/24`; of both families in a list
   * @param behaviour - a preset of RFC 4787, "home-router" by default; or rules of your own
   * @throws as `host`, and RuleError for rules that cannot be
   */
  nat(
    name: string,
    address: Addresses,
    behaviour: string | Ruleset = "home-router",
    options: HostOptions = {},
  ): H {
    const rules = typeof behaviour === "string" ? natRules(behaviour) : behaviour;
    const speaksIpv6 = listOf(address).some((one) => one.includes(":"));
    const advertise = options.advertise ?? (speaksIpv6 ? { eth0: {} } : {});
    return this.router(name, address, { ...options, rules, advertise });
  }

  /**
   * A new learning switch: plug hosts in with `link(host, switch)`, and other switches. With `vlans`, ports are in VLANs;
   * with `spanningTree`, loops do no harm.
   *
   * @throws as the constructor of `Switch`
   */
  switch(options: SwitchOptions = {}): Switch {
    return handed(this.#parts.switch, "switch")(this.time, this.time, {
      station: FIRST_SWITCH + this.#switches++,
      ...options,
    });
  }
  /**
   * Plugs a cable in between two hosts or switches. A host gets a new interface for it.
   *
   * @throws TypeError for an option that there is not
   * @throws RangeError for a value that cannot be, and for what a cable to a switch cannot choose
   * @throws SyntaxError for a line of impairments that cannot be read
   */
  link(first: BareHost | Switch, second: BareHost | Switch, options: CableOptions = {}): LabCable {
    checkSettings("Lab.link", options, CABLE_RULES);
    if (isSwitch(first) && !isSwitch(second)) return this.#cable(second, first, options);
    return this.#cable(first, second, options);
  }

  #cable(first: BareHost | Switch, second: BareHost | Switch, options: CableOptions): LabCable {
    const name = this.#nameOf(first, second, options.name);
    const gates = this.#ends(first, second, options).map((end) => new Gate(end, this.time));
    const { impairments } = options;
    const random = this.random.fork(`cable ${++this.#plugged}`);
    const parts = new CableParts(name, gates, this.time, random, this.#parts.queues);
    if (impairments !== undefined) parts.make(impairments);
    this.#cableNames.add(name);
    this.#director?.cables.set(name, parts);
    for (const [side, end] of [first, second].entries()) {
      const gate = gates[side];
      if (!isSwitch(end)) this.#plug(end, parts, side, options);
      else if (gate !== undefined) end.join(gate.socket(), options.port);
    }
    return new LabCable(parts, this.#act);
  }

  /** Unplugs everything. Packets under way go back to their pools. */
  close(): void {
    for (const machine of this.#machines.values()) machine.close();
    this.time.settleDeferred();
    this.#machines.clear();
    this.#hostNames.clear();
    this.#director?.hosts.clear();
    this.hosts.length = 0;
  }

  // ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────

  /**
   * Nothing passes any more between these hosts and those, all others by default; what is under way is lost when it
   * arrives.
   *
   * @param options.oneWay - only from these to those
   */
  partition(these: Hosts, those?: Hosts, options: { readonly oneWay?: boolean } = {}): void {
    const sides = { these: namesOf(these), ...(those !== undefined && { those: namesOf(those) }) };
    this.#act({ do: "partition", ...sides, ...(options.oneWay === true && { oneWay: true }) });
  }

  /** Ends the partitions with exactly these sides; all, without any. */
  heal(these?: Hosts, those?: Hosts): void {
    this.#act({
      do: "heal",
      ...(these !== undefined && { these: namesOf(these) }),
      ...(those !== undefined && { those: namesOf(those) }),
    });
  }

  /** Drops the packets that match, from the `nth` on (1), so many `times` (1): `lab.drop({ flags: "S" }, { times: 2 })`. */
  drop(
    when: PacketPattern,
    options: { readonly nth?: number; readonly times?: number | "always" } = {},
  ): void {
    this.intervene([{ when, ...options, do: "drop" }]);
  }

  /**
   * Has all this done when its time comes: see `Intervention`. What is due at one instant is done in this order, before
   * anything else that happens then.
   *
   * @throws SyntaxError for what is no intervention, RangeError for a host, cable or time that there is not
   */
  intervene(interventions: readonly Intervention[]): void {
    this.#directed.plan(interventions);
  }

  /** All that was done to this network, or is to be: with it and the seed, a run can be played again. */
  get interventions(): readonly Intervention[] {
    return this.#director?.list ?? [];
  }

  // ── time ────────────────────────────────────────────────────────────────────────────────────────────

  /** Settles after `span` of virtual time, `"10ms"`; a number is microseconds. */
  sleep(span: Span | Duration): Promise<void> {
    return new Promise((resolve) => {
      timer(this.time.timers, () => resolve()).set(later(this.time.now(), durationOf(span)));
    });
  }

  /** Calls `action` at this time, counted from the beginning. @throws RangeError if it has passed */
  at(span: Span | Duration, action: () => void): void {
    const instant = durationOf(span) as number as Instant;
    if (instant < this.time.now()) throw new RangeError(`${span} has passed: it is ${this.time.now()} us`);
    timer(this.time.timers, action).set(instant);
  }

  /**
   * Lets time pass until `work` settles, and gives what it gives.
   *
   * @throws VirtualTimeError at once when it waits for something that cannot happen
   */
  run<T>(work: Promise<T> | (() => Promise<T>)): Promise<T> {
    return this.time.run(typeof work === "function" ? work() : work);
  }

  /** Lets `span` pass, with awaiting applications served on the way; a number is microseconds. */
  runFor(span: Span | Duration): Promise<void> {
    return this.time.runFor(durationOf(span));
  }

  /**
   * What `host` (by default the first) has sent and received, as pcapng: comments tell why, and what was dropped.
   *
   * @throws RangeError if the lab was made without `capture: true`
   */
  capture(host: BareHost | undefined = this.hosts[0]): Uint8Array<ArrayBuffer> {
    if (host?.recording === undefined)
      throw new RangeError("nothing was captured: make the lab with capture: true");
    return host.recording.bytes();
  }

  /**
   * All that its hosts have told of what they did and why, with one numbering: see docs/events.md.
   *
   * @throws RangeError if the lab was made without `events`
   */
  get events(): EventLog {
    if (this.#ring === undefined) throw new RangeError("no events were kept: make the lab with events: true");
    return this.#ring;
  }

  readonly #act = (action: NetworkAction): void => {
    this.#directed.act(action);
  };

  get #directed(): Director {
    return handed(this.#director, "interventions");
  }

  #ends(first: BareHost | Switch, second: BareHost | Switch, options: CableOptions): readonly Link[] {
    const aSwitch = [first, second].find(isSwitch);
    if (aSwitch === undefined && options.port !== undefined) {
      throw new RangeError("Lab.link: port is for a cable to a switch");
    }
    for (const name of ["mtu", "offloads"] as const) {
      if (aSwitch !== undefined && options[name] !== undefined)
        throw new RangeError(`Lab.link: ${name} is the switch's: choose it there`);
    }
    if (!isSwitch(first) && isSwitch(second)) return [second.port(options.port)];
    const { mtu = 1500, offloads = false } = aSwitch === undefined ? options : offloadsOf(aSwitch);
    return pipe(this.time, { mtu, offloads });
  }

  #nameOf(first: BareHost | Switch, second: BareHost | Switch, given: string | undefined): string {
    const cables = this.#cableNames;
    if (given !== undefined && cables.has(given)) {
      throw new RangeError(`Lab.link: there is a cable "${given}" already`);
    }
    const base = given ?? [first, second].map((end) => (isSwitch(end) ? "switch" : end.name)).join("-");
    let name = base;
    for (let number = 2; cables.has(name); number++) name = `${base}-${number}`;
    return name;
  }

  #plug(host: BareHost, parts: CableParts, side: number, { addresses, vlans = {} }: CableOptions): void {
    const gate = parts.gates[side];
    const machine = this.#machines.get(host);
    if (machine === undefined || gate === undefined) throw new RangeError(`${host.name} is not of this lab`);
    const inVlans = Object.entries(vlans).flatMap(([id, given]) => {
      const address = typeof given === "string" ? (side === 0 ? given : undefined) : given[side];
      return address === undefined ? [] : [[Number(id), parseInterfaceAddress(address)] as const];
    });
    const own = parseInterfaceAddresses(addresses?.[side] ?? host.firstAddresses);
    machine.plug(gate, (line) => parts.impairFrom(side, line), own, new Map(inVlans));
    this.#director?.watch(gate, machine.name);
  }
}

/** What a cable to it must have. */
function offloadsOf({ capabilities }: Switch): { readonly mtu: number; readonly offloads: boolean } {
  return { mtu: capabilities.mtu, offloads: capabilities.maxSuperSegment > 0 };
}

function namesOf(hosts: Hosts): string[] {
  return ("name" in hosts ? [hosts] : hosts).map(({ name }) => name);
}

/** Known by what it does: a lab without switches does not load them. */
function isSwitch(end: BareHost | Switch): end is Switch {
  return "join" in end;
}
