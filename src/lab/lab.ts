/**
 * A network on the table: hosts, each with a stack and its socket calls; cables and switches between them;
 * and one virtual time for all. The same seed gives the same run, octet for octet, so a test that fails
 * fails again, and an hour of waiting takes no time.
 */
import { createSockets, type InetSockaddr, inetSockaddr, type Sockets, waitingCalls } from "../api/index.ts";
import { MTU, pipe, Switch, type SwitchOptions } from "../drivers/memory/index.ts";
import { ObservedLink, PcapWriter } from "../drivers/observe/index.ts";
import {
  ImpairedLink,
  type Impairments,
  VirtualTime,
  type VirtualTimeOptions,
} from "../drivers/simulation/index.ts";
import {
  CALLABLE,
  CLAIMS,
  type Clock,
  checkSetting,
  checkSettings,
  type Duration,
  FLAG,
  type InterfaceAddress,
  type InterfaceOptions,
  type IpAddress,
  integer,
  type Link,
  OBJECT,
  oneOf,
  parseIpv4,
  type Random,
  type Rules,
  rule,
  Stack,
  type StackOptions,
  Xoshiro128,
} from "../stack/index.ts";

/** How a lab is made. */
export interface LabOptions extends VirtualTimeOptions {
  /** Where all chance comes from, 0 to 2^32 - 1; 1 by default. */
  readonly seed?: number | undefined;
  /** Keeps all frames, for `capture`. Off by default, since it takes memory. */
  readonly capture?: boolean | undefined;
}

/** How a host is made, besides its name and address. */
export interface HostOptions extends Pick<StackOptions, "createTcp" | "createUdp" | "tcp" | "tracer"> {
  /** The next hop of the default route, as `10.0.0.254`. */
  readonly gateway?: string | undefined;
  /** See `InterfaceOptions`; "announce" by default. */
  readonly claim?: InterfaceOptions["claim"];
}

/** How a cable is. */
export interface CableOptions {
  /** What is wrong with the cable: a line such as `loss=2%,delay=5ms`. `out:` is from the first to the second. */
  readonly impairments?: string | Impairments | undefined;
  /** Largest IP datagram in octets, 68 to 65,535; 1500 by default. A cable to a switch has the switch's. */
  readonly mtu?: number | undefined;
  /** Super-segments and partial checksums pass as they are. Not with impairments, nor to a switch. */
  readonly offloads?: boolean | undefined;
  /** The hosts' addresses on this cable, `10.0.0.1/24`, if they are not those that the hosts were made with. */
  readonly addresses?: readonly [first?: string, second?: string] | undefined;
}

const ANY_NUMBER = rule("a number", (value) => typeof value === "number");
/** Of a lab; what concerns its time, VirtualTime checks more closely. */
const LAB_RULES: Rules<LabOptions> = {
  seed: integer(0, 2 ** 32 - 1),
  capture: FLAG,
  drain: CALLABLE,
  limit: ANY_NUMBER,
  standstill: ANY_NUMBER,
};
const IP_ADDRESS = rule(
  "an IPv4 address of four decimal octets",
  (value) => typeof value === "string" && parseIpv4(value) !== undefined,
);
const INTERFACE_ADDRESS = rule("an address with its prefix, as in 10.0.0.1/24", isInterfaceAddress);
/** What the stack is handed, it checks. */
const HOST_RULES: Rules<HostOptions> = {
  createTcp: CALLABLE,
  createUdp: CALLABLE,
  tcp: OBJECT,
  tracer: OBJECT,
  gateway: IP_ADDRESS,
  claim: oneOf(CLAIMS),
};
const CABLE_RULES: Rules<CableOptions> = {
  impairments: rule("a line, or Impairments", (value) => typeof value === "string" || OBJECT.accepts(value)),
  mtu: MTU,
  offloads: FLAG,
  addresses: rule(
    "one or two addresses with their prefix",
    (value) =>
      Array.isArray(value) &&
      value.length <= 2 &&
      value.every((one) => one === undefined || isInterfaceAddress(one)),
  ),
};

