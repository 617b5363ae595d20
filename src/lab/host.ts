/** One computer of a lab: a stack, and the socket calls that are bound to it. */
import {
  createSockets,
  type Inet6Sockaddr,
  type InetSockaddr,
  inet6Sockaddr,
  inetSockaddr,
  type Sockets,
} from "../api/index.ts";
import type { Span } from "../drivers/simulation/index.ts";
import type {
  Firewall,
  Instant,
  InterfaceOptions,
  IpAddress,
  RouterOptions,
  Ruleset,
  Stack,
  StackOptions,
} from "../stack/index.ts";
import { parseInterfaceAddress } from "./addresses.ts";
import type { Act } from "./cable.ts";
import type { Machine, MachineState } from "./machine.ts";
import type { Recording } from "./recording.ts";

/** How a host is made, besides its name and address. */
export interface HostOptions extends Pick<StackOptions, "createTcp" | "createUdp" | "tcp" | "tracer"> {
  /** The next hop of the default route, as `10.0.0.254`. */
  readonly gateway?: string | undefined;
  /** See `InterfaceOptions`; "announce" by default. */
  readonly claim?: InterfaceOptions["claim"];
  /** Passes on what is for others (RFC 1812): see `Lab.router`. */
  readonly router?: RouterOptions | undefined;
  /** Rules of a filter and a translator, on a router or on a host. */
  readonly rules?: Ruleset | undefined;
}

/** `Lab.host` makes them. All that is done to one is noted among the lab's interventions. */
export class LabHost {
  /** As it was made. */
  readonly name: string;
  /** With what it was made. */
  readonly options: HostOptions;
  /** What its interfaces have seen; undefined unless the lab captures. */
  readonly recording: Recording | undefined;
  /** What it was made with, for its interfaces that are given no other. */
  readonly firstAddress: string;
  readonly #machine: Machine;
  readonly #act: Act;
  #sockets: Sockets | undefined = undefined;
  #boundTo: Stack | undefined = undefined;

  constructor(
    address: string,
    machine: Machine,
    options: HostOptions,
    recording: Recording | undefined,
    act: Act,
  ) {
    this.name = machine.name;
    this.options = options;
    this.recording = recording;
    this.firstAddress = address;
    this.#machine = machine;
    this.#act = act;
  }

  /** After `restart`, another one. */
  get stack(): Stack {
    return this.#machine.stack;
  }

  /** Its rules, as they are carried out; undefined if it was made without. After `restart`, others. */
  get firewall(): Firewall | undefined {
    return this.#machine.firewall;
  }

  /** The socket calls of this host. After `restart` they are others: sockets of before are of a stack that is gone. */
  get sockets(): Sockets {
    const { stack } = this;
    if (this.#sockets === undefined || this.#boundTo !== stack) {
      this.#sockets = createSockets(stack); // only now: not every host has a program
      this.#boundTo = stack;
    }
    return this.#sockets;
  }

  /** Whether it runs, stands still, or is off. */
  get state(): MachineState {
    return this.#machine.state;
  }

  /** Its own address, with the prefix of its network: that of its first interface. */
  get address(): string {
    const first = this.#machine.ports[0]?.address;
    return first === undefined ? this.firstAddress : `${first.address}/${first.prefixLength}`;
  }

  /** Its own address, without the prefix. */
  get ip(): IpAddress {
    return parseInterfaceAddress(this.address).address;
  }

  /** Port `port` of it, as a socket address: what others connect to. */
  at(port: number): InetSockaddr | Inet6Sockaddr {
    const { ip } = this;
    if (ip.family === 4) return inetSockaddr(ip.word3 >>> 0, port);
    const words = [ip.word0, ip.word1, ip.word2, ip.word3];
    return inet6Sockaddr(
      words.reduce((bits, word) => (bits << 32n) | BigInt(word >>> 0), 0n),
      port,
    );
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

  /** Takes another address, `10.0.0.9/24`, in place of the one that the interface was given; `eth0` by default. */
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
