/** What connection tracking tells the rules and the translator about a datagram. */
import type { IpAddress } from "../base/ip-address.ts";

/**
 * How a datagram stands to the connections that are known: "new" begins one, or comes before the first answer;
 * "established" after it; "related" is an ICMP error about one; "invalid" belongs to none, and cannot begin one;
 * "untracked" is none of tracking's business.
 */
export type TrackState = "new" | "established" | "related" | "invalid" | "untracked";

/** The states of a tracked connection, for checks and messages. */
export const TRACK_STATES: readonly TrackState[] = ["new", "established", "related", "invalid", "untracked"];

/** One direction of a connection, as its datagrams look when they arrive: before any translation. */
export interface TrackedDirection {
  readonly source: IpAddress;
  /** Of an echo request, its identifier; 0 where there are no ports. */
  readonly sourcePort: number;
  readonly destination: IpAddress;
  /** Of an echo reply, its identifier. */
  readonly destinationPort: number;
  /** From the one who was called to the caller. */
  readonly isReply: boolean;
}
