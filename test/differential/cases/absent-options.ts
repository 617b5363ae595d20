/**
 * The kernel's options that are not here: ENOPROTOOPT, with the reason. The cases see to it that the kernel has each
 * (so that the list does not go stale) and that here none is taken in silence.
 */
import type { Case } from "./case.ts";

/** An option of Linux's that is not here. */
export interface AbsentOption {
  readonly name: string;
  readonly level: number;
  readonly number: number;
  readonly why: string;
}

const SOCKET = 1;
const IP = 0;
const TCP = 6;
const IPV6 = 41;

const of =
  (level: number, why: string) =>
  ([name, number]: readonly [string, number]): AbsentOption => ({ name, level, number, why });

export const ABSENT_OPTIONS: readonly AbsentOption[] = [
  ...([["SO_BINDTOIFINDEX", 62]] as const).map(of(SOCKET, "SO_BINDTODEVICE says it by name")),
  ...([["SO_TIMESTAMPING", 37]] as const).map(
    of(SOCKET, "SO_TIMESTAMPNS tells of what came; no device stamps packets"),
  ),
  ...(
    [
      ["SO_TIMESTAMP_NEW", 63],
      ["SO_TIMESTAMPNS_NEW", 64],
    ] as const
  ).map(of(SOCKET, "for machines of 32 bits")),
  ...(
    [
      ["SO_BUSY_POLL", 46],
      ["SO_INCOMING_CPU", 49],
      ["SO_INCOMING_NAPI_ID", 56],
      ["SO_PREFER_BUSY_POLL", 69],
      ["SO_TXREHASH", 74],
    ] as const
  ).map(of(SOCKET, "about the kernel's processors, queues and polling")),
  ...([["SO_MAX_PACING_RATE", 47]] as const).map(of(SOCKET, "nothing is paced")),
  ...([["SO_TXTIME", 61]] as const).map(of(SOCKET, "there is no queueing discipline that would wait")),
  ...([["SO_ZEROCOPY", 60]] as const).map(
    of(SOCKET, "what is sent is copied once; there are no pages to lend"),
  ),
  ...([["SO_RESERVE_MEM", 73]] as const).map(of(SOCKET, "there is no accounting of memory by cgroups")),
  ...([["SO_MEMINFO", 55]] as const).map(of(SOCKET, "the kernel's own bookkeeping")),
  ...(
    [
      ["SO_BPF_EXTENSIONS", 48],
      ["SO_WIFI_STATUS", 41],
      ["SO_NOFCS", 43],
      ["SO_BSDCOMPAT", 14],
    ] as const
  ).map(of(SOCKET, "about devices and programs of other times")),
  ...([["SO_SELECT_ERR_QUEUE", 45]] as const).map(of(SOCKET, "`poll` tells of errors that are queued")),
  ...([["SO_PEERNAME", 28]] as const).map(of(SOCKET, "`getpeername` says it")),
  ...([["IP_ROUTER_ALERT", 5]] as const).map(of(IP, "raw sockets and hooks see what has the option, too")),
  ...(
    [
      ["IP_PASSSEC", 18],
      ["IP_CHECKSUM", 23],
      ["IP_NODEFRAG", 22],
      ["IP_RECVFRAGSIZE", 25],
      ["IP_RECVERR_RFC4884", 26],
      ["IP_RECVORIGDSTADDR", 20],
    ] as const
  ).map(of(IP, "control data that nobody has asked for yet")),
  ...([["IP_MULTICAST_ALL", 49]] as const).map(
    of(IP, "a socket hears the groups that it has joined itself, and no others"),
  ),
  ...(
    [
      ["IP_UNICAST_IF", 50],
      ["IP_LOCAL_PORT_RANGE", 51],
    ] as const
  ).map(of(IP, "bind and SO_BINDTODEVICE choose")),
  ...([["IPV6_RTHDRDSTOPTS", 55]] as const).map(
    of(IPV6, "it goes with a routing header, and none can be sent: type 0 is gone (RFC 5095)"),
  ),
  ...(
    [
      ["IPV6_RECVPATHMTU", 60],
      ["IPV6_RECVORIGDSTADDR", 74],
      ["IPV6_RECVFRAGSIZE", 77],
      ["IPV6_RECVERR_RFC4884", 31],
    ] as const
  ).map(of(IPV6, "control data that nobody has asked for yet")),
  ...(
    [
      ["IPV6_AUTOFLOWLABEL", 70],
      ["IPV6_FLOWINFO_SEND", 33],
    ] as const
  ).map(of(IPV6, "each flow gets its label by RFC 6437")),
  ...([["IPV6_ADDR_PREFERENCES", 72]] as const).map(
    of(IPV6, "bind chooses another source than RFC 6724 does"),
  ),
  ...([["IPV6_MULTICAST_ALL", 29]] as const).map(
    of(IPV6, "a socket hears the groups that it has joined itself, and no others"),
  ),
  ...([["IPV6_UNICAST_IF", 76]] as const).map(of(IPV6, "bind and SO_BINDTODEVICE choose")),
  ...([["IPV6_ROUTER_ALERT", 22]] as const).map(
    of(IPV6, "raw sockets and hooks see what has the option, too"),
  ),
  ...(
    [
      ["TCP_FASTOPEN", 23],
      ["TCP_FASTOPEN_CONNECT", 30],
      ["TCP_FASTOPEN_NO_COOKIE", 34],
    ] as const
  ).map(of(TCP, "TCP Fast Open (RFC 7413) is not there")),
  ...(
    [
      ["TCP_THIN_LINEAR_TIMEOUTS", 16],
      ["TCP_THIN_DUPACK", 17],
    ] as const
  ).map(of(TCP, "loss is told by RACK (RFC 8985), thin streams or not")),
  ...([["TCP_REPAIR", 19]] as const).map(of(TCP, "connections are not moved from process to process")),
  ...([["TCP_TIMESTAMP", 24]] as const).map(of(TCP, "for TCP_REPAIR")),
  ...([["TCP_TX_DELAY", 37]] as const).map(of(TCP, "the simulation's links have delays")),
  ...(
    [
      ["TCP_RTO_MAX_MS", 44],
      ["TCP_RTO_MIN_US", 45],
      ["TCP_DELACK_MAX_US", 46],
    ] as const
  ).map(of(TCP, "times of the stack's configuration")),
];

export const ABSENT: readonly Case[] = ABSENT_OPTIONS.map(({ name, level, number, why }) => ({
  title: name,
  script: `s = socket ${makeOf(name, level)}\ngetopt s ${level}.${number} exists`,
  differs: { 1: { ours: { error: "ENOPROTOOPT" }, linux: linuxOf(name), why } },
}));

function makeOf(name: string, level: number): string {
  if (level === IPV6) return "inet6 dgram";
  return name === "IP_NODEFRAG" ? "inet raw 1" : "inet stream";
}

/** The few that Linux has, but not to be read on a fresh socket. */
function linuxOf(name: string): unknown {
  if (name === "SO_PEERNAME") return { error: "ENOTCONN" };
  return "yes";
}
