/** One computer of a lab, as a stack. */
import type { Span } from "../drivers/simulation/index.ts";
import type {
  AdvertisementOptions,
  BareStack,
  Firewall,
  Instant,
  InterfaceOptions,
  IpAddress,
  RouterOptions,
  Ruleset,
  StackOptions,
} from "../stack/index.ts";
import { type Addresses, listOf, parseInterfaceAddress } from "./addresses.ts";
import type { Act } from "./cable.ts";
import type { Machine, MachineState } from "./machine.ts";
import type { Recording } from "./recording.ts";

/** How a host is made, besides its name and address. */
export interface HostOptions extends Pick<StackOptions, "createTcp" | "createUdp" | "tcp" | "tracer"> {
  /** The next hop of the default route, as `10.0.0.254`; or one of each family. */
  readonly gateway?: Addresses | undefined;
  /** IPv6 addresses and routes are what routers on the link say (RFC 4862); by default not. */
  readonly autoconfigure?: boolean | undefined;
  /** Of a router, what it tells the hosts on the links of these interfaces of itself: `{ eth0: {} }` (RFC 4861 §6.2). */
  readonly advertise?: Readonly<Record<string, AdvertisementOptions>> | undefined;
  /** See `InterfaceOptions`; "announce" by default. */
  readonly claim?: InterfaceOptions["claim"];
  /** Passes on what is for others (RFC 1812): see `Lab.router`. */
  readonly router?: RouterOptions | undefined;
  /** Rules of a filter and a translator, on a router or on a host. */
  readonly rules?: Ruleset | undefined;
}

/** `BareLab.host` makes them. All that is done to one is noted among the lab's interventions. */
export class BareHost {
  /** As it was made. */
  readonly name: string;
  /** With what it was made. */
  readonly options: HostOptions;
  /** What its interfaces have seen; undefined unless the lab captures. */
  readonly recording: Recording | undefined;
  /** What it was made with, for its interfaces that are given no other. */
  readonly firstAddresses: readonly string[];
  readonly #machine: Machine;
  readonly #act: Act;

  constructor(
    addresses: Addresses,
    machine: Machine,
    options: HostOptions,
    recording: Recording | undefined,
    act: Act,
  ) {
    this.name = machine.name;
    this.options = options;
    this.recording = recording;
    this.firstAddresses = listOf(addresses);
    this.#machine = machine;
    this.#act = act;
  }

  /** After `restart`, another one. */
  get stack(): BareStack {
    return this.#machine.stack;
  }

  /** Its rules, as they are carried out; undefined if it was made without. After `restart`, others. */
  get firewall(): Firewall | undefined {
    return this.#machine.firewall;
  }

  /** Whether it runs, stands still, or is off. */
  get state(): MachineState {
    return this.#machine.state;
  }

  /**
   * Its own address, with the prefix of its network: the first of its first interface.
   *
   * @throws RangeError while it has none, since no router has told it of a prefix yet
   */
  get address(): string {
    const [first] = this.#machine.ports[0]?.addresses ?? [];
    if (first !== undefined) return `${first.address}/${first.prefixLength}`;
    const [given] = this.firstAddresses;
    return given ?? `${this.addressOf(6)}/64`;
  }

  /**
   * An address of that family which it has now, and which is good beyond its link: one that it was given, or has made of
   * what a router told.
   *
   * @throws RangeError if it has none
   */
  addressOf(family: 4 | 6): IpAddress {
    for (const one of this.stack.interfaces) {
      const found = one.addresses.find(
        ({ address, state }) => address.family === family && !address.isLinkLocal && state === "preferred",
      );
      if (found !== undefined && !one.loopback) return found.address;
    }
    throw new RangeError(`${this.name} has no address of IPv${family}`);
  }

  /** Its own address, without the prefix. @throws as `address` */
  get ip(): IpAddress {
    return parseInterfaceAddress(this.address).address;
  }

  /** What its own clock shows, in microseconds: virtual time, and its jumps. */
  now(): Instant {
    return this.#machine.now();
  }

  /** The power goes. Nobody is told; calls that wait on its sockets wait for ever. */
  crash(): void {
    this.#act({ do: "crash", host: this.name });
  }

  /** A new stack with the same addresses: it answers what is left of old connections by RST. */
  restart(): void {
    this.#act({ do: "restart", host: this.name });
  }

  /** As a virtual machine that is stopped: no timer fires, and what arrives waits. */
  pause(): void {
    this.#act({ do: "pause", host: this.name });
  }

  /** Ends what `pause` began. */
  resume(): void {
    this.#act({ do: "resume", host: this.name });
  }

  /** Takes another address, `10.0.0.9/24`, in place of the one of its family that the interface was given; `eth0` by default. */
  changeAddress(to: string, name?: string): void {
    this.#act({ do: "address", host: this.name, to, ...(name !== undefined && { interface: name }) });
  }

  /** Sends datagrams of at most so many octets on that interface from now on; `eth0` by default. */
  changeMtu(octets: number, name?: string): void {
    this.#act({ do: "mtu", host: this.name, octets, ...(name !== undefined && { interface: name }) });
  }

  /** Its own clock jumps, ahead or, with a negative span, back. Timers do not depend on it. */
  jumpClock(by: Span): void {
    this.#act({ do: "clock", host: this.name, by });
  }
}
