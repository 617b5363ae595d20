/**
 * Somebody on the line who sends again what went before, with one thing changed: a number of the segment, a flag, an
 * address, a length, a whole header. So every layer hears of nearly everything that it must drop.
 */
import { below, fraction, type NetworkInterface, type Random, type Stack } from "../../../src/stack/index.ts";

/** Frames that it remembers, at most. */
const MEMORY = 24;
/** Where IP begins in a frame. */
const IP = 14;
const TCP = 6;
const UDP = 17;

/** Sends to the peer of the host that it sits on. */
export class Forger {
  readonly #random: Random;
  readonly #heard: Uint8Array[] = [];
  #next = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Remembers a frame that its host has sent. */
  hear(bytes: Uint8Array): void {
    if (bytes.length < IP + 8) return;
    this.#heard[this.#next++ % MEMORY] = bytes.slice();
  }

  /** Sends one. */
  act(stack: Stack, on: NetworkInterface): void {
    const { length } = this.#heard;
    if (length === 0) return;
    const random = this.#random;
    const frame = (this.#heard[below(random, length)] as Uint8Array).slice();
    const changed = this.#change(frame);
    const endpoint = stack.openPacket(on);
    endpoint.send(changed);
    endpoint.close();
  }

  #change(frame: Uint8Array): Uint8Array {
    const random = this.#random;
    const type = ((frame[12] as number) << 8) | (frame[13] as number);
    const isIp = type === 0x0800 || type === 0x86dd;
    const kind = fraction(random);
    if (kind < 0.1) this.#link(frame);
    else if (!isIp) this.#anywhere(frame, IP, Math.min(frame.length, IP + 28));
    else if (kind < 0.2) this.#header(frame, type);
    else this.#inside(frame, type);
    // Seldom one that its checksum betrays.
    if (isIp && fraction(random) < 0.9) seal(frame);
    return fraction(random) < 0.04 ? frame.slice(0, IP + below(random, frame.length - IP)) : frame;
  }

  /** The link header: for whom, from whom, of which protocol. */
  #link(frame: Uint8Array): void {
    const random = this.#random;
    const which = below(random, 4);
    if (which === 0) frame[12] = below(random, 256);
    else if (which === 1) frame[6] = (frame[6] as number) | 1;
    else if (which === 2) frame[5] = below(random, 256);
    else frame.fill(255, 0, 6);
  }

  /** The header of IP: any field. */
  #header(frame: Uint8Array, type: number): void {
    this.#anywhere(frame, IP, Math.min(frame.length, IP + (type === 0x0800 ? 20 : 40)));
  }

  #anywhere(frame: Uint8Array, from: number, to: number): void {
    frame[from + below(this.#random, to - from)] = below(this.#random, 256);
  }

  /** What IP carries. */
  #inside(frame: Uint8Array, type: number): void {
    const random = this.#random;
    const at = type === 0x0800 ? IP + ((frame[IP] as number) & 15) * 4 : IP + 40;
    const protocol = frame[type === 0x0800 ? IP + 9 : IP + 6] as number;
    if (frame.length < at + 20) this.#anywhere(frame, at, frame.length);
    else if (protocol === TCP) this.#segment(frame, at);
    else if (protocol === UDP && fraction(random) < 0.5) frame[at + 3] = below(random, 256);
    else this.#anywhere(frame, at, Math.min(frame.length, at + 36));
  }

  #segment(frame: Uint8Array, at: number): void {
    const random = this.#random;
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const near = (): number => {
      const most = [4, 2000, 100_000, 2 ** 32][below(random, 4)] as number;
      return below(random, most) - most / 2;
    };
    const which = below(random, 12);
    if (which < 3) view.setInt32(at + 4, view.getInt32(at + 4) + near());
    else if (which < 6) view.setInt32(at + 8, view.getInt32(at + 8) + near());
    else if (which < 9) {
      frame[at + 13] = [2, 4, 16, 17, 18, 20, 1, 0, 24, 3, 6][below(random, 11)] as number;
      if (fraction(random) < 0.4) view.setInt32(at + 4, view.getInt32(at + 4) + near());
    } else if (which === 9) frame[at + 12] = below(random, 256);
    else if (which === 10) frame[at + 3] = below(random, 256);
    else this.#anywhere(frame, at + 20, frame.length);
  }
}

/** RFC 1071. */
function sum(frame: Uint8Array, from: number, to: number, first: number): number {
  let total = first;
  for (let i = from; i < to; i += 2)
    total += ((frame[i] as number) << 8) | (i + 1 < to ? (frame[i + 1] as number) : 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** Where the checksum of a protocol stands in its header; -1: it has none. */
function placeOf(protocol: number): number {
  if (protocol === TCP) return 16;
  if (protocol === UDP) return 6;
  return protocol === 1 || protocol === 58 || protocol === 2 ? 2 : -1;
}

/** Makes the checksums of a datagram right, as far as its lengths make sense. */
export function seal(frame: Uint8Array): void {
  const is4 = frame[12] === 8 && frame[13] === 0;
  const header = is4 ? ((frame[IP] as number) & 15) * 4 : 40;
  if (frame.length < IP + header || header < 20) return;
  if (is4) {
    put(frame, IP + 10, 0);
    put(frame, IP + 10, ~sum(frame, IP, IP + header, 0));
  }
  const protocol = frame[IP + (is4 ? 9 : 6)] as number;
  const place = placeOf(protocol);
  const at = IP + header;
  const total = ((frame[IP + (is4 ? 2 : 4)] as number) << 8) | (frame[IP + (is4 ? 3 : 5)] as number);
  const end = is4 ? IP + total : at + total;
  if (place < 0 || end > frame.length || at + place + 2 > end) return;
  if (is4 && (((frame[IP + 6] as number) & 0x3f) | (frame[IP + 7] as number)) !== 0) return;
  put(frame, at + place, 0);
  const addresses = is4 ? [IP + 12, IP + 20] : [IP + 8, IP + 40];
  const pseudo =
    is4 && (protocol === 1 || protocol === 2)
      ? 0
      : sum(frame, addresses[0] as number, addresses[1] as number, protocol + end - at);
  put(frame, at + place, ~sum(frame, at, end, pseudo));
}

function put(frame: Uint8Array, at: number, value: number): void {
  frame[at] = (value >>> 8) & 255;
  frame[at + 1] = value & 255;
}
