/** The options of `tapstack serve`: what they are called, what they may be, what they mean by default. */
import type { Batching } from "../drivers/node/index.ts";
import { type Impairments, parseImpairments } from "../drivers/simulation/index.ts";
import { PORTS } from "../services/index.ts";
import {
  type InterfaceAddress,
  IpAddress,
  type MacAddress,
  parseIpv4,
  parseIpv6,
  parseMac,
  prefixOf,
  samePrefix,
} from "../stack/index.ts";
import { type Parsed, parseOptions, readInteger } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

/** What the command line has asked for. */
export interface ServeOptions {
  /** Serve between two stacks in memory, without a TAP. */
  readonly memory: boolean;
  readonly tap: string;
  /** The kernel's side of the TAP. */
  readonly host: InterfaceAddress;
  /** Ours. */
  readonly address: InterfaceAddress;
  readonly gateway: IpAddress;
  /** Of IPv6, the kernel's side and ours; undefined: none. */
  readonly host6: InterfaceAddress | undefined;
  readonly address6: InterfaceAddress | undefined;
  /** The next hop of IPv6; undefined: what routers say. */
  readonly gateway6: IpAddress | undefined;
  /** IPv6 addresses, routes and parameters are what routers on the link say. */
  readonly autoconf: boolean;
  /** undefined: one is made from the seed. */
  readonly mac: MacAddress | undefined;
  readonly mtu: number;
  readonly offload: boolean;
  readonly batching: Batching;
  /** "-": standard output. */
  readonly pcap: string | undefined;
  /** In tcpdump's words; undefined: all frames. */
  readonly filter: string | undefined;
  /** What came from outside goes there, to be replayed. */
  readonly record: string | undefined;
  /** undefined: a link without faults. */
  readonly impair: Impairments | undefined;
  /** A file with what makes our addresses the same at each start; undefined: they are others each time. */
  readonly secret: string | undefined;
  /** Of everything random; undefined: from the machine. */
  readonly seed: number | undefined;
  /** Port on this machine for pages that join the network by WebSocket; 0: none. */
  readonly websocketPort: number;
  /** Keeps why everything was done, for the page. */
  readonly explain: boolean;
  /** 0: no control service. */
  readonly controlPort: number;
  readonly quiet: boolean;
}

/** What `tapstack serve --help` prints. */
export const SERVE_HELP = `Usage: tapstack serve [options]

Opens a TAP device and serves on it with a TCP/IP stack of its own: echo (TCP and UDP 7), discard (9),
daytime (13), chargen (19), HTTP (80), a bulk sink (5001), a bulk source (5002) and iperf3 (5201).
Without a TAP, or without the right to one, two stacks in memory show the same.

  --tap NAME           the TAP device: created, or attached to when it exists (default tap0)
  --host ADDR/LEN      the kernel's side (default 10.77.0.1/24)
  --address ADDR/LEN   ours (default 10.77.0.2/24)
  --gateway ADDR       where everything else is sent (default: the address of --host)
                       These three are of IPv4, and may be given once more for IPv6: --address fd77::2/64 has
                       the kernel be the first of that prefix, fd77::1, unless --host says otherwise
  --autoconf           IPv6 by what routers on the link say: addresses, routes, MTU (SLAAC)
  --mac MAC            our station address (default: random, or from --seed)
  --mtu N              68 to 65521 octets (default 1500)
  --no-offload         leave checksums and segmentation to the stack
  --batching HOW       frames in crowds go to the kernel one a call ('single'), many a call ('batch'), or,
                       without offloads, by a thread of its own ('thread', the default)
  --pcap FILE          capture every frame for Wireshark, with the reason why it was sent: pcapng, or without
                       reasons where FILE ends in .pcap; '-' or a named pipe for a capture to look at live, as in
                       'tapstack serve --pcap - | wireshark -k -i -'
  --filter EXPR        capture only what passes, in tcpdump's language, as in 'tcp port 80' (tcpdump compiles it)
  --record FILE        keep what comes from outside, for 'tapstack replay FILE'
  --impair SPEC        spoil the link on purpose, both ways, or one with 'in:' or 'out:' in front, as in
                       'loss=2%,delay=5ms,jitter=1ms,reorder=25%,duplicate=1%,corrupt=0.1%,rate=100mbit'
  --explain            keep why everything was done: /explained on the web server shows it (it costs time)
  --secret FILE        keeps a secret there, so that our station address, and IPv6 addresses of --autoconf, are the
                       same at each start (RFC 7217)
  --seed N             seed of everything random
  --control PORT       for test tools: a line 'CONNECT ip port' makes the stack connect there and echo
  --websocket PORT     let web pages of this machine join the network there: each message is a frame (no offloads)
  --memory             do not look for a TAP: run the demonstration in memory
  --quiet              no line per connection
  --help               this text
`;

