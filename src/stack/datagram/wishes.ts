/** What one call wants otherwise than its socket's options say. */

import type { DatagramWish } from "../contract/datagram-info.ts";
import type { DatagramShape } from "../contract/datagram-shape.ts";

/** What of a socket's options a call can want otherwise. */
interface Wished {
  readonly hopLimit: number;
  readonly multicastHopLimit: number;
  readonly shape: DatagramShape;
}

/** The options of the socket, and where the call has its own, those. */
export function optionsWith<Options extends Wished>(
  options: Options,
  wish: DatagramWish | undefined,
): Options {
  if (wish === undefined) return options;
  const { source: _, hopLimit = options.hopLimit, shape, ...others } = wish;
  const multicastHopLimit = wish.hopLimit ?? options.multicastHopLimit;
  return {
    ...options,
    ...others,
    hopLimit,
    multicastHopLimit,
    ...(shape && { shape: { ...options.shape, ...shape } }),
  };
}
