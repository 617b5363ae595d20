/** The header of VXLAN (RFC 7348 §5): flags, and the number of the network. What is reserved is 0 out, and ignored in. */

/** Octets of the header. */
export const VXLAN_HEADER = 8;

/** I: the number of the network is valid. */
const VALID = 0x08;

/** Writes the header of network `vni` at `at`. */
export function writeVxlan(view: DataView, at: number, vni: number): void {
  view.setUint32(at, VALID * 0x100_0000);
  view.setUint32(at + 4, vni * 0x100);
}

/** The network of the header at `at`; -1 if it does not say. */
export function readVxlan(view: DataView, at: number): number {
  return (view.getUint8(at) & VALID) === 0 ? -1 : view.getUint32(at + 4) >>> 8;
}
