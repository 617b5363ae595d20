/**
 * Scripts of socket calls, in lines that are easy to write and read, as lists that both sides can run:
 *
 *     s = socket inet stream        s = a new socket of that family and style
 *     bind s 127.0.0.1:0            an address: `1.2.3.4:5`, `[::1]:5`, `@s` (where s is), `[::1]@s` (there, at the port
 *                                   of s), `unix:name`, `abstract:name`
 *     spawn t recv c 10             a call that is to wait, in the background; `join t` waits for it
 *     send c hello oob|dontwait     flags by their names
 *     sendcontrol c hi @s +more IPPROTO_IP.IP_TTL=9   flags behind a plus, and control data
 */
import * as api from "../../src/api/index.ts";

/** A call and its arguments. */
export type Step = readonly [string, ...unknown[]];

const CONSTANTS = api as unknown as { readonly [name: string]: number };

const FAMILIES: Readonly<Record<string, number>> = { inet: 2, unix: 1, inet6: 10, packet: 17 };
const STYLES: Readonly<Record<string, number>> = { stream: 1, dgram: 2, raw: 3, rdm: 4, seqpacket: 5 };

/** The steps of a script, one a line. */
export function parseScript(script: string): Step[] {
  return script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(parseLine);
}

function parseLine(line: string): Step {
  const words = line.split(/\s+/);
  if (words[1] === "=") {
    const [target = "", , call = "", ...rest] = words;
    return parseCall(call, [...target.split(","), ...rest]);
  }
  const [call = "", ...rest] = words;
  return parseCall(call, rest);
}

function parseCall(call: string, words: readonly string[]): Step {
  const [a = "", b = "", c = "", d = ""] = words;
  switch (call) {
    case "socket":
      return [call, a, numberOr(FAMILIES, b), numberOr(STYLES, c), Number(d || 0)];
    case "pair":
      return [call, a, b, numberOr(FAMILIES, c), numberOr(STYLES, d)];
    case "bind":
    case "connect":
      return [call, a, address(b)];
    case "listen":
    case "shutdown":
    case "sendbufs":
    case "recvbufs":
    case "fill":
    case "stuff":
      return [call, a, Number(b)];
    case "accept":
      return [call, b, a];
    case "dup":
      return [call, b, a];
    case "send":
      return [call, a, message(b), flags(c)];
    case "sendmany":
    case "recv":
    case "recvcount":
    case "recvfrom":
    case "recvmsg":
      return [call, a, Number(b), flags(c)];
    case "sendto":
      return [call, a, message(b), address(c), flags(d)];
    case "sendcontrol":
      return [
        call,
        a,
        message(b),
        address(c),
        words
          .slice(3)
          .filter((word) => !word.startsWith("+"))
          .map(control),
        flags(words.find((word) => word.startsWith("+"))?.slice(1) ?? ""),
      ];
    case "recvcontrol":
      return [call, a, Number(b)];
    case "sendfd":
      return [call, a, message(b), c];
    case "recvfd":
      return [call, a, Number(b), c];
    case "setopt":
      return [call, a, ...option(b), value(c)];
    case "getopt":
      return [call, a, ...option(b), c || "number"];
    case "poll":
      return [call, a, mask(b), Number(c || 0)];
    case "epoll":
      return [call, a, b, mask(c), d === "et"];
    case "epollwait":
      return [call, a, Number(b || -1)];
    case "select":
      return [call, a, Number(b)];
    case "settle":
      return [call, Number(a)];
    case "spawn":
      return [call, a, parseLine(words.slice(1).join(" "))];
    default:
      return [call, ...words];
  }
}

function numberOr(names: Readonly<Record<string, number>>, word: string): number {
  return names[word] ?? Number(word);
}

/** `""` is the empty message. */
function message(word: string): string {
  return word === '""' ? "" : word;
}

function address(word: string): readonly unknown[] {
  if (word === "unspec") return ["unspec"];
  if (word.startsWith("@")) return ["at", word.slice(1)];
  const at = word.lastIndexOf("@");
  if (at > 0) return ["port", ...host(word.slice(0, at)), word.slice(at + 1)];
  const colon = word.lastIndexOf(":");
  const head = word.slice(0, colon);
  const tail = word.slice(colon + 1);
  return head === "unix" || head === "abstract" ? [head, tail] : [...host(head), Number(tail)];
}

/** `1.2.3.4` or `[::1]`: its family, and the address in it. */
function host(word: string): readonly [string, string] {
  return word.startsWith("[") ? ["inet6", word.slice(1, -1)] : ["inet", word];
}

function flags(word: string): number {
  return word
    .split("|")
    .filter((each) => each !== "")
    .reduce(
      (sum, each) => sum | (/^[0-9]+$/.test(each) ? Number(each) : constant(`MSG_${each.toUpperCase()}`)),
      0,
    );
}

function mask(word: string): number {
  return word.split("|").reduce((sum, each) => sum | constant(`POLL${each.toUpperCase()}`), 0);
}

function option(word: string): readonly number[] {
  return word.split(".").map((each) => (/^[0-9]+$/.test(each) ? Number(each) : constant(each)));
}

/** `0x0102` are octets. */
function value(word: string): unknown {
  if (word.startsWith("0x")) return { hex: word.slice(2) };
  if (word.includes(",")) return word.split(",").map(Number);
  return /^-?[0-9]+$/.test(word) ? Number(word) : word;
}

/** `IPPROTO_IP.IP_RETOPTS=0x0102`. */
function control(word: string): unknown {
  const [where = "", what = ""] = word.split("=");
  return [...option(where), value(what)];
}

function constant(name: string): number {
  const found = CONSTANTS[name];
  if (typeof found !== "number") throw new Error(`no constant ${name}`);
  return found;
}
