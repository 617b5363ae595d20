import { expect } from "chai";
import fc from "fast-check";
import { RecentMap } from "../../../src/stack/base/recent-map.ts";

describe("a table of what was asked for lately", () => {
  it("knows the last that were set or asked for, is never wrong, and stays within twice its generation", () => {
    const generation = 4;
    const step = fc.tuple(fc.boolean(), fc.nat(12), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new RecentMap<number>(generation);
        const all = new Map<number, number>();
        const recent: number[] = [];
        for (const [isSet, key, value] of steps) {
          if (isSet) {
            table.set(key, value);
            all.set(key, value);
          } else {
            const found = table.get(key);
            const sure = recent.includes(key) && recent.length - recent.indexOf(key) <= generation;
            if (sure || found !== undefined) expect(found).to.equal(all.get(key));
            if (found === undefined) continue;
          }
          if (recent.includes(key)) recent.splice(recent.indexOf(key), 1);
          recent.push(key);
          expect(table.size).to.be.at.most(2 * generation);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("forgets everything when told to", () => {
    const table = new RecentMap<number>(2);
    for (let key = 0; key < 4; key++) table.set(key, key);
    table.clear();
    expect([table.size, table.get(3)]).to.deep.equal([0, undefined]);
  });
});
