/** Every reason for a drop: its smallest cause, what is counted, what the tracer hears, and its row in the table. */
import { expect } from "chai";
import { Drop, type DropName } from "../../src/stack/index.ts";
import { DROPS, dropRow } from "../../src/stack/reasons.ts";
import { REASON_CASES } from "../support/reasons/index.ts";

const NAMES = Object.keys(Drop).filter((name) => name !== "none") as DropName[];
/** Drops of a TAP: its own tests have them. */
const ELSEWHERE = ["link: linkError", "link: linkTruncated", "link: linkBadHeader"];

describe("the table of reasons", () => {
  it("has a row for each reason, and no other", () => {
    expect(Object.keys(DROPS).sort()).to.deep.equal([...NAMES].sort());
  });

  it("says what each means in a sentence, and who asks for it", () => {
    for (const name of NAMES) {
      const row = dropRow(Drop[name]);
      expect(row?.meaning, name).to.match(/^[A-Z"].{20,}\.$/);
      const sources = Object.values(row?.where ?? {});
      expect(sources.length, name).to.be.greaterThan(0);
      for (const source of sources) {
        expect(source, name).to.match(
          /^(RFC \d|IEEE 802|POSIX |virtio|TCP_DEFER|a bound of ours|by the |as on )/,
        );
      }
    }
  });

  it("has no two rows that mean the same", () => {
    expect(new Set(Object.values(DROPS).map((row) => row.meaning)).size).to.equal(NAMES.length);
  });

  it("has a case for each reason in each layer, and each case a row", () => {
    const rows = NAMES.flatMap((name) =>
      Object.keys(DROPS[name]?.where ?? {}).map((layer) => `${layer}: ${name}`),
    );
    const cases = new Set(REASON_CASES.map(({ layer, reason }) => `${layer}: ${reason}`));
    expect([...cases, ...ELSEWHERE].sort()).to.deep.equal(rows.sort());
  });
});

describe("a drop", () => {
  for (const { layer, reason, cause, run } of REASON_CASES) {
    it(`by ${layer}: ${cause}: is counted and traced as ${reason}`, () => {
      const { traced, counted } = run();
      const expected = `${layer}: ${reason}`;
      expect(traced.at(-1), "traced").to.equal(expected);
      if (layer !== "link") expect(counted, "counted").to.deep.equal([...traced].sort());
      expect(traced.filter((line) => line === expected).length, "once").to.be.greaterThan(0);
    });
  }
});
