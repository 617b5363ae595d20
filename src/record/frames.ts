/** Frames of links: as recorded, back again, and a sum of each to compare by. */
import type { Packet, PacketSource } from "../stack/index.ts";
import { fromBase64, toBase64 } from "./json-values.ts";
import type { RunFrame } from "./recorded-run.ts";

const OFFLOADED = 1;
const COMPLETE = 2;

/** All of a frame that a stack can see. */
export function recordFrame(frame: Packet): RunFrame {
  const flags = (frame.checksumOffloaded ? OFFLOADED : 0) | (frame.checksumComplete ? COMPLETE : 0);
  return {
    b: toBase64(frame.bytes, frame.start, frame.end),
    a: frame.start & 3,
    ...(flags !== 0 && { o: flags }),
    ...(frame.segmentSize !== 0 && { s: frame.segmentSize }),
  };
}

/** The frame again, in a packet of `pool`. */
export function replayFrame({ b, a, o = 0, s = 0 }: RunFrame, pool: PacketSource): Packet {
  const octets = fromBase64(b);
  const packet = pool.take(octets.length + 3);
  packet.start += (a - packet.start) & 3;
  packet.end = packet.start + octets.length;
  packet.bytes.set(octets, packet.start);
  packet.checksumOffloaded = (o & OFFLOADED) !== 0;
  packet.checksumComplete = (o & COMPLETE) !== 0;
  packet.segmentSize = s;
  return packet;
}

/**
 * 64 bits that stand for the octets of a frame and what the link is to do with it: two sums in the manner of FNV-1a with
 * different primes. Against chance, not against an attacker.
 */
export function sumOf(frame: Packet): string {
  let first = 0x811c9dc5 ^ frame.length;
  let second = 0x1b873593 ^ frame.segmentSize ^ (frame.checksumOffloaded ? 1 << 20 : 0);
  const { bytes, end } = frame;
  for (let at = frame.start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    first = Math.imul(first ^ octet, 0x01000193);
    second = Math.imul(second ^ octet, 0x5bd1e995) ^ (second >>> 15);
  }
  return word(first) + word(second);
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
