/**
 * What an iperf3 client and server say to each other, as observed of iperf 3.12: on the control connection
 * first the client's cookie of 37 octets, then state octets, and where a state calls for it a JSON text
 * behind its length in 4 octets. Every data connection opens with the same cookie.
 */
import { below, type Random } from "../../stack/index.ts";

/** The state octets, signed. */
export const State = {
  testStart: 1,
  testRunning: 2,
  testEnd: 4,
  paramExchange: 9,
  createStreams: 10,
  serverTerminate: 11,
  clientTerminate: 12,
  exchangeResults: 13,
  displayResults: 14,
  iperfDone: 16,
  accessDenied: -1,
  /** Followed by two 32-bit integers: iperf's own error number, and an errno. */
  serverError: -2,
} as const;

/** iperf's error number for parameters that a server cannot take. */
export const ERROR_RECEIVE_PARAMETERS = 114;

/** 36 characters and a NUL. */
export const COOKIE_OCTETS: number = 37;
const COOKIE_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** The longest JSON text taken from a peer. Server output of a long test comes to some 100 KB. */
export const LONGEST_JSON: number = 1 << 20;

/** A UDP stream opens with these four octets from the client, and the server's four in answer. */
export const UDP_HELLO: Uint8Array = Uint8Array.of(0x39, 0x38, 0x37, 0x36);
/** The server's four octets. */
export const UDP_ANSWER: Uint8Array = Uint8Array.of(0x36, 0x37, 0x38, 0x39);

/** Octets ahead of the data of a datagram: seconds, microseconds, and a number of 32 bits. */
const UDP_HEADER: number = 12;
/** The same, with a number of 64 bits. */
const UDP_HEADER_64: number = 16;
const LARGEST_DATAGRAM = 65_507;
const LARGEST_BLOCK = 1 << 20;
const MOST_STREAMS = 128;
/** Seconds. */
const LONGEST_TEST = 86_400;

/** What the client wants tested; the whole of it goes to the server. */
export interface Parameters {
  /** What carries the test. */
  readonly protocol: "tcp" | "udp";
  /** Seconds that are run before counting begins. */
  readonly omit: number;
  /** The test ends after so many seconds, octets, or blocks; the other two are 0. */
  readonly time: number;
  /** The test ends after so many octets; 0: not by them. */
  readonly bytes: number;
  /** The test ends after so many blocks; 0: not by them. */
  readonly blocks: number;
  /** Streams in each direction. */
  readonly parallel: number;
  /** The server sends. */
  readonly reverse: boolean;
  /** Both send, over `parallel` streams in each direction. */
  readonly bidirectional: boolean;
  /** Octets in a block (TCP) or datagram (UDP). */
  readonly length: number;
  /** Bits per second for each stream; 0: as fast as it goes. */
  readonly bandwidth: number;
  /** Blocks that are sent at once when pacing allows any; 0: as many as are due. */
  readonly burst: number;
  /** Microseconds between looks at the pace. */
  readonly pacingTimer: number;
  /** Octets for the send and receive buffers; 0: as the stack has it. */
  readonly window: number;
  /** TCP MSS; 0: by the route. */
  readonly maxSegment: number;
  /** Nagle's algorithm is off. */
  readonly noDelay: boolean;
  /** The type of service octet. */
  readonly trafficClass: number;
  /** Name of the congestion control; "": the default. */
  readonly congestion: string;
  /** UDP datagrams are numbered by 64 bits rather than 32. */
  readonly wideCounters: boolean;
  /** The server sends its own report too. */
  readonly wantsServerOutput: boolean;
  /** Goes before each line of the report; "": nothing. */
  readonly title: string;
  /** A text for the report in JSON; "": none. */
  readonly extraData: string;
}

/** What iperf3 tests unless it is told otherwise: one TCP stream, for ten seconds. */
export const DEFAULT_PARAMETERS: Parameters = {
  protocol: "tcp",
  omit: 0,
  time: 10,
  bytes: 0,
  blocks: 0,
  parallel: 1,
  reverse: false,
  bidirectional: false,
  length: 131_072,
  bandwidth: 0,
  burst: 0,
  pacingTimer: 1_000,
  window: 0,
  maxSegment: 0,
  noDelay: false,
  trafficClass: 0,
  congestion: "",
  wideCounters: false,
  wantsServerOutput: false,
  title: "",
  extraData: "",
};

