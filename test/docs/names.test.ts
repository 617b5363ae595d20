/** What documents call by name is there: files of the sources and tests, by their path or its end. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";

/** A file of ours, in backticks. What begins with a dot is named as a reader's own file would name it. */
const NAME = /`(\w[\w./-]*\.(?:ts|mjs|cjs))`/g;

describe("documents", () => {
  it("name no file of the sources that is not there", () => {
    const listed = ["src", "test", "bench", "examples", "scripts", "reference"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) =>
        `${folder}/${name}`.replaceAll("\\", "/"),
      ),
    );
    const documents = ["README.md", "CONTRIBUTING.md"].concat(
      readdirSync("docs", { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".md"))
        .map((name) => `docs/${name.replaceAll("\\", "/")}`),
    );
    const named = documents.flatMap((document) =>
      [...readFileSync(document, "utf8").matchAll(NAME)].map(([, name = ""]) => ({ document, name })),
    );
    expect(named.length).to.be.greaterThan(300);
    const missing = named.filter(
      ({ name }) => !listed.some((file) => file === name || file.endsWith(`/${name}`)),
    );
    expect(missing).to.deep.equal([]);
  });
});
