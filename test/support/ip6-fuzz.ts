/**
 * Datagrams of IPv6 that mean something, and are spoilt: chains of extension headers, fragments, Neighbour Discovery with
 * its options, MLD, errors that quote. Checksums are right, so that what is behind them is looked at.
 */
import { below, type Random } from "../../src/stack/index.ts";
import { type Bytes, bytes, word16 } from "./frames.ts";
import {
  datagram6,
  fragment6,
  frame6,
  type Ip6Fields,
  ip6,
  linkOption,
  OUR_IP6,
  PEER_IP6,
  PEER_LINK_LOCAL,
  prefixOption,
  sealed,
  solicitedNode,
} from "./frames6.ts";

const ADDRESSES = [
  PEER_IP6,
  PEER_LINK_LOCAL,
  "fe80::2",
  "::",
  "2001:db8::9",
  "ff02::1",
  "ff05::123",
  "::1",
  OUR_IP6,
  "::ffff:a4d:1",
] as const;
const TARGETS = [
  OUR_IP6,
  OUR_IP6,
  OUR_IP6,
  "ff02::1",
  "ff02::1",
  "ff05::123",
  solicitedNode(OUR_IP6),
  "fd77::9",
] as const;

export class Ip6Fuzzer {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** One frame. */
  frame(): Bytes {
    const fields: Ip6Fields = {
      from: this.#of(ADDRESSES),
      to: this.#of(TARGETS),
      hopLimit: this.#of([255, 255, 1, 64]),
      trafficClass: this.#of([0, 0, 3]),
    };
    const upper = this.#upper(fields);
    const [first, payload] = this.#chain(upper.protocol, upper.message);
    const frame = frame6(first, this.#maybeSpoilt(payload), fields);
    if (below(this.#random, 40) === 0) frame[14 + below(this.#random, 40)] = below(this.#random, 256);
    return below(this.#random, 20) === 0 ? frame.slice(0, below(this.#random, frame.length)) : frame;
  }

  #of<T>(choices: readonly T[]): T {
    return choices[below(this.#random, choices.length)] as T;
  }

  #octets(most: number): Bytes {
    return Uint8Array.from({ length: below(this.#random, most + 1) }, () => below(this.#random, 256));
  }

  #maybeSpoilt(octets: Bytes): Bytes {
    if (octets.length === 0 || below(this.#random, 4) !== 0) return octets;
    const spoilt = octets.slice();
    for (let i = below(this.#random, 3); i >= 0; i--)
      spoilt[below(this.#random, octets.length)] = below(this.#random, 256);
    return spoilt;
  }

  /** Extension headers in front of the upper layer, up to five. */
  #chain(protocol: number, message: Bytes): [number, Bytes] {
    let next = protocol;
    let payload = message;
    for (let left = below(this.#random, 8) - 2; left > 0; left--) {
      const kind = this.#of([0, 60, 60, 43, 44, 44, 59]);
      if (kind === 44) {
        const offset = this.#of([0, 0, 0, 1, 2, 100, 8191]);
        const cut = payload.slice(0, this.#of([payload.length, 8, 16, 24]));
        payload = fragment6(next, offset, this.#of([true, false]), cut, below(this.#random, 3));
      } else if (kind === 43)
        payload = bytes(next, 0, below(this.#random, 5), below(this.#random, 2), 0, 0, 0, 0, payload);
      else payload = bytes(this.#optionsOf(next), payload);
      next = kind;
    }
    return [next, payload];
  }

  #optionsOf(next: number): Bytes {
    let options = bytes();
    for (let i = below(this.#random, 3); i >= 0; i--) {
      const type = this.#of([0, 1, 5, 0x1e, 0x5e, 0x9e, 0xde, 0xc2]);
      const data = this.#octets(6);
      options = type === 0 ? bytes(options, 0) : bytes(options, type, data.length, data);
    }
    if (options.length === 3 || below(this.#random, 3) === 0) options = bytes(5, 2, 0, 0);
    const padding = (8 - ((options.length + 2) % 8)) % 8;
    const pads =
      padding === 0 ? bytes() : padding === 1 ? bytes(0) : bytes(1, padding - 2, new Uint8Array(padding - 2));
    return bytes(next, (options.length + padding + 2) / 8 - 1, options, pads);
  }

  #upper(fields: Ip6Fields): { protocol: number; message: Bytes } {
    switch (below(this.#random, 8)) {
      case 0:
        return { protocol: 17, message: sealed(17, 6, this.#maybeSpoilt(this.#udp()), fields) };
      case 1:
        return { protocol: this.#of([6, 59, 99, 41]), message: this.#octets(40) };
      case 2:
        return { protocol: 58, message: this.#error(fields) };
      default:
        return { protocol: 58, message: this.#control(fields) };
    }
  }

  #udp(): Bytes {
    const data = this.#octets(30);
    return bytes(word16(5000), word16(this.#of([7, 9])), word16(8 + data.length), 0, 0, data);
  }

  #error(fields: Ip6Fields): Bytes {
    const quote = datagram6(this.#of([17, 58, 6, 60, 44]), this.#octets(40), {
      from: this.#of([OUR_IP6, PEER_IP6]),
      to: PEER_IP6,
    });
    const message = bytes(
      this.#of([1, 2, 3, 4, 100]),
      below(this.#random, 7),
      0,
      0,
      0,
      0,
      this.#octets(2),
      quote,
    );
    return sealed(58, 2, this.#maybeSpoilt(message), fields);
  }

  /** Neighbour Discovery, MLD or echo. */
  #control(fields: Ip6Fields): Bytes {
    const type = this.#of([128, 129, 130, 131, 132, 133, 134, 134, 134, 135, 135, 136, 136, 137, 143]);
    const message = bytes(type, this.#of([0, 0, 0, 1]), 0, 0, this.#body(type), this.#ndOptions());
    return sealed(
      58,
      2,
      this.#maybeSpoilt(message.length < 8 ? bytes(message, new Uint8Array(8)) : message),
      fields,
    );
  }

  #body(type: number): Bytes {
    const four = Uint8Array.from({ length: 4 }, () =>
      this.#of([0, 0, 0x40, 0x20, 0xff, below(this.#random, 256)]),
    );
    const target = ip6(this.#of([OUR_IP6, PEER_IP6, "fe80::1", "ff05::123", "2001:db8::9"]));
    if (type === 134) return bytes(four, this.#of([new Uint8Array(8), this.#octets(8)]));
    if (type === 137) return bytes(four, target, ip6(this.#of(["2001:db8::9", PEER_IP6, "ff02::1"])));
    if (type >= 130 && type <= 132)
      return bytes(four, target, this.#of([bytes(), bytes(2, 125, 0, 1, target), this.#octets(24)]));
    return type === 135 || type === 136 ? bytes(four, target) : bytes(four, this.#octets(24));
  }

  #ndOptions(): Bytes {
    let options = bytes();
    for (let i = below(this.#random, 4); i > 0; i--) options = bytes(options, this.#ndOption());
    return options;
  }

  #ndOption(): Bytes {
    const seconds = this.#of([0, 1, 7200, 0xffff]);
    switch (below(this.#random, 8)) {
      case 0:
        return linkOption(1, this.#of(["02:77:00:00:00:01", "03:77:00:00:00:01", "02:00:0a:4d:00:02"]));
      case 1:
        return linkOption(2, this.#of(["02:77:00:00:00:01", "02:77:00:00:00:99"]));
      case 2:
        return prefixOption(
          this.#of(["2001:db8:1::", "2001:db8:2::", "fe80::", "ff00::"]),
          this.#of([0xc0, 0x40, 0x80]),
          seconds,
          this.#of([0, seconds, 9999]),
          this.#of([64, 64, 0, 128, 200]),
        );
      case 3:
        return bytes(5, 1, 0, 0, 0, 0, word16(this.#of([1280, 1400, 100, 65_535])));
      case 4:
        return bytes(
          24,
          2,
          this.#of([48, 64, 65, 255]),
          this.#of([0, 8, 16, 24]),
          0,
          0,
          word16(seconds),
          ip6("2001:db8:77::").slice(0, 8),
        );
      case 5:
        return bytes(25, this.#of([3, 5, 2, 1]), 0, 0, 0, 0, word16(seconds), ip6("2001:db8::53"));
      case 6:
        return bytes(14, 1, this.#octets(6));
      default:
        return this.#octets(10);
    }
  }
}
