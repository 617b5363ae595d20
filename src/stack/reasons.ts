/**
 * The texts of reasons: apart from the stack, which says only which reason it is, so that a program that does not read
 * them does not carry them with it.
 */
export { DROPS, dropRow } from "./contract/reasons/drops.ts";
export type { Layer, ReasonRow, ReasonTable } from "./contract/reasons/row.ts";
export { SENDS, sendRow } from "./contract/reasons/sends.ts";
