/** The tests that the tables of requirements name are there: the file, and in a title of it the words that are given. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { Drop } from "../../src/stack/base/drop.ts";
import { Send } from "../../src/stack/base/send.ts";

/** Where a document's tests are, if it does not say. */
const DOCUMENTS: readonly (readonly [document: string, folder: string])[] = [
  ["docs/tcp-by-rfc.md", "test/stack/tcp"],
  ["docs/ipv6-by-rfc.md", "test/stack/ip/v6"],
  ["docs/groups-by-rfc.md", "test/stack/multicast"],
  ["docs/routers.md", "test/stack"],
  ["docs/links.md", "test"],
];

const files: readonly string[] = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => `test/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".test.ts"));

/** The cells in the columns that are headed "test". */
function testCells(document: string): readonly string[] {
  const cells: string[] = [];
  let column = -1;
  for (const line of readFileSync(document, "utf8").split("\n")) {
    const row = line.startsWith("|") ? line.split("|").map((cell) => cell.trim()) : [];
    if (row.length === 0) column = -1;
    else if (row.includes("test")) column = row.indexOf("test");
    else if (column > 0 && !/^-+$/.test(row[column] ?? "")) cells.push(row[column] ?? "");
  }
  return cells;
}

/** `nagle`, `stack/ip/v6/ipv6.test.ts`, `congestion/` with all in it: the files that this may be. */
function filesCalled(name: string, folder: string): readonly string[] {
  const path = name.replace(/^(\.\.|test)\//, "").replace(/\.test\.ts$/, "");
  const there = files.filter((file) =>
    path.endsWith("/") ? file.includes(`/${path}`) : file.endsWith(`/${path}.test.ts`),
  );
  const near = there.filter((file) => file.startsWith(`${folder}/`));
  return near.length > 0 ? near : there;
}

/** All that a file calls a test, or a group of them. */
function titlesOf(file: string): string {
  const text = readFileSync(file, "utf8");
  const calls = text.matchAll(/\b(?:it|describe|title|name)\w*(?:\(|:)\s*(["'`])(.*?)\1/gs);
  return [...calls].map(([, , title = ""]) => title).join("\n");
}

/** What of a cell is not there. `nagle, window: keeps the next; reasons: offLink`. */
function missing(cell: string, folder: string): readonly string[] {
  return cell
    .replaceAll("`", "")
    .replace(/^([\w./-]+(?:, [\w./-]+)*) \(.*\)$/, "$1") // what is said of the test besides
    .split("; ")
    .filter((item) => item !== "–" && item !== "")
    .flatMap((item) => {
      if (/^test\/support\/[\w-]+\.ts/.test(item)) return existsSync(item.split(" ")[0] ?? "") ? [] : [item];
      const [names = "", ...words] = item.split(": ");
      const wanted = words.join(": ");
      if (names === "reasons")
        return wanted.split(", ").filter((reason) => reason !== "" && !isReason(reason));
      const named = names.split(", ").map((name) => [name, filesCalled(name, folder)] as const);
      const absent = named.flatMap(([name, found]) => (found.length === 0 ? [`${item}: no ${name}`] : []));
      if (absent.length > 0 || wanted === "") return absent;
      const titles = named.flatMap(([, found]) => found.map(titlesOf)).join("\n");
      return wanted
        .split(/, (?=\S)/)
        .flatMap((each) => (titles.includes(each) ? [] : [`${item}: no "${each}"`]));
    });
}

function isReason(name: string): boolean {
  return Object.keys(Drop).includes(name) || Object.keys(Send).includes(name);
}

describe("the tables of requirements", () => {
  for (const [document, folder] of DOCUMENTS) {
    it(`name only tests that there are: ${document}`, () => {
      expect(existsSync(folder)).to.equal(true);
      const cells = testCells(document);
      expect(cells.length).to.be.greaterThan(10);
      expect(cells.flatMap((cell) => missing(cell, folder))).to.deep.equal([]);
    });
  }

  it("would show a test that is not there", () => {
    const folder = "test/stack/tcp";
    expect(missing("nagle: keeps the next until", folder)).to.deep.equal([]);
    expect(missing("nagle: keeps no secret", folder)).to.deep.equal([
      'nagle: keeps no secret: no "keeps no secret"',
    ]);
    expect(missing("nowhere", folder)).to.deep.equal(["nowhere: no nowhere"]);
    expect(missing("reasons: offLink, neverHeardOf", folder)).to.deep.equal(["neverHeardOf"]);
  });
});
