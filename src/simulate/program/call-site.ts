/** Where in a program a socket was made: for reports of who waits for what. */
import { findSourceMap } from "node:module";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** What stands at the root of all that is ours: `build` with its bundles, or the modules. */
const OWN = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Frames that are looked at: HTTP has some fifteen of its own above a socket. */
const DEPTH = 40;

/**
 * `server.js:12`, from the folder in which the program runs: the innermost line on the stack that is of the program, or
 * of a package if all are. Undefined where there is none, as when Node makes a socket later than it was asked to.
 */
export function callSite(): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  Error.prepareStackTrace = (_error, sites): readonly NodeJS.CallSite[] => sites;
  const sites = new Error().stack as unknown as readonly NodeJS.CallSite[];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  let ofPackage: string | undefined;
  for (const site of sites) {
    const file = fileOf(site);
    if (file === undefined) continue;
    if (!file.includes("/node_modules/")) return lineOf(site, file);
    ofPackage ??= lineOf(site, file);
  }
  return ofPackage;
}

/** Of what is neither Node's nor ours. */
function fileOf(site: NodeJS.CallSite): string | undefined {
  const name = site.getFileName();
  if (name === null || name === undefined || name.startsWith("node:")) return undefined;
  const file = name.startsWith("file:") ? fileURLToPath(name) : name;
  return file.startsWith(OWN) || !file.includes("/") ? undefined : file;
}

function lineOf(site: NodeJS.CallSite, file: string): string {
  const [line, column] = [site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1];
  const original = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (original === undefined || !("originalSource" in original)) return `${shown(file)}:${line}`;
  const { originalSource, originalLine } = original;
  const source = originalSource.startsWith("file:") ? fileURLToPath(originalSource) : originalSource;
  return `${shown(source)}:${originalLine + 1}`;
}

function shown(file: string): string {
  const below = relative(process.cwd(), file);
  return below.startsWith("..") ? file : below;
}
