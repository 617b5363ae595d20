import { expect } from "chai";
import { ScriptSyntaxError } from "../../../src/scripts/index.ts";
import { type Broken, checkAssertions } from "../../../src/scripts/language/code.ts";

const VALUES: ReadonlyMap<string, number> = new Map([
  ["cwnd", 10],
  ["big", 2 ** 40 + 1],
  ["zero", 0],
]);
const PLACE = { line: 5, column: 1 };

function run(code: string): Broken | undefined {
  return checkAssertions(code, PLACE, { value: (name) => VALUES.get(name), variables: new Map() });
}

/** Whether each holds. */
function holds(...expressions: readonly string[]): readonly boolean[] {
  return expressions.map((expression) => run(`assert ${expression}`) === undefined);
}

describe("assertions in packet scripts", () => {
  it("compare, in chains too", () => {
    expect(holds("cwnd == 10", "cwnd != 10", "9 < cwnd <= 10", "9 < cwnd < 10", "1 < 2 > 0")).to.deep.equal([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it("reckon as Python does", () => {
    expect(
      holds("1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "-7 // 2 == -4", "-7 % 3 == 2", "7 / 2 == 3.5"),
    ).to.deep.equal([true, true, true, true, true]);
    expect(
      holds("6 & 3 == 2", "4 | 1 == 5", "6 ^ 3 == 5", "1 << 4 == 16", "~0 == -1", "big & 1 == 1"),
    ).to.deep.equal([true, true, true, true, true, true]);
    expect(holds("min(3, cwnd) == 3", "max(1, 2, 3) == 3", "abs(-4) == 4", "0x10 == 16")).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
  });

  it("join with and, or, not", () => {
    expect(
      holds("cwnd and not zero", "zero or zero", "not (zero or cwnd)", "1 == 2 or 3 == 3"),
    ).to.deep.equal([true, false, false, true]);
  });

  it("come in lines, with comments, messages, and names given on the way", () => {
    expect(
      run("limit = 2 * 5 # ten\nassert cwnd == limit, 'is %d' % cwnd;\\\n assert (cwnd ==\n 10)"),
    ).to.equal(undefined);
  });

  it("tell of the first that does not hold: its line, itself, and what its names were", () => {
    expect(run("assert cwnd == 10\nassert cwnd == 11 and zero == 0, cwnd\nassert 1 == 2")).to.deep.equal({
      line: 6,
      assertion: "cwnd == 11 and zero == 0",
      values: { cwnd: 10, zero: 0 },
    });
  });

  it("refuse what they do not understand, with its place", () => {
    expect(() => run("print(cwnd)")).to.throw(ScriptSyntaxError, /^5:3: only "assert" and "NAME =" are/);
    expect(() => run("assert 1\nassert nothing == 1")).to.throw(
      ScriptSyntaxError,
      /^6:8: nothing is not known/,
    );
    expect(() => run("assert (1")).to.throw(ScriptSyntaxError, /"\)" is missing/);
    expect(() => run("assert cwnd @ 1")).to.throw(ScriptSyntaxError, /"@" is not understood/);
    expect(() => run("assert")).to.throw(ScriptSyntaxError, /the code ends too early/);
    expect(() => run("assert constructor == 1")).to.throw(ScriptSyntaxError, /constructor is not known/);
  });
});
