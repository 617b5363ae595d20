/**
 * Groups, options and queue sizes of a UDP socket, as Node's lib/dgram.js sets them at its handle. The answers are those of
 * libuv: 0, or a negative errno.
 */
import { isIPv4 } from "node:net";
import type { IpAddress } from "../stack/base/index.ts";
import type { Failure, UdpEndpoint, UdpOptions } from "../stack/index.ts";
import { type Place, parseAs, zoneOf } from "./addresses.ts";
import { UV_EBADF, UV_EINVAL, UV_ENODEV, uvError } from "./errno.ts";
import { interfaceWith, type NetContext } from "./net-context.ts";
import { LARGEST_INT, refuse } from "./udp-calls.ts";

/** The part of a UDP handle that sets options. */
export abstract class UdpOptionCalls {
  readonly #net: NetContext;
  readonly #family: 4 | 6;

  constructor(net: NetContext, family: 4 | 6) {
    this.#net = net;
    this.#family = family;
  }

  /** Undefined before the socket is bound, or anything else has made it. */
  protected abstract get endpoint(): UdpEndpoint | undefined;

  /** Does something to the endpoint, which is made for it if need be. */
  protected abstract apply(action: (udp: UdpEndpoint) => Failure | undefined): number;

  protected get net(): NetContext {
    return this.#net;
  }

  protected get family(): 4 | 6 {
    return this.#family;
  }

  addMembership(group: string, interfaceAddress?: string): number {
    return this.#membership(group, interfaceAddress, (udp, to, name) => udp.joinGroup(to, name));
  }

  dropMembership(group: string, interfaceAddress?: string): number {
    return this.#membership(group, interfaceAddress, (udp, to, name) => udp.leaveGroup(to, name));
  }

  addSourceSpecificMembership(source: string, group: string, interfaceAddress?: string): number {
    return this.#sourceMembership("join", source, group, interfaceAddress);
  }

  dropSourceSpecificMembership(source: string, group: string, interfaceAddress?: string): number {
    return this.#sourceMembership("leave", source, group, interfaceAddress);
  }

  #sourceMembership(
    change: "join" | "leave",
    source: string,
    group: string,
    interfaceAddress: string | undefined,
  ): number {
    const from = this.parse(source);
    if (typeof from === "number") return UV_EINVAL;
    return this.#membership(group, interfaceAddress, (udp, to, name) =>
      udp.memberships === undefined
        ? "invalid"
        : udp.memberships.changeSource(change, to, from.address, name),
    );
  }

  setMulticastInterface(address: string): number {
    if (this.family === 6) {
      const zone = zoneOf(this.net.host, address);
      return zone === undefined ? UV_EINVAL : this.#set({ multicastInterface: zone });
    }
    if (!isIPv4(address)) return UV_EINVAL;
    const name = address === "0.0.0.0" ? "" : interfaceWith(this.net.host, address);
    if (name === undefined) return uvError("address-not-available");
    return this.#set({ multicastInterface: name });
  }

  setMulticastTTL(hops: number): number {
    if (hops < 0 || hops > 255) return UV_EINVAL;
    return this.#set({ multicastHopLimit: hops });
  }

  setMulticastLoopback(on: number): number {
    return this.#set({ multicastLoop: on !== 0 });
  }

  setBroadcast(on: number): number {
    return this.#set({ broadcast: on !== 0 });
  }

  setTTL(hops: number): number {
    if (hops < 1 || hops > 255) return UV_EINVAL;
    return this.#set({ hopLimit: hops });
  }

  /** The size of a queue after setting it, unless `size` is 0; undefined, and `context` filled, on error. */
  bufferSize(size: number, receive: boolean, context: Record<string, unknown>): number | undefined {
    const udp = this.endpoint;
    const name = receive ? "uv_recv_buffer_size" : "uv_send_buffer_size";
    if (udp === undefined) return refuse(context, UV_EBADF, "EBADF", "bad file descriptor", name);
    if (size > LARGEST_INT) return refuse(context, UV_EINVAL, "EINVAL", "invalid argument", name);
    // Linux doubles what it is asked for, and answers with the double (socket(7)).
    if (size !== 0) udp.configure(receive ? { receiveBuffer: 2 * size } : { sendBuffer: 2 * size });
    return receive ? udp.options.receiveBuffer : udp.options.sendBuffer;
  }

  /** An address of the socket's family; a negative errno for what is none. */
  protected parse(address: string): Place | number {
    return parseAs(this.net.host, this.family, address);
  }

  /** libuv's socket has no descriptor before it is bound, and so no options. */
  #set(changes: Partial<UdpOptions>): number {
    return this.endpoint === undefined ? UV_EBADF : uvError(this.endpoint.configure(changes));
  }

  #membership(
    group: string,
    interfaceAddress: string | undefined,
    action: (udp: UdpEndpoint, group: IpAddress, name: string) => Failure | undefined,
  ): number {
    const to = this.parse(group);
    if (typeof to === "number" || !to.address.isMulticast) return UV_EINVAL;
    const name = this.#interfaceOf(to, interfaceAddress);
    return typeof name === "number" ? name : this.apply((udp) => action(udp, to.address, name));
  }

  /** The interface of a group: of IPv4 by its address, of IPv6 by the zone; "" for any. */
  #interfaceOf(group: Place, given: string | undefined): string | number {
    if (given === undefined) return group.interfaceName;
    if (this.family === 6) return zoneOf(this.net.host, given) ?? UV_EINVAL;
    if (!isIPv4(given)) return UV_EINVAL;
    return given === "0.0.0.0" ? "" : (interfaceWith(this.net.host, given) ?? UV_ENODEV);
  }
}
