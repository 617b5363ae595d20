/**
 * Random scripts of socket calls, from a seed: a pair of sockets of one kind, and a dozen calls on them in any order and
 * state. What is known to differ (docs/conformance-sockets.md) is not made: what has been shut for receiving, AF_UNSPEC on
 * a connection, a datagram corked for another than the peer,
 * urgent data of AF_UNIX, receives of no octets, a datagram socket whose peer was closed.
 */

import type { SocketKind } from "../../src/api/operations.ts";
import { OPTION_ROWS } from "../../src/api/options/option-calls.ts";
import type { OptionRow } from "../../src/api/options/rows.ts";
import { below, Xoshiro128 } from "../../src/stack/base/random.ts";
import { lookOf } from "./cases/option-table.ts";

/** A kind of conversation: how it begins, and what may happen to its sockets. */
interface Setting {
  readonly kind: SocketKind;
  /** Where sockets `s` and `c` may be. */
  readonly beginnings: readonly string[];
  /** Addresses for connect, sendto, bind. */
  readonly addresses: readonly string[];
  /** How a new one is made. */
  readonly makes: string;
}

const udp = (family: string, host: string): Setting => ({
  kind: "udp",
  makes: `inet${family} dgram`,
  beginnings: [
    `s = socket inet${family} dgram\nbind s ${host}:0\nc = socket inet${family} dgram\nconnect c @s`,
    `s = socket inet${family} dgram\nbind s ${host}:0\nc = socket inet${family} dgram\nbind c ${host}:0\nconnect c @s\nconnect s @c`,
    `s = socket inet${family} dgram\nbind s ${host}:0\nc = socket inet${family} dgram`,
  ],
  addresses: ["@s", "@c", `${host}:0`, `${host}:9`, "unspec", "unix:x"],
});

const unix = (style: string): Setting => ({
  kind: style === "dgram" ? "unix-datagram" : style === "stream" ? "unix-stream" : "unix-seqpacket",
  makes: `unix ${style}`,
  beginnings: [
    `s,c = pair unix ${style}`,
    `s = socket unix ${style}\nbind s unix:s\nc = socket unix ${style}`,
    style === "dgram"
      ? `s = socket unix dgram\nbind s unix:s\nc = socket unix dgram\nbind c unix:c\nconnect c unix:s`
      : `l = socket unix ${style}\nbind l unix:s\nlisten l 1\nnonblock l\nc = socket unix ${style}\nconnect c unix:s\ns = accept l`,
    style === "dgram"
      ? `s = socket unix dgram\nbind s abstract:s\nc = socket unix dgram\nconnect c abstract:s`
      : `s = socket unix ${style}\nbind s unix:s\nlisten s 1\nc = socket unix ${style}`,
  ],
  addresses: ["unix:s", "unix:c", "unix:none", "abstract:s", "unspec", "127.0.0.1:9"],
});

const tcp = (family: string, host: string): Setting => ({
  kind: "tcp",
  makes: `inet${family} stream`,
  beginnings: [
    `l = socket inet${family} stream\nbind l ${host}:0\nlisten l 5\nnonblock l\nc = socket inet${family} stream\nconnect c @l\ns = accept l`,
    `s = socket inet${family} stream\nbind s ${host}:0\nlisten s 1\nc = socket inet${family} stream`,
    `s = socket inet${family} stream\nbind s ${host}:0\nc = socket inet${family} stream`,
  ],
  addresses: ["@s", "@c", `${host}:0`, "unix:x"],
});

const raw: Setting = {
  kind: "raw",
  makes: "inet raw 200",
  beginnings: [
    "s = socket inet raw 200\nbind s 127.0.0.1:0\nc = socket inet raw 200\nbind c 127.0.0.2:0",
    "s = socket inet raw 200\nbind s 127.0.0.1:0\nc = socket inet raw 200\nbind c 127.0.0.2:0\nconnect c 127.0.0.1:5\nconnect s 127.0.0.2:0",
  ],
  addresses: ["127.0.0.1:0", "127.0.0.2:7", "127.0.0.3:0"],
};

/** By name. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  udp: udp("", "127.0.0.1"),
  udp6: udp("6", "[::1]"),
  tcp: tcp("", "127.0.0.1"),
  tcp6: tcp("6", "[::1]"),
  "unix-stream": unix("stream"),
  "unix-seqpacket": unix("seqpacket"),
  "unix-datagram": unix("dgram"),
  raw,
};

const SEND_FLAGS = "dontwait eor nosignal dontroute peek errqueue confirm trunc waitall".split(" ");
const RECEIVE_FLAGS = "dontwait peek trunc waitall errqueue peek|trunc peek|waitall dontroute more".split(
  " ",
);

/** Options whose values are not compared with these calls: of the host, of the route, of Linux's bookkeeping. */
const LEFT_OUT: ReadonlySet<string> = new Set(
  (
    "IP_OPTIONS IPV6_MULTICAST_HOPS IP_MULTICAST_TTL IP_MINTTL IPV6_MINHOPCOUNT IPV6_MTU IP_MTU IPV6_MULTICAST_IF TCP_WINDOW_CLAMP TCP_MAXSEG SO_RCVBUF " +
    "SO_SNDBUF SO_ATTACH_FILTER SO_DETACH_FILTER TCP_SYNCNT TCP_QUICKACK SO_BINDTODEVICE SO_RCVTIMEO SO_SNDTIMEO SO_LINGER"
  ).split(" "),
);

