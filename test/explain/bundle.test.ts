/** What a page loads: a stack, links in virtual time and events, without the texts of reasons, which are apart. */
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { build } from "esbuild";
import { DROPS, SENDS } from "../../src/explain/index.ts";

/** Of all that, compressed; with routers, groups with sources and header options it is 142,829. */
const MOST_OCTETS = 145_000;

/** The program `code`, as a page would load it. */
async function bundled(code: string): Promise<{ readonly text: string; readonly octets: number }> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser", // a module of Node's is an error
    charset: "utf8",
    write: false,
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  return { text: new TextDecoder().decode(contents), octets: gzipSync(contents).length };
}

/** Reasons whose text is in it. */
function textsIn(text: string): string[] {
  const rows = Object.entries({ ...DROPS, ...SENDS });
  return rows.filter(([, { meaning }]) => text.includes(meaning)).map(([name]) => name);
}

describe("the bundle of a page", () => {
  it("with a stack that keeps its events has no text of a reason in it", async () => {
    const names = ["stack", "events", "drivers/memory", "drivers/simulation"];
    const { text, octets } = await bundled(
      names.map((name) => `export * from "tapstack/${name}";`).join("\n"),
    );
    expect(textsIn(text)).to.deep.equal([]);
    expect(octets).to.be.at.most(MOST_OCTETS);
  });

  it("has all of them, if it asks for explanations", async () => {
    const { text } = await bundled('export { why } from "tapstack/explain";');
    expect(textsIn(text).length).to.equal(Object.keys({ ...DROPS, ...SENDS }).length);
  });
});
