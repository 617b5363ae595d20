/** The congestion controllers that a connection can choose by name. */
import type { CongestionControl, CongestionFactory } from "./congestion.ts";
import { Cubic } from "./cubic.ts";
import { fixedWindow } from "./fixed.ts";
import { NewReno } from "./newreno.ts";

/** The controllers, by the names that TCP_CONGESTION takes. */
export const CONGESTION: ReadonlyMap<string, CongestionFactory> = new Map<string, CongestionFactory>([
  ["cubic", (mss) => new Cubic(mss)],
  ["newreno", (mss) => new NewReno(mss)],
  ["fixed", fixedWindow(0xffff)],
]);

/** The controllers of one TCP: the built-in ones, and those that it was made with. */
export class Controllers {
  readonly #factories: ReadonlyMap<string, CongestionFactory>;
  /** The last answer of `initialWindow`: most connections choose and agree upon the same. */
  readonly #start = { name: "", mss: 0, window: 0 };

  constructor(more: ReadonlyMap<string, CongestionFactory> | undefined) {
    this.#factories = new Map([...CONGESTION, ...(more ?? [])]);
  }

  has(name: string): boolean {
    return this.#factories.has(name);
  }

  /** A new controller for segments of `mss` octets. */
  make(name: string, mss: number): CongestionControl {
    const factory = this.#factories.get(name) ?? this.#factories.get("cubic");
    return (factory as CongestionFactory)(mss);
  }

  /** The window that such a controller begins with. */
  initialWindow(name: string, mss: number): number {
    const start = this.#start;
    if (start.name !== name || start.mss !== mss) {
      start.name = name;
      start.mss = mss;
      start.window = this.make(name, mss).window;
    }
    return start.window;
  }
}
