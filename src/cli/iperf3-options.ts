/** The options of `tapstack iperf3`: the letters and meanings of iperf3 itself, and which stack to use. */
import {
  DEFAULT_PARAMETERS,
  IPERF3_PORT,
  type Parameters,
  parseQuantity,
  wrongWith,
} from "../services/index.ts";
import { type IpAddress, parseIpv4 } from "../stack/index.ts";
import { type Parsed, parseOptions } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

/** What `tapstack iperf3 --help` prints. */
export const IPERF3_HELP = `Usage: tapstack iperf3 -s [options] [serve options]
       tapstack iperf3 -c ADDRESS [options] [serve options]

Speaks iperf3's protocol on a stack of its own over a TAP; the other end may be any iperf3.
Options of 'tapstack serve' that choose the TAP and the addresses are understood as well.

  -s, --server          serve tests, one at a time
  -c, --client ADDRESS  run one test against the server at ADDRESS
  -p, --port N          server port (default 5201)
  -i, --interval SECS   time between reports (default 1; 0: none)
  -J, --json            report as JSON
  -1, --one-off         server: exit after one test
  -u, --udp             UDP instead of TCP
  -b, --bitrate N[KMG][/BURST]
                        bits per second and stream (default 1M for UDP, unlimited for TCP; 0: unlimited)
  -t, --time SECS       how long to send (default 10)
  -n, --bytes N[KMG]    how much to send, instead
  -k, --blockcount N[KMG]  how many blocks to send, instead
  -l, --length N[KMG]   octets in a block (default 128K) or datagram (default 1448)
  -P, --parallel N      streams
  -R, --reverse         the server sends
      --bidir           both send
  -w, --window N[KMG]   send and receive buffers
  -M, --set-mss N       TCP MSS
  -N, --no-delay        without Nagle's algorithm
  -C, --congestion NAME congestion control
  -S, --tos N           IP type of service
  -O, --omit SECS       leave the first seconds out
  -T, --title TEXT, --extra-data TEXT
      --get-server-output  show the server's report too
      --udp-counters-64bit
      --help            this text
`;

/** What the command line has asked for. */
export interface Iperf3Options {
  /** undefined: serve. */
  readonly server: IpAddress | undefined;
  readonly port: number;
  /** Seconds. */
  readonly interval: number;
  readonly json: boolean;
  readonly oneOff: boolean;
  readonly parameters: Parameters;
  /** What is for `serve`'s reader. */
  readonly rest: readonly string[];
}

const OPTIONS = {
  server: { type: "boolean", short: "s", default: false },
  client: { type: "string", short: "c" },
  port: { type: "string", short: "p", default: String(IPERF3_PORT) },
  interval: { type: "string", short: "i", default: "1" },
  json: { type: "boolean", short: "J", default: false },
  "one-off": { type: "boolean", short: "1", default: false },
  udp: { type: "boolean", short: "u", default: false },
  bitrate: { type: "string", short: "b" },
  time: { type: "string", short: "t" },
  bytes: { type: "string", short: "n" },
  blockcount: { type: "string", short: "k" },
  length: { type: "string", short: "l" },
  parallel: { type: "string", short: "P", default: "1" },
  reverse: { type: "boolean", short: "R", default: false },
  bidir: { type: "boolean", default: false },
  window: { type: "string", short: "w", default: "0" },
  "set-mss": { type: "string", short: "M", default: "0" },
  "no-delay": { type: "boolean", short: "N", default: false },
  congestion: { type: "string", short: "C", default: "" },
  tos: { type: "string", short: "S", default: "0" },
  omit: { type: "string", short: "O", default: "0" },
  title: { type: "string", short: "T", default: "" },
  "extra-data": { type: "string", default: "" },
  "get-server-output": { type: "boolean", default: false },
  "udp-counters-64bit": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Options of `serve` that take no value: `parseArgs` would take the next argument for one. */
const SERVE_FLAGS = ["no-offload", "memory", "quiet"];

/** Reads the arguments of `iperf3`; "help" if that is what they ask for. Throws a {@link UsageError}. */
export function readIperf3Options(args: readonly string[]): Iperf3Options | "help" {
  const { own, rest } = split(args);
  const given = parseOptions(own, OPTIONS);
  if (given.help) return "help";
  if (given.server === (given.client !== undefined))
    throw new UsageError("iperf3 needs either -s or -c ADDRESS");
  const server = given.client === undefined ? undefined : parseIpv4(given.client);
  if (given.client !== undefined && server === undefined) {
    throw new UsageError(`-c: ${given.client} is not an IPv4 address`);
  }
  const parameters = readParameters(given);
  const wrong = wrongWith(parameters);
  if (wrong !== undefined) throw new UsageError(wrong);
  return {
    server,
    port: number("port", given.port),
    interval: number("interval", given.interval),
    json: given.json,
    oneOff: given["one-off"],
    parameters,
    rest,
  };
}

type Given = Parsed<typeof OPTIONS>["values"];

/** Options that iperf3 does not know are left to `serve`. */
function split(args: readonly string[]): { own: string[]; rest: string[] } {
  const own: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const [name = ""] = arg.slice(2).split("=");
    if (!arg.startsWith("--") || name in OPTIONS) own.push(arg);
    else {
      rest.push(arg);
      if (!arg.includes("=") && !SERVE_FLAGS.includes(name)) rest.push(args[++i] ?? "");
    }
  }
  return { own, rest };
}

function readParameters(given: Given): Parameters {
  const udp = given.udp;
  const [rate = "", burst = "0"] = (given.bitrate ?? (udp ? "1M" : "0")).split("/");
  const bounded = given.bytes !== undefined || given.blockcount !== undefined;
  const ends = [given.time, given.bytes, given.blockcount].filter((end) => end !== undefined);
  if (ends.length > 1) throw new UsageError("only one of -t, -n and -k may be given");
  return {
    ...DEFAULT_PARAMETERS,
    protocol: udp ? "udp" : "tcp",
    omit: number("omit", given.omit),
    time: bounded ? 0 : number("time", given.time ?? "10"),
    bytes: quantity("bytes", given.bytes ?? "0", 1024),
    blocks: quantity("blockcount", given.blockcount ?? "0", 1000),
    parallel: number("parallel", given.parallel),
    reverse: given.reverse,
    bidirectional: given.bidir,
    length: quantity("length", given.length ?? (udp ? "1448" : "128K"), 1024),
    bandwidth: quantity("bitrate", rate, 1000),
    burst: number("burst", burst),
    window: quantity("window", given.window, 1024),
    maxSegment: number("set-mss", given["set-mss"]),
    noDelay: given["no-delay"],
    trafficClass: number("tos", given.tos),
    congestion: given.congestion,
    wideCounters: given["udp-counters-64bit"],
    wantsServerOutput: given["get-server-output"],
    title: given.title,
    extraData: given["extra-data"],
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value) || value < 0)
    throw new UsageError(`--${name}: ${text} is no number`);
  return value;
}

function quantity(name: string, text: string, base: 1000 | 1024): number {
  const value = parseQuantity(text, base);
  if (value === undefined) throw new UsageError(`--${name}: ${text} is no number with K, M or G`);
  return value;
}
