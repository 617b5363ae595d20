/**
 * What came to a stack from outside, written down and played again: `tapstack/record`.
 *
 * @module tapstack/record
 */

export type { Side } from "./foreign/against-ours.ts";
export { type ComparedSegment, type Comparison, compareCapture, reportOf } from "./foreign/compare.ts";
export { RUN_VERSION, type Run, type RunHead, readRun, type Step, writeRun } from "./recorded-run.ts";
export { type RecordedOptions, recordStack } from "./recorded-stack.ts";
export type { LineWriter } from "./recorder.ts";
export { type Divergence, type Replayed, type ReplayOptions, replay } from "./replay.ts";
export { framesOf, type TestOptions, toTest } from "./to-test.ts";
