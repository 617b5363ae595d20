/**
 * The five places at which a hook can look at a datagram, change it or stop it, as in Netfilter: before it is routed,
 * as it comes in, as it is passed on, as it goes out, and after it was routed.
 */
import { Drop } from "../base/drop.ts";
import type { Hook, HookPoint, Passage } from "../contract/forwarding.ts";

/** Where Netfilter has what does the like: of two hooks at one place, the lower comes first. */
export const PRIORITY = {
  track: -200,
  translateDestination: -100,
  filter: 0,
  translateSource: 100,
  confirm: 300,
} as const;

interface Entry {
  readonly hook: Hook;
  readonly priority: number;
}

/** All hooks of a stack. */
export class Hooks {
  readonly #at: Record<HookPoint, Entry[]> = {
    prerouting: [],
    input: [],
    forward: [],
    output: [],
    postrouting: [],
  };
  #count = 0;

  /** There is none: nothing need be looked at. */
  get none(): boolean {
    return this.#count === 0;
  }

  /** `hook` sees all that passes that place from now on. Returns what takes it away again. */
  add(point: HookPoint, hook: Hook, priority: number = PRIORITY.filter): () => void {
    const entry: Entry = { hook, priority };
    const entries = [...this.#at[point], entry];
    this.#at[point] = entries.sort((a, b) => a.priority - b.priority);
    this.#count++;
    return () => {
      if (!this.#at[point].includes(entry)) return;
      this.#at[point] = this.#at[point].filter((one) => one !== entry);
      this.#count--;
    };
  }

  /** Shows the datagram to all that hang there. `Drop.none`, or the first reason against it. */
  run(point: HookPoint, passage: Passage): Drop {
    const entries = this.#at[point];
    for (let i = 0; i < entries.length; i++) {
      const reason = (entries[i] as Entry).hook(passage);
      if (reason !== Drop.none) return reason;
    }
    return Drop.none;
  }
}
