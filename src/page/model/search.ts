/** Searching by halving. */

/** The first of `count` places for which `holds`, which holds for all behind it; `count` if for none. */
export function lowerBound(count: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
