/** A link of a run that is played again, and what is thrown where something is not as recorded. */
import { type Link, type LinkSink, type Packet, parseMac } from "../stack/index.ts";
import type { StackStep } from "./recorded-run.ts";

/** Ends the replay. */
export class Diverged extends Error {
  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: string) {
    super(`expected ${expected}, seen ${seen}`);
    this.expected = expected;
    this.seen = seen;
  }
}

/** A link that delivers what was recorded, and takes what was taken. */
export class ReplayedLink implements Link {
  readonly capabilities: Link["capabilities"];
  readonly mac: Link["mac"];
  readonly #on: string;
  readonly #sent: (on: string, frames: readonly Packet[], count: number) => number;
  #sink: LinkSink | undefined = undefined;

  constructor(
    on: string,
    { capabilities, mac }: NonNullable<StackStep["link"]>,
    sent: (on: string, frames: readonly Packet[], count: number) => number,
  ) {
    this.#on = on;
    this.capabilities = capabilities;
    this.mac = mac === null ? undefined : parseMac(mac);
    this.#sent = sent;
  }

  get sink(): LinkSink {
    if (this.#sink === undefined) throw new Diverged(`a stack on ${this.#on}`, "none");
    return this.#sink;
  }

  get pool(): LinkSink["pool"] {
    return this.sink.pool;
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
  }

  receive(frames: readonly Packet[]): void {
    this.sink.received(frames, frames.length);
    for (const frame of frames) this.pool.release(frame);
  }

  transmit(frames: readonly Packet[], count: number): number {
    const taken = this.#sent(this.#on, frames, count);
    for (let i = 0; i < taken; i++) this.pool.release(frames[i] as Packet);
    return taken;
  }

  close(): void {
    this.#sink = undefined;
  }
}
