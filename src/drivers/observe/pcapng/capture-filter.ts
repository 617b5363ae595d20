/** Capture filters in tcpdump's language: compiled by tcpdump, run by the stack's own interpreter of classic BPF. */
import { type FilterInstruction, isFilter } from "../../../stack/index.ts";

/** A filter, and what it was made of. */
export interface CaptureFilter {
  /** In tcpdump's words, as `tcp port 80`. */
  readonly text: string;
  /** What `tcpdump -ddd` makes of it for the link in question. */
  readonly program: readonly FilterInstruction[];
}

/**
 * The filter that `tcpdump -ddd` has printed: the number of instructions, then one a line.
 *
 * @param text - what it was made of
 * @throws SyntaxError for what is no program that can run
 */
export function captureFilter(text: string, printed: string): CaptureFilter {
  const [count = "", ...lines] = printed.trim().split("\n");
  const program = lines.map((line) => line.trim().split(/\s+/).map(Number));
  if (program.length !== Number(count) || !isFilter(program)) {
    throw new SyntaxError(`the filter "${text}" is no program of classic BPF that can be run here`);
  }
  return { text, program };
}
