import { expect } from "chai";
import fc from "fast-check";
import { Fifo } from "../../../src/stack/base/fifo.ts";

describe("a first in, first out queue", () => {
  it("gives what an array gives, however much comes and goes", () => {
    // Positive: so many come; negative: so many are taken.
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 20 }), (steps) => {
        const queue = new Fifo<number>();
        const model: number[] = [];
        let next = 0;
        for (const step of steps) {
          for (let i = 0; i < step; i++) {
            queue.push(next);
            model.push(next++);
          }
          for (let i = 0; i > step; i--) if (queue.shift() !== model.shift()) throw new Error(`at ${next}`);
          expect(queue.length).to.equal(model.length);
        }
      }),
    );
  });
});
