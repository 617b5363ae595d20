/**
 * What stands behind a `LabHost`: the machine that is switched on and off, with its interfaces. Each start is a new
 * stack, which draws other initial sequence numbers and knows nothing of the connections of the one before.
 */
import type { Gate, Seat, Undo, VirtualTime } from "../drivers/simulation/index.ts";
import {
  type AdvertisementOptions,
  type BareStack,
  type Duration,
  type Firewall,
  type Instant,
  type InterfaceAddress,
  type InterfaceOptions,
  type IpAddress,
  type Link,
  later,
  type MacAddress,
  type NetworkInterface,
  prefixOf,
  type Random,
  type RouterOptions,
  type Ruleset,
  type StackOptions,
  samePrefix,
} from "../stack/index.ts";
import { handed, type MachineParts } from "./machine-parts.ts";

/** What a machine is made of, and which stack it runs. */
export interface MachineOptions extends Pick<StackOptions, "createTcp" | "createUdp" | "tcp" | "tracer"> {
  readonly gateways: readonly IpAddress[];
  readonly autoconfigure: boolean | undefined;
  /** By interface. */
  readonly advertise: Readonly<Record<string, AdvertisementOptions>>;
  readonly claim: InterfaceOptions["claim"];
  readonly router: RouterOptions | undefined;
  readonly rules: Ruleset | undefined;
  /** What is between an interface and its gate, such as a recorder. */
  readonly watch: (link: Link) => Link;
}

/** Who wants to know which addresses a machine has. */
export interface AddressBook {
  enter(name: string, mac: MacAddress, address: IpAddress): void;
  leave(address: IpAddress): void;
}

/** An interface, whatever stack it is of. */
interface Port {
  readonly name: string;
  readonly gate: Gate;
  readonly impair: CableEnd;
  /** VLANs on it, with its addresses there. */
  readonly vlans: ReadonlyMap<number, InterfaceAddress>;
  addresses: readonly InterfaceAddress[];
  mtu: number;
  mac: MacAddress | undefined;
}

/** Whether a machine runs, stands still, or is off. */
export type MachineState = "running" | "paused" | "crashed";

/** The end of a cable at a host: what the host sends there can be made to suffer. */
export type CableEnd = (line: string | undefined) => Undo;

/** One computer, switched on and off. */
export class Machine {
  readonly name: string;
  readonly ports: Port[] = [];
  state: MachineState = "running";
  firewall: Firewall | undefined = undefined;
  /** How far its own clock is ahead of virtual time. */
  clockOffset: Duration = 0 as Duration;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #options: MachineOptions;
  readonly #book: AddressBook | undefined;
  readonly #parts: MachineParts;
  #stack: BareStack;
  #seat: Seat;
  #starts = 0;

  constructor(
    name: string,
    time: VirtualTime,
    random: Random,
    options: MachineOptions,
    book: AddressBook | undefined,
    parts: MachineParts,
  ) {
    this.name = name;
    this.#time = time;
    this.#random = random;
    this.#options = options;
    this.#book = book;
    this.#parts = parts;
    this.#seat = time.seat(name);
    this.#stack = this.#start();
  }

  /** The one that runs; of a machine that is off, the one that did. */
  get stack(): BareStack {
    return this.#stack;
  }

  /** What the machine's own clock shows: virtual time and its jumps. */
  now(): Instant {
    return later(this.#time.now(), this.clockOffset);
  }

  /** A new interface on the cable that ends in `gate`, and one for each VLAN. */
  plug(
    gate: Gate,
    impair: CableEnd,
    addresses: readonly InterfaceAddress[],
    vlans: ReadonlyMap<number, InterfaceAddress> = new Map(),
  ): void {
    const name = `eth${this.ports.length}`;
    const port: Port = { name, gate, impair, vlans, addresses, mtu: gate.capabilities.mtu, mac: gate.mac };
    this.ports.push(port);
    this.#attach(port);
  }

  /** Without a word on it, an address is used at once, of IPv6 too: nobody here has it already. */
  get #claim(): InterfaceOptions["claim"] {
    return this.#options.claim ?? "announce";
  }

  // ── what is done to it ──────────────────────────────────────────────────────────────────────────────

  /** The power goes: nothing is sent any more, and nobody is told. */
  crash(): void {
    if (this.state === "crashed") return;
    this.#time.leave(this.#stack);
    this.state = "crashed";
    this.#stack.close();
  }

  /** Starts anew; what ran before has crashed, if it has not already. */
  restart(): void {
    this.crash();
    this.state = "running";
    this.#seat = this.#time.seat(this.name);
    this.#stack = this.#start();
    for (const port of this.ports) this.#attach(port);
  }

  /** As a virtual machine that is stopped: no timer fires, what arrives waits in the network card. */
  pause(): void {
    if (this.state !== "running") return;
    this.state = "paused";
    this.#time.leave(this.#stack);
    for (const { gate } of this.ports) gate.pause();
  }

  /** Goes on. What has come due meanwhile is late. */
  resume(): void {
    if (this.state !== "paused") return;
    this.state = "running";
    this.#time.take(this.#seat, this.#stack);
    for (const { gate } of this.ports) gate.resume();
  }

