/** Whom members of a multicast group want to hear (RFC 3376 §2, RFC 3810 §3, RFC 3678). */
import type { IpAddress } from "../base/ip-address.ts";
import type { Failure } from "./failures.ts";

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

/**
 * A call of RFC 3678 §4.1.2, for one source of a group: "join" and "leave" hear it alone, and others that are joined so;
 * "block" and "unblock" hear all others.
 */
export type SourceChange = "join" | "leave" | "block" | "unblock";

/** What can be asked of an endpoint's groups beyond joining and leaving. */
export interface GroupMemberships {
  /**
   * Changes whom the endpoint hears in a group on the interface of that name; "": by the route, or wherever it was
   * joined. "join" joins the group, if need be, and "leave" leaves it with its last source. "invalid" where the group was
   * not joined, or its filter is of the other mode; "address-not-available" for a source that is there, or is not.
   */
  changeSource(
    change: SourceChange,
    group: IpAddress,
    source: IpAddress,
    interfaceName: string,
  ): Failure | undefined;
  /**
   * Puts another filter in the place of that of a group that was joined (RFC 3678 §4.2); that nobody is heard leaves it.
   * "invalid" where it was not joined, "no-buffers" for too many sources.
   */
  setFilter(
    group: IpAddress,
    mode: FilterMode,
    sources: readonly IpAddress[],
    interfaceName: string,
  ): Failure | undefined;
  /** Whom the endpoint hears in a group; undefined where it was not joined. */
  filterOf(group: IpAddress, interfaceName: string): SourceWish | undefined;
}
