/** The package as its users get it: packed, unpacked elsewhere, imported by its name. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin: Readonly<Record<string, string>>;
}

describe("the package", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "tapstack-package-"));
  const installed = join(folder, "node_modules", "tapstack");
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

  function node(...args: readonly string[]): string {
    return execFileSync(process.execPath, args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  before(() => {
    // Without dependencies, so that nothing is fetched: koffi is optional, and may be missing anywhere.
    const packed = execFileSync(
      "npm",
      ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder],
      { encoding: "utf8" },
    );
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", join(folder, packed.trim()), "-C", installed, "--strip-components=1"]);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("loads from every entry point by plain import, with something in it", () => {
    const names = Object.keys(manifest.exports)
      .filter((entry) => entry !== "./package.json")
      .map((entry) => join("tapstack", entry));
    expect(names.length).to.be.greaterThan(5);
    const script = `for (const name of ${JSON.stringify(names)}) {
      const size = Object.keys(await import(name)).length;
      if (size === 0) throw new Error(name + " exports nothing");
      console.log(name);
    }`;
    expect(node("--input-type=module", "-e", script).trim().split("\n")).to.deep.equal(names);
  });

  it("has a command that runs the main job in memory, where every octet comes back", () => {
    const command = join(installed, manifest.bin["tapstack"] ?? "");
    expect(readFileSync(command, "utf8")).to.match(/^#!\/usr\/bin\/env node\n/);
    const text = node(command, "serve", "--memory");
    expect(text)
      .to.match(/GET \/: HTTP\/1\.1 200 OK/)
      .and.to.match(/sent +([0-9a-f]{64})\n +received +\1\nall is well/);
    expect(node(command, "--version").trim()).to.match(/^\d+\.\d+\.\d+$/);
  });

  it("keeps its sources and nothing else besides what runs", () => {
    const files = execFileSync("find", [".", "-type", "f"], { cwd: installed, encoding: "utf8" })
      .trim()
      .split("\n");
    expect(
      files.filter((file) => !/^\.\/(?:build\/src|src|docs|examples)\/|^\.\/[A-Za-z.-]+$/.test(file)),
    ).to.deep.equal([]);
    expect(files).to.include("./src/stack/tcp/arrives/arrives.ts");
  });
});
