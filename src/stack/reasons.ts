/**
 * The texts of reasons. The stack says only which reason it is: so a program that does not read the texts does not
 * carry them with it.
 */
export { DROPS, dropRow } from "./contract/reasons/drops.ts";
export type { Layer, ReasonRow, ReasonTable } from "./contract/reasons/row.ts";
export { SENDS, sendRow } from "./contract/reasons/sends.ts";
