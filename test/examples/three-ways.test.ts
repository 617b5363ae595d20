/** Programs of the README that need no device, run as they are: one for each way to write one, and the home network. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
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

describe("the home network of the README", () => {
  it("prints what is shown", () => {
    const [, , , shown] =
      /<!-- (examples\/home-network\.ts) -->\n```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(
        readFileSync("README.md", "utf8"),
      ) ?? [];
    const words = ["--unhandled-rejections=strict", "build/examples/home-network.js"];
    expect(execFileSync(process.execPath, words, { encoding: "utf8" })).to.equal(shown);
  });

  it("is fifteen lines", () => {
    const lines = readFileSync("examples/home-network.ts", "utf8").split("\n");
    expect(lines.filter((line) => line !== "")).to.have.length(15);
  });
});
