/** What controllers share: the initial window (RFC 6928) and slow start (RFC 5681 §3.1, RFC 3465 §2.2). */

/** RFC 6928 §2: ten segments, or fewer if they are larger than Ethernet's. */
export function initialWindow(mss: number): number {
  return Math.min(10 * mss, Math.max(2 * mss, 14_600));
}

/** RFC 5681 eq. 4: the least that the threshold becomes. */
export function leastThreshold(mss: number): number {
  return 2 * mss;
}

/**
 * How far slow start takes the window for `octets` newly acknowledged; the rest of them are for congestion
 * avoidance, if the window reaches the threshold on the way.
 *
 * RFC 3465 counts octets, but at most L = 2 segments' per ACK, since in its day an ACK covered two segments.
 * Here one ACK may cover a super-segment of 45, so L scales with the segments that are acknowledged, which
 * leaves just the octets (Linux counts the same way). Only after a timeout is there a limit, where RFC 3465
 * §2.3 wants L = 1: an ACK can then cover octets that had arrived long before, and no more than a window of
 * them can have left the network since. So the window at most doubles with an ACK.
 */
export function slowStartGrowth(
  octets: number,
  window: number,
  threshold: number,
  afterTimeout: boolean,
): number {
  const counted = afterTimeout ? Math.min(octets, window) : octets;
  return Math.max(0, Math.min(counted, threshold - window));
}
