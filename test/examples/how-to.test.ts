/** docs/how-to.md, docs/links.md and others show programs as they are run, and what they print. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { build } from "esbuild";
import { matchesSample } from "../support/sample.ts";

/** Path, program, and what is printed if that is shown, of each example of a page. */
function shownOn(page: string): RegExpMatchArray[] {
  return [
    ...page.matchAll(
      /<!-- (examples\/how-to\/\S+) -->\n```ts\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g,
    ),
  ];
}

const PAGE = readFileSync("docs/how-to.md", "utf8");
const LINKS = readFileSync("docs/links.md", "utf8");
const OTHERS = ["docs/explain.md", "docs/routers.md"].map((path) => readFileSync(path, "utf8"));
const SHOWN = [PAGE, LINKS, ...OTHERS].flatMap(shownOn);

describe("docs/how-to.md, and the pages beside it", () => {
  it("show every example, and no code that is none", () => {
    const files = readdirSync("examples/how-to").map((name) => `examples/how-to/${name}`);
    expect(SHOWN.map(([, path]) => path)).to.have.members(files);
    for (const page of [PAGE, LINKS]) expect(page.match(/```ts/g)?.length).to.equal(shownOn(page).length);
    for (const [, path = "", code] of SHOWN) expect(code, path).to.equal(readFileSync(path, "utf8"));
  });

  for (const [, path = "", , printed] of SHOWN) {
    if (printed === undefined) continue;
    it(`show what ${path} prints`, () => {
      const program = path.replace(/^(.*)\.ts$/, "build/$1.js");
      const output = execFileSync(process.execPath, ["--unhandled-rejections=strict", program], {
        encoding: "utf8",
      });
      expect(matchesSample(output, printed), output).to.equal(true);
    });
  }
});

describe("the example for a browser", () => {
  it("is one small script, which needs nothing but the language", async () => {
    const { outputFiles } = await build({
      entryPoints: ["build/examples/how-to/in-a-browser.js"],
      bundle: true,
      minify: true,
      format: "iife",
      globalName: "page",
      platform: "browser",
      write: false,
    });
    const script = outputFiles[0]?.text ?? "";
    // The whole stack with both families, routers, NAT, groups with sources and all sockets: 195 kB when this was written.
    expect(gzipSync(script).length).to.be.within(20_000, 200_000);
    // A world without `process`, `Buffer`, timers or a console: what a browser has more, it may have.
    const world = createContext({}, { codeGeneration: { strings: false, wasm: false } });
    runInContext(script, world);
    const use = `const sent = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31);
      page.echo(sent, "loss=5%,delay=10ms").then(([received, milliseconds]) => ({
        same: received.length === sent.length && received.every((octet, i) => octet === sent[i]),
        milliseconds,
      }))`;
    const { same, milliseconds } = await (runInContext(use, world) as Promise<{
      same: boolean;
      milliseconds: number;
    }>);
    expect(same).to.equal(true);
    expect(milliseconds).to.be.at.least(40);
  });
});
