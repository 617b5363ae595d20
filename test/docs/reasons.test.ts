import { readFileSync } from "node:fs";
import { expect } from "chai";
import { reasonsPage } from "../support/reasons/page.ts";

describe("docs/reasons.md", () => {
  it("is the table of reasons (`npm run docs` writes it)", () => {
    expect(readFileSync("docs/reasons.md", "utf8")).to.equal(reasonsPage());
  });
});