/** Reads the arguments of `serve`; "help" if that is what they ask for. Throws a {@link UsageError}. */
export function readServeOptions(args: readonly string[]): ServeOptions | "help" {
  const given = parseOptions(args, OPTIONS);
  if (given.help) return "help";
  checkTogether(given);
  const host = readAddress("host", ofFamily("host", 4, given.host) ?? "10.77.0.1/24");
  const address = readAddress("address", ofFamily("address", 4, given.address) ?? "10.77.0.2/24");
  if (host.address.equals(address.address)) throw new UsageError("--host and --address must not be the same");
  if (!isNeighbour(host, address) || !isNeighbour(address, host)) {
    throw new UsageError("--host and --address must be in the same network: give both");
  }
  const gateway = ofFamily("gateway", 4, given.gateway);
  return {
    ...readIpv6Options(given),
    memory: given.memory,
    tap: readTapName(given.tap),
    host,
    address,
    gateway: gateway === undefined ? host.address : readIpv4("gateway", gateway),
    mac: given.mac === undefined ? undefined : readMac(given.mac),
    mtu: readInteger("mtu", given.mtu, 68, 65_521),
    offload: !given["no-offload"],
    batching: readBatching(given.batching),
    pcap: given.pcap,
    filter: given.filter,
    record: given.record,
    secret: given.secret,
    impair: given.impair === undefined ? undefined : readImpairments(given.impair),
    seed: given.seed === undefined ? undefined : readInteger("seed", given.seed, 0, 0xffff_ffff),
    controlPort: given.control === undefined ? 0 : readControlPort(given.control),
    websocketPort: given.websocket === undefined ? 0 : readInteger("websocket", given.websocket, 1, 65_535),
    explain: given.explain,
    quiet: given.quiet,
  };
}

/** @throws UsageError for what does not go together */
function checkTogether({ filter, pcap, record, secret }: Given): void {
  if (filter !== undefined && pcap === undefined) {
    throw new UsageError("--filter is of a capture: give --pcap, too");
  }
  if (record !== undefined && secret !== undefined) {
    throw new UsageError("--record keeps all that a run depends on but --secret: give one of them");
  }
}

