/**
 * The lower 64 bits of our own addresses: stable per network and opaque to others (RFC 7217, RFC 8064), or changing
 * (RFC 8981 §3.3.1).
 */
import { IpAddress } from "../../base/ip-address.ts";
import type { MacAddress } from "../../base/mac-address.ts";
import type { Random } from "../../base/random.ts";
import { SipHash } from "../../base/siphash.ts";

/** Octets of prefix, station address, interface index and counter. */
const INPUT_BYTES = 24;

/** Makes interface identifiers. */
export class InterfaceIdentifiers {
  readonly #hash: SipHash;
  readonly #random: Random;
  readonly #input: DataView = new DataView(new ArrayBuffer(INPUT_BYTES));

  /**
   * @param random - of temporary addresses, and of a secret of this host's, if none is given
   * @param secret - 16 octets
   */
  constructor(random: Random, secret: Uint8Array | undefined) {
    const chance = random.fork("secret");
    this.#hash = new SipHash(
      secret === undefined ? [chance.bits(), chance.bits(), chance.bits(), chance.bits()] : wordsOf(secret),
    );
    this.#random = random;
  }

  /**
   * RFC 7217 §5: F(Prefix, Net_Iface, Network_ID, DAD_Counter, secret_key), F being SipHash-2-4. The station address
   * stands for Net_Iface.
   *
   * @param conflicts - DAD_Counter: how often such an address was somebody else's
   */
  stable(prefix: IpAddress, mac: MacAddress, conflicts: number): IpAddress {
    const input = this.#input;
    input.setInt32(0, prefix.word0);
    input.setInt32(4, prefix.word1);
    input.setUint16(8, mac.high);
    input.setInt32(12, mac.low);
    for (let attempt = 0; ; attempt++) {
      input.setInt32(16, conflicts);
      input.setInt32(20, attempt);
      this.#hash.hash(input, INPUT_BYTES);
      const { high, low } = this.#hash;
      if (!isReserved(high, low)) return new IpAddress(prefix.word0, prefix.word1, high, low);
    }
  }

  /** RFC 8981 §3.3.1: at random, and neither reserved nor in use here. */
  temporary(prefix: IpAddress, isTaken: (address: IpAddress) => boolean): IpAddress {
    for (;;) {
      const high = this.#random.bits() | 0;
      const low = this.#random.bits() | 0;
      if (isReserved(high, low)) continue;
      const address = new IpAddress(prefix.word0, prefix.word1, high, low);
      if (!isTaken(address)) return address;
    }
  }
}

function wordsOf(secret: Uint8Array): [number, number, number, number] {
  const word = (at: number): number =>
    [0, 1, 2, 3].reduce((bits, i) => bits | ((secret[at + i] ?? 0) << (8 * i)), 0);
  return [word(0), word(4), word(8), word(12)];
}

/** RFC 5453 §3: subnet-router anycast, reserved subnet anycast, and those that IANA keeps. */
function isReserved(high: number, low: number): boolean {
  if (high === 0 && low === 0) return true;
  if (high === (0x0200_5eff | 0) && low >>> 24 === 0xfe) return true;
  return high === (0xfdff_ffff | 0) && low >>> 7 === 0xffff_ff80 >>> 7;
}
