/** One computer of a lab: a stack, and the socket calls that are bound to it. */
import {
  createSockets,
  type Inet6Sockaddr,
  type InetSockaddr,
  inet6Sockaddr,
  inetSockaddr,
  type Sockets,
} from "../api/index.ts";
import type { Stack } from "../stack/index.ts";
import { BareHost } from "./bare-host.ts";

/** `Lab.host` makes them. All that is done to one is noted among the lab's interventions. */
export class LabHost extends BareHost {
  #sockets: Sockets | undefined = undefined;
  #boundTo: Stack | undefined = undefined;

  /** The socket calls of this host. After `restart` they are others: sockets of before are of a stack that is gone. */
  get sockets(): Sockets {
    const { stack } = this;
    if (this.#sockets === undefined || this.#boundTo !== stack) {
      this.#sockets = createSockets(stack); // only now: not every host has a program
      this.#boundTo = stack;
    }
    return this.#sockets;
  }

  /**
   * Port `port` of it, as a socket address: what others connect to.
   *
   * @param family - by default that of its first address
   * @throws RangeError if it has no address of that family
   */
  at(port: number, family?: 4 | 6): InetSockaddr | Inet6Sockaddr {
    const ip = family === undefined ? this.ip : this.addressOf(family);
    if (ip.family === 4) return inetSockaddr(ip.word3 >>> 0, port);
    const words = [ip.word0, ip.word1, ip.word2, ip.word3];
    return inet6Sockaddr(
      words.reduce((bits, word) => (bits << 32n) | BigInt(word >>> 0), 0n),
      port,
    );
  }
}
