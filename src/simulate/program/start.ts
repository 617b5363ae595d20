/** Runs the program's file as Node would: as a module or as CommonJS, by its name and its package. */
import { existsSync, readFileSync } from "node:fs";
import Module from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

type Load = (request: string, parent: null, isMain: boolean) => unknown;

type Program = (...args: string[]) => unknown;

/**
 * Settles when the program's own text has run; what it has begun goes on.
 *
 * @param source - the text of a function that is called instead of running the file
 */
export async function start(file: string, source: string | undefined): Promise<void> {
  if (source !== undefined) {
    await compiled(file, source)(...process.argv.slice(2));
    return;
  }
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

interface CompiledModule {
  exports: unknown;
  paths: readonly string[];
  _compile(text: string, file: string): void;
}

/**
 * Compiled as a module of CommonJS that is where `file` would be: so it has `require` and `import()` from there. Of a
 * method's text, `function` is missing.
 */
function compiled(file: string, source: string): Program {
  const forms = [source, `function ${source}`, `async function ${source.replace(/^async /, "")}`];
  for (const text of forms) {
    try {
      new Script(`(${text}\n)`);
    } catch {
      continue; // not in this form
    }
    const module = Reflect.construct(Module, [file]) as unknown as CompiledModule;
    const paths = Reflect.get(Module, "_nodeModulePaths") as (folder: string) => readonly string[];
    module.paths = paths(dirname(file));
    module._compile(`module.exports = (${text}\n)`, file);
    return module.exports as Program;
  }
  throw new SyntaxError(`a program is a function that is written out, not ${source}`);
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