/** One stream's part of the results that are exchanged. */
export interface StreamResult {
  /** iperf's number of the stream. */
  readonly id: number;
  /** Octets that this side has sent or received. */
  readonly bytes: number;
  /** -1 where the reporting side does not send, or does not know. */
  readonly retransmits: number;
  /** Seconds. */
  readonly jitter: number;
  /** Datagrams that were lost. */
  readonly errors: number;
  /** Datagrams sent, or the highest number received. */
  readonly packets: number;
  /** Seconds since the test began. */
  readonly end: number;
}

/** What each side tells the other at the end. */
export interface Results {
  /** Processor time of the process, in percent of the test's length. */
  readonly cpuTotal: number;
  /** The part of it in the program itself. */
  readonly cpuUser: number;
  /** The part of it in the kernel. */
  readonly cpuSystem: number;
  /** 1 if the side sends and knows its retransmissions, 0 if it sends and does not, -1 if it only receives. */
  readonly senderHasRetransmits: number;
  /** The name of the congestion control. */
  readonly congestion: string;
  /** The server's own report; "": none. */
  readonly serverOutput: string;
  /** By stream. */
  readonly streams: readonly StreamResult[];
}

/** A new cookie: 36 characters and a NUL. */
export function makeCookie(random: Random): string {
  let text = "";
  for (let i = 0; i < COOKIE_OCTETS - 1; i++) text += COOKIE_ALPHABET[below(random, COOKIE_ALPHABET.length)];
  return text;
}

/** The parameters as iperf3 spells them; what has its default is left out, as the original does. */
export function parametersToJson(p: Parameters): Record<string, unknown> {
  const json: Record<string, unknown> = {
    [p.protocol]: true,
    omit: p.omit,
    time: p.time,
    num: p.bytes,
    blockcount: p.blocks,
    parallel: p.parallel,
  };
  if (p.maxSegment > 0) json["MSS"] = p.maxSegment;
  if (p.noDelay) json["nodelay"] = true;
  if (p.reverse) json["reverse"] = true;
  if (p.bidirectional) json["bidirectional"] = true;
  if (p.window > 0) json["window"] = p.window;
  json["len"] = p.length;
  if (p.bandwidth > 0) json["bandwidth"] = p.bandwidth;
  if (p.burst > 0) json["burst"] = p.burst;
  json["pacing_timer"] = p.pacingTimer;
  if (p.trafficClass > 0) json["TOS"] = p.trafficClass;
  if (p.title !== "") json["title"] = p.title;
  if (p.extraData !== "") json["extra_data"] = p.extraData;
  if (p.congestion !== "") json["congestion"] = p.congestion;
  if (p.wantsServerOutput) json["get_server_output"] = 1;
  if (p.wideCounters) json["udp_counters_64bit"] = 1;
  json["client_version"] = "3.12";
  return json;
}

/** The parameters in a client's JSON, or what is wrong with them. Unknown members are ignored. */
export function parametersFromJson(json: unknown): Parameters | string {
  const o = asRecord(json);
  if (o === undefined) return "the parameters are not a JSON object";
  if (o["sctp"] === true) return "SCTP is not supported";
  const protocol = o["udp"] === true ? "udp" : "tcp";
  const d = DEFAULT_PARAMETERS;
  const parameters: Parameters = {
    protocol,
    omit: numberIn(o, "omit", 0),
    time: numberIn(o, "time", 0),
    bytes: numberIn(o, "num", 0),
    blocks: numberIn(o, "blockcount", 0),
    parallel: numberIn(o, "parallel", 1),
    reverse: isSet(o["reverse"]),
    bidirectional: isSet(o["bidirectional"]),
    length: numberIn(o, "len", protocol === "udp" ? 1460 : d.length),
    bandwidth: numberIn(o, "bandwidth", 0),
    burst: numberIn(o, "burst", 0),
    pacingTimer: numberIn(o, "pacing_timer", d.pacingTimer),
    window: numberIn(o, "window", 0),
    maxSegment: numberIn(o, "MSS", 0),
    noDelay: isSet(o["nodelay"]),
    trafficClass: numberIn(o, "TOS", 0),
    congestion: textIn(o, "congestion"),
    wideCounters: isSet(o["udp_counters_64bit"]),
    wantsServerOutput: isSet(o["get_server_output"]),
    title: textIn(o, "title"),
    extraData: textIn(o, "extra_data"),
  };
  return wrongWith(parameters) ?? parameters;
}

