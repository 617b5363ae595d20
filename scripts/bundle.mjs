/**
 * Makes few files of many for the package: of the rooms that know nothing of Node, and of what they share. To load a
 * module costs Node some 0.6 ms of processor time, whatever is in it, and the stack has more than 200 of them.
 *
 *   node scripts/bundle.mjs          puts the bundles in the place of the modules in build/src
 *   node scripts/bundle.mjs undo     puts the modules back
 *   node scripts/bundle.mjs pack …   the same and `npm pack --ignore-scripts …`, in a copy: tests may go on beside it
 *
 * A module stays a file of its own, as a door to the bundle, when a public name of the package or a module outside of
 * these rooms leads to it. So each class is there once, by whatever door one came in. In the repository itself tests
 * import modules from behind the doors, so there the modules stay as they were compiled.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const repository = join(dirname(fileURLToPath(import.meta.url)), "..");
const [task, ...words] = process.argv.slice(2);
/** What is bundled: the repository, or a copy of what goes into the package. */
const root = task === "pack" ? copyOfPackage() : repository;
const built = join(root, "build", "src");
/** Where the modules are while the bundles are in their place. */
const aside = join(root, "build", "unbundled");
const fresh = join(root, "build", "bundled");

/** A folder with what the package is made of, which goes when this process ends. */
function copyOfPackage() {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-packing-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { files } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  for (const name of ["package.json", ...files]) {
    const from = join(repository, name);
    if (existsSync(from)) cpSync(from, join(folder, name), { recursive: true });
  }
  return folder;
}

/** Rooms without `import.meta`, workers and packages. */
const ROOMS = [
  "stack",
  "api",
  "events",
  "record",
  "explain",
  "services",
  "lab",
  "drivers/memory",
  "drivers/link",
  "drivers/simulation",
  "drivers/observe",
  "drivers/browser",
];

const inRooms = (file) => ROOMS.some((room) => file.startsWith(`${room}/`));

/** All files under `folder` with one of these endings, as paths relative to it. */
function files(folder, ...endings) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true }).map((name) => name.replaceAll("\\", "/"));
  return names.filter((name) => endings.some((ending) => name.endsWith(ending)));
}

/** The modules of the rooms that are reached from outside of them. */
function doors() {
  const found = new Set();
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const target of Object.values(exports)) {
    const file = relative(built, join(root, target.default ?? target));
    if (inRooms(file)) found.add(file);
  }
  for (const file of files(built, ".js")) {
    if (inRooms(file)) continue;
    const text = readFileSync(join(built, file), "utf8");
    for (const [, specifier] of text.matchAll(/["'](\.{1,2}\/[^"'\n]+\.js)["']/g)) {
      const target = relative(built, resolve(built, dirname(file), specifier));
      if (inRooms(target) && existsSync(join(built, target))) found.add(target);
    }
  }
  return [...found].sort();
}

/** Moves files of `from` to `to`, both folders. */
function move(names, from, to) {
  for (const name of names) {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    renameSync(join(from, name), join(to, name));
  }
}

/**
 * What the thread of a simulated program loads, which nothing else does: a program comes up in two thirds of the time.
 * The handles are loaded by it later than the rest, and stay apart.
 */
const THREAD = ["simulate/program/boot.js", "node/handles.js"];

const OPTIONS = {
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  platform: "node",
  packages: "external",
  sourcemap: true,
  outbase: built,
  outdir: fresh,
  logLevel: "warning",
};

const under = (name) => join(built, name);

async function bundle() {
  undo();
  await build({ ...OPTIONS, entryPoints: doors().map(under), chunkNames: "chunks/[hash]" });
  // From the modules as well: behind the doors there would be much that it does not need.
  await build({ ...OPTIONS, entryPoints: THREAD.map(under), chunkNames: "chunks/thread-[hash]" });
  const replaced = [...THREAD, ...THREAD.map((name) => `${name}.map`)];
  const modules = files(built, ".js", ".js.map").filter((name) => inRooms(name) || replaced.includes(name));
  move(modules, built, aside);
  move(files(fresh, ".js", ".js.map"), fresh, built);
  rmSync(fresh, { recursive: true });
}

function undo() {
  rmSync(fresh, { recursive: true, force: true });
  if (!existsSync(aside)) return;
  const chunks = join(built, "chunks");
  rmSync(chunks, { recursive: true, force: true });
  const kept = new Set(files(aside, ".js", ".js.map"));
  move(kept, aside, built);
  rmSync(aside, { recursive: true });
}

function pack() {
  const command = ["pack", "--ignore-scripts", ...words];
  const { status } = spawnSync("npm", command, { cwd: root, stdio: "inherit" });
  process.exitCode = status ?? 1;
}

if (task === "undo") undo();
else await bundle();
if (task === "pack") pack();
