/**
 * How a call that can wait tells of its end: by a promise. The promise is settled within the turn of the
 * application. If the host says that this turn has lasted long enough, it is settled in the next (see `Turns` of
 * the stack).
 */
import type { Turns } from "../stack/index.ts";

/** A promise of what a call has given. @param octets - how many it has moved */
export function fulfilled<T>(turns: Turns | undefined, value: T, octets = 0): Promise<T> {
  if (turns === undefined || turns.spend(octets)) return Promise.resolve(value);
  return new Promise((resolve) => turns.putOff({ run: () => resolve(value) }));
}

/** A rejected promise that never counts as unhandled: whoever awaits it gets the error all the same. */
export function rejected<T>(turns: Turns | undefined, error: unknown): Promise<T> {
  return quiet(
    turns === undefined || turns.spend(0)
      ? Promise.reject<T>(error)
      : new Promise<T>((_resolve, reject) => turns.putOff({ run: () => reject(error) })),
  );
}

/** `promise`, whose rejection never counts as unhandled. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(nothing);
  return promise;
}

/** The outcome of a call that knows of no host, as of a lookup. */
export function charged<T>(host: { readonly turns?: Turns | undefined }, outcome: Promise<T>): Promise<T> {
  return quiet(
    outcome.then(
      (value) => fulfilled(host.turns, value),
      (error) => rejected(host.turns, error),
    ),
  );
}

/** Tells of the end of a call that has waited. @param tell - settles its promise */
export function tell(turns: Turns | undefined, octets: number, settle: () => void): void {
  if (turns === undefined || turns.spend(octets)) settle();
  else turns.putOff({ run: settle });
}

/** For promises whose rejection is handled by whoever else holds them. */
export function nothing(): void {}
