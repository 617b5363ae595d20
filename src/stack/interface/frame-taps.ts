/** Who sees all frames of an interface: its packet endpoints, and the tracer. */
import type { Packet } from "../base/packet.ts";
import type { FrameTap, NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";

/** The taps of one interface. */
export class FrameTaps {
  readonly #services: Services;
  readonly #of: NetworkInterface;
  readonly #taps: FrameTap[] = [];

  constructor(services: Services, of: NetworkInterface) {
    this.#services = services;
    this.#of = of;
  }

  /** Nobody looks. */
  get none(): boolean {
    return this.#taps.length === 0 && this.#services.tracer?.frame === undefined;
  }

  add(tap: FrameTap): void {
    this.#taps.push(tap);
  }

  remove(tap: FrameTap): void {
    const at = this.#taps.indexOf(tap);
    if (at >= 0) this.#taps.splice(at, 1);
  }

  show(packet: Packet, direction: "in" | "out"): void {
    this.#services.tracer?.frame?.(this.#of.name, direction, packet);
    for (const tap of this.#taps) tap.frame(packet, direction, this.#of);
  }

  /** The interface has gone up or down. */
  changed(): void {
    for (const tap of this.#taps) tap.changed?.(this.#of);
  }
}