/** One computer: a stack, and the socket calls that are bound to it. */
export class LabHost {
  readonly name: string;
  readonly stack: Stack;
  /** Its own address, with the prefix of its network. */
  readonly address: string;
  readonly options: HostOptions;
  /** What its interfaces have seen; undefined unless the lab captures. */
  readonly recording: Recording | undefined;
  #sockets: Sockets | undefined = undefined;

  constructor(
    name: string,
    address: string,
    stack: Stack,
    options: HostOptions,
    recording: Recording | undefined,
  ) {
    this.name = name;
    this.address = address;
    this.stack = stack;
    this.options = options;
    this.recording = recording;
  }

  /** The socket calls of this host. Made when they are first asked for: not every host has a program. */
  get sockets(): Sockets {
    this.#sockets ??= createSockets(this.stack);
    return this.#sockets;
  }

  /** Its own address, without the prefix. */
  get ip(): IpAddress {
    return parseInterfaceAddress(this.address).address;
  }

  /** Port `port` of it, as a socket address: what others connect to. */
  at(port: number): InetSockaddr {
    return inetSockaddr(this.ip.word3 >>> 0, port);
  }
}

/** The capture of one host, in memory. */
class Recording {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #writer: PcapWriter;

  constructor(clock: Clock) {
    this.#writer = new PcapWriter({ clock, write: (bytes) => this.#pieces.push(bytes) });
  }

  /** A link that does what `link` does, and is recorded. */
  watch(link: Link): Link {
    return new ObservedLink(link, this.#writer);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

/** A cable that was plugged in: what is wrong with it may be changed. */
export interface LabCable {
  /** Undefined for a cable that was made without impairments. */
  readonly impaired: ImpairedLink | undefined;
}

/** The network itself: begin here. */
export class Lab {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly hosts: LabHost[] = [];
  readonly #captures: boolean;
  #cables = 0;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(options: LabOptions = {}) {
    checkSettings("Lab", options, LAB_RULES);
    const { drain, limit, standstill } = options;
    this.time = new VirtualTime({ drain, limit, standstill });
    this.random = new Xoshiro128(options.seed ?? 1);
    this.#captures = options.capture ?? false;
  }

  /**
   * A new host; `address` is what its first cable gets, as `10.0.0.1/24`.
   *
   * @throws TypeError for an option that there is not
   * @throws RangeError for a value that cannot be, and for a name that another host has
   */
  host(name: string, address: string, options: HostOptions = {}): LabHost {
    checkSetting(
      "Lab.host",
      "name",
      name,
      rule("a name", (value) => typeof value === "string" && value !== ""),
    );
    checkSetting("Lab.host", "address", address, INTERFACE_ADDRESS);
    checkSettings("Lab.host", options, HOST_RULES);
    if (this.hosts.some((one) => one.name === name))
      throw new RangeError(`Lab.host: there is a host "${name}" already`);
    const seat = this.time.seat(name);
    const stack = new Stack({
      clock: this.time,
      random: this.random.fork(`host ${name}`),
      wakeAt: seat.wakeAt,
      createTcp: options.createTcp,
      createUdp: options.createUdp,
      tcp: options.tcp,
      tracer: options.tracer,
    });
    const recording = this.#captures ? new Recording(this.time) : undefined;
    const host = new LabHost(name, address, stack, options, recording);
    this.time.take(seat, stack);
    stack.turns?.enlist?.({ waits: () => describeWaits(stack) });
    this.hosts.push(host);
    return host;
  }

  /** A new learning switch: plug hosts in with `link(host, switch)`. @throws as the constructor */
  switch(options: SwitchOptions = {}): Switch {
    return new Switch(this.time, this.time, options);
  }

  /**
   * Plugs a cable in between two hosts, or a host and a switch. The host gets a new interface for it.
   *
   * @throws TypeError for an option that there is not
   * @throws RangeError for a value that cannot be, and for what a cable to a switch cannot choose
   * @throws SyntaxError for a line of impairments that cannot be read
   */
  link(first: LabHost, second: LabHost | Switch, options: CableOptions = {}): LabCable {
    checkSettings("Lab.link", options, CABLE_RULES);
    const [one, other] = this.#ends(second, options);
    const { impairments } = options;
    const random = this.random.fork(`cable ${++this.#cables}`);
    const impaired =
      impairments === undefined ? undefined : new ImpairedLink(one, this.time, random, impairments);
    this.#plug(first, impaired ?? one, options.addresses?.[0]);
    if (second instanceof LabHost && other !== undefined) this.#plug(second, other, options.addresses?.[1]);
    return { impaired };
  }

  /**
   * Lets time pass until `work` settles, and gives what it gives.
   *
   * @throws VirtualTimeError at once when it waits for something that cannot happen
   */
  run<T>(work: Promise<T> | (() => Promise<T>)): Promise<T> {
    return this.time.run(typeof work === "function" ? work() : work);
  }

  /** Lets `span` pass, with awaiting applications served on the way. */
  runFor(span: Duration): Promise<void> {
    return this.time.runFor(span);
  }

  /**
   * What `host` has sent and received since it was made, as a pcap file; of the first host by default.
   *
   * @throws RangeError if the lab was made without `capture: true`
   */
  capture(host: LabHost | undefined = this.hosts[0]): Uint8Array<ArrayBuffer> {
    if (host?.recording === undefined)
      throw new RangeError("nothing was captured: make the lab with capture: true");
    return host.recording.bytes();
  }

  /** Unplugs everything. Packets under way go back to their pools. */
  close(): void {
    for (const host of this.hosts) {
      this.time.leave(host.stack);
      host.stack.close();
    }
    this.hosts.length = 0;
  }

  #ends(second: LabHost | Switch, options: CableOptions): [Link, Link | undefined] {
    if (second instanceof Switch) {
      for (const name of ["mtu", "offloads"] as const) {
        if (options[name] !== undefined)
          throw new RangeError(`Lab.link: ${name} is the switch's: choose it there`);
      }
      return [second.port(), undefined];
    }
    const { mtu = 1500, offloads = false } = options;
    return pipe(this.time, { mtu, offloads });
  }

  #plug(host: LabHost, link: Link, address: string = host.address): void {
    const { gateway, claim } = host.options;
    const name = `eth${host.stack.interfaces.filter((one) => one.name.startsWith("eth")).length}`;
    const watched = host.recording?.watch(link) ?? link;
    host.stack.addInterface(name, watched, [parseInterfaceAddress(address)], {
      gateway: gateway === undefined ? undefined : parseIpAddress(gateway),
      claim,
    });
  }
}

