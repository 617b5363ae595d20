/** The tables of options in docs/conformance-sockets.md, made from the table that the calls themselves use. */
import { createSockets, type OptionValue, type SocketKind } from "../../src/api/index.ts";
import { getOption, OPTION_ROWS } from "../../src/api/options/option-calls.ts";
import type { OptionRow } from "../../src/api/options/rows.ts";
import { isRefused } from "../../src/api/options/shapes.ts";
import { Socket } from "../../src/api/socket.ts";
import { VirtualTime } from "../../src/drivers/simulation/index.ts";
import { Stack, Xoshiro128 } from "../../src/stack/index.ts";
import { ABSENT_OPTIONS } from "../differential/cases/absent-options.ts";
import { GROUPS } from "../differential/groups.ts";

/** Where an option is seen at work; that it is kept and given back, the differential test shows of each. */
const SHOWN_BY: { readonly [name: string]: string } = {
  SO_TYPE: "diff creation: what a socket says of itself",
  SO_DOMAIN: "diff creation: what a socket says of itself",
  SO_PROTOCOL: "diff creation: what a socket says of itself",
  SO_ERROR: "diff tcp: a refusal without waiting is found by SO_ERROR",
  SO_ACCEPTCONN: "diff options: options of an accepted socket are the listener's",
  SO_SNDTIMEO: "diff options: SO_RCVTIMEO out of range",
  SO_REUSEADDR:
    "diff tcp: bind twice with SO_REUSEADDR, nobody listening; diff udp: bind twice with SO_REUSEADDR",
  SO_REUSEPORT: "diff tcp: bind twice with SO_REUSEPORT",
  SO_SNDBUF: "udp: keep no more than SO_RCVBUF of what nobody reads",
  SO_RCVBUF: "udp: keep no more than SO_RCVBUF of what nobody reads",
  SO_OOBINLINE: "diff tcp: SO_OOBINLINE keeps the urgent octet in the stream",
  SO_LINGER: "diff tcp: SO_LINGER 1,0: close resets; tcp: end a lingering close when the time is over",
  SO_RCVLOWAT: "diff tcp: SO_RCVLOWAT",
  SO_BROADCAST: "udp: need permission to broadcast",
  SO_PASSCRED: "diff options: options of AF_UNIX",
  SO_PEERCRED: "diff options: options of AF_UNIX",
  IP_HDRINCL: "raw: send a header of one's own with IP_HDRINCL, and a TTL of one's own without",
  IP_RECVERR: "udp: keep errors in a queue with IP_RECVERR: what was sent, where to, and who complained",
  IP_MINTTL: "diff effects: IP_MINTTL of a listener: a SYN from too far away is not heard",
  IPV6_MINHOPCOUNT: "diff effects: IPV6_MINHOPCOUNT of a connection",
  IP_FREEBIND: "diff effects: IP_FREEBIND: an address that is nobody's, tcp",
  IPV6_FREEBIND: "diff effects: IPV6_FREEBIND: an address that is nobody's",
  SO_MARK: "marks: is what hooks and the rules of a filter see",
  IP_TRANSPARENT: "marks: serves an address that this host has not got, and answers from there",
  IPV6_TRANSPARENT: "marks: serves an address that this host has not got, and answers from there",
  SO_PEEK_OFF: "diff effects: SO_PEEK_OFF of tcp",
  TCP_WINDOW_CLAMP: "limits: offer no larger window than TCP_WINDOW_CLAMP, from the SYN|ACK on",
  TCP_NOTSENT_LOWAT: "diff effects: TCP_NOTSENT_LOWAT: room is told of while little is unsent",
  TCP_SAVE_SYN: "diff effects: TCP_SAVE_SYN: the headers of the SYN, once",
  TCP_SAVED_SYN: "limits: keep the headers of a SYN for whoever accepts it",
  IP_PKTINFO: "udp: tell address, interface, TTL and TOS of what came, when asked",
  IP_RECVTTL: "udp: tell address, interface, TTL and TOS of what came, when asked",
  IP_RECVTOS: "udp: tell address, interface, TTL and TOS of what came, when asked",
  IP_MULTICAST_IF: "udp: hear the groups that they joined, until they leave",
  IP_ADD_MEMBERSHIP: "udp: hear the groups that they joined, until they leave",
  IP_DROP_MEMBERSHIP: "udp: hear the groups that they joined, until they leave",
  IP_ADD_SOURCE_MEMBERSHIP: "udp: hear in a group whom they want to hear (RFC 3678)",
  IP_DROP_SOURCE_MEMBERSHIP: "udp: hear in a group whom they want to hear (RFC 3678)",
  IP_BLOCK_SOURCE: "udp: hear in a group whom they want to hear (RFC 3678)",
  IPV6_DONTFRAG: "fragmentation: cuts nothing up with IPV6_DONTFRAG, of UDP and raw",
  IP_MSFILTER: "groups: have a filter that is set and read as a whole, by either name",
  MCAST_MSFILTER: "groups: have a filter that is set and read as a whole, by either name",
  MCAST_JOIN_GROUP: "groups: are joined and left by the calls that both families share",
  MCAST_LEAVE_GROUP: "groups: are joined and left by the calls that both families share",
  MCAST_BLOCK_SOURCE: "groups: are joined and left by the calls that both families share",
  MCAST_UNBLOCK_SOURCE: "groups: are joined and left by the calls that both families share",
  MCAST_JOIN_SOURCE_GROUP: "groups: are joined for sources, and left with the last of them",
  MCAST_LEAVE_SOURCE_GROUP: "groups: are joined for sources, and left with the last of them",
  IP_UNBLOCK_SOURCE: "udp: hear in a group whom they want to hear (RFC 3678)",
  IPV6_V6ONLY: "diff inet6: stream: a listener of IPv6 alone is not reached by IPv4",
  IPV6_UNICAST_HOPS: "ipv6: tell where a datagram came in, its hop limit and traffic class, of both families",
  IPV6_MULTICAST_HOPS: "ipv6: hear the groups that they join, until they leave",
  IPV6_JOIN_GROUP: "ipv6: hear the groups that they join, until they leave",
  IPV6_LEAVE_GROUP: "ipv6: hear the groups that they join, until they leave",
  IPV6_RECVERR: "ipv6: keep errors in a queue with IPV6_RECVERR",
  IPV6_RECVPKTINFO: "ipv6: tell where a datagram came in, its hop limit and traffic class, of both families",
  IPV6_RECVHOPLIMIT: "ipv6: tell where a datagram came in, its hop limit and traffic class, of both families",
  IPV6_RECVTCLASS: "ipv6: tell where a datagram came in, its hop limit and traffic class, of both families",
  IPV6_TCLASS: "ipv6: tell where a datagram came in, its hop limit and traffic class, of both families",
  IPV6_CHECKSUM: "ipv6: do the checksum of a protocol where IPV6_CHECKSUM says, and drop what is wrong",
  ICMP6_FILTER: "ipv6: hear only the types that ICMP6_FILTER lets pass",
  TCP_MAXSEG: "tcp: know their segment size and their round trip",
  TCP_QUICKACK: "diff options: TCP_DEFER_ACCEPT and TCP_QUICKACK",
  TCP_INFO: "tcp: know their segment size and their round trip",
};

