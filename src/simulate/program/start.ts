/** Runs the program's file as Node would: as a module or as CommonJS, by its name and its package. */
import { existsSync, readFileSync } from "node:fs";
import Module from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";

type Load = (request: string, parent: null, isMain: boolean) => unknown;

/** Settles when the program's own text has run; what it has begun goes on. */
export async function start(file: string): Promise<void> {
  if (isModule(file)) {
    await import(pathToFileURL(file).href);
    return;
  }
  try {
    (Reflect.get(Module, "_load") as Load)(file, null, true);
  } catch (error) {
    // Not said to be a module, but is one, and waits at its top: `require` cannot.
    if ((error as NodeJS.ErrnoException).code !== "ERR_REQUIRE_ASYNC_MODULE") throw error;
    await import(pathToFileURL(file).href);
  }
}

function isModule(file: string): boolean {
  const extension = extname(file);
  if (extension === ".mjs" || extension === ".mts") return true;
  if (extension === ".cjs" || extension === ".cts") return false;
  return packageType(dirname(file)) === "module";
}

/** "type" of the nearest package.json, as Node looks for it. */
function packageType(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { type?: string }).type;
  const above = dirname(folder);
  return above === folder ? undefined : packageType(above);
}
