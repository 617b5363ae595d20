/** The values of options that a socket itself holds, and not the endpoint below it. */
import { SO_PRIORITY, SOL_SOCKET } from "../constants.ts";
import type { OptionValue } from "./option-value.ts";
import { optionKey } from "./option-value.ts";

const PRIORITY: number = optionKey(SOL_SOCKET, SO_PRIORITY);
const LAST_COOKIE: WeakMap<object, number> = new WeakMap();

/** Most sockets never set one, and have no table then. */
export class KeptOptions {
  /** SO_RCVTIMEO and SO_SNDTIMEO in microseconds; 0: for ever. */
  receiveTimeout = 0;
  sendTimeout = 0;
  /** SO_PEEK_OFF: where MSG_PEEK looks, behind what would be read next; negative: there, always. */
  peekOffset = -1;
  /** Whose sockets are counted by SO_COOKIE: the stack's. */
  owner: object | undefined;
  #cookie = 0;
  #values: Map<number, OptionValue> | undefined;

  /** SO_COOKIE: as on Linux, a socket gets its number when it is first asked for it. */
  takeCookie(): number {
    const owner = this.owner ?? this;
    if (this.#cookie === 0) {
      this.#cookie = (LAST_COOKIE.get(owner) ?? 0) + 1;
      LAST_COOKIE.set(owner, this.#cookie);
    }
    return this.#cookie;
  }

  /** Whether any has been set. */
  get any(): boolean {
    return this.#values !== undefined;
  }

  get(key: number): OptionValue | undefined {
    return this.#values?.get(key);
  }

  /** Whether it is set to another number than 0. */
  isOn(key: number): boolean {
    return (this.#values?.get(key) ?? 0) !== 0;
  }

  set(key: number, value: OptionValue): void {
    this.#values ??= new Map();
    this.#values.set(key, value);
  }

  /** Those of a connection that a listener with these options accepts. */
  inherited(): KeptOptions {
    const copy = new KeptOptions();
    copy.receiveTimeout = this.receiveTimeout;
    copy.sendTimeout = this.sendTimeout;
    copy.peekOffset = this.peekOffset;
    if (this.#values !== undefined) copy.#values = new Map(this.#values);
    copy.#values?.delete(PRIORITY); // Linux's connections get theirs from the type of service
    return copy;
  }
}
