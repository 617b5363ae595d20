/** 48-bit station addresses (IEEE 802). Kept as two integers, since most work on them is comparing. */

/** The address of a station, or a group of them. Immutable. */
export class MacAddress {
  /** The first two octets. */
  readonly high: number;
  /** The last four octets, as a signed 32-bit integer. */
  readonly low: number;

  constructor(high: number, low: number) {
    this.high = high & 0xffff;
    this.low = low | 0;
  }

  /** For a group (multicast, broadcast) rather than one station. */
  get isGroup(): boolean {
    return (this.high & 0x0100) !== 0;
  }

  /** Whether both are the same address. */
  equals(other: MacAddress): boolean {
    return this.high === other.high && this.low === other.low;
  }

  /** Puts its six octets into `into` at `at`. */
  put(into: Uint8Array, at: number): void {
    for (let i = 0; i < 2; i++) into[at + i] = this.high >>> (8 - 8 * i);
    for (let i = 0; i < 4; i++) into[at + 2 + i] = this.low >>> (24 - 8 * i);
  }

  /** Six octets in hexadecimal, with `:` between. */
  toString(): string {
    const octets = [this.high >>> 8, this.high & 255, this.low >>> 24, (this.low >>> 16) & 255];
    octets.push((this.low >>> 8) & 255, this.low & 255);
    return octets.map((octet) => octet.toString(16).padStart(2, "0")).join(":");
  }
}

/** ff:ff:ff:ff:ff:ff, all stations. */
export const BROADCAST_MAC: MacAddress = new MacAddress(0xffff, -1);
/** 00:00:00:00:00:00: of links without stations, and in requests. */
export const NO_MAC: MacAddress = new MacAddress(0, 0);

/** Six octets in hexadecimal with `:` or `-` between; undefined when `text` is none. */
export function parseMac(text: string): MacAddress | undefined {
  if (!/^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i.test(text)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = text
    .split(/[:-]/)
    .map((octet) => Number.parseInt(octet, 16));
  return new MacAddress((a << 8) | b, (c << 24) | (d << 16) | (e << 8) | f);
}
