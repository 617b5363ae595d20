/** README.md and docs/ say nothing that is not so: code is a copy of files that are run, links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { SERVE_HELP } from "../src/cli/serve-options.ts";

const README = readFileSync("README.md", "utf8");

const documents: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

describe("README", () => {
  it("shows the examples as they are run", () => {
    const shown = [...README.matchAll(/<!-- (examples\/\S+) -->\n```ts\n([\s\S]*?)```/g)];
    expect(shown.map(([, path]) => path)).to.include.members(
      readdirSync("examples")
        .filter((name) => name.endsWith(".ts"))
        .map((name) => `examples/${name}`),
    );
    for (const [, path = "", code] of shown) expect(code, path).to.equal(readFileSync(path, "utf8"));
  });

  it("shows each way to write a program", () => {
    const files = readdirSync("examples/three-ways").map((name) => `examples/three-ways/${name}`);
    expect(files.length).to.be.greaterThan(3);
    for (const path of files) expect(README).to.include(`<!-- ${path} -->`);
  });

  it("has no code that is not an example", () => {
    expect(README.match(/```ts/g)?.length).to.equal(README.match(/<!-- examples/g)?.length);
  });

  it("names options that exist", () => {
    const options = [...README.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option);
    expect(options).to.not.deep.equal([]);
    for (const option of options) expect(SERVE_HELP).to.include(option);
  });
});

describe("documents", () => {
  it("link to files that exist", () => {
    const dead = documents.flatMap((document) =>
      [...readFileSync(document, "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => join(dirname(document), target))
        .filter((target) => !existsSync(target))
        .map((target) => `${document}: ${target}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it("name source files that exist", () => {
    const dead = documents.flatMap((document) =>
      [...readFileSync(document, "utf8").matchAll(/`((?:src|test|scripts|examples)\/[\w./-]+)`/g)]
        .map(([, path = ""]) => path)
        .filter((path) => !existsSync(path))
        .map((path) => `${document}: ${path}`),
    );
    expect(dead).to.deep.equal([]);
  });
});
