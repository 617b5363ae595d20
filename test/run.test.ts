/** What `npm start` and `npm test` run first, in a fresh clone. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

describe("the first npm start", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-clone-"));

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("without a network says what it has tried and that it cannot, in a line each", () => {
    for (const name of ["scripts", "package.json", "package-lock.json"])
      cpSync(name, join(folder, name), { recursive: true });
    const registry = "http://127.0.0.1:2/"; // a port that is handed to nobody: there is nobody
    const own = { npm_config_registry: registry, npm_config_cache: join(folder, "cache") };
    const inherited = Object.entries(process.env).filter(([name]) => !/proxy|^npm_/i.test(name));
    const { status, stderr } = spawnSync(process.execPath, ["scripts/run.mjs", "start", "--help"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...Object.fromEntries(inherited), ...own },
    });
    expect(status).to.equal(1);
    const [tried, failed, ...more] = stderr.split("\n");
    expect(tried).to.equal(`tapstack: installing dependencies from ${registry} (once)`);
    expect(failed).to.include(
      `tapstack: ${registry} cannot be reached (ECONNREFUSED), and npm's cache has not all`,
    );
    expect(more).to.deep.equal([""]);
  });
});
