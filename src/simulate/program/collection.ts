/**
 * When memory is collected depends on the machine, so a program must not notice: what it holds weakly stays, and
 * nobody is told that something has gone.
 */
export function hideCollection(): void {
  Object.assign(globalThis, { WeakRef: StrongRef, FinalizationRegistry: SilentRegistry });
}

class StrongRef<T extends WeakKey> {
  readonly [Symbol.toStringTag] = "WeakRef";
  readonly #target: T;

  constructor(target: T) {
    this.#target = target;
  }

  deref(): T {
    return this.#target;
  }
}

class SilentRegistry {
  readonly [Symbol.toStringTag] = "FinalizationRegistry";
  readonly #tokens: WeakSet<WeakKey> = new WeakSet();

  register(_target: WeakKey, _held: unknown, token?: WeakKey): void {
    if (token !== undefined) this.#tokens.add(token);
  }

  /** Whether something was registered with it. */
  unregister(token: WeakKey): boolean {
    return this.#tokens.delete(token);
  }
}
