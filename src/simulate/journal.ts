/**
 * What has happened in a run, event by event: a digest after each, so that two runs can be compared and the
 * first event that differs be named. An event is a frame that a host sends, or a line that a program writes.
 */
import { createHash, type Hash } from "node:crypto";

/** The events whose text is kept; of those before them the digest remains. */
export interface Difference {
  /** Counts from 1. */
  readonly index: number;
  readonly one: string;
  readonly other: string;
}

/** What has happened in a run, event by event. */
export class Journal {
  readonly #hash: Hash = createHash("sha256");
  /** A text for each event, where differences are looked for. */
  readonly #events: string[] | undefined;

  /** @param keeps - the texts of events, for `difference` */
  constructor(keeps: boolean) {
    this.#events = keeps ? [] : undefined;
  }

  /** Of all events so far: equal for equal runs. */
  get digest(): string {
    return this.#hash.copy().digest("hex").slice(0, 16);
  }

  /** @param octets - lent */
  frame(at: number, from: string, octets: Uint8Array, text: () => string): void {
    this.#hash.update(`${at} ${from} `).update(octets);
    this.#events?.push(`${at / 1_000_000} s ${from} sends ${text()} ${this.#short()}`);
  }

  line(at: number, host: string, text: string): void {
    this.#hash.update(`${at} ${host}: ${text}\n`);
    this.#events?.push(`${at / 1_000_000} s ${host}: ${text}`);
  }

  /** Undefined where there is none. */
  difference(other: Journal): Difference | undefined {
    if (this.digest === other.digest) return undefined;
    const [ours, theirs] = [this.#events ?? [], other.#events ?? []];
    const most = Math.max(ours.length, theirs.length);
    for (let index = 0; index < most; index++) {
      const [one = "(the run has ended)", two = "(the run has ended)"] = [ours[index], theirs[index]];
      if (one !== two) return { index: index + 1, one, other: two };
    }
    return undefined;
  }

  /** Tells frames apart whose texts are alike. */
  #short(): string {
    return `[${this.#hash.copy().digest("hex").slice(0, 8)}]`;
  }
}
