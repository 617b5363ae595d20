/** A router in the hands of a test: eth0 10.77.0.2/24 and eth1 10.78.0.2/24, fd77::2/64 and fd78::2/64, with a known peer 1 on each. */
import type { NetworkInterface, Router, RouterOptions } from "../../src/stack/index.ts";
import { arpRequest, bytes, datagram, ethernet, type IpFields, icmp, OURS, PEER } from "./frames.ts";
import { type Ip6Fields, linkOption, OUR_IP6, ping6, solicitation } from "./frames6.ts";
import { address, HandLink, type RigOptions, WireRig } from "./wire-rig.ts";

export class RouterRig extends WireRig {
  readonly router: Router;
  readonly second: HandLink;
  readonly eth1: NetworkInterface;

  constructor(options: RigOptions = {}, router: RouterOptions = {}, mtu = 1500) {
    super({ addresses: ["10.77.0.2/24", `${OUR_IP6}/64`], ...options });
    this.router = this.stack.startRouter(router);
    this.second = new HandLink({ mtu });
    const addresses = [{ address: address("10.78.0.2"), prefixLength: 24 }];
    this.eth1 = this.stack.addInterface("eth1", this.second, addresses, { claim: "off" });
    this.stack.addAddress(this.eth1, { address: address("fd78::2"), prefixLength: 64 }, "off");
    this.receive(arpRequest());
    this.second.receive(arpRequest("10.78.0.1", PEER, "10.78.0.2"));
    this.receive(solicitation());
    this.second.receive(solicitation("fd78::2", linkOption(1), { from: "fd78::1" }));
    this.taken();
    this.second.sent.length = 0;
  }
}

/** From the peer on eth0 to the one on eth1, a ping unless told. */
export function through(fields: IpFields = {}, data: Uint8Array = new Uint8Array(8)): Uint8Array {
  return ethernet(datagram(1, icmp(8, 0, [0, 7, 0, 1], data), { to: "10.78.0.1", ...fields }));
}

/** The same over IPv6. */
export function through6(fields: Ip6Fields = {}, data: Uint8Array = new Uint8Array(8)): Uint8Array {
  return ping6({ to: "fd78::1", mac: OURS, ...fields }, bytes(data));
}
