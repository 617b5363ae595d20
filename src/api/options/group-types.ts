/** What `setsockopt` takes for groups and their sources, of either family (RFC 3678 §5). */
import type {
  MCAST_BLOCK_SOURCE,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
  MCAST_MSFILTER,
  MCAST_UNBLOCK_SOURCE,
} from "../constants.ts";

/** An option that can only be set. */
interface Set<S> {
  readonly set: S;
}

/** RFC 3678 §5, of the addresses of either family: the group, the index of an interface, and a source. */
export interface GroupOptions<A> {
  /** {@link MCAST_JOIN_GROUP} */
  [MCAST_JOIN_GROUP]: Set<readonly [A, number]>;
  /** {@link MCAST_LEAVE_GROUP} */
  [MCAST_LEAVE_GROUP]: Set<readonly [A, number]>;
  /** {@link MCAST_JOIN_SOURCE_GROUP} */
  [MCAST_JOIN_SOURCE_GROUP]: Set<readonly [A, number, A]>;
  /** {@link MCAST_LEAVE_SOURCE_GROUP} */
  [MCAST_LEAVE_SOURCE_GROUP]: Set<readonly [A, number, A]>;
  /** {@link MCAST_BLOCK_SOURCE} */
  [MCAST_BLOCK_SOURCE]: Set<readonly [A, number, A]>;
  /** {@link MCAST_UNBLOCK_SOURCE} */
  [MCAST_UNBLOCK_SOURCE]: Set<readonly [A, number, A]>;
  /** The mode is MCAST_INCLUDE or MCAST_EXCLUDE. */
  [MCAST_MSFILTER]: Set<readonly [A, number, number, readonly A[]]>;
}