/** What is wrong with the parameters, for people; undefined if nothing is. */
export function wrongWith(p: Parameters): string | undefined {
  const header = p.wideCounters ? UDP_HEADER_64 : UDP_HEADER;
  const [least, most] = p.protocol === "udp" ? [header, LARGEST_DATAGRAM] : [1, LARGEST_BLOCK];
  const bounds: readonly (readonly [string, number, number, number])[] = [
    ["block length", p.length, least, most],
    ["number of streams", p.parallel, 1, MOST_STREAMS],
    ["time", p.time, 0, LONGEST_TEST],
    ["omitted time", p.omit, 0, LONGEST_TEST],
    ["number of octets", p.bytes, 0, Number.MAX_SAFE_INTEGER],
    ["number of blocks", p.blocks, 0, Number.MAX_SAFE_INTEGER],
    ["bit rate", p.bandwidth, 0, Number.MAX_SAFE_INTEGER],
    ["burst", p.burst, 0, 1000],
    ["pacing timer", p.pacingTimer, 0, 1_000_000],
    ["window", p.window, 0, 1 << 30],
    ["MSS", p.maxSegment, 0, 65_495],
    ["TOS", p.trafficClass, 0, 255],
  ];
  for (const [name, value, low, high] of bounds) {
    if (!(value >= low && value <= high)) return `${name} must be from ${low} to ${high}, and is ${value}`;
  }
  if (p.time === 0 && p.bytes === 0 && p.blocks === 0 && p.omit > 0) return "a test that never ends";
  return undefined;
}

/** As they are sent. */
export function resultsToJson(r: Results): Record<string, unknown> {
  const json: Record<string, unknown> = {
    cpu_util_total: r.cpuTotal,
    cpu_util_user: r.cpuUser,
    cpu_util_system: r.cpuSystem,
    sender_has_retransmits: r.senderHasRetransmits,
  };
  if (r.congestion !== "") json["congestion_used"] = r.congestion;
  if (r.serverOutput !== "") json["server_output_text"] = r.serverOutput;
  json["streams"] = r.streams.map((s) => ({
    id: s.id,
    bytes: s.bytes,
    retransmits: s.retransmits,
    jitter: s.jitter,
    errors: s.errors,
    packets: s.packets,
    start_time: 0,
    end_time: s.end,
  }));
  return json;
}

/** The results in a peer's JSON; undefined if they are none. */
export function resultsFromJson(json: unknown): Results | undefined {
  const o = asRecord(json);
  if (o === undefined || !Array.isArray(o["streams"])) return undefined;
  const streams: StreamResult[] = [];
  for (const item of o["streams"].slice(0, 2 * MOST_STREAMS)) {
    const s = asRecord(item);
    if (s === undefined) return undefined;
    streams.push({
      id: numberIn(s, "id", 0),
      bytes: numberIn(s, "bytes", 0),
      retransmits: unsignedMinusOne(numberIn(s, "retransmits", -1)),
      jitter: numberIn(s, "jitter", 0),
      errors: numberIn(s, "errors", 0),
      packets: numberIn(s, "packets", 0),
      end: numberIn(s, "end_time", 0),
    });
  }
  return {
    cpuTotal: numberIn(o, "cpu_util_total", 0),
    cpuUser: numberIn(o, "cpu_util_user", 0),
    cpuSystem: numberIn(o, "cpu_util_system", 0),
    senderHasRetransmits: unsignedMinusOne(numberIn(o, "sender_has_retransmits", -1)),
    congestion: textIn(o, "congestion_used"),
    serverOutput: textIn(o, "server_output_text"),
    streams,
  };
}

/** The original numbers its streams 1, 3, 4, 5, …; results are matched by these numbers. */
export function streamId(index: number): number {
  return index === 0 ? 1 : index + 2;
}

/** iperf3 writes -1 as an unsigned 64-bit number. */
function unsignedMinusOne(value: number): number {
  return value > Number.MAX_SAFE_INTEGER ? -1 : value;
}

function asRecord(json: unknown): Record<string, unknown> | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
  // Without a prototype: what a peer left out must not be found among the properties of every object.
  return Object.assign(Object.create(null), json);
}

function numberIn(o: Record<string, unknown>, name: string, otherwise: number): number {
  const value = o[name];
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function textIn(o: Record<string, unknown>, name: string): string {
  const value = o[name];
  return typeof value === "string" ? value : "";
}

/** iperf3 writes some of its flags as true and some as 1. */
function isSet(value: unknown): boolean {
  return value === true || (typeof value === "number" && value !== 0);
}
