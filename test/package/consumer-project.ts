/**
 * Projects as users of the package have them, compiled against the packed tarball: `test/package.test.ts` with one
 * version of Node's types, `.ci/run` (this file, run as a program) with all, and with each resolution of modules.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Where the types of each version of Node are, in node_modules. */
const NODE_TYPES: Readonly<Record<string, string>> = {
  20: "@types/node",
  22: "types-node-22",
  24: "types-node-24",
  26: "types-node-26",
};
const RESOLUTIONS = ["node16", "nodenext", "bundler"];

/** Types of Node that were added after version 20: they are exported by name. */
const NEWER = `import type { BindSyncOptions } from "tapstack/dgram";
import type { BoundSocket, BoundSocketOptions, SetKeepAliveOptions } from "tapstack/net";
export type All = [BindSyncOptions, BoundSocket, BoundSocketOptions, SetKeepAliveOptions];
`;
/** From CommonJS. */
const REQUIRED = `import net = require("tapstack/net");
export const socket: net.Socket = net.default.connect(7);
`;

/** Packs this repository, as it is built, and unpacks it as `folder`/node_modules/tapstack. */
export function installPacked(folder: string): string {
  const installed = join(folder, "node_modules", "tapstack");
  // Without dependencies, so that nothing is fetched: koffi is optional, and may be missing anywhere.
  const pack = ["scripts/bundle.mjs", "pack", "--silent", "--pack-destination", folder];
  const packed = execFileSync(process.execPath, pack, { encoding: "utf8" });
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, packed.trim()), "-C", installed, "--strip-components=1"]);
  return installed;
}

/**
 * Compiles `test/package/consumer.ts` in a project of its own, strictly and with the declarations checked.
 *
 * @param installed - The unpacked package
 * @param project - A folder, to be made
 * @param version - Of Node, whose types are to be used; undefined for the entries that need none, without them
 * @returns what the compiler complains of; empty if all is well
 */
export function compileConsumer(
  installed: string,
  project: string,
  version: string | undefined,
  resolution: string,
): string {
  const files = version === undefined ? everywhere(installed) : consumer(Number(version), resolution);
  mkdirSync(join(project, "node_modules", "@types"), { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text);
  const types = version === undefined ? undefined : NODE_TYPES[version];
  if (types !== undefined) {
    symlinkSync(resolve("node_modules", types), join(project, "node_modules", "@types", "node"));
  }
  // A copy, so that the types of Node that it finds are those of this project.
  cpSync(installed, join(project, "node_modules", "tapstack"), { recursive: true });
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: "es2023",
    lib: ["es2023"],
    types: types === undefined ? [] : ["node"],
    module: resolution === "bundler" ? "esnext" : resolution,
    moduleResolution: resolution,
    exactOptionalPropertyTypes: resolution === "nodenext",
  };
  const config = JSON.stringify({ compilerOptions, files: Object.keys(files) });
  writeFileSync(join(project, "tsconfig.json"), config);
  const tsc = resolve("node_modules", "typescript", "bin", "tsc");
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", project], { encoding: "utf8" });
  return status === 0 ? "" : stdout || `tsc ended with ${status}`;
}

function consumer(version: number, resolution: string): Readonly<Record<string, string>> {
  return {
    "consumer.ts": readFileSync("test/package/consumer.ts", "utf8"),
    ...(version >= 24 && { "newer.ts": NEWER }),
    ...(resolution === "nodenext" && { "required.cts": REQUIRED }),
  };
}

/** All of what is to run in a browser too, and must ask for no types of Node's. */
function everywhere(installed: string): Readonly<Record<string, string>> {
  const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const lines = Object.keys(exports)
    .filter((entry) => !/package\.json|register|simulate$|net$|dgram$|node$/.test(entry))
    .map(
      (entry, index) =>
        `import * as part${index} from "${join("tapstack", entry)}";\nexport { part${index} };\n`,
    );
  return { "all.ts": lines.join("") };
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-consumer-"));
  try {
    const installed = installPacked(folder);
    const cases: readonly (readonly [string | undefined, string])[] = [
      ...Object.keys(NODE_TYPES).flatMap((version) =>
        RESOLUTIONS.map((resolution) => [version, resolution] as const),
      ),
      [undefined, "nodenext"],
    ];
    for (const [version, resolution] of cases) {
      const name = `${version === undefined ? "no types of Node" : `types of Node ${version}`}, ${resolution}`;
      const complaint = compileConsumer(
        installed,
        join(folder, name.replaceAll(/\W+/g, "-")),
        version,
        resolution,
      );
      console.log(complaint === "" ? `ok: ${name}` : `FAILED: ${name}\n${complaint}`);
      if (complaint !== "") process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) main();
