/** One UDP socket of a program, on the side of its stack. */
import { IPV4_ANY, type MutableSocketAddress, type UdpEndpoint } from "../../stack/index.ts";
import { FAILURE_SHIFT, type Mailbox, NEWS, numberOf } from "../channel/index.ts";
import { end, withSite } from "./tcp-socket.ts";
import { utf8 } from "./text.ts";

const scratch = new Uint8Array(65_536);
const joined = new Uint8Array(65_536 + 64);

/** Room that one datagram may take in a mailbox. */
export const UDP_NEWS: number = joined.length + 64;

/** A UDP socket of a program, on the world's side. */
export class UdpSocket {
  readonly id: number;
  readonly endpoint: UdpEndpoint;
  readonly #from: MutableSocketAddress = { address: IPV4_ANY, port: 0 };
  /** The line of the program that has made it. */
  readonly #site: string;

  constructor(id: number, endpoint: UdpEndpoint, site: string) {
    this.#site = site;
    this.id = id;
    this.endpoint = endpoint;
  }

  get mustBeTold(): boolean {
    return this.endpoint.readable;
  }

  describe(): string {
    const { local } = this.endpoint;
    const what = local === undefined ? "udp unbound" : `udp ${end(local).address}:${local.port}`;
    return withSite(what, this.#site);
  }

  /** Hands over what has arrived. False if the box is too full for all of it. */
  tell(news: Mailbox): boolean {
    const { endpoint } = this;
    if (endpoint.failure !== undefined) {
      const failure = numberOf(endpoint.takeFailure());
      news.put(NEWS.state, this.id, failure << FAILURE_SHIFT, 0);
    }
    while (news.fits(UDP_NEWS)) {
      const length = endpoint.receive(scratch, this.#from);
      if (length === undefined) return true;
      const from = utf8(this.#from.address.toString());
      joined.set(from);
      joined.set(scratch.subarray(0, length), from.length);
      const payload = joined.subarray(0, from.length + length);
      news.put(NEWS.datagram, this.id, from.length, this.#from.port, payload);
    }
    return false;
  }
}
