/**
 * What is different in IPv6 where this host is a router: it is in the group of all routers (RFC 4291 §2.8), and it
 * advertises itself on the interfaces that ask for it (RFC 4861 §6.2).
 */
import type { IpAddress } from "../../base/ip-address.ts";
import type { Forwarder } from "../../contract/forwarding.ts";
import type { Claim, NetworkInterface } from "../../contract/network-interface.ts";
import type { ResolverInterface } from "../../interface/resolver.ts";
import { type AdvertisementOptions, readAdvertisement } from "./advertisement-options.ts";
import { ALL_ROUTERS } from "./groups.ts";
import type { OnInterface } from "./on-interface.ts";
import { RouterAdvertiser } from "./router-advertiser.ts";

/** What this needs of its family. */
export interface RouterSideHost {
  listen(group: IpAddress, on: ResolverInterface): void;
  unlisten(group: IpAddress, on: ResolverInterface): void;
  addLinkLocal(on: ResolverInterface, claim: Claim | undefined): void;
}

/** IPv6 as a router has it; of a host, nothing. */
export class RouterSide {
  readonly #host: RouterSideHost;
  /** By index of the interface. */
  readonly #on: ReadonlyMap<number, OnInterface>;
  #router: Forwarder | undefined = undefined;

  constructor(host: RouterSideHost, on: ReadonlyMap<number, OnInterface>) {
    this.#host = host;
    this.#on = on;
  }

  /** Passes on what is for others, now. */
  get forwards(): boolean {
    return this.#router?.forwarding === true;
  }

  /** This host is a router from now on, as long as that passes on. */
  setRouter(router: Forwarder): void {
    this.#router = router;
    router.watch(() => this.#changed());
    this.#changed();
  }

  /**
   * Tells the hosts on the link of `on` of this router from now on; undefined: that it is none any more.
   *
   * @throws RangeError for a link without stations, and as `readAdvertisement`
   */
  advertise(on: NetworkInterface, options: AdvertisementOptions | undefined): void {
    const state = this.#on.get(on.index);
    if (options === undefined) {
      state?.advertiser?.stop();
      if (state !== undefined) state.advertiser = undefined;
      return;
    }
    if (state === undefined) throw new RangeError(`Stack.advertise: there are no neighbours on ${on.name}`);
    const { discovery } = state;
    const { services, on: ours } = discovery;
    const told = readAdvertisement("Stack.advertise", options, on.link.capabilities.mtu);
    const forwards = (): boolean => this.forwards;
    state.advertiser ??= new RouterAdvertiser({ services, on: ours, discovery, forwards }, told);
    if (!on.addresses.some(isLinkLocal6)) this.#host.addLinkLocal(ours, undefined);
    state.advertiser.start(told);
  }

  /** An address has come: a router listens to the group of all routers on each interface that speaks IPv6. */
  listen(on: ResolverInterface): void {
    const state = this.#on.get(on.index);
    const speaks = on.addresses.some(({ address }) => address.family === 6);
    if (state === undefined || !speaks || state.isRouter === this.forwards) return;
    state.isRouter = this.forwards;
    if (state.isRouter) this.#host.listen(ALL_ROUTERS, on);
    else this.#host.unlisten(ALL_ROUTERS, on);
  }

  /** A host has become a router, or a router a host (RFC 4861 §6.2.5); or something else has changed. */
  #changed(): void {
    for (const { discovery, isRouter, advertiser } of this.#on.values()) {
      if (isRouter === this.forwards) continue;
      this.listen(discovery.on);
      advertiser?.start();
    }
  }
}

function isLinkLocal6({ address }: { readonly address: IpAddress }): boolean {
  return address.family === 6 && address.isLinkLocal;
}
