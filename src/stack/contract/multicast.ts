/** Whom members of a multicast group want to hear (RFC 3376 §2, RFC 3810 §3, RFC 3678). */
import type { IpAddress } from "../base/ip-address.ts";

/** "include": only those of a list; "exclude": all but those of a list. */
export type FilterMode = "include" | "exclude";

/** Whom one member, or all of a host's on a link, want to hear in a group. A live object: it may change. */
export interface SourceWish {
  readonly mode: FilterMode;
  /** Each of them once. */
  readonly sources: readonly IpAddress[];
}

/** Nobody is left out. */
export const EVERYBODY: SourceWish = { mode: "exclude", sources: [] };
/** Nobody is heard: the group is not listened to. */
export const NOBODY: SourceWish = { mode: "include", sources: [] };
