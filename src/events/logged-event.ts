/**
 * An event as it is kept: nothing of it is lent. Of a packet the first octets are there, of a connection its ends.
 */
import type { ConnectionEnds, TraceEvent } from "../stack/index.ts";

/** What is kept of an event: all but the packet, of which `octets` says how long it was. */
export type Kept<T> = T extends unknown
  ? Omit<T, "packet" | "connection"> & {
      /** The host whose stack has told it; "" where there is only one. */
      readonly host: string;
    } & (T extends { readonly connection: infer C } ? { readonly connection: C } : object) &
      (T extends { readonly packet: unknown }
        ? {
            /** The first octets of the packet, from the header of the layer that told it on. */
            readonly head: Uint8Array;
          }
        : object)
  : never;

/** An event as it is kept. */
export type LoggedEvent = Kept<TraceEvent>;

/** Kinds of events. */
export type EventKind = TraceEvent["kind"];

/** The events of a kind, as they are kept. */
export type LoggedOf<K extends EventKind> = Extract<LoggedEvent, { readonly kind: K }>;

/** `local > remote`, as traces write it: the name of a connection as one of its ends sees it. */
export function nameOf({ localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds): string {
  return `${localAddress}:${localPort} > ${remoteAddress}:${remotePort}`;
}

/** A connection, seen from its other end. */
export function reversed(ends: ConnectionEnds): ConnectionEnds {
  return {
    localAddress: ends.remoteAddress,
    localPort: ends.remotePort,
    remoteAddress: ends.localAddress,
    remotePort: ends.localPort,
  };
}
