/** Disks of simulated hosts: what programs find there after a restart, and what a crash takes. */
import { existsSync } from "node:fs";
import { expect } from "chai";
import { type Host, SimulationError, World } from "../../src/simulate/index.ts";
import { programs } from "./programs.ts";

const said = ({ log }: Host): string[] =>
  log.lines.filter(({ stream }) => stream !== "event").map(({ text }) => text);

/** Shows what is on the disk, then writes in several ways, of which some are safe. */
const WRITER = `
const fs = require("node:fs");
const { join } = require("node:path");
const show = (folder) => {
  for (const name of fs.readdirSync(folder).sort()) {
    const path = join(folder, name);
    console.log(path, fs.statSync(path).isDirectory() ? "/" : JSON.stringify(fs.readFileSync(path, "utf8")));
    if (fs.statSync(path).isDirectory()) show(path);
  }
};
show("/data");
console.log("shown");
fs.mkdirSync("/data/deep/er", { recursive: true });
fs.writeFileSync("/data/unsafe", "lost");
fs.writeFileSync("/data/safe", "kept", { flush: true });
const fd = fs.openSync("/data/log", "w");
fs.writeSync(fd, "one ");
fs.fsyncSync(fd);
fs.writeSync(fd, "two");
fs.writeFileSync("/data/deep/er/new", "renamed");
const file = fs.openSync("/data/deep/er/new", "r+");
fs.fdatasyncSync(file);
fs.renameSync("/data/deep/er/new", "/data/deep/renamed");
fs.writeFileSync("/data/always", "each write", { flag: "as" });
setInterval(() => {}, 1000);
`;

describe("a disk of a simulated host", function () {
  this.timeout(0); // virtual time bounds it; on a busy machine, threads come up slowly
  const files = programs();
  after(() => files.remove());

  const ALL = [
    '/data/always "each write"',
    "/data/deep /",
    "/data/deep/er /",
    '/data/deep/renamed "renamed"',
    '/data/log "one two"',
    '/data/safe "kept"',
    '/data/unsafe "lost"',
  ];

  async function afterwards(
    disk: "/data" | { path: string; unsynced: "kept" },
    what: (host: Host) => void,
  ): Promise<string[]> {
    const world = new World();
    const host = world.host("db", { program: files.write("writer.cjs", WRITER), disk });
    world.at("1s", () => what(host));
    world.at("2s", () => host.restart());
    await world.run("3s");
    await world.close();
    const lines = said(host);
    expect(lines[0], "it was empty at first").to.equal("shown");
    return lines.slice(1, -1);
  }

  before(function () {
    if (!existsSync("/proc/self/fd")) this.skip();
  });

  it("outlives its programs", async () => {
    expect(await afterwards("/data", (host) => host.kill())).to.deep.equal(ALL);
  });

  it("loses what was not synced when the power goes, and keeps names", async () => {
    expect(await afterwards("/data", (host) => host.crash())).to.deep.equal([
      '/data/always "each write"',
      "/data/deep /",
      "/data/deep/er /",
      '/data/deep/renamed "renamed"',
      '/data/log "one "',
      '/data/safe "kept"',
      '/data/unsafe ""',
    ]);
  });

  it("keeps all, where that is asked for", async () => {
    const kept = await afterwards({ path: "/data", unsynced: "kept" }, (host) => host.crash());
    expect(kept).to.deep.equal(ALL);
  });

  it("is of one host alone, by every way into fs, and named as the program knows it", async () => {
    const world = new World();
    const program = files.write(
      "ways.mjs",
      `import fs, { promises } from "node:fs";
       import { readFile, writeFile, open, mkdtemp, realpath, readdir, rename, rm, cp } from "node:fs/promises";
       import { pipeline } from "node:stream/promises";
       const call = (name, ...given) => new Promise((resolve) => fs[name](...given, (error, value) => resolve(error ?? value)));
       console.log(fs.existsSync("/data/a"), (await readdir("/data")).length);
       await writeFile("/data/a", process.argv[2]);
       await pipeline(fs.createReadStream("/data/a"), fs.createWriteStream("/data/b"));
       console.log(await readFile("/data/b", "utf8"), String(await call("readFile", Buffer.from("/data/b"))));
       const handle = await open("/data/c", "w");
       await handle.write("c"); await handle.sync(); await handle.close();
       await cp("/data/c", "/data/d"); await rename("/data/d", "/data/e"); await rm("/data/a");
       fs.symlinkSync("/data/e", "/data/link");
       console.log(fs.readlinkSync("/data/link"), await realpath("/data/link"), fs.readFileSync("/data/link", "utf8"));
       console.log((await mkdtemp("/data/tmp-")).slice(0, 10), fs.mkdirSync("/data/x/y", { recursive: true }));
       console.log((await readdir("/data", { recursive: true })).filter((name) => !name.startsWith("tmp")).sort().join());
       for (const failing of [
         () => fs.readFileSync("/data/none"),
         () => promises.stat("/data/none"),
         async () => { throw await call("readFile", "/data/none"); },
         async () => { throw await call("unlink", "/data/none"); },
         () => fs.renameSync("/data/none", "/data/other"),
       ]) {
         try { await failing(); } catch (error) { console.log(error.message, error.path, error.dest); }
       }
       process.chdir;
       console.log(fs.readFileSync(new URL("file:///data/c"), "utf8"), fs.existsSync("/database"), fs.statSync("/").isDirectory());`,
    );
    const hosts = ["one", "two"].map((name) => world.host(name, { program, args: [name], disk: "/data/" }));
    await world.until(() => hosts.every(({ running }) => !running), "1min");
    await world.close();
    for (const host of hosts) {
      expect(said(host)).to.deep.equal([
        "false 0",
        `${host.name} ${host.name}`,
        "/data/e /data/e c",
        "/data/tmp- /data/x",
        "b,c,e,link,x,x/y",
        "ENOENT: no such file or directory, open '/data/none' /data/none undefined",
        "ENOENT: no such file or directory, stat '/data/none' /data/none undefined",
        "ENOENT: no such file or directory, open '/data/none' /data/none undefined",
        "ENOENT: no such file or directory, unlink '/data/none' /data/none undefined",
        "ENOENT: no such file or directory, rename '/data/none' -> '/data/other' /data/none /data/other",
        "c false true",
      ]);
    }
  });

  it("refuses a path that cannot be", async () => {
    const world = new World();
    for (const disk of ["data", "/", ""]) {
      expect(() => world.host("a", { program: () => undefined, disk })).to.throw(
        SimulationError,
        "absolute path",
      );
    }
    await world.close();
  });
});
