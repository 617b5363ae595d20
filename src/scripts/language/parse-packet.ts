/** Packets of a script: what stands behind `<` or `>`. */
import type { Cursor } from "./cursor.ts";
import { own } from "./own.ts";
import { parseTcpOptions } from "./parse-options.ts";
import type { EcnName, IcmpWords, IpWords, PacketAction, PortWords, TcpWords, UdpWords } from "./syntax.ts";

const ACK = 16;
const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, U: 32, E: 64, W: 128, C: 128 };
const ECN: readonly EcnName[] = ["noecn", "ect1", "ect0", "ce", "ect01"];
/** ICMP types and codes by packetdrill's names. */
const ICMP_TYPES: Readonly<Record<string, number>> = {
  unreachable: 3,
  source_quench: 4,
  redirect: 5,
  time_exceeded: 11,
  parameter_problem: 12,
};
const ICMP_CODES: Readonly<Record<string, number>> = {
  net_unreachable: 0,
  host_unreachable: 1,
  protocol_unreachable: 2,
  port_unreachable: 3,
  frag_needed: 4,
  source_route_failed: 5,
  net_unknown: 6,
  host_unknown: 7,
  source_host_isolated: 8,
  net_prohibited: 9,
  host_prohibited: 10,
  net_unreachable_for_tos: 11,
  host_unreachable_for_tos: 12,
  packet_filtered: 13,
  precedence_violation: 14,
  precedence_cutoff: 15,
};

/** Reads a packet; the cursor stands at its direction. */
export function parsePacket(cursor: Cursor): PacketAction {
  const place = { line: cursor.peek().line, column: cursor.peek().column };
  const inbound = cursor.next().text === "<";
  const ip = parseIp(cursor);
  for (const word of ["ipv4", "ipv6", "gre", "mpls"]) {
    if (cursor.is(word, "word")) throw cursor.wrong(`${word} in front of a packet is not supported`);
  }
  return { kind: "packet", place, inbound, ip, body: parseBody(cursor) };
}

function parseBody(cursor: Cursor): TcpWords | UdpWords | IcmpWords {
  if (cursor.takeWord("icmp")) return parseIcmp(cursor);
  if (cursor.takeWord("udp")) return parseUdp(cursor);
  return parseTcp(cursor);
}

function parseIp(cursor: Cursor): IpWords {
  const close = cursor.is("(") ? ")" : cursor.is("[") ? "]" : undefined;
  const words: { -readonly [Key in keyof IpWords]: IpWords[Key] } = {
    ecn: undefined,
    trafficClass: undefined,
    hopLimit: undefined,
  };
  if (close === undefined) return words;
  cursor.next();
  do {
    const word = cursor.word("ect0, ect1, ce, noecn, ect01, tos or ttl");
    const ecn = ECN.find((name) => name === word);
    if (ecn !== undefined) words.ecn = ecn;
    else if (word === "tos") words.trafficClass = cursor.integer();
    else if (word === "ttl") words.hopLimit = cursor.integer();
    else throw cursor.wrong(`${word} is not known of an IP header`, cursor.last);
  } while (cursor.take(","));
  cursor.expect(close);
  return words;
}

function parsePorts(cursor: Cursor): PortWords | undefined {
  const arrow = cursor.peek(1);
  if (cursor.peek().kind !== "integer" || arrow.kind !== "symbol" || arrow.text !== ">") return undefined;
  const source = cursor.integer();
  cursor.expect(">");
  return { source, destination: cursor.integer("a port") };
}

function parseTcp(cursor: Cursor): TcpWords {
  const ports = parsePorts(cursor);
  const flags = parseFlags(cursor);
  const { from, length } = parseRange(cursor);
  const hasAck = cursor.takeWord("ack");
  if (hasAck && (flags & ACK) === 0) throw cursor.wrong('"ack" without "." among the flags', cursor.last);
  const ack = hasAck ? cursor.integer("what is acknowledged") : 0;
  const window = cursor.takeWord("win") ? cursor.integer("a window") : undefined;
  const urgent = cursor.takeWord("urg") ? cursor.integer("an urgent pointer") : 0;
  const options = parseTcpOptions(cursor);
  return { kind: "tcp", ports, flags, from, length, ack, window, urgent, options };
}

function parseFlags(cursor: Cursor): number {
  if (cursor.take("-")) return 0;
  let bits = 0;
  const token = cursor.peek();
  if (token.kind === "word") {
    for (const letter of cursor.next().text) {
      const bit = own(FLAGS, letter);
      if (bit === undefined) throw cursor.wrong(`"${letter}" is no flag of TCP`, token);
      bits |= bit;
    }
  }
  if (cursor.peek().kind === "float" && !cursor.peek().spaced)
    throw cursor.wrong("flags of AccECN are not supported");
  if (cursor.take(".")) bits |= ACK;
  else if (token.kind !== "word") throw cursor.wanted("flags of TCP");
  return bits;
}

function parseRange(cursor: Cursor): { readonly from: number; readonly length: number } {
  const start = cursor.peek();
  const from = cursor.integer("a sequence number");
  cursor.expect(":");
  const to = cursor.integer();
  cursor.expect("(");
  const length = cursor.integer("a length");
  cursor.expect(")");
  if ((to - from) >>> 0 !== length) throw cursor.wrong(`from ${from} to ${to} is not ${length}`, start);
  return { from, length };
}

function parseUdp(cursor: Cursor): UdpWords {
  const ports = parsePorts(cursor);
  cursor.expect("(");
  const length = cursor.integer("a length");
  cursor.expect(")");
  return { kind: "udp", ports, length };
}

function parseIcmp(cursor: Cursor): IcmpWords {
  const type = named(cursor, ICMP_TYPES, "a type of ICMP");
  const code =
    cursor.peek().kind === "word" && !cursor.is("mtu", "word") ? named(cursor, ICMP_CODES, "a code") : 0;
  const before = cursor.takeWord("mtu") ? cursor.integer("an MTU") : 0;
  const echoed = cursor.take("[") ? parseEchoed(cursor) : undefined;
  const mtu = cursor.takeWord("mtu") ? cursor.integer("an MTU") : before;
  return { kind: "icmp", type, code, mtu, echoed };
}

function parseEchoed(cursor: Cursor): IcmpWords["echoed"] {
  if (cursor.takeWord("udp")) {
    const { length } = parseUdp(cursor);
    cursor.expect("]");
    return { protocol: "udp", from: 0, length };
  }
  const range = parseRange(cursor);
  cursor.expect("]");
  return { protocol: "tcp", ...range };
}

function named(cursor: Cursor, table: Readonly<Record<string, number>>, what: string): number {
  const value = own(table, cursor.word(what));
  if (value === undefined)
    throw cursor.wrong(`${cursor.last.text} is not ${what} that is known`, cursor.last);
  return value;
}
