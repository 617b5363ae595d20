/**
 * What happened, in words: `tapstack/explain`. Apart from the rest, since the texts are long.
 *
 * @module tapstack/explain
 */
export {
  DROPS,
  dropRow,
  type Layer,
  type ReasonRow,
  type ReasonTable,
  SENDS,
  sendRow,
} from "../stack/reasons.ts";
