/**
 * The one table of options, as types. A row is an option: the shape of its value, what it means, and where each kind
 * of socket keeps its value. Everything else follows from the rows: get, set, bounds, defaults, the documentation, the
 * comparison with the kernel.
 */

import type { SocketKind, SocketOperations } from "../operations.ts";
import type { OptionValue } from "./option-value.ts";
import { optionKey } from "./option-value.ts";
import type { Refused, Shape } from "./shapes.ts";

/** What an option does on a kind of socket. */
export type Effect =
  /** It acts. */
  | "acts"
  /** It is given back as it was set, without effect, as on Linux. */
  | "kept"
  /** It can only be read. */
  | "read"
  /** It is refused there, as on Linux. */
  | "refused";

/** Where the value of an option is, on one kind of socket. */
export interface Place<S> {
  readonly effect: Effect;
  /** Absent: it can only be set. */
  readonly get?: ((socket: S) => OptionValue | Refused) | undefined;
  /** `value` has been checked. 0, or a negated errno. Absent: it can only be read. */
  readonly set?: ((socket: S, value: never) => number) | undefined;
}

/** A place that can be read and set. */
export interface FullPlace<S, V> extends Place<S> {
  readonly get: (socket: S) => OptionValue | Refused;
  readonly set: (socket: S, value: V) => number;
}

/** One option. */
export interface OptionRow {
  /** The name of its constant. */
  readonly name: string;
  readonly level: number;
  readonly number: number;
  /** "any": of every family; otherwise the family whose addresses or headers it is about. */
  readonly family: "any" | "inet" | "inet6" | "unix" | "packet";
  readonly shape: Shape;
  readonly places: Places;
  /** For the documentation. */
  readonly meaning: string;
  /** Its default is a setting of the host's: why it is not compared. */
  readonly hostDefault?: string | undefined;
  /** Why its values are not compared with the kernel's, only that it is there. */
  readonly incomparable?: string | undefined;
}

/** The places of an option. The operations of a kind have what its places need: see `kinds` below. */
export type Places = { readonly [kind in SocketKind]?: Place<never> };

/** Every kind of socket, in the order of the documentation's columns. */
export const KINDS: readonly SocketKind[] = [
  "tcp",
  "udp",
  "raw",
  "packet",
  "unix-stream",
  "unix-seqpacket",
  "unix-datagram",
];
/** The kinds of AF_INET sockets. */
export const INET: readonly SocketKind[] = ["tcp", "udp", "raw"];
/** The kinds of AF_UNIX sockets. */
export const UNIX: readonly SocketKind[] = ["unix-stream", "unix-seqpacket", "unix-datagram"];

/** A table's row: one place for each of `kinds`. */
export function on<S>(kinds: readonly SocketKind[], place: Place<S>): Places {
  return Object.fromEntries(kinds.map((kind) => [kind, place])) as Places;
}

/** A value that this layer holds; `initial` until it is set. */
export function held(
  level: number,
  number: number,
  initial: OptionValue,
  effect: Effect,
): FullPlace<SocketOperations, OptionValue> {
  const key = optionKey(level, number);
  return {
    effect,
    get: ({ kept }) => kept.get(key) ?? initial,
    set: ({ kept }, value) => {
      kept.set(key, value);
      return 0;
    },
  };
}

/** A value that can only be read. */
export function readOnly<S>(get: (socket: S) => OptionValue | Refused): Place<S> {
  return { effect: "read", get };
}

/** Setting is refused with that negated errno; reading gives `value`, if there is one. */
export function refusing(status: number, value?: OptionValue): Place<SocketOperations> {
  return { effect: "refused", get: () => value ?? { refused: status }, set: () => status };
}
