/** What a socket wishes of its routes. A route keeps a copy: the socket may change its options. */
import { PLAIN } from "../contract/datagram-shape.ts";
import type { RouteWish } from "../contract/network.ts";

/** Of who wishes nothing: nearly everybody. */
export const NO_WISH: RouteWish = { mark: 0, transparent: false, shape: PLAIN };

/** A copy, where there is anything to copy. */
export function wishOf({ mark, transparent, shape }: RouteWish): RouteWish {
  return mark === 0 && !transparent && shape === PLAIN ? NO_WISH : { mark, transparent, shape };
}
