/** What the documents about the sources name is there: each file, and in it each name that follows the file's. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";

const DOCUMENTS = [
  "docs/tcp-by-rfc.md",
  "docs/ipv6-by-rfc.md",
  "docs/groups-by-rfc.md",
  "docs/routers.md",
  "docs/links.md",
  "docs/packet-walk.md",
  "docs/reading-order.md",
];

const files: readonly string[] = ["src", "test", "examples"].flatMap((top) =>
  readdirSync(top, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${top}/${name.replaceAll("\\", "/")}`),
);

/** What `text`, a cell of a table or a line, names that is not there. */
function missing(text: string): readonly string[] {
  const found: string[] = [];
  let named: readonly string[] = [];
  for (const [, token = ""] of text.matchAll(/`([^`]+)`/g)) {
    if (/^[\w./-]+\.ts$/.test(token)) {
      named = files.filter((file) => file === token || file.endsWith(`/${token}`));
      if (named.length === 0) found.push(token);
    } else if (named.length > 0 && /^#?[a-z]\w+$/.test(token) && !isIn(named, token)) {
      found.push(`${token} in ${named.join(", ")}`);
    }
  }
  return found;
}

function isIn(named: readonly string[], word: string): boolean {
  return named.some((file) => new RegExp(`\\b${word.replace("#", "")}\\b`).test(readFileSync(file, "utf8")));
}

describe("the documents about the sources", () => {
  for (const document of DOCUMENTS) {
    it(`name what is there: ${document}`, () => {
      const lines = readFileSync(document, "utf8").split("\n");
      // In a table each cell is by itself; in running text a name need not be of the file before it.
      const cells = lines.flatMap((line) =>
        line.startsWith("|") ? line.split(" | ") : (line.match(/`[\w./-]+\.ts`/g) ?? []),
      );
      expect(cells.length).to.be.greaterThan(5);
      expect(cells.flatMap(missing)).to.deep.equal([]);
    });
  }

  it("would show a name that is not there", () => {
    expect(missing("`nowhere.ts`")).to.deep.equal(["nowhere.ts"]);
    expect(missing("`tcb.ts` `sndUna`")).to.deep.equal(["sndUna in src/stack/tcp/connection/tcb.ts"]);
    expect(missing("`due.ts` `isDue`")).to.deep.equal([]);
  });
});
