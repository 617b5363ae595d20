/** A router in the hands of a test: eth0 10.77.0.2/24 and eth1 10.78.0.2/24, with a known peer .1 on each. */
import type { NetworkInterface, Router, RouterOptions } from "../../src/stack/index.ts";
import { arpRequest, datagram, ethernet, type IpFields, icmp, PEER } from "./frames.ts";
import { address, HandLink, type RigOptions, WireRig } from "./wire-rig.ts";

export class RouterRig extends WireRig {
  readonly router: Router;
  readonly second: HandLink;
  readonly eth1: NetworkInterface;

  constructor(options: RigOptions = {}, router: RouterOptions = {}, mtu = 1500) {
    super(options);
    this.router = this.stack.startRouter(router);
    this.second = new HandLink({ mtu });
    const addresses = [{ address: address("10.78.0.2"), prefixLength: 24 }];
    this.eth1 = this.stack.addInterface("eth1", this.second, addresses, { claim: "off" });
    this.receive(arpRequest());
    this.second.receive(arpRequest("10.78.0.1", PEER, "10.78.0.2"));
    this.taken();
    this.second.sent.length = 0;
  }
}

/** From the peer on eth0 to the one on eth1, a ping unless told. */
export function through(fields: IpFields = {}, data: Uint8Array = new Uint8Array(8)): Uint8Array {
  return ethernet(datagram(1, icmp(8, 0, [0, 7, 0, 1], data), { to: "10.78.0.1", ...fields }));
}
