/**
 * Links made of other links: VLANs of a trunk, and tunnels.
 *
 * @module tapstack/drivers/link
 */
export type { L2tpStack } from "./l2tp-carriers.ts";
export { type L2tpCounters, L2tpLink, type L2tpOptions } from "./l2tp-link.ts";
export { type TrunkCounters, type TrunkOptions, type VlanOptions, VlanTrunk } from "./vlan-trunk.ts";
export { type VxlanCounters, VxlanLink, type VxlanOptions } from "./vxlan-link.ts";
