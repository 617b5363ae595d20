/** What a benchmark yields, and how it is shown. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Octets of heap and buffers in use, after a collection. */
export function collected(): number {
  collect();
  const usage = process.memoryUsage();
  return usage.heapUsed + usage.arrayBuffers;
}

export interface Result {
  readonly section: string;
  readonly metric: string;
  readonly unit: string;
  /** The median of the samples. */
  readonly value: number;
  readonly samples: readonly number[];
  /** Linux's own TCP in the same run, interleaved. */
  readonly linux?: number | undefined;
  readonly linuxSamples?: readonly number[] | undefined;
  /** Whatever else was seen, such as p99 or processor time. */
  readonly detail?: Readonly<Record<string, number>> | undefined;
}

/** Takes results as they come: each is shown at once. */
export class Report {
  readonly results: Result[] = [];
  #section = "";

  add(result: Result): void {
    this.results.push(result);
    if (result.section !== this.#section) {
      this.#section = result.section;
      console.log(`\n${result.section}`);
    }
    console.log(line(result));
  }

  /** A section that could not be run here, and why. */
  skip(section: string, reason: string): void {
    console.log(`\n${section}\n  left out: ${reason}`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function line(result: Result): string {
  const { metric, unit, value, linux, detail } = result;
  const beside =
    linux === undefined ? "" : `  Linux ${number(linux).padStart(8)}  ratio ${(value / linux).toFixed(2)}`;
  const more = Object.entries(detail ?? {}).map(([name, amount]) => `${name} ${number(amount)}`);
  const tail = more.length > 0 ? `  (${more.join(", ")})` : "";
  return `  ${metric.padEnd(52)} ${number(value).padStart(10)} ${unit.padEnd(8)}${beside}${tail}`;
}

function number(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3);
}
