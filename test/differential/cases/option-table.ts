/**
 * Differential cases made from the one table of options: each option on each kind of socket, read, set to every value
 * that its shape wants tried, and read again; and what a connection has of its listener's.
 */

import type { SocketKind } from "../../../src/api/operations.ts";
import { OPTION_ROWS } from "../../../src/api/options/option-calls.ts";
import { KINDS, type OptionRow } from "../../../src/api/options/rows.ts";
import type { Case } from "./case.ts";

/** How a script makes a socket of each kind. */
export const MAKES: { readonly [kind in SocketKind]: string } = {
  tcp: "inet stream",
  udp: "inet dgram",
  raw: "inet raw 1",
  packet: "packet raw",
  "unix-stream": "unix stream",
  "unix-seqpacket": "unix seqpacket",
  "unix-datagram": "unix dgram",
};

/** The same of AF_INET6. */
const MAKES6: Partial<Record<SocketKind, string>> = {
  tcp: "inet6 stream",
  udp: "inet6 dgram",
  raw: "inet6 raw 58",
};

const noInterfaces = {
  1: { ours: { error: "ENOPROTOOPT" }, linux: "", why: "AF_UNIX has no interfaces" },
  2: { ours: { error: "ENOPROTOOPT" }, linux: null, why: "AF_UNIX has no interfaces" },
  3: { ours: { error: "ENOPROTOOPT" }, linux: "lo", why: "AF_UNIX has no interfaces" },
  4: { ours: { error: "ENOPROTOOPT" }, linux: { error: "ENODEV" }, why: "AF_UNIX has no interfaces" },
  5: { ours: { error: "ENOPROTOOPT" }, linux: "lo", why: "AF_UNIX has no interfaces" },
};

/** By title and step. */
const noFilters = {
  1: { ours: { error: "ENOPROTOOPT" }, linux: "yes", why: "filters are for datagrams and frames here" },
  2: {
    ours: { error: "ENOPROTOOPT" },
    linux: { error: "EINVAL" },
    why: "filters are for datagrams and frames here",
  },
  3: { ours: { error: "ENOPROTOOPT" }, linux: "yes", why: "filters are for datagrams and frames here" },
};
const noFilterLeft = {
  2: {
    ours: { error: "ENOPROTOOPT" },
    linux: { error: "ENOENT" },
    why: "filters are for datagrams and frames here",
  },
};

const synCount = {
  1: {
    ours: 7,
    linux: 6,
    why: "RFC 1122 §4.2.3.5 wants at least three minutes before a SYN is given up: 7",
  },
};
const quickAck = {
  1: { ours: 0, linux: 1, why: "here it is the user's wish; Linux's is a state of the connection" },
};

const DIFFERENCES: { readonly [title: string]: NonNullable<Case["differs"]> } = {
  ...Object.fromEntries(
    ["tcp", "tcp of AF_INET6", "unix-stream", "unix-seqpacket", "unix-datagram"].flatMap((kind) => [
      [`SO_ATTACH_FILTER of ${kind}`, noFilters],
      [`SO_DETACH_FILTER of ${kind}`, noFilterLeft],
    ]),
  ),
  "SO_BINDTODEVICE of unix-stream": noInterfaces,
  "SO_BINDTODEVICE of unix-seqpacket": noInterfaces,
  "SO_BINDTODEVICE of unix-datagram": noInterfaces,
  "TCP_SYNCNT of tcp": synCount,
  "TCP_SYNCNT of tcp of AF_INET6": synCount,
  "TCP_QUICKACK of tcp": quickAck,
  "TCP_QUICKACK of tcp of AF_INET6": quickAck,
  "ICMP6_FILTER of raw of AF_INET6": {
    2: {
      ours: { error: "EINVAL" },
      linux: null,
      why: "a filter is eight words; Linux takes the first few of them",
    },
  },
  "IP_MULTICAST_TTL of tcp, from a listener to its connection": {
    7: {
      ours: 1,
      linux: 64,
      why: "TCP sends no multicast; Linux's connection has the unicast default there",
    },
  },
};

const MODES: { readonly [kind in OptionRow["shape"]["kind"]]: string } = {
  number: "",
  pair: "pair",
  time: "time",
  text: "text",
  octets: "octets",
  record: "exists",
};

export function lookOf({ level, number, shape, incomparable }: OptionRow, socket = "s"): string {
  return `getopt ${socket} ${level}.${number} ${incomparable === undefined ? MODES[shape.kind] : "exists"}`;
}

/** Some options have the same name on both levels of IP. */
function labelOf({ name, level }: OptionRow): string {
  const others = OPTION_ROWS.filter((each) => each.name === name && each.level < level);
  return others.length === 0 ? name : `${name} (IPPROTO_IPV6)`;
}

function caseOf(row: OptionRow, kind: SocketKind, makes = MAKES[kind], of: string = kind): Case {
  const { level, number, shape } = row;
  const samples = shape.samples.length === 0 ? ["1"] : shape.samples;
  const first = row.hostDefault === undefined ? [lookOf(row)] : [];
  const tries = samples.flatMap((sample) => [`setopt s ${level}.${number} ${sample}`, lookOf(row)]);
  return made(`${labelOf(row)} of ${of}`, [`s = socket ${makes}`, ...first, ...tries]);
}

function inheritanceOf(row: OptionRow, kind: SocketKind, address: string): Case {
  return made(`${row.name} of ${kind}, from a listener to its connection`, [
    `l = socket ${MAKES[kind]}`,
    `bind l ${address}`,
    "listen l 5",
    `setopt l ${row.level}.${row.number} ${row.shape.samples[0]}`,
    `c = socket ${MAKES[kind]}`,
    `connect c ${address.startsWith("unix") ? address : "@l"}`,
    "s = accept l",
    lookOf(row),
  ]);
}

function made(title: string, lines: readonly string[]): Case {
  const differs = DIFFERENCES[title];
  return { title, script: lines.join("\n"), ...(differs === undefined ? {} : { differs }) };
}

const settable = (kind: SocketKind): readonly OptionRow[] =>
  OPTION_ROWS.filter(({ places, shape }) => places[kind]?.set !== undefined && shape.samples.length > 0);

export const OPTION_TABLE: readonly Case[] = [
  ...OPTION_ROWS.flatMap((row) => KINDS.map((kind) => caseOf(row, kind))),
  ...OPTION_ROWS.flatMap((row) =>
    Object.entries(MAKES6).map(([kind, makes]) =>
      caseOf(row, kind as SocketKind, makes, `${kind} of AF_INET6`),
    ),
  ),
  ...settable("tcp").map((row) => inheritanceOf(row, "tcp", "127.0.0.1:0")),
  ...settable("unix-stream").map((row) => inheritanceOf(row, "unix-stream", "unix:l")),
];
