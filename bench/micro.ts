/** The smallest parts: checksum, copies, codecs, timers; in nanoseconds a call. */
import { sumOctets } from "../src/stack/base/checksum.ts";
import { Packet } from "../src/stack/base/packet.ts";
import type { Instant } from "../src/stack/base/time.ts";
import { Timer, TimerQueue } from "../src/stack/base/timer-queue.ts";
import { IPV4_DONT_FRAGMENT, Ipv4Header, readIpv4, writePlainIpv4 } from "../src/stack/wire/ipv4.ts";
import { readTcp, TcpHeader, writeTcp } from "../src/stack/wire/tcp.ts";
import { median, type Report } from "./results.ts";

const SECTION = "Parts";
const AT = 88;
/** What calls give goes here, so that none of them can be left out. */
let sink = 0;

export function benchMicro(report: Report): void {
  const packet = new Packet(66_048);
  for (let i = 0; i < packet.bytes.length; i++) packet.bytes[i] = i * 31;
  for (const octets of [20, 1460, 65_160]) {
    measure(report, `checksum of ${octets} octets`, () => {
      sink += sumOctets(packet, AT, AT + octets);
    });
  }
  const target = new Uint8Array(66_048);
  for (const octets of [1460, 65_160]) {
    measure(report, `copy of ${octets} octets`, () => {
      target.set(packet.bytes.subarray(AT, AT + octets), 0);
    });
  }
  benchCodecs(report);
  for (const armed of [10, 1_000, 100_000]) benchTimers(report, armed);
}

function benchCodecs(report: Report): void {
  const packet = new Packet(2048);
  const ip = new Ipv4Header();
  ip.totalLength = 60;
  ip.headerBytes = 20;
  ip.protocol = 6;
  measure(report, "write an IPv4 header", () => {
    writePlainIpv4(packet.view, AT, 0, 60, 0, IPV4_DONT_FRAGMENT, 64, 6, 0x0a00_0001, 0x0a00_0002, 0x1403);
  });
  measure(report, "read an IPv4 header", () => {
    sink += readIpv4(packet.view, AT, AT + 60, ip);
  });
  const tcp = new TcpHeader();
  tcp.hasTimestamps = true;
  measure(report, "write a TCP header with timestamps", () => {
    writeTcp(packet.view, AT + 20, tcp);
  });
  measure(report, "read a TCP header with timestamps", () => {
    sink += readTcp(packet.view, AT + 20, AT + 60, tcp);
  });
}

function benchTimers(report: Report, armed: number): void {
  const queue = new TimerQueue();
  const timers: Timer[] = [];
  for (let i = 0; i < armed; i++) {
    const timer = new Timer(queue, { expired: (now) => timer.set((now + 1_000_000) as Instant) });
    timer.set((1_000_000 + i) as Instant);
    timers.push(timer);
  }
  let at = 0;
  measure(report, `move one of ${armed} timers to later`, () => {
    at = (at + 7919) % armed;
    const timer = timers[at] as Timer;
    timer.set((timer.deadline + 10) as Instant);
  });
  let now = 1_000_000;
  measure(report, `fire and set again one of ${armed} timers`, () => {
    now = Math.max(now, queue.nextDeadline());
    queue.advance(now as Instant);
  });
}

/** Median of 5 rounds of some 50 ms. */
function measure(report: Report, metric: string, call: () => void): void {
  let calls = 1_000;
  for (let took = 0; took < 20; ) {
    calls *= 2;
    took = milliseconds(calls, call);
  }
  const samples: number[] = [];
  for (let i = 0; i < 5; i++) samples.push((milliseconds(calls, call) * 1e6) / calls);
  report.add({ section: SECTION, metric, unit: "ns", value: median(samples), samples });
}

function milliseconds(calls: number, call: () => void): number {
  const began = performance.now();
  for (let i = 0; i < calls; i++) call();
  return performance.now() - began;
}

/** Keeps the results of calls alive. */
export function micro(): number {
  return sink;
}