/** The script of a seed, with `count` calls behind its beginning. */
export function randomScript(setting: Setting, seed: number, count: number): string {
  return new Generator(setting, seed).script(count);
}

class Generator {
  readonly #random: Xoshiro128;
  readonly #setting: Setting;
  readonly #lines: string[];
  readonly #sockets: readonly string[];
  readonly #options: readonly OptionRow[];
  #serial = 0;

  constructor(setting: Setting, seed: number) {
    this.#random = new Xoshiro128(seed);
    this.#setting = setting;
    const begin = this.#pick(setting.beginnings);
    this.#sockets = begin.includes("l = ") ? ["s", "c", "s", "c", "l"] : ["s", "c"];
    this.#lines = [...begin.split("\n"), "nonblock s", "nonblock c"];
    this.#options = OPTION_ROWS.filter(
      ({ name, places, shape, incomparable, hostDefault }) =>
        places[setting.kind] !== undefined &&
        shape.samples.length > 0 &&
        incomparable === undefined &&
        hostDefault === undefined &&
        !LEFT_OUT.has(name),
    );
  }

  script(count: number): string {
    for (let i = 0; i < count; i++) {
      this.#lines.push(...this.#step(this.#pick(this.#sockets)));
      if (below(this.#random, 3) > 0) this.#lines.push("settle 12");
    }
    return this.#lines.join("\n");
  }

  #pick<T>(list: readonly T[]): T {
    return list[below(this.#random, list.length)] as T;
  }

  get #isUnix(): boolean {
    return this.#setting.kind.startsWith("unix");
  }

  #step(s: string): readonly string[] {
    const { addresses } = this.#setting;
    const somewhere = this.#pick(addresses.filter((one) => one !== "unspec"));
    switch (below(this.#random, 24)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return [`send ${s} ${this.#message()} ${this.#sendFlags()}`];
      case 4:
      case 5:
        return [`sendto ${s} ${this.#message()} ${somewhere} ${this.#sendFlags().replaceAll("more|", "")}`];
      case 6:
      case 7:
      case 8:
      case 9:
        return [this.#receive(s)];
      case 10:
      case 11:
        return [`poll ${s} in|out|pri|rdhup 0`];
      case 12:
        return this.#shutdown(s);
      case 13:
        return [`connect ${s} ${this.#pick(addresses)}`];
      case 14:
        return [`bind ${s} ${this.#pick(addresses.filter((one) => !/@|unspec/.test(one)))}`];
      case 15:
        return [`listen ${s} ${this.#pick([0, 1, 5, -1])}`];
      case 16:
        return [`x${this.#serial++} = accept ${s}`];
      case 17:
        return [`${this.#pick(["peername", "readable", this.#isUnix ? "peername" : "atmark"])} ${s}`];
      case 18:
        return [`getopt ${s} SOL_SOCKET.SO_ERROR`];
      case 19:
        return [`select ${s} 0`];
      case 20:
        return [
          this.#pick([`sendbufs ${s} ${this.#pick([0, 1, 3])}`, `recvbufs ${s} ${this.#pick([1, 2, 9])}`]),
        ];
      case 21:
        return this.#renewed(s);
      default:
        return this.#option(s);
    }
  }

  #message(): string {
    const serial = this.#serial++;
    return this.#pick(['""', `a${serial}`, `bcd${serial}`, `efghijkl${serial}`]);
  }

  #sendFlags(): string {
    const { kind } = this.#setting;
    const others = kind === "raw" ? ["oob"] : this.#isUnix ? ["more"] : ["more", "more", "oob", "more|oob"];
    return withoutWait(this.#pick(["dontwait", "dontwait", ...SEND_FLAGS, ...others]));
  }

  #receive(s: string): string {
    const flags = withoutWait(this.#pick([...RECEIVE_FLAGS, this.#isUnix ? "dontwait" : "oob"]));
    const counts = this.#setting.kind === "raw" || flags.includes("trunc");
    return `${counts ? "recvcount" : this.#pick(["recv", "recvmsg", "recvfrom"])} ${s} ${this.#pick([1, 4, 9, 50])} ${flags}`;
  }

  #shutdown(s: string): readonly string[] {
    const datagrams = ["udp", "raw"].includes(this.#setting.kind);
    return [`shutdown ${s} ${this.#pick(datagrams ? [3, -1] : [1, 1, 3, -1])}`];
  }

  #renewed(s: string): readonly string[] {
    if (s === "l" || this.#setting.kind === "unix-datagram") return [];
    return [`close ${s}`, `${s} = socket ${this.#setting.makes}`, `nonblock ${s}`];
  }

  #option(s: string): readonly string[] {
    const row = this.#pick(this.#options);
    return [`setopt ${s} ${row.level}.${row.number} ${this.#pick(row.shape.samples)}`, lookOf(row, s)];
  }
}

function withoutWait(flags: string): string {
  return flags.includes("dontwait") ? flags : `${flags}|dontwait`;
}
