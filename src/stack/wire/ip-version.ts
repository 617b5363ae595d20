/** What a datagram of either family begins with. */

/** The version in the first octet of the datagram at `at`: 4, 6, or nonsense. */
export function ipVersion(view: DataView, at: number): number {
  return view.getUint8(at) >>> 4;
}
