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
export { type CapturedFrame, whyInferred } from "./infer.ts";
export { jsonLines, lineOf, parseJsonLines } from "./json-lines.ts";
export { sentenceOf } from "./sentences.ts";
export { type OctetDelay, totalWaits, WAITS, type Wait, whereTimeWent } from "./where-time-went.ts";
export { type Explanation, reasonOf, why } from "./why.ts";
export { type ConnectionQuery, connectionStates, type Waiting, type WaitsFor, whyNot } from "./why-not.ts";
