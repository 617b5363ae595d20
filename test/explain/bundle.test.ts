/** What a page loads: the stack and the Lab, without the texts of reasons, which are apart. */
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { build } from "esbuild";
import { DROPS, SENDS } from "../../src/explain/index.ts";

/** Of a Lab with all that a stack has; octets, compressed. It was 154,800 when this was written. */
const MOST_OCTETS = 200_000;

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
  it("with a Lab that keeps events has no text of a reason in it", async () => {
    const { text, octets } = await bundled(
      'export { Lab } from "tapstack/lab"; export * from "tapstack/events";',
    );
    expect(textsIn(text)).to.deep.equal([]);
    expect(octets).to.be.at.most(MOST_OCTETS);
  });

  it("has all of them, if it asks for explanations", async () => {
    const { text } = await bundled('export { why } from "tapstack/explain";');
    expect(textsIn(text).length).to.equal(Object.keys({ ...DROPS, ...SENDS }).length);
  });
});