const OPTIONS = {
  tap: { type: "string", default: "tap0" },
  host: { type: "string", multiple: true },
  address: { type: "string", multiple: true },
  gateway: { type: "string", multiple: true },
  autoconf: { type: "boolean", default: false },
  mac: { type: "string" },
  mtu: { type: "string", default: "1500" },
  "no-offload": { type: "boolean", default: false },
  batching: { type: "string", default: "thread" },
  pcap: { type: "string" },
  filter: { type: "string" },
  record: { type: "string" },
  secret: { type: "string" },
  impair: { type: "string" },
  seed: { type: "string" },
  control: { type: "string" },
  websocket: { type: "string" },
  memory: { type: "boolean", default: false },
  explain: { type: "boolean", default: false },
  quiet: { type: "boolean", short: "q", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Given = Parsed<typeof OPTIONS>["values"];

function readBatching(text: string): Batching {
  if (text === "single" || text === "batch" || text === "thread") return text;
  throw new UsageError(`--batching is single, batch or thread, not "${text}"`);
}

function readTapName(text: string): string {
  // What the kernel takes for a name (IFNAMSIZ less the end), without what would mean a pattern (%d).
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(text)) return text;
  throw new UsageError(`--tap ${text}: a device name has 1 to 15 letters, digits, '_', '-' or '.'`);
}

/** Of what was given for an option, the one of that family. */
function ofFamily(option: string, family: 4 | 6, texts: readonly string[] = []): string | undefined {
  const [one, other] = texts.filter((text) => text.includes(":") === (family === 6));
  if (other !== undefined) throw new UsageError(`--${option} ${other}: there is one already, ${one}`);
  return one;
}

type Ipv6Options = Pick<ServeOptions, "host6" | "address6" | "gateway6" | "autoconf">;

/** Where there is an address for one side, there is one for the other. */
function readIpv6Options({ host, address, gateway, autoconf }: Given): Ipv6Options {
  const hostText = ofFamily("host", 6, host);
  const addressText = ofFamily("address", 6, address);
  const gatewayText = ofFamily("gateway", 6, gateway);
  const gateway6 = gatewayText === undefined ? undefined : readIpv6("gateway", gatewayText);
  if (hostText === undefined && addressText === undefined) {
    return { host6: undefined, address6: undefined, gateway6, autoconf };
  }
  const address6 = addressText === undefined ? undefined : readAddress6("address", addressText);
  const host6 = hostText === undefined ? neighbourOf(address6) : readAddress6("host", hostText);
  const ours = address6 ?? neighbourOf(host6);
  if (host6 === undefined || ours === undefined || host6.address.equals(ours.address)) {
    throw new UsageError("--host and --address must not be the same");
  }
  if (!samePrefix(host6.address, ours.address, Math.min(host6.prefixLength, ours.prefixLength))) {
    throw new UsageError("--host and --address must be in the same network: give both");
  }
  return { host6, address6: ours, gateway6, autoconf };
}

/** The first address of the prefix that `one` is in; the second, if `one` is the first. */
function neighbourOf(one: InterfaceAddress | undefined): InterfaceAddress | undefined {
  if (one === undefined) return undefined;
  const { address, prefixLength } = one;
  const { word0, word1, word2, word3 } = prefixOf(address, prefixLength);
  const first = new IpAddress(word0, word1, word2, word3 + 1);
  return {
    address: first.equals(address) ? new IpAddress(word0, word1, word2, word3 + 2) : first,
    prefixLength,
  };
}

function readAddress6(option: string, text: string): InterfaceAddress {
  const [, addressText = "", lengthText = ""] = /^([0-9a-f:.]+)\/([0-9]{1,3})$/i.exec(text) ?? [];
  const address = parseIpv6(addressText);
  const prefixLength = Number(lengthText);
  if (address === undefined || lengthText === "" || prefixLength < 1 || prefixLength > 126) {
    throw new UsageError(`--${option} ${text}: expected an address and prefix length, as in fd77::2/64`);
  }
  if (address.isAny || address.isLoopback || address.isMulticast || address.family === 4) {
    throw new UsageError(`--${option} ${text}: that is not the address of a host`);
  }
  return { address, prefixLength };
}

function readIpv6(option: string, text: string): IpAddress {
  const address = parseIpv6(text);
  if (address === undefined) throw new UsageError(`--${option} ${text}: expected an address, as in fd77::1`);
  return address;
}

function readAddress(option: string, text: string): InterfaceAddress {
  const [, addressText = "", lengthText = ""] = /^([0-9.]+)\/([0-9]{1,2})$/.exec(text) ?? [];
  const address = parseIpv4(addressText);
  const prefixLength = Number(lengthText);
  if (address === undefined || lengthText === "" || prefixLength < 1 || prefixLength > 31) {
    throw new UsageError(`--${option} ${text}: expected an address and prefix length, as in 10.77.0.2/24`);
  }
  if (!isHost(address.word3, prefixLength)) {
    throw new UsageError(`--${option} ${text}: that is not the address of a host`);
  }
  return { address, prefixLength };
}

/** Not loopback, multicast or reserved, and neither the network nor its broadcast (RFC 1122 §3.2.1.3). */
function isHost(word: number, prefixLength: number): boolean {
  const first = word >>> 24;
  if (first === 0 || first === 127 || first >= 224) return false;
  const hosts = 2 ** (32 - prefixLength);
  const hostPart = (word >>> 0) % hosts;
  return prefixLength === 31 || (hostPart !== 0 && hostPart !== hosts - 1);
}

/** Whether `other` is in the network that `one` is in by its own prefix. */
function isNeighbour(one: InterfaceAddress, other: InterfaceAddress): boolean {
  const shift = 32 - one.prefixLength;
  return one.address.word3 >>> shift === other.address.word3 >>> shift;
}

function readIpv4(option: string, text: string): IpAddress {
  const address = parseIpv4(text);
  if (address === undefined)
    throw new UsageError(`--${option} ${text}: expected an address, as in 10.77.0.1`);
  return address;
}

function readMac(text: string): MacAddress {
  const mac = parseMac(text);
  if (mac === undefined) throw new UsageError(`--mac ${text}: expected six octets, as in 02:00:00:00:00:02`);
  if (mac.isGroup || (mac.high === 0 && mac.low === 0)) {
    throw new UsageError(`--mac ${text}: that is not the address of one station`);
  }
  return mac;
}

function readImpairments(text: string): Impairments {
  try {
    return parseImpairments(text);
  } catch (error) {
    throw new UsageError((error as SyntaxError).message);
  }
}

function readControlPort(text: string): number {
  const port = readInteger("control", text, 1, 65_535);
  const taken = Object.entries(PORTS).find(([, value]) => value === port)?.[0];
  if (taken !== undefined) throw new UsageError(`--control ${text}: that is the port of ${taken}`);
  return port;
}
