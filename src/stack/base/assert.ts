/** What must hold unless this stack has a bug. Never caught: `assert(…, "sndUna ≤ sndNxt")`. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`tapstack bug: not so: ${claim}`);
}
