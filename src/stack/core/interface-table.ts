/** The interfaces of a stack: which there are, and whether an address is ours. */
import type { IpAddress } from "../base/ip-address.ts";
import type { Interfaces, NetworkInterface } from "../contract/network-interface.ts";
import type { LinkInterface } from "../interface/link-interface.ts";

/** The interfaces of a stack. */
export class InterfaceTable implements Interfaces {
  readonly all: LinkInterface[] = [];
  #loopback: LinkInterface | undefined;
  #nextIndex = 1;
  #transparent = false;

  get loopback(): LinkInterface {
    return this.#loopback as LinkInterface;
  }

  /** The index that the next interface has. */
  nextIndex(): number {
    return this.#nextIndex++;
  }

  add(one: LinkInterface): void {
    if (one.loopback) this.#loopback = one;
    this.all.push(one);
  }

  remove(one: LinkInterface): void {
    this.all.splice(this.all.indexOf(one), 1);
    this.#transparent = this.all.some((own) => own.transparent);
  }

  named(name: string): LinkInterface | undefined {
    return this.all.find((one) => one.name === name);
  }

  get transparent(): boolean {
    return this.#transparent;
  }

  setTransparent(one: NetworkInterface, transparent: boolean): void {
    const found = this.all.find((own) => own === one);
    if (found !== undefined) found.transparent = transparent;
    this.#transparent = this.all.some((own) => own.transparent);
  }

  isLocal(address: IpAddress): boolean {
    const { all } = this;
    for (let i = 0; i < all.length; i++) {
      const one = all[i] as LinkInterface;
      // As on Linux: an interface that is down keeps its IPv4 addresses for the host, and loses those of IPv6.
      if ((one.up || address.family === 4) && one.hasAddress(address)) return true;
    }
    return false;
  }

  isMany(address: IpAddress): boolean {
    return address.isMulticast || this.all.some((one) => one.up && one.isBroadcast(address));
  }
}
