/** The package as its users get it: packed, unpacked elsewhere, imported by its name. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { compileConsumer, installPacked } from "./package/consumer-project.ts";
import { matchesSample } from "./support/sample.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly sideEffects: readonly string[];
}

describe("the package", () => {
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
    installPacked(folder);
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

  it("loads two dozen files at most for a stack or a lab, where the repository has hundreds", () => {
    const hooks = `import { writeSync } from "node:fs";
      export async function load(url, context, next) {
        if (url.startsWith("file:")) writeSync(1, "loaded " + url + "\\n");
        return await next(url, context);
      }`;
    for (const entry of ["tapstack", "tapstack/stack", "tapstack/lab", "tapstack/drivers/memory"]) {
      const script = `import { register } from "node:module";
        register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)}));
        await import("${entry}");`;
      const loaded = node("--input-type=module", "-e", script).match(/^loaded /gm) ?? [];
      expect(loaded.length, entry).to.be.within(1, 24);
    }
  });

  it("has each class once, by whatever entry point one comes to it", () => {
    const script = `import { SocketError } from "tapstack";
      import { Lab } from "tapstack/lab";
      import { createNet } from "tapstack/net";
      import { Stack } from "tapstack/stack";
      const { stack, sockets } = new Lab().host("a", "10.0.0.1/24");
      console.log(stack instanceof Stack, createNet(stack).connect.name);
      try {
        sockets.socket(77, 1);
      } catch (error) {
        console.log(error instanceof SocketError);
      }`;
    expect(node("--input-type=module", "-e", script).trim()).to.equal("true connect\ntrue");
  });

  it("opens nothing and changes nothing when it is loaded, but for register", () => {
    const names = Object.keys(manifest.exports).filter((entry) => !/package\.json|register/.test(entry));
    const script = `import { createHook } from "node:async_hooks";
      import dgram from "node:dgram";
      import net from "node:net";
      import tls from "node:tls";
      const opened = [];
      createHook({ init: (_id, type) => /WRAP|TAPSTACK|Immediate|Timeout/.test(type) && opened.push(type) }).enable();
      const shapes = () => [globalThis, net, net.Socket.prototype, net.Server.prototype, dgram,
        dgram.Socket.prototype, tls].map((one) => Object.getOwnPropertyDescriptors(one));
      const same = (a, b) => Reflect.ownKeys(a).length === Reflect.ownKeys(b).length &&
        Reflect.ownKeys(a).every((key) => Object.is(a[key].value, b[key]?.value) && a[key].get === b[key]?.get);
      const before = shapes();
      for (const name of ${JSON.stringify(names.map((entry) => join("tapstack", entry)))}) await import(name);
      shapes().forEach((shape, index) => {
        if (!same(before[index], shape)) throw new Error("changed object " + index);
      });
      console.log(JSON.stringify(opened.filter((type) => !/^FS|FILEHANDLE/.test(type))));`;
    expect(JSON.parse(node("--input-type=module", "-e", script))).to.deep.equal([]);
  });

  it("tells bundlers which of its files do something when they are imported", () => {
    const { sideEffects } = manifest;
    expect(sideEffects).to.deep.equal([
      "./build/src/cli/main.js",
      "./build/src/node/program-stack.js",
      "./build/src/node/register-sync.js",
      "./build/src/node/register.js",
      "./build/src/node/runtime-check.js",
      "./build/src/simulate/program/boot.js",
      "./build/src/simulate/register.js",
      "./build/src/simulate/seed-process.js",
    ]);
  });

  it("has a command that runs the main job in memory, where every octet comes back, as the README shows", () => {
    const command = join(installed, manifest.bin["tapstack"] ?? "");
    expect(readFileSync(command, "utf8")).to.match(/^#!\/usr\/bin\/env node\n/);
    const text = node(command, "serve", "--memory");
    const sample = /--memory`\):\n\n((?: {4}.*\n)+)/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
    expect(
      matchesSample(text, sample.replace(/^ {4}/gm, "")),
      `README.md shows something else:\n${text}`,
    ).to.equal(true);
    expect(text)
      .to.match(/GET \/: HTTP\/1\.1 200 OK/)
      .and.to.match(/sent +([0-9a-f]{64})\n +received +\1\nall is well/);
    expect(node(command, "--version").trim()).to.match(/^\d+\.\d+\.\d+$/);
  });

  it("has the types that its users want, those of net and dgram as Node has them", () => {
    // With one version of Node's types here; `.ci/run` compiles with all, resolved in each way.
    expect(compileConsumer(installed, join(folder, "consumer"), "20", "nodenext")).to.equal("");
  });

  it("has documents whose links lead to files that it has", () => {
    const documents = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].concat(
      readdirSync(join(installed, "docs"), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".md"))
        .map((name) => join("docs", name)),
    );
    expect(documents.length).to.be.greaterThan(10);
    const dead = documents.flatMap((document) =>
      [...readFileSync(join(installed, document), "utf8").matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => join(dirname(document), target))
        .filter((target) => !existsSync(join(installed, target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it("keeps its sources and nothing else besides what runs", () => {
    const files = execFileSync("find", [".", "-type", "f"], { cwd: installed, encoding: "utf8" })
      .trim()
      .split("\n");
    expect(
      files.filter(
        (file) => !/^\.\/(?:build\/src|build\/page|src|docs|examples)\/|^\.\/[A-Za-z.-]+$/.test(file),
      ),
    ).to.deep.equal([]);
    expect(files).to.include("./src/stack/tcp/arrives/arrives.ts");
  });
});
