/** What tests of the socket calls share: a stack without network, and ways to look at what failed. */
import { expect } from "chai";
import { SocketError, type SocketStack } from "../../src/api/index.ts";
import { type Duration, type Instant, later, TimerQueue } from "../../src/stack/index.ts";

/** Time and timers, but no network: enough for AF_UNIX. */
export class QuietStack implements SocketStack {
  readonly timers: TimerQueue = new TimerQueue();
  readonly interfaces: readonly never[] = [];
  #now = 0 as Instant;

  get now(): Instant {
    return this.#now;
  }

  contextFor(): this {
    return this;
  }

  enter(): void {}

  leave(): void {}

  /** Lets `span` microseconds pass. */
  elapse(span: Duration): void {
    this.#now = later(this.#now, span);
    this.timers.advance(this.#now);
  }

  openTcp(): never {
    throw new Error("there is no TCP here");
  }

  openUdp(): never {
    throw new Error("there is no UDP here");
  }
}

/** `promise` must be rejected with a `SocketError` of this code. */
export async function fails(promise: Promise<unknown>, code: string): Promise<SocketError> {
  const [outcome] = await Promise.allSettled([promise]);
  if (outcome?.status !== "rejected") throw new Error(`it gave ${JSON.stringify(outcome?.value)}`);
  expect(outcome.reason).to.be.instanceOf(SocketError);
  const error = outcome.reason as SocketError;
  expect(error.code).to.equal(code);
  return error;
}

/** `call` must throw a `SocketError` of this code. */
export function throws(call: () => unknown, code: string): void {
  expect(call).to.throw(SocketError).with.property("code", code);
}

/** Whether `promise` has settled after all that can settle now has. */
export async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < 20; turn++) await undefined;
  return settled;
}

export function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