/** Connections of a host of which a report tells. */
const MOST_CONNECTIONS = 10;

/** Which calls wait on `stack`, and what its connections are up to: for reports of a deadlock. */
function describeWaits(stack: Stack): string[] {
  const all = stack.connections();
  const connections = all.slice(0, MOST_CONNECTIONS).map((one) => {
    const peer = one.remote === undefined ? "" : `, peer ${one.remote.address}:${one.remote.port}`;
    const queues = `${one.receiveQueue} octets to be read, ${one.sendQueue} not acknowledged`;
    const rest = one.remote === undefined ? "" : `, ${queues}`;
    return `TCP ${one.local.address}:${one.local.port}${peer} in ${one.state.toUpperCase()}${rest}`;
  });
  if (all.length > MOST_CONNECTIONS) connections.push(`and ${all.length - MOST_CONNECTIONS} more sockets`);
  return [...waitingCalls(stack), ...connections];
}

/** An address with its prefix, as `10.0.0.1/24`. @throws RangeError if `text` is none */
export function parseInterfaceAddress(text: string): InterfaceAddress {
  const [, address = "", prefix = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const prefixLength = Number(prefix);
  if (address === "" || prefixLength > 32) {
    throw new RangeError(`${text}: an address needs its prefix, as in 10.0.0.1/24`);
  }
  return { address: parseIpAddress(address), prefixLength };
}

function isInterfaceAddress(value: unknown): boolean {
  const [, address, prefix] = typeof value === "string" ? (/^([\d.]+)\/(\d{1,2})$/.exec(value) ?? []) : [];
  return address !== undefined && parseIpv4(address) !== undefined && Number(prefix) <= 32;
}

function parseIpAddress(text: string): IpAddress {
  const address = parseIpv4(text);
  if (address === undefined) throw new RangeError(`${text}: an IPv4 address has four decimal octets`);
  return address;
}
