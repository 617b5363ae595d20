/** Who gets what arrives, by protocol number: one transport, and raw endpoints that listen in. */
import { Drop } from "../base/drop.ts";
import type { DatagramTap } from "../contract/network.ts";
import type { Arrival, TransportProtocol, UnreachableReport } from "../contract/transport.ts";

/** Protocol numbers have 8 bits. */
const PROTOCOLS = 256;

/** The protocols above one family of IP. */
export class UpperLayers {
  readonly #transports: (TransportProtocol | undefined)[] = new Array<undefined>(PROTOCOLS).fill(undefined);
  readonly #taps: (DatagramTap[] | undefined)[] = new Array<undefined>(PROTOCOLS).fill(undefined);

  /** `transport` gets what arrives for its protocol number, in place of any before it. */
  register(transport: TransportProtocol): void {
    this.#transports[transport.number] = transport;
  }

  /** `tap` is shown what arrives for a protocol, besides its transport. */
  tap(protocol: number, tap: DatagramTap): void {
    const taps = this.#taps[protocol];
    if (taps === undefined) this.#taps[protocol] = [tap];
    else taps.push(tap);
  }

  /** It is no longer. */
  untap(protocol: number, tap: DatagramTap): void {
    const left = this.#taps[protocol]?.filter((one) => one !== tap);
    this.#taps[protocol] = left === undefined || left.length === 0 ? undefined : left;
  }

  /** The transport of a protocol, if there is one. */
  transport(protocol: number): TransportProtocol | undefined {
    return this.#transports[protocol];
  }

  /** Shows a datagram to those who listen in. Whether one of them has taken it. */
  show(protocol: number, arrival: Arrival): boolean {
    const taps = this.#taps[protocol];
    let taken = false;
    if (taps !== undefined) for (const tap of taps) taken = tap.datagram(arrival) || taken;
    return taken;
  }

  /**
   * An error is about a datagram of ours of that protocol: its transport is told, and those who listen in. `Drop.none`, or
   * why nobody takes it.
   */
  unreachable(protocol: number, report: UnreachableReport): Drop {
    let reason = this.#transports[protocol]?.unreachable(report) ?? Drop.quoteOfNobody;
    const taps = this.#taps[protocol];
    if (taps !== undefined) for (const tap of taps) if (tap.unreachable(report)) reason = Drop.none;
    return reason;
  }
}