  /** Takes another address in place of the one of its family that the interface was given. */
  changeAddress(address: InterfaceAddress, name: string | undefined): Undo {
    const port = this.port(name);
    const old = port.addresses.find((one) => one.address.family === address.address.family);
    const undo = (): void => {
      if (old !== undefined && port.addresses.includes(address)) this.changeAddress(old, name);
    };
    if (old !== undefined) this.#book?.leave(old.address);
    port.addresses = [address, ...port.addresses.filter((one) => one !== old)];
    if (this.state === "crashed") return undo;
    const on = this.#interface(port);
    if (old !== undefined) this.#stack.removeAddress(on, old.address);
    this.#stack.addAddress(on, address, this.#claim);
    this.#enter(port, address);
    return undo;
  }

  /** Sends datagrams of at most so many octets on that interface from now on; the cable is as it was. */
  changeMtu(octets: number, name: string | undefined): Undo {
    const port = this.port(name);
    this.checkMtu(octets, port);
    const before = port.mtu;
    const undo = (): void => {
      if (port.mtu === octets) this.changeMtu(before, name);
    };
    port.mtu = octets;
    if (this.state === "crashed") return undo;
    for (const id of port.vlans.keys()) this.#stack.removeInterface(`${port.name}.${id}`);
    this.#stack.removeInterface(port.name);
    this.#attach(port);
    return undo;
  }

  /** @throws RangeError for more than the cable carries */
  checkMtu(octets: number, { gate }: Port): void {
    if (octets <= gate.capabilities.mtu) return;
    throw new RangeError(
      `${this.name}: the cable carries datagrams of ${gate.capabilities.mtu} octets at most`,
    );
  }

  /** Takes it off the net for good. */
  close(): void {
    this.#time.leave(this.#stack);
    if (this.state !== "crashed") this.#stack.close();
    for (const { gate } of this.ports) gate.close();
  }

  #start(): BareStack {
    const { createTcp, createUdp, tcp, tracer, router, rules } = this.#options;
    const random = this.#starts === 0 ? this.#random : this.#random.fork(`start ${this.#starts}`);
    this.#starts++;
    const stack = this.#parts.stack({
      clock: this.#time,
      random,
      wakeAt: this.#seat.wakeAt,
      createTcp,
      createUdp,
      tcp,
      tracer,
    });
    if (router !== undefined) stack.startRouter(router);
    if (rules !== undefined) {
      const make = handed(this.#parts.firewall, "firewall");
      this.firewall = make(stack.startRouter(router ?? { forwarding: false }), rules);
    }
    this.#time.take(this.#seat, stack);
    stack.turns?.enlist?.({
      waits: () =>
        this.state !== "crashed" && stack === this.#stack
          ? [...(this.#parts.waits?.(stack) ?? []), ...describeConnections(stack)]
          : [],
    });
    return stack;
  }

  #attach(port: Port): void {
    const link = this.#options.watch(port.gate.socket(port.mtu));
    const trunk = port.vlans.size === 0 ? undefined : handed(this.#parts.vlans, "vlans")(link);
    const native = trunk?.native() ?? link;
    const claim = this.#claim;
    const { autoconfigure } = this.#options;
    const made = this.#stack.addInterface(port.name, native, port.addresses, {
      claim,
      mac: port.mac,
      autoconfigure,
    });
    port.mac = made.mac;
    for (const one of port.addresses) this.#enter(port, one);
    for (const gateway of this.#options.gateways) this.#leadTo(gateway, port, made);
    const told = this.#options.advertise[port.name];
    if (told !== undefined) this.#stack.advertise(made, told);
    for (const [id, address] of port.vlans) {
      const { mac } = port;
      if (trunk !== undefined)
        this.#stack.addInterface(`${port.name}.${id}`, trunk.vlan(id), [address], { claim, mac });
      this.#enter(port, address);
    }
  }

  /** The default route leads through the interface that the gateway is on; through the first, if it is on none. */
  #leadTo(gateway: IpAddress, port: Port, made: NetworkInterface): void {
    const isOn = (one: Port): boolean =>
      one.addresses.some(({ address, prefixLength }) => samePrefix(address, gateway, prefixLength));
    if (isOn(port) || (port === this.ports[0] && !this.ports.some(isOn))) {
      this.#stack.addRoute(prefixOf(gateway, 0), 0, gateway, made);
    }
  }

  #enter({ mac }: Port, { address }: InterfaceAddress): void {
    if (mac !== undefined) this.#book?.enter(this.name, mac, address);
  }

  /** @throws RangeError if there is none of that name; `eth0` by default */
  port(name: string | undefined): Port {
    const found = name === undefined ? this.ports[0] : this.ports.find((port) => port.name === name);
    if (found === undefined) throw new RangeError(`${this.name}: there is no interface ${name ?? "eth0"}`);
    return found;
  }

  #interface(port: Port): NetworkInterface {
    const found = this.#stack.interface(port.name);
    if (found === undefined) throw new RangeError(`${this.name}: there is no interface ${port.name}`);
    return found;
  }
}

/** Connections of a host of which a report tells. */
const MOST_CONNECTIONS = 10;

/** What the connections of `stack` are up to: for reports of a deadlock. */
function describeConnections(stack: BareStack): string[] {
  const all = stack.connections();
  const connections = all.slice(0, MOST_CONNECTIONS).map((one) => {
    const peer = one.remote === undefined ? "" : `, peer ${one.remote.address}:${one.remote.port}`;
    const queues = `${one.receiveQueue} octets to be read, ${one.sendQueue} not acknowledged`;
    const rest = one.remote === undefined ? "" : `, ${queues}`;
    return `TCP ${one.local.address}:${one.local.port}${peer} in ${one.state.toUpperCase()}${rest}`;
  });
  if (all.length > MOST_CONNECTIONS) connections.push(`and ${all.length - MOST_CONNECTIONS} more sockets`);
  return connections;
}
