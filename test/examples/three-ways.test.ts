/** The three programs of the README, one for each way to write one, run as they are. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect } from "chai";

const SAID: Readonly<Record<string, string>> = {
  "guile-calls": "Hello in Guile's calls\n",
  "node-net": "Hello in Node's net\n",
  "web-streams": "Hello in web streams\n",
};

describe("the three ways to write a program", () => {
  it("have a program each, besides the stack that they share", () => {
    const programs = readdirSync("examples/three-ways").filter((name) => name !== "stack.ts");
    expect(programs).to.have.members(Object.keys(SAID).map((name) => `${name}.ts`));
  });

  for (const [name, said] of Object.entries(SAID)) {
    it(`work: ${name} echoes its greeting, and ends by itself`, () => {
      const words = ["--unhandled-rejections=strict", `build/examples/three-ways/${name}.js`];
      expect(execFileSync(process.execPath, words, { encoding: "utf8" })).to.equal(said);
    });
  }
});
