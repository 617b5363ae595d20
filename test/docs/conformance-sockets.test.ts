/** docs/conformance-sockets.md says the truth: the tests that it names exist, and nothing is left out. */
import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import * as api from "../../src/api/index.ts";
import type { Case } from "../differential/cases/case.ts";
import { CREATION } from "../differential/cases/creation.ts";
import { OPTIONS } from "../differential/cases/options.ts";
import { TCP } from "../differential/cases/tcp.ts";
import { UDP } from "../differential/cases/udp.ts";
import { UNIX } from "../differential/cases/unix.ts";

const DIFFERENTIAL: Readonly<Record<string, readonly Case[]>> = {
  "diff creation": CREATION,
  "diff options": OPTIONS,
  "diff tcp": TCP,
  "diff udp": UDP,
  "diff unix": UNIX,
};

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
      const cases = DIFFERENTIAL[name];
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
    const differences = Object.entries(DIFFERENTIAL).flatMap(([group, cases]) =>
      cases.flatMap(({ title, differs = {} }) =>
        Object.entries(differs).map(([step, { ours, linux, why }]) => {
          const [theirs, mine] = [linux, ours].map((value) => `\`${JSON.stringify(value)}\``);
          return `| ${group}: ${title}, step ${step} | ${theirs} | ${mine} | ${why} |`;
        }),
      ),
    );
    expect(differences).to.have.length.greaterThan(5);
    for (const row of differences) expect(document, `the row is ${row}`).to.include(row);
  });

  it("has a row for every option that there is a constant for, or says that it is not there", () => {
    const options = Object.keys(api).filter((name) => /^(SO|IP|TCP)_[A-Z0-9_]+$/.test(name));
    const values = /^IP_PMTUDISC_|^SO_STYLE$/;
    expect(options.filter((name) => !values.test(name) && !document.includes(name))).to.deep.equal([]);
  });
});
