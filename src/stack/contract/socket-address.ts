/** Where an endpoint is: an address and a port. */
import type { IpAddress } from "../base/ip-address.ts";

/** An IP address and a port. */
export interface SocketAddress {
  /** 0.0.0.0 stands for any of this host's. */
  readonly address: IpAddress;
  /** 0 to 65535. */
  readonly port: number;
}

/** One that a call fills in. */
export interface MutableSocketAddress {
  /** As in `SocketAddress`. */
  address: IpAddress;
  /** 0 to 65535. */
  port: number;
}