const COLUMNS: readonly (readonly [string, readonly SocketKind[]])[] = [
  ["TCP", ["tcp"]],
  ["UDP", ["udp"]],
  ["raw", ["raw"]],
  ["packet", ["packet"]],
  ["AF_UNIX", ["unix-stream", "unix-seqpacket", "unix-datagram"]],
];

const FAMILIES = {
  any: "any",
  inet: "AF_INET",
  inet6: "AF_INET6",
  unix: "AF_UNIX",
  packet: "AF_PACKET",
} as const;

function effectOn(row: OptionRow, kinds: readonly SocketKind[]): string {
  const effects = new Set(kinds.map((kind) => row.places[kind]?.effect ?? ""));
  const [only = ""] = effects;
  if (effects.size > 1) return "✓"; // of AF_UNIX, on streams
  if (only === "acts") return "✓";
  return only === "read" ? "read" : only;
}

function shownValue(value: OptionValue): string {
  if (Array.isArray(value)) return value.join(",");
  if (value === "") return '""';
  return typeof value === "object" ? "" : String(value);
}

/** The values on fresh sockets, of each kind that the option is on; one if they are all the same. */
function defaultsOf(row: OptionRow, sockets: ReadonlyMap<SocketKind, Socket>): string {
  if (row.level === 1 && ["SO_TYPE", "SO_DOMAIN", "SO_PROTOCOL", "SO_COOKIE"].includes(row.name)) return "";
  const values = new Map<string, SocketKind[]>();
  for (const [kind, socket] of sockets) {
    const place = row.places[kind];
    const operations = Socket.of(socket)?.operations;
    if (place?.get === undefined || operations === undefined) continue;
    const value = place.get(operations as never);
    if (isRefused(value)) continue;
    const text = shownValue(getOption(operations, row.level, row.number));
    values.set(text, [...(values.get(text) ?? []), kind]);
  }
  if (values.size <= 1) return [...values.keys()].join("");
  const most = [...values].sort(([, a], [, b]) => b.length - a.length);
  return most.map(([text, kinds], at) => (at === 0 ? text : `${text} (${kinds.join(", ")})`)).join("; ");
}

