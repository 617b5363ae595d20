/** What a socket wishes of its routes. A route keeps a copy: the socket may change its options. */
import type { RouteWish } from "../contract/network.ts";

/** Of who wishes nothing: nearly everybody. */
export const NO_WISH: RouteWish = { mark: 0, transparent: false };

/** A copy, where there is anything to copy. */
export function wishOf({ mark, transparent }: RouteWish): RouteWish {
  return mark === 0 && !transparent ? NO_WISH : { mark, transparent };
}
