/** A secret function of a flow. Nobody off the path can guess its values (RFC 6528 §3, RFC 4987 §3.6). */
import type { IpAddress } from "../../base/ip-address.ts";
import type { Random } from "../../base/random.ts";
import { SipHash } from "../../base/siphash.ts";

/** Two addresses of four words, two ports, the purpose, and a detail. */
const MESSAGE_BYTES = 44;

/** What a number is for, so that knowing one kind tells nothing of the others. */
export const FOR_SEQUENCE = 1;
/** An offset of timestamps. */
export const FOR_TIMESTAMP = 2;
/** SYN cookies have this purpose, and all above. */
export const FOR_COOKIE = 16;

/** One secret of 128 bits, for as long as the stack lives. */
export class FlowSecret {
  readonly #hash: SipHash;
  readonly #message: DataView = new DataView(new ArrayBuffer(MESSAGE_BYTES));

  /** @param random - gives the secret, at once */
  constructor(random: Random) {
    this.#hash = new SipHash([random.bits(), random.bits(), random.bits(), random.bits()]);
  }

  /** 32 bits, signed, of a flow, a purpose, and 32 bits of whatever else they are to depend on. */
  of(
    local: IpAddress,
    localPort: number,
    remote: IpAddress,
    remotePort: number,
    purpose: number,
    detail = 0,
  ): number {
    const message = this.#message;
    local.write(message, 0);
    remote.write(message, 16);
    message.setUint16(32, localPort);
    message.setUint16(34, remotePort);
    message.setInt32(36, purpose);
    message.setInt32(40, detail);
    this.#hash.hash(message, MESSAGE_BYTES);
    return this.#hash.low;
  }
}
