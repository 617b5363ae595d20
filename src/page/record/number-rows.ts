/** What connections remembered: rows of numbers in one array that grows. */
import { NUMBER_NAMES, type NumberName } from "./run-record.ts";

/** Rows of `NUMBER_NAMES.length` numbers each. */
export class NumberRows {
  #numbers: Float64Array<ArrayBuffer> = new Float64Array(NUMBER_NAMES.length * 256);
  #rows = 0;

  /** The place of the new row. */
  add(numbers: Readonly<Record<NumberName, number>>): number {
    const width = NUMBER_NAMES.length;
    if ((this.#rows + 1) * width > this.#numbers.length) {
      const more = new Float64Array(this.#numbers.length * 2);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    let at = this.#rows * width;
    for (const name of NUMBER_NAMES) this.#numbers[at++] = numbers[name];
    return this.#rows++;
  }

  /** All of them, one after the other. */
  all(): Float64Array<ArrayBuffer> {
    return this.#numbers.slice(0, this.#rows * NUMBER_NAMES.length);
  }
}