/** The lines of the table of options. */
export function optionTable(): readonly string[] {
  const time = new VirtualTime();
  const stack = new Stack({ clock: time, random: new Xoshiro128(1), wakeAt: () => {} });
  const api = createSockets(stack);
  const sockets = new Map<SocketKind, Socket>([
    ["tcp", api.socket(2, 1)],
    ["udp", api.socket(2, 2)],
    ["raw", api.socket(2, 3, 1)],
    ["packet", api.socket(17, 3)],
    ["unix-stream", api.socket(1, 1)],
    ["unix-datagram", api.socket(1, 2)],
  ]);
  const sockets6 = new Map<SocketKind, Socket>([
    ["tcp", api.socket(10, 1)],
    ["udp", api.socket(10, 2)],
    ["raw", api.socket(10, 3, 58)],
  ]);
  const lines = OPTION_ROWS.map((row) => [
    row.name,
    FAMILIES[row.family],
    ...COLUMNS.map(([, kinds]) => effectOn(row, kinds)),
    row.shape.text,
    defaultsOf(row, row.family === "inet6" ? sockets6 : sockets),
    row.meaning + (row.incomparable === undefined ? "" : `. Not compared: ${row.incomparable}`),
    SHOWN_BY[row.name] ?? "",
  ]);
  for (const socket of [...sockets.values(), ...sockets6.values()]) api.close(socket);
  const head = ["option", "family", ...COLUMNS.map(([name]) => name), "value", "default", "meaning", "tests"];
  return table([head, ...lines]);
}

/** The lines of the table of Linux's options that are not here. */
export function absentTable(): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const { name, why } of ABSENT_OPTIONS) reasons.set(why, [...(reasons.get(why) ?? []), name]);
  return table([["options", "why"], ...[...reasons].map(([why, names]) => [names.join(", "), why])]);
}

/** The lines of the table of differences from the kernel: what the differential test asserts. */
export function differenceTable(): readonly string[] {
  const shown = (value: unknown): string => `\`${JSON.stringify(value)}\``;
  const rows = GROUPS.filter(([name]) => name !== "absent").flatMap(([group, cases]) =>
    cases.flatMap(({ title, differs = {} }) => {
      // Steps that differ for the same reason are one row, which shows the first.
      const entries = Object.entries(differs);
      return [...new Set(entries.map(([, { why }]) => why))].map((why) => {
        const same = entries.filter(([, each]) => each.why === why);
        const [, first] = same[0] as (typeof same)[number];
        const steps = same.map(([step]) => step).join(", ");
        return [`diff ${group}: ${title}, step ${steps}`, shown(first.linux), shown(first.ours), why];
      });
    }),
  );
  return table([["case", "Linux", "ours", "why"], ...rows]);
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const [head = [], ...rest] = rows;
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [head, head.map(() => "---"), ...rest].map(row);
}
