/**
 * What `npm start` and `npm test` run: installs the dependencies and compiles, each only when needed, then
 * does the job; before the tests it also installs the programs that they talk to. Plain JavaScript with nothing
 * but Node's own modules, since on a fresh clone nothing else is there yet.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "./packages.mjs";

const PAGE_OPTIONS = ["--config", join("src", "page", "vite.config.ts"), "--logLevel", "warn"];

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Runs a command in the project's folder with its output shown; ends this process if it fails. */
function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}

/** Where npm fetches packages from; npm tells its scripts. */
const registry = process.env.npm_config_registry ?? "https://registry.npmjs.org/";

/** How long the registry may take to be heard of at all, in milliseconds. */
const PATIENCE = 5_000;

/** Why nothing can be fetched; undefined when something can, or when that is not for us to find out. */
async function whyOffline() {
  // Behind a proxy only npm knows the way.
  if (Object.keys(process.env).some((name) => /^(npm_config_)?(https?_)?proxy$/i.test(name)))
    return undefined;
  try {
    await fetch(registry, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE) });
    return undefined;
  } catch (error) {
    return error.name === "TimeoutError" ? "no answer" : (error.cause?.code ?? error.message);
  }
}

/**
 * Installs when the lock file is not the one that `node_modules` was made from. `npm install --no-save` keeps to
 * the lock file as `npm ci` does, but gets over optional packages for other platforms that a mirror lacks.
 */
async function install() {
  const stamp = join(root, "node_modules", ".tapstack-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error(`tapstack: installing dependencies from ${registry} (once)`);
  const offline = await whyOffline();
  // npm by itself would try for more than a minute, and say nothing. What it has in its cache may be enough.
  const how = offline === undefined ? [] : ["--offline"];
  // With NODE_ENV=production npm would leave out the compiler.
  const words = [
    "install",
    "--include=dev",
    "--no-save",
    "--no-fund",
    "--no-audit",
    "--loglevel=error",
    ...how,
  ];
  const quietly = { cwd: root, stdio: ["ignore", 2, offline === undefined ? 2 : "ignore"] };
  const { status, signal } = spawnSync("npm", words, quietly);
  if (status !== 0 && offline !== undefined) {
    console.error(
      `tapstack: ${registry} cannot be reached (${offline}), and npm's cache has not all: try with a network`,
    );
  }
  if (status !== 0) process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
  writeFileSync(stamp, lock);
}

/** Deletes what was compiled from sources that are gone, or old tests would go on running. */
function prune() {
  const build = join(root, "build");
  if (!existsSync(build)) return;
  for (const name of readdirSync(build, { recursive: true })) {
    const [, stem] = /^((?:src|test|bench|examples)[\\/].*?)\.(?:d\.ts|js)(?:\.map)?$/.exec(name) ?? [];
    if (stem !== undefined && !existsSync(join(root, `${stem}.ts`))) rmSync(join(build, name));
  }
}

/** `tsc -b` finds out by itself what has changed: some 0.3 s when nothing has. */
function build() {
  // A packing that was killed has left bundles in the place of modules.
  if (existsSync(join(root, "build", "unbundled")))
    run(process.execPath, [join(root, "scripts", "bundle.mjs"), "undo"]);
  prune();
  run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-b"]);
}

/** Makes the page anew when something of it, or of the stack in it, has changed: some two seconds. */
function buildPage() {
  const made = join(root, "build", "page", "index.html");
  const since = existsSync(made) ? statSync(made).mtimeMs : 0;
  const names = readdirSync(join(root, "src"), { recursive: true });
  if (since > 0 && !names.some((name) => statSync(join(root, "src", name)).mtimeMs > since)) return;
  console.error("tapstack: building the page");
  run(process.execPath, [join(root, "node_modules", "vite", "bin", "vite.js"), "build", ...PAGE_OPTIONS]);
}

/**
 * Ends as the child ends, and hands it the signals that only reach this process. npm passes a signal on to its
 * shell, which dies of it and tells nobody: so a parent that is gone counts as SIGTERM.
 */
function become(script, args) {
  const parent = process.ppid;
  const child = spawn(process.execPath, ["--enable-source-maps", script, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 250).unref();
  child.on("exit", (status, signal) => process.exit(status ?? (signal === "SIGINT" ? 130 : 1)));
}

const [task, ...rest] = process.argv.slice(2);
await install();
build();
if (task === "start") {
  if (rest[0] === undefined || rest[0].startsWith("-")) buildPage();
  const isCommand = rest[0] !== undefined && !rest[0].startsWith("-");
  become(join(root, "build", "src", "cli", "main.js"), isCommand ? rest : ["serve", ...rest]);
} else if (task === "lab") {
  buildPage();
  become(join(root, "build", "src", "cli", "main.js"), ["lab", ...rest]);
} else if (task === "page") buildPage();
else if (task === "test") {
  installPackages(root);
  become(join(root, "node_modules", "mocha", "bin", "mocha.js"), rest);
} else if (task === "versions") become(join(root, "scripts", "node-versions.mjs"), rest);
else if (task === "run") become(join(root, rest[0] ?? ""), rest.slice(1));
