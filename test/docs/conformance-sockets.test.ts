/** docs/conformance-sockets.md says the truth: the tests that it names exist, and nothing is left out. */
import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import * as api from "../../src/api/index.ts";
import { OPTION_ROWS } from "../../src/api/options/option-calls.ts";
import { GROUPS } from "../differential/groups.ts";
import { between, withoutPadding } from "./between.ts";
import { absentTable, differenceTable, optionTable } from "./option-table.ts";

const DIFFERENTIAL = new Map(GROUPS.map(([name, cases]) => [`diff ${name}`, cases]));

/** Without the padding of its tables. */
const document = readFileSync("docs/conformance-sockets.md", "utf8").replaceAll(/ +/g, " ");
const rows = document
  .split("\n")
  .filter((line) => /^\|(?! ?-)/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));

/** Short name to file, from the document's own legend. */
const files = new Map(
  rows.flatMap((cells) => {
    const [, name = "", file = ""] = cells;
    const path = /^`(test\/.*\.ts)`$/.exec(file)?.[1];
    return path === undefined ? [] : [[name, path] as const];
  }),
);

/** Each test that the tables name, as `short name: title`. */
const named = rows.flatMap((cells) =>
  (cells.at(-2) ?? "").split(/; (?=[a-z ]+: )/).flatMap((reference) => {
    const found = /^([a-z ]+?): (.*)$/.exec(reference);
    return found !== null && files.has(found[1] ?? "") ? [[found[1] ?? "", found[2] ?? ""] as const] : [];
  }),
);

describe("docs/conformance-sockets.md", () => {
  it("names only tests that there are", () => {
    expect(named.length).to.be.greaterThan(100);
    const missing = named.filter(([name, title]) => {
      const cases = DIFFERENTIAL.get(name);
      if (cases !== undefined) return !cases.some((each) => each.title === title);
      const path = files.get(name) ?? "";
      return !existsSync(path) || !readFileSync(path, "utf8").includes(`it("${title}"`);
    });
    expect(missing).to.deep.equal([]);
  });

  it("has a row for every name of Guile's", () => {
    const names = Object.keys(api).filter((name) => /[-:!]/.test(name));
    expect(names.length).to.be.greaterThan(35);
    const missing = names.filter((name) => {
      const accessor = /^(hostent|netent|protoent|servent|addrinfo):/.exec(name)?.[1];
      return !document.includes(`\`${accessor === undefined ? name : `${accessor}:…`}\``);
    });
    expect(missing).to.deep.equal([]);
  });

  it("has every difference from Linux that the differential test lists", () => {
    const text = readFileSync("docs/conformance-sockets.md", "utf8");
    const lines = differenceTable().map(withoutPadding);
    expect(lines).to.have.length.greaterThan(7);
    expect(between(text, "differences")).to.deep.equal(lines);
  });

  it("has the table of options, and of those that are not here, as the code has them", () => {
    const text = readFileSync("docs/conformance-sockets.md", "utf8");
    expect(between(text, "options")).to.deep.equal(optionTable().map(withoutPadding));
    expect(between(text, "absent options")).to.deep.equal(absentTable().map(withoutPadding));
  });

  it("has every option that there is a constant for", () => {
    const options = Object.keys(api).filter((name) => /^(SO|IP|TCP)_[A-Z0-9_]+$/.test(name));
    const values = /^IP_PMTUDISC_|^SO_STYLE$/;
    expect(options.filter((name) => !values.test(name) && !document.includes(name))).to.deep.equal([]);
    const numbers = api as unknown as { readonly [name: string]: number };
    for (const { name, number } of OPTION_ROWS) expect(numbers[name], name).to.equal(number);
  });
});
